// YamlEvents: libyaml's parser over a text, for the sources of base/ alone.
#pragma once

#include <yaml.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace spokelab {

/// Deepest nesting of sequences and mappings that is read.
inline constexpr int kYamlDepthMax = 500;

/// The text must outlive it.
class YamlEvents {
 public:
  explicit YamlEvents(std::string_view text) : rest_(text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input(&parser_, &YamlEvents::read_slice, this);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~YamlEvents() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  YamlEvents(const YamlEvents&) = delete;
  YamlEvents& operator=(const YamlEvents&) = delete;

  /// The next event, valid until the next call; nullptr when the text is malformed.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) == 0 ? nullptr : &event_;
  }
  /// What and where the problem is, once next() gave nullptr.
  const yaml_parser_t& parser() const noexcept { return parser_; }
  /// next() gave nullptr since flows ("[", "{") are nested deeper than kYamlDepthMax.
  bool too_deep() const noexcept { return too_deep_; }

 private:
  /// libyaml reads on to the end of a flow before it tells of its beginning, in time that grows
  /// with the square of the depth: here is where that can be stopped.
  static int read_slice(void* data, unsigned char* buffer, std::size_t size, std::size_t* got) {
    auto& self = *static_cast<YamlEvents*>(data);
    self.too_deep_ = self.parser_.flow_level > kYamlDepthMax;
    if (self.too_deep_) return 0;
    constexpr std::size_t kSlice = 1024;
    *got = std::min({size, self.rest_.size(), kSlice});
    std::memcpy(buffer, self.rest_.data(), *got);
    self.rest_.remove_prefix(*got);
    return 1;
  }

  std::string_view rest_;
  bool too_deep_ = false;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

}  // namespace spokelab
