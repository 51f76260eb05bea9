// Writing YAML value by value, the way go-yaml does: its choice of quotes, its folding at
// column 80.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spokelab {

/// Writes one document into a text. A container is begun with whether it is empty, and ended unless
/// it is; within a mapping every value follows its key. Keys are written in the given order:
/// go-yaml's own is yaml::natural_less.
class YamlWriter {
 public:
  /// `pretty`: as go-yaml v3 does it, see to_yaml_pretty.
  explicit YamlWriter(std::string& out, bool pretty = false) : out_(out), pretty_(pretty) {}

  void begin_mapping(bool empty);
  void begin_sequence(bool empty);
  void end() { frames_.pop_back(); }
  void key(std::string_view key);
  void string(std::string_view value);
  void real(double value);
  void whole(std::int64_t value);
  void whole(std::uint64_t value);
  void boolean(bool value);
  void null();

 private:
  /// Where the next value stands.
  enum class Place : std::uint8_t { root, item, after_key, after_mark };
  struct Frame {
    int indent;
    bool mapping;
    bool first_inline;
    Place place;  ///< Of the value that comes next in a mapping.
  };

  /// Begins a value; returns the indentation of a scalar's further lines.
  int start();
  void finish();
  void begin(bool mapping, bool empty);
  void put(char c);
  void put(std::string_view text);
  void pad(int indent);
  void break_line(int indent);
  void text(std::string_view value, int indent, bool key);
  void plain(std::string_view value, int indent, bool key);
  void single_quoted(std::string_view value, int indent, bool key);
  void double_quoted(std::string_view value, int indent, bool key);
  void literal(std::string_view value, int indent);
  static std::string escape(char32_t c);
  bool too_long() const;

  std::string& out_;
  bool pretty_;
  int column_ = 0;
  std::vector<Frame> frames_;
};

}  // namespace spokelab
