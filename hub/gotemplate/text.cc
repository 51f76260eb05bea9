// UTF-8, simple case mapping and Go literals.
#include "hub/gotemplate/text.h"

#include <array>
#include <cstdint>

namespace spokelab::hub::gotemplate {

namespace {

struct Decoded {
  char32_t rune;
  std::size_t width;
};

Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const std::uint32_t c = byte(at);
  if (c < 0x80) return {static_cast<char32_t>(c), 1};
  if (c >= 0xC2 && c < 0xE0 && tail(at + 1)) {
    return {static_cast<char32_t>(((c & 0x1F) << 6) | (byte(at + 1) & 0x3F)), 2};
  }
  if (c >= 0xE0 && c < 0xF0 && tail(at + 1) && tail(at + 2)) {
    const std::uint32_t rune =
        ((c & 0x0F) << 12) | ((byte(at + 1) & 0x3F) << 6) | (byte(at + 2) & 0x3F);
    if (rune >= 0x800 && (rune < 0xD800 || rune > 0xDFFF)) return {static_cast<char32_t>(rune), 3};
  }
  if (c >= 0xF0 && c < 0xF5 && tail(at + 1) && tail(at + 2) && tail(at + 3)) {
    const std::uint32_t rune = ((c & 0x07) << 18) | ((byte(at + 1) & 0x3F) << 12) |
                               ((byte(at + 2) & 0x3F) << 6) | (byte(at + 3) & 0x3F);
    if (rune >= 0x10000 && rune <= 0x10FFFF) return {static_cast<char32_t>(rune), 4};
  }
  return {0xFFFD, 1};
}

}  // namespace

std::size_t rune_width(std::string_view text, std::size_t at) { return decode(text, at).width; }
char32_t decode_rune(std::string_view text, std::size_t at) { return decode(text, at).rune; }

void append_rune(std::string& out, char32_t rune) {
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) rune = 0xFFFD;
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  const auto c = static_cast<std::uint32_t>(rune);
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

std::size_t rune_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += rune_width(text, at)) ++count;
  return count;
}

std::size_t rune_offset(std::string_view text, std::size_t n) {
  std::size_t at = 0;
  for (; n > 0 && at < text.size(); --n) at += rune_width(text, at);
  return at;
}

std::u32string to_runes(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded next = decode(text, at);
    out += next.rune;
    at += next.width;
  }
  return out;
}

std::string from_runes(std::u32string_view runes) {
  std::string out;
  for (const char32_t rune : runes) append_rune(out, rune);
  return out;
}

bool is_upper(char32_t c) { return to_lower(c) != c; }
bool is_lower(char32_t c) { return to_upper(c) != c || c == 0xDF; }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_letter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == 0xAA || c == 0xB5 || c == 0xBA ||
         (c >= 0xC0 && c != 0xD7 && c != 0xF7 && (c < 0x2000 || c > 0x2BFF) && c < 0xE000) ||
         (c >= 0x20000 && c < 0x30000);
}
bool is_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

char32_t to_upper(char32_t c) {
  if (c >= 'a' && c <= 'z') return c - 32;
  if ((c >= 0xE0 && c <= 0xFE && c != 0xF7) || (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) ||
      (c >= 0x430 && c <= 0x44F))
    return c - 32;
  if (c >= 0x450 && c <= 0x45F) return c - 80;
  if (c >= 0x100 && c <= 0x137 && c % 2 == 1) return c - 1;
  if (c == 0xFF) return 0x178;
  return c;
}
char32_t to_lower(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) ||
      (c >= 0x410 && c <= 0x42F))
    return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x100 && c <= 0x137 && c % 2 == 0 && c != 0x130) return c + 1;
  if (c == 0x178) return 0xFF;
  return c;
}

bool is_go_printable(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD) return false;
  if ((c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) || (c >= 0x205F && c <= 0x206F))
    return false;
  return c != 0x3000 && c != 0xFEFF && (c < 0xE000 || c > 0xF8FF) && c != 0xFFFE && c != 0xFFFF &&
         c < 0xE0000;
}

std::optional<std::string> go_unquote(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != literal.back()) return std::nullopt;
  const char mark = literal.front();
  literal = literal.substr(1, literal.size() - 2);
  std::string out;
  if (mark == '`') {
    for (const char c : literal) {
      if (c != '\r') out += c;
    }
    return out;
  }
  for (std::size_t at = 0; at < literal.size(); ++at) {
    const char c = literal[at];
    if (c == mark || c == '\n') return std::nullopt;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (++at >= literal.size()) return std::nullopt;
    const char e = literal[at];
    constexpr std::string_view kFrom = "abfnrtv\\";
    constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\";
    if (const std::size_t hit = kFrom.find(e); hit != std::string_view::npos) {
      out += kTo[hit];
      continue;
    }
    if (e == mark) {
      out += e;
      continue;
    }
    const bool octal = e >= '0' && e <= '7';
    const std::size_t digits = e == 'x' ? 2 : e == 'u' ? 4 : e == 'U' ? 8 : octal ? 3 : 0;
    if (digits == 0) return std::nullopt;
    if (!octal) ++at;
    if (at + digits > literal.size()) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char d = literal[at + i];
      const int n = d >= '0' && d <= '9'   ? d - '0'
                    : d >= 'a' && d <= 'f' ? d - 'a' + 10
                    : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                           : 99;
      if (n >= (octal ? 8 : 16)) return std::nullopt;
      value = value * (octal ? 8U : 16U) + static_cast<std::uint32_t>(n);
    }
    at += digits - 1;
    if (e == 'x' || octal) {
      if (value > 255) return std::nullopt;
      out += static_cast<char>(value);
    } else {
      if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return std::nullopt;
      append_rune(out, static_cast<char32_t>(value));
    }
  }
  return out;
}

}  // namespace spokelab::hub::gotemplate
