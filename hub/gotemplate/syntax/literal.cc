// Go's number texts, as strconv reads them.
#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Whether underscores stand between digits, or a base prefix and a digit, only.
bool underscores_fit(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  char before = '^';  // '0' a digit, '_', '!' another character
  bool hex = false;
  if (text.size() >= 2 && text[0] == '0') {
    const char mark = lower(text[1]);
    if (mark == 'b' || mark == 'o' || mark == 'x') {
      hex = mark == 'x';
      before = '0';
      text.remove_prefix(2);
    }
  }
  for (const char c : text) {
    const bool digit = (c >= '0' && c <= '9') || (hex && lower(c) >= 'a' && lower(c) <= 'f');
    if (c == '_' ? before != '0' : before == '_' && !digit) return false;
    before = digit ? '0' : c == '_' ? '_' : '!';
  }
  return before != '_';
}

std::string without_underscores(std::string_view text) {
  std::string out(text);
  out.erase(std::remove(out.begin(), out.end(), '_'), out.end());
  return out;
}

std::optional<std::uint64_t> parse_digits(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> go_parse_uint(std::string_view text, int base) {
  if (base != 0) return parse_digits(text, base);
  base = 10;
  std::string_view digits = text;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = lower(text[1]);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    digits.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  if (text.find('_') == std::string_view::npos) return parse_digits(digits, base);
  if (!underscores_fit(text)) return std::nullopt;
  return parse_digits(without_underscores(digits), base);
}

std::optional<std::int64_t> go_parse_int(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto size = go_parse_uint(text, base);
  constexpr std::uint64_t kTop = std::uint64_t{1} << 63;
  if (!size || *size > kTop || (*size == kTop && !negative)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? ~*size + 1 : *size);
}

std::optional<double> go_parse_float(std::string_view text) {
  const std::string_view whole = text;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text[0] == '-') return std::nullopt;
  std::string small;
  for (const char c : text) small += lower(c);
  const bool hex = small.starts_with("0x");
  if (small == "inf" || small == "infinity" || small == "nan") {
    const double value = small == "nan" ? std::numeric_limits<double>::quiet_NaN()
                                        : std::numeric_limits<double>::infinity();
    return negative ? -value : value;
  }
  if (!hex && small[0] != '.' && (small[0] < '0' || small[0] > '9')) return std::nullopt;
  if (small.find('_') != std::string::npos) {
    if (!underscores_fit(whole)) return std::nullopt;
    small = without_underscores(small);
  }
  if (hex && small.find('p') == std::string::npos) return std::nullopt;
  const char* from = small.data() + (hex ? 2 : 0);
  double value = 0;
  const auto [end, failure] =
      std::from_chars(from, small.data() + small.size(), value,
                      hex ? std::chars_format::hex : std::chars_format::general);
  if (end != small.data() + small.size()) return std::nullopt;
  if (failure == std::errc::result_out_of_range) {
    // Too small is 0 in Go; too large is an error.
    const bool tiny = small.find("e-") != std::string::npos || small.starts_with("0.") ||
                      small.find("p-") != std::string::npos;
    if (!tiny) return std::nullopt;
    value = 0;
  } else if (failure != std::errc{}) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

}  // namespace spokelab::hub::gotemplate
