// Numbers under fmt's verbs.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/yaml_scalar.h"
#include "hub/gotemplate/print/verb.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

std::string digits_of(std::uint64_t value, char verb) {
  const int base = verb == 'd' ? 10 : verb == 'b' ? 2 : verb == 'o' || verb == 'O' ? 8 : 16;
  std::array<char, 66> buffer;
  const auto made = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base);
  std::string out(buffer.data(), made.ptr);
  if (verb == 'X') {
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  }
  return out;
}

/// strconv's 'x': 0x1.dp+02, with an exponent of two digits at least.
std::string hex_float(double value, int precision) {
  std::array<char, 1200> buffer;
  const int size = precision < 0
                       ? std::snprintf(buffer.data(), buffer.size(), "%a", value)
                       : std::snprintf(buffer.data(), buffer.size(), "%.*a", precision, value);
  std::string out(buffer.data(), static_cast<std::size_t>(size));
  if (const std::size_t two = out.find("0x2"); two != std::string::npos) {
    // Rounded up: strconv keeps the leading digit a 1.
    const std::size_t sign = out.rfind('p') + 1;
    out = fmt::format("{}p{:+}", out.substr(0, sign - 1), std::stoi(out.substr(sign)) + 1);
    out[two + 2] = '1';
  }
  const std::size_t exponent = out.rfind('p') + 2;
  if (out.size() - exponent < 2) out.insert(exponent, "0");
  return out;
}

/// strconv's 'b': the mantissa as a whole number, and a binary exponent.
std::string binary_float(double value) {
  if (value == 0) return std::signbit(value) ? "-0p-1074" : "0p-1074";
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  const int shift = std::max(exponent - 53, -1074);
  return fmt::format("{}p{:+}", static_cast<std::int64_t>(std::ldexp(mantissa, exponent - shift)),
                     shift);
}

/// strconv.FormatFloat; a negative precision asks for the shortest text.
std::string real_text(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  constexpr int kDigitsMax = 1100;  // a double has no more
  const int digits = std::min(precision, kDigitsMax);
  const auto zeros = static_cast<std::size_t>(std::max(precision - kDigitsMax, 0));
  switch (verb) {
    case 'b':
      return binary_float(value);
    case 'x':
      return hex_float(value, digits);
    case 'X': {
      std::string out = hex_float(value, digits);
      for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      return out;
    }
    case 'e':
    case 'E': {
      std::string out = fmt::format("{:.{}e}", value, digits);
      out.insert(out.rfind('e'), zeros, '0');
      if (verb == 'E') out[out.rfind('e')] = 'E';
      return out;
    }
    case 'f':
      return fmt::format("{:.{}f}", value, digits) + std::string(zeros, '0');
    default: {
      std::string out =
          precision < 0 ? yaml::go_float(value) : fmt::format("{:.{}g}", value, digits);
      if (const std::size_t e = out.rfind('e'); verb == 'G' && e != std::string::npos) out[e] = 'E';
      return out;
    }
  }
}

/// What '#' asks for: a decimal point always, and %g keeps its zeros.
void restore_zeros(std::string& number, char verb, int precision) {
  int digits = verb == 'g' || verb == 'G' || verb == 'x' ? (precision < 0 ? 6 : precision) : 0;
  const bool hex = verb == 'x' || verb == 'X';
  const std::size_t exponent = number.find_first_of(hex ? "pP" : "eE", 1);
  const std::string tail = exponent == std::string::npos ? "" : number.substr(exponent);
  number.resize(number.size() - tail.size());
  bool point = false, significant = false;
  for (std::size_t i = 1; i < number.size(); ++i) {
    if (number[i] == '.') {
      point = true;
      continue;
    }
    significant = significant || number[i] != '0';
    if (significant) --digits;
  }
  if (!point) {
    if (number.size() == 2 && number[1] == '0') --digits;
    number += '.';
  }
  if (digits > 0) number.append(static_cast<std::size_t>(digits), '0');
  number += tail;
}

}  // namespace

void append_padding(std::string& out, int count, const Flags& flags) {
  if (count > 0)
    out.append(static_cast<std::size_t>(count), flags.zero && !flags.minus ? '0' : ' ');
}

void append_padded(std::string& out, std::string_view text, const Flags& flags) {
  const int gap = flags.has_width ? flags.width - static_cast<int>(rune_count(text)) : 0;
  if (!flags.minus) append_padding(out, gap, flags);
  out += text;
  if (flags.minus) append_padding(out, gap, flags);
}

void append_whole(std::string& out, std::uint64_t bits, bool is_signed, char verb,
                  const Flags& flags) {
  const bool negative = is_signed && static_cast<std::int64_t>(bits) < 0;
  Flags blanks = flags;
  blanks.zero = false;
  int least = 0;
  if (flags.has_precision) {
    least = flags.precision;
    if (least == 0 && bits == 0) return append_padding(out, flags.width, blanks);
  } else if (flags.zero && !flags.minus && flags.has_width) {
    least = flags.width - (negative || flags.plus || flags.space ? 1 : 0);
  }
  std::string text = digits_of(negative ? ~bits + 1 : bits, verb);
  if (least > static_cast<int>(text.size()))
    text.insert(0, static_cast<std::size_t>(least) - text.size(), '0');
  if (flags.sharp) {
    if (verb == 'b') text.insert(0, "0b");
    if ((verb == 'o' || verb == 'O') && text[0] != '0') text.insert(0, "0");
    if (verb == 'x') text.insert(0, "0x");
    if (verb == 'X') text.insert(0, "0X");
  }
  if (verb == 'O') text.insert(0, "0o");
  if (negative)
    text.insert(0, "-");
  else if (flags.plus)
    text.insert(0, "+");
  else if (flags.space)
    text.insert(0, " ");
  append_padded(out, text, blanks);
}

void append_real(std::string& out, double value, char verb, const Flags& flags) {
  const bool fixed = verb == 'f' || verb == 'F' || verb == 'e' || verb == 'E';
  const int precision = flags.has_precision ? flags.precision : fixed ? 6 : -1;
  const char form = verb == 'F' ? 'f' : verb == 'v' ? 'g' : verb;
  std::string number = real_text(value, form, precision);
  if (number[0] != '-' && number[0] != '+') number.insert(0, "+");
  if (flags.space && number[0] == '+' && !flags.plus) number[0] = ' ';
  if (number[1] == 'I' || number[1] == 'N') {
    if (number[1] == 'N' && !flags.space && !flags.plus) number.erase(0, 1);
    if (number[0] == '+' && !flags.plus) number.erase(0, 1);
    Flags blanks = flags;
    blanks.zero = false;
    if (number[0] == 'I') number.insert(0, "+");
    return append_padded(out, number, blanks);
  }
  if (flags.sharp && form != 'b') restore_zeros(number, form, precision);
  if (!flags.plus && number[0] == '+')
    return append_padded(out, std::string_view(number).substr(1), flags);
  if (flags.zero && !flags.minus && flags.has_width &&
      flags.width > static_cast<int>(number.size())) {
    out += number[0];
    append_padding(out, flags.width - static_cast<int>(number.size()), flags);
    out += std::string_view(number).substr(1);
    return;
  }
  append_padded(out, number, flags);
}

}  // namespace spokelab::hub::gotemplate
