// Writing YAML the way go-yaml v2 does: block style, its choice of quotes, its folding at
// column 80.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/yaml.h"
#include "base/yaml_scalar.h"

namespace spokelab {

namespace {

constexpr int kBestWidth = 80;
constexpr std::size_t kSimpleKeyMax = 128;

struct Rune {
  char32_t value;
  std::size_t width;
};

Rune rune_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> char32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const char32_t c = byte(at);
  if (c < 0x80) return {c, 1};
  if (c < 0xE0) return {((c & 0x1F) << 6) | (byte(at + 1) & 0x3F), 2};
  if (c < 0xF0)
    return {((c & 0x0F) << 12) | ((byte(at + 1) & 0x3F) << 6) | (byte(at + 2) & 0x3F), 3};
  return {((c & 0x07) << 18) | ((byte(at + 1) & 0x3F) << 12) | ((byte(at + 2) & 0x3F) << 6) |
              (byte(at + 3) & 0x3F),
          4};
}

bool is_break(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool is_printable(char32_t c) {
  if (c < 0x80) return c == '\n' || (c >= 0x20 && c <= 0x7E);
  if (c < 0xA0 || c > 0xFFFD || c == 0xFEFF) return false;
  return c < 0xD800 || c > 0xDFFF;
}

/// What the characters of a text allow, as libyaml's emitter analyses them (outside flow
/// collections).
struct Shape {
  bool multiline = false;
  bool plain = true;
  bool single_quoted = true;
  bool block = true;
};

Shape shape_of(std::string_view text) {
  Shape out;
  if (text.empty()) {
    out.block = false;
    return out;
  }
  bool indicators = text.starts_with("---") || text.starts_with("...");
  bool special = false, break_space = false, space_break = false;
  bool leading = false, trailing_space = false, trailing_break = false;
  bool previous_space = false, previous_break = false, blank_before = true;
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    const std::size_t next = at + rune.width;
    const bool blank_after = next >= text.size() || text[next] == ' ' || text[next] == '\t';
    const char c = rune.value < 0x80 ? static_cast<char>(rune.value) : 'x';
    if (at == 0) {
      if (std::string_view("#,[]{}&*!|>'\"%@`").find(c) != std::string_view::npos)
        indicators = true;
      if ((c == '?' || c == ':' || c == '-') && blank_after) indicators = true;
    } else if ((c == ':' && blank_after) || (c == '#' && blank_before)) {
      indicators = true;
    }
    if (!is_printable(rune.value)) special = true;
    const bool space = c == ' ';
    const bool breaks = is_break(rune.value);
    if (at == 0 && (space || breaks)) leading = true;
    if (next >= text.size()) (space ? trailing_space : trailing_break) = space || breaks;
    if (space && previous_break) break_space = true;
    if (breaks && previous_space) space_break = true;
    if (breaks) out.multiline = true;
    previous_space = space;
    previous_break = breaks;
    blank_before = space || c == '\t' || breaks;
    at = next;
  }
  if (leading || trailing_space || trailing_break || indicators || out.multiline) out.plain = false;
  if (trailing_space) out.block = false;
  if (break_space) out.plain = out.single_quoted = false;
  if (space_break || special) out.plain = out.single_quoted = out.block = false;
  return out;
}

/// Whether a reader would take the plain text for something else than this very text.
bool reads_as_another_type(const std::string& text) {
  const yaml::Scalar::Kind kind = yaml::resolve_plain(text).kind;
  if (kind == yaml::Scalar::Kind::merge) return false;
  return kind != yaml::Scalar::Kind::text || yaml::looks_base_60(text);
}

/// The order in which go-yaml writes keys: letters after all else, digit runs by value.
bool natural_less(std::string_view left, std::string_view right) {
  const auto digit = [](char32_t c) { return c >= '0' && c <= '9'; };
  const auto letter = [](char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == 0xAA || c == 0xB5 ||
           c == 0xBA || (c >= 0xC0 && c != 0xD7 && c != 0xF7 && (c < 0x2000 || c > 0x2BFF) &&
                         (c < 0x1F000 || c > 0x1FAFF));
  };
  std::size_t at = 0;
  while (at < left.size() && at < right.size()) {
    const Rune a = rune_at(left, at);
    const Rune b = rune_at(right, at);
    if (a.value == b.value) {
      at += a.width;
      continue;
    }
    const bool al = letter(a.value), bl = letter(b.value);
    if (al && bl) return a.value < b.value;
    if (al || bl) return bl;
    std::int64_t an = 0, bn = 0;
    if (a.value == '0' || b.value == '0') {
      for (std::size_t j = at; j > 0 && digit(static_cast<unsigned char>(left[j - 1])); --j) {
        if (left[j - 1] != '0') {
          an = bn = 1;
          break;
        }
      }
    }
    std::size_t ai = at, bi = at;
    // Wraps around on long runs of digits, as Go's int64 does.
    const auto run = [&](std::string_view text, std::size_t& i, std::int64_t& n) {
      for (; i < text.size() && digit(static_cast<unsigned char>(text[i])); ++i) {
        n = static_cast<std::int64_t>(static_cast<std::uint64_t>(n) * 10 +
                                      static_cast<std::uint64_t>(text[i] - '0'));
      }
    };
    run(left, ai, an);
    run(right, bi, bn);
    if (an != bn) return an < bn;
    if (ai != bi) return ai < bi;
    return a.value < b.value;
  }
  return left.size() < right.size();
}

class Emitter {
 public:
  /// `pretty`: as go-yaml v3 does it.
  Emitter(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  void node(const Json& value, int indent, bool in_sequence) {
    if (value.is_object() && !value.empty()) {
      mapping(value, indent, in_sequence);
    } else if (value.is_array() && !value.empty()) {
      sequence(value, indent, in_sequence);
    } else {
      scalar(value, in_sequence ? indent : indent + 2);
      put('\n');
    }
  }

 private:
  void put(char c) {
    out_ += c;
    column_ = c == '\n' ? 0 : column_ + 1;
  }
  void put(std::string_view text) {
    for (const char c : text) {
      out_ += c;
      if ((c & 0xC0) != 0x80) ++column_;
    }
  }
  void pad(int indent) {
    out_.append(static_cast<std::size_t>(std::max(indent, 0)), ' ');
    column_ += std::max(indent, 0);
  }
  void break_line(int indent) {
    put('\n');
    pad(indent);
  }

  void mapping(const Json& value, int indent, bool first_inline) {
    std::vector<std::pair<const std::string*, const Json*>> items;
    items.reserve(value.size());
    for (auto at = value.begin(); at != value.end(); ++at)
      items.emplace_back(&at.key(), &at.value());
    std::stable_sort(items.begin(), items.end(),
                     [](const auto& a, const auto& b) { return natural_less(*a.first, *b.first); });
    for (const auto& [key, item] : items) {
      if (!first_inline) pad(indent);
      first_inline = false;
      const bool simple = key->size() <= kSimpleKeyMax && !shape_of(*key).multiline;
      if (simple) {
        text(*key, indent + 2, true);
        put(':');
        value_of_key(*item, indent);
      } else {
        put("? ");
        text(*key, indent + 2, false);
        break_line(indent);
        put(':');
        value_after_mark(*item, indent);
      }
    }
  }
  void value_of_key(const Json& item, int indent) {
    if (item.is_object() && !item.empty()) {
      put('\n');
      mapping(item, indent + 2, false);
    } else if (item.is_array() && !item.empty()) {
      put('\n');
      sequence(item, pretty_ ? indent + 2 : indent, false);
    } else {
      put(' ');
      scalar(item, indent + 2);
      put('\n');
    }
  }
  void value_after_mark(const Json& item, int indent) {
    put(' ');
    node(item, indent + 2, true);
  }
  void sequence(const Json& value, int indent, bool first_inline) {
    for (const Json& item : value) {
      if (!first_inline) pad(indent);
      first_inline = false;
      put("- ");
      if ((item.is_object() || item.is_array()) && !item.empty()) {
        node(item, indent + 2, true);
      } else {
        scalar(item, indent + 2);
        put('\n');
      }
    }
  }

  void scalar(const Json& value, int indent) {
    switch (value.type()) {
      case Json::value_t::object:
        return put("{}");
      case Json::value_t::array:
        return put("[]");
      case Json::value_t::string:
        return text(value.get_ref<const std::string&>(), indent, false);
      case Json::value_t::number_float:
        return put(pretty_ ? yaml::go_float(value.get<double>()) : real(value.get<double>()));
      default:
        return put(value.dump());
    }
  }
  static std::string real(double value) {
    if (value != value) return ".nan";
    if (value == value + 1 && value != 0 && value - value != 0)
      return value > 0 ? "+.inf" : "-.inf";
    // The way is by JSON: what fits 64 bits there is read back as a whole number.
    const bool whole = value > -9.223372036854776e18 && value < 1.8446744073709552e19 &&
                       value == std::floor(value);
    return whole && value != 0 ? yaml::go_float_fixed(value) : yaml::go_float(value);
  }

  void text(const std::string& value, int indent, bool key) {
    const Shape shape = shape_of(value);
    if (!key && shape.block && value.find('\n') != std::string::npos) return literal(value, indent);
    const bool newline = value.find('\n') != std::string::npos;
    if (!newline && shape.plain && !must_be_quoted(value)) return plain(value, indent, key);
    const bool wanted_plain = !newline && !must_be_quoted(value);
    if (wanted_plain && shape.single_quoted) return single_quoted(value, indent, key);
    double_quoted(value, indent, key);
  }
  void plain(const std::string& value, int indent, bool key) {
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
  void single_quoted(const std::string& value, int indent, bool key) {
    put('\'');
    bool spaces = false;
    bool breaks = false;
    for (std::size_t at = 0; at < value.size(); ++at) {
      const char c = value[at];
      if (static_cast<unsigned char>(c) == 0xE2 && is_break(rune_at(value, at).value)) {
        out_.append(value, at, 3);  // U+2028 and U+2029 count as line ends
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
  void double_quoted(const std::string& value, int indent, bool key) {
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
        put(std::string_view(value).substr(at, rune.width));
        spaces = rune.value == ' ';
      }
      at = next;
    }
    put('"');
  }
  static std::string escape(char32_t c) {
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
  void literal(const std::string& value, int indent) {
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
        put(std::string_view(value).substr(at, end - at));
      }
      at = end + 1;
    }
    // The caller ends the line; a final newline of the text is that very line end, further ones are
    // the empty lines before it.
  }

  /// Whether a line that has come this far is broken at the next blank.
  bool too_long() const { return column_ > kBestWidth && !pretty_; }
  bool must_be_quoted(const std::string& text) const {
    return reads_as_another_type(text) || (pretty_ && text == "<<");
  }

  std::string& out_;
  bool pretty_;
  int column_ = 0;
};

}  // namespace

std::string to_yaml(const Json& document) {
  std::string out;
  Emitter(out, false).node(document, 0, false);
  return out;
}

std::string to_yaml_pretty(const Json& document) {
  std::string out;
  Emitter(out, true).node(document, 0, false);
  return out;
}

}  // namespace spokelab
