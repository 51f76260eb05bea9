// Follows libyaml's events with one set of keys for each open mapping.
#include "base/yaml_keys.h"

#include <yaml.h>

#include <set>
#include <utility>

namespace spokelab {

namespace {

constexpr std::size_t kDepthMax = 500;

class Parser {
 public:
  explicit Parser(std::string_view text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Parser() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// nullptr when the text is malformed; otherwise valid until the next call.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) == 0 ? nullptr : &event_;
  }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

struct Level {
  bool mapping = false;
  bool key_next = true;
  std::set<std::string> keys;
};

}  // namespace

std::vector<RepeatedYamlKey> repeated_yaml_keys(std::string_view text) {
  std::vector<RepeatedYamlKey> found;
  std::vector<Level> levels;
  Parser parser(text);
  const auto value_over = [&levels] {
    if (!levels.empty() && levels.back().mapping) levels.back().key_next = !levels.back().key_next;
  };
  while (const yaml_event_t* event = parser.next()) {
    switch (event->type) {
      case YAML_STREAM_END_EVENT:
      case YAML_DOCUMENT_END_EVENT:
        return found;
      case YAML_MAPPING_START_EVENT:
      case YAML_SEQUENCE_START_EVENT:
        if (levels.size() >= kDepthMax) return found;
        levels.push_back({event->type == YAML_MAPPING_START_EVENT, true, {}});
        break;
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT:
        levels.pop_back();
        value_over();
        break;
      case YAML_SCALAR_EVENT: {
        if (!levels.empty() && levels.back().mapping && levels.back().key_next) {
          const auto& scalar = event->data.scalar;
          std::string key(reinterpret_cast<const char*>(scalar.value), scalar.length);
          if (key != "<<" && !levels.back().keys.insert(key).second)
            found.push_back({event->start_mark.line + 1, std::move(key)});
        }
        value_over();
        break;
      }
      case YAML_ALIAS_EVENT:
        value_over();
        break;
      default:
        break;
    }
  }
  return {};
}

}  // namespace spokelab
