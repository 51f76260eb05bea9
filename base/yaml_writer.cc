// The writer: block style, quoting, folding.
#include "base/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/yaml_scalar.h"
#include "base/yaml_shape.h"

namespace spokelab {

namespace {

using yaml::is_break;
using yaml::is_printable;
using yaml::Rune;
using yaml::rune_at;
using yaml::Shape;
using yaml::shape_of;

constexpr int kBestWidth = 80;
constexpr std::size_t kSimpleKeyMax = 128;

std::string real_text(double value) {
  if (value != value) return ".nan";
  if (value == value + 1 && value != 0 && value - value != 0) return value > 0 ? "+.inf" : "-.inf";
  if (value == 0) return "0";
  // The way is by JSON: what fits 64 bits there is read back as a whole number.
  const bool whole =
      value > -9.223372036854776e18 && value < 1.8446744073709552e19 && value == std::floor(value);
  return whole ? yaml::go_float_fixed(value) : yaml::go_float(value);
}

}  // namespace

bool YamlWriter::too_long() const { return column_ > kBestWidth && !pretty_; }

void YamlWriter::put(char c) {
  out_ += c;
  column_ = c == '\n' ? 0 : column_ + 1;
}

void YamlWriter::put(std::string_view text) {
  out_ += text;
  for (const char c : text) column_ += (c & 0xC0) != 0x80;
}

void YamlWriter::pad(int indent) {
  out_.append(static_cast<std::size_t>(std::max(indent, 0)), ' ');
  column_ += std::max(indent, 0);
}

void YamlWriter::break_line(int indent) {
  put('\n');
  pad(indent);
}

int YamlWriter::start() {
  if (frames_.empty()) return 2;
  Frame& frame = frames_.back();
  if (!frame.mapping) {
    if (!frame.first_inline) pad(frame.indent);
    frame.first_inline = false;
    put("- ");
  } else {
    put(' ');
  }
  return frame.indent + 2;
}

void YamlWriter::finish() { put('\n'); }

void YamlWriter::begin_mapping(bool empty) { begin(true, empty); }
void YamlWriter::begin_sequence(bool empty) { begin(false, empty); }

void YamlWriter::begin(bool mapping, bool empty) {
  if (empty) {
    start();
    put(mapping ? "{}" : "[]");
    return finish();
  }
  if (frames_.empty()) {
    frames_.push_back(Frame{0, mapping, false, Place::root});
    return;
  }
  const Frame outer = frames_.back();
  if (outer.mapping && outer.place == Place::after_key) {
    put('\n');
    const int deeper = mapping || pretty_ ? 2 : 0;
    frames_.push_back(Frame{outer.indent + deeper, mapping, false, Place::root});
    return;
  }
  const int indent = start();
  frames_.push_back(Frame{indent, mapping, true, Place::root});
}

void YamlWriter::key(std::string_view key) {
  Frame& frame = frames_.back();
  if (!frame.first_inline) pad(frame.indent);
  frame.first_inline = false;
  if (key.size() <= kSimpleKeyMax && !shape_of(key).multiline) {
    text(key, frame.indent + 2, true);
    frame.place = Place::after_key;
  } else {
    put("? ");
    text(key, frame.indent + 2, false);
    break_line(frame.indent);
    frame.place = Place::after_mark;
  }
  put(':');
}

void YamlWriter::string(std::string_view value) {
  text(value, start(), false);
  finish();
}

void YamlWriter::real(double value) {
  start();
  put(pretty_ ? yaml::go_float(value) : real_text(value));
  finish();
}

void YamlWriter::whole(std::int64_t value) {
  start();
  put(fmt::format_int(value).c_str());
  finish();
}

void YamlWriter::whole(std::uint64_t value) {
  start();
  put(fmt::format_int(value).c_str());
  finish();
}

void YamlWriter::boolean(bool value) {
  start();
  put(value ? "true" : "false");
  finish();
}

void YamlWriter::null() {
  start();
  put("null");
  finish();
}

void YamlWriter::text(std::string_view value, int indent, bool key) {
  const Shape shape = shape_of(value);
  if (!key && shape.block && value.find('\n') != std::string_view::npos)
    return literal(value, indent);
  const bool newline = value.find('\n') != std::string_view::npos;
  if (!newline && shape.plain && !yaml::reads_as_another_type(value))
    return plain(value, indent, key);
  const bool wanted_plain = !newline && !yaml::reads_as_another_type(value);
  if (wanted_plain && shape.single_quoted) return single_quoted(value, indent, key);
  double_quoted(value, indent, key);
}

void YamlWriter::plain(std::string_view value, int indent, bool key) {
  bool spaces = false;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const char c = value[at];
    const bool next_is_space = at + 1 < value.size() && value[at + 1] == ' ';
    if (c == ' ' && !key && !spaces && too_long() && !next_is_space) {
      break_line(indent);
    } else {
      put(std::string_view(&c, 1));
    }
    spaces = c == ' ';
  }
}

void YamlWriter::single_quoted(std::string_view value, int indent, bool key) {
  put('\'');
  bool spaces = false;
  bool breaks = false;
  for (std::size_t at = 0; at < value.size(); ++at) {
    const char c = value[at];
    if (static_cast<unsigned char>(c) == 0xE2 && is_break(rune_at(value, at).value)) {
      out_.append(value.substr(at, 3));  // U+2028 and U+2029 count as line ends
      column_ = 0;
      at += 2;
      breaks = true;
      continue;
    }
    if (breaks) pad(indent);
    breaks = false;
    if (c == ' ' && !key && !spaces && too_long() && at > 0 && at + 1 < value.size() &&
        value[at + 1] != ' ') {
      break_line(indent);
    } else {
      if (c == '\'') put('\'');
      put(std::string_view(&c, 1));
    }
    spaces = c == ' ';
  }
  put('\'');
}

void YamlWriter::double_quoted(std::string_view value, int indent, bool key) {
  put('"');
  bool spaces = false;
  const bool escape_all =
      value.starts_with("\xEF\xBB\xBF");  // go-yaml looks for a BOM at offset 0 only
  for (std::size_t at = 0; at < value.size();) {
    const Rune rune = rune_at(value, at);
    const std::size_t next = at + rune.width;
    if (!is_printable(rune.value) || is_break(rune.value) || rune.value == '"' ||
        rune.value == '\\' || escape_all) {
      put(escape(rune.value));
      spaces = false;
    } else if (rune.value == ' ' && !key && !spaces && too_long() && at > 0 &&
               next < value.size()) {
      break_line(indent);
      if (value[next] == ' ') put('\\');
      spaces = true;
    } else {
      put(value.substr(at, rune.width));
      spaces = rune.value == ' ';
    }
    at = next;
  }
  put('"');
}

std::string YamlWriter::escape(char32_t c) {
  constexpr std::string_view kFrom("\0\a\b\t\n\v\f\r\x1b\"\\", 11);
  constexpr std::string_view kTo = "0abtnvfre\"\\";
  if (c < 0x80) {
    const std::size_t at = kFrom.find(static_cast<char>(c));
    if (at != std::string_view::npos) return {'\\', kTo[at]};
  }
  if (c == 0x85) return "\\N";
  if (c == 0xA0) return "\\_";
  if (c == 0x2028) return "\\L";
  if (c == 0x2029) return "\\P";
  const auto number = static_cast<std::uint32_t>(c);
  if (number <= 0xFF) return fmt::format("\\x{:02X}", number);
  return number <= 0xFFFF ? fmt::format("\\u{:04X}", number) : fmt::format("\\U{:08X}", number);
}

void YamlWriter::literal(std::string_view value, int indent) {
  put('|');
  const char first = value[0];
  if (first == ' ' || first == '\n') put('2');
  if (value.back() != '\n') {
    put('-');
  } else if (value.size() == 1 || value[value.size() - 2] == '\n') {
    put('+');
  }
  std::size_t at = 0;
  while (at < value.size()) {
    const std::size_t end = std::min(value.find('\n', at), value.size());
    put('\n');
    if (end > at) {
      pad(indent);
      put(value.substr(at, end - at));
    }
    at = end + 1;
  }
  // The caller ends the line; a final newline of the text is that very line end, further ones are
  // the empty lines before it.
}

}  // namespace spokelab
