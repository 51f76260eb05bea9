// Types of plain YAML scalars by the rules of YAML 1.1, and Go's float text.
#include "base/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace spokelab::yaml {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<Scalar> resolve_word(std::string_view text) {
  Scalar out;
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) {
    out.kind = Scalar::Kind::null;
    return out;
  }
  const bool yes =
      one_of(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"});
  if (yes ||
      one_of(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) {
    out.kind = Scalar::Kind::boolean;
    out.boolean = yes;
    return out;
  }
  out.kind = Scalar::Kind::real;
  if (one_of(text, {".nan", ".NaN", ".NAN"})) {
    out.real = std::numeric_limits<double>::quiet_NaN();
    return out;
  }
  if (one_of(text, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"})) {
    out.real = std::numeric_limits<double>::infinity();
    return out;
  }
  if (one_of(text, {"-.inf", "-.Inf", "-.INF"})) {
    out.real = -std::numeric_limits<double>::infinity();
    return out;
  }
  return std::nullopt;
}

std::optional<Scalar> resolve_integer(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  constexpr std::uint64_t kTop = std::uint64_t{1} << 63;
  Scalar out;
  out.kind = Scalar::Kind::integer;
  if (negative) {
    if (value > kTop) return std::nullopt;
    out.integer = static_cast<std::int64_t>(~value + 1);
  } else if (value < kTop) {
    out.integer = static_cast<std::int64_t>(value);
  } else {
    out.kind = Scalar::Kind::unsigned_integer;
    out.unsigned_integer = value;
  }
  return out;
}

/// [-+] (.digits | digits [. [digits]]) [e [-+] digits]
bool is_float(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const std::size_t whole = digits();
  std::size_t part = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    part = digits();
  }
  if (whole + part == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

std::optional<Scalar> resolve_float(std::string_view text) {
  if (!is_float(text)) return std::nullopt;
  if (text[0] == '+') text.remove_prefix(1);
  Scalar out;
  out.kind = Scalar::Kind::real;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out.real);
  if (failure == std::errc::result_out_of_range) return std::nullopt;
  return end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

/// 2006-1-2, also with T, t or blank and a time of day, fraction and zone.
bool is_timestamp(std::string_view text) {
  std::size_t at = 0;
  const auto number = [&](std::size_t least, std::size_t most, int top) {
    const std::size_t from = at;
    int value = 0;
    while (at < text.size() && at - from < most && is_digit(text[at]))
      value = value * 10 + (text[at++] - '0');
    return at - from >= least && value <= top;
  };
  const auto skip = [&](char c) {
    return at < text.size() && text[at] == c ? (++at, true) : false;
  };
  if (!number(4, 4, 9999) || !skip('-')) return false;
  if (!number(1, 2, 12) || !skip('-') || !number(1, 2, 31)) return false;
  if (at == text.size()) return true;
  const char between = text[at++];
  if (between != 'T' && between != 't' && between != ' ') return false;
  if (!number(1, 2, 23) || !skip(':') || !number(1, 2, 59) || !skip(':') || !number(1, 2, 59))
    return false;
  if (skip('.') && !number(1, 9, std::numeric_limits<int>::max())) return false;
  if (between == ' ') return at == text.size();
  if (skip('Z')) return at == text.size();
  if (!skip('+') && !skip('-')) return false;
  return number(2, 2, 24) && skip(':') && number(2, 2, 60) && at == text.size();
}

}  // namespace

Scalar resolve_plain(std::string_view text) {
  constexpr std::string_view kFirst = "yYnNtTfFoO~+-.0123456789";
  Scalar out;
  if (!text.empty() && kFirst.find(text[0]) == std::string_view::npos) {
    if (text == "<<") out.kind = Scalar::Kind::merge;
    return out;
  }
  if (text.size() <= 5) {
    if (const auto word = resolve_word(text)) return *word;
  }
  const char first = text[0];
  if (first == '.') return resolve_float(text).value_or(out);
  if (first != '+' && first != '-' && !is_digit(first)) return out;
  if (is_timestamp(text)) {
    out.kind = Scalar::Kind::timestamp;
    return out;
  }
  std::string without;
  if (text.find('_') != std::string_view::npos) {
    without = text;
    without.erase(std::remove(without.begin(), without.end(), '_'), without.end());
    text = without;
  }
  if (const auto integer = resolve_integer(text)) return *integer;
  return resolve_float(text).value_or(out);
}

bool looks_base_60(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return false;
  std::size_t at = text[0] == '-' || text[0] == '+' ? 1 : 0;
  if (at >= text.size() || !is_digit(text[at])) return false;
  while (at < text.size() && (is_digit(text[at]) || text[at] == '_')) ++at;
  bool any = false;
  while (at < text.size() && text[at] == ':') {
    ++at;
    if (at + 1 < text.size() && text[at] >= '0' && text[at] <= '5' && is_digit(text[at + 1])) {
      at += 2;
    } else if (at < text.size() && is_digit(text[at])) {
      ++at;
    } else {
      return false;
    }
    any = true;
  }
  if (any && at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && (is_digit(text[at]) || text[at] == '_')) ++at;
  }
  return any && at == text.size();
}

namespace {

template <typename Real>
std::string shortest(Real value, int exponent_from) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 40> buffer;
  const auto made = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                  std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(made.ptr - buffer.data()));
  const std::size_t e = text.rfind('e');
  int exponent = 0;
  const std::size_t from = e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(text.data() + from, text.data() + text.size(), exponent);
  if (exponent < -4 || exponent >= exponent_from) return std::string(text);
  const auto plain =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return std::string(buffer.data(), plain.ptr);
}

}  // namespace

std::string go_float(double value, int exponent_from) { return shortest(value, exponent_from); }

std::string go_float32(double value) {
  constexpr double kMax = std::numeric_limits<float>::max();
  const bool fits = !(std::fabs(value) > kMax);
  return fits ? shortest(static_cast<float>(value), 6) : value > 0 ? "+Inf" : "-Inf";
}

std::string go_float_fixed(double value) {
  std::array<char, 400> buffer;
  const auto text_as = [&](std::chars_format format) {
    const auto made = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
    return std::string(buffer.data(), made.ptr);
  };
  if (std::fabs(value) < 1e15) return text_as(std::chars_format::fixed);
  // to_chars prints the exact digits of large values; Go prints the shortest ones, then zeros.
  const std::string text = text_as(std::chars_format::scientific);
  const std::size_t mark = text.find('e');
  std::string out = text.substr(0, mark);
  int exponent = 0;
  std::from_chars(text.data() + mark + 2, text.data() + text.size(), exponent);
  const std::size_t point = out.find('.');
  const std::size_t decimals = point == std::string::npos ? 0 : out.size() - point - 1;
  if (point != std::string::npos) out.erase(point, 1);
  const auto zeros = static_cast<std::size_t>(exponent);
  if (decimals > zeros) return out.insert(out.size() - (decimals - zeros), ".");
  return out.append(zeros - decimals, '0');
}

namespace {

/// Bytes of the character at `at`; 0 when it is not well-formed.
std::size_t utf8_width(std::string_view text, std::size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c < 0x80) return 1;
  const std::size_t width = c >= 0xC2 && c < 0xE0   ? 2
                            : c >= 0xE0 && c < 0xF0 ? 3
                            : c >= 0xF0 && c < 0xF5 ? 4
                                                    : 0;
  if (width == 0 || at + width > text.size()) return 0;
  for (std::size_t i = 1; i < width; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const bool bad = (c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) ||
                   (c == 0xF0 && second < 0x90) || (c == 0xF4 && second > 0x8F);
  return bad ? 0 : width;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = utf8_width(text, at);
    if (width == 0) return false;
    at += width;
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = utf8_width(text, at);
    out += width == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(at, width);
    at += std::max<std::size_t>(width, 1);
  }
  return out;
}

}  // namespace spokelab::yaml
