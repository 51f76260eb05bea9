// Which YAML styles fit a text, and the order of keys.
#include "base/yaml_shape.h"

#include <cstdint>

#include "base/yaml_scalar.h"

namespace spokelab::yaml {

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

bool reads_as_another_type(std::string_view text) {
  const Scalar::Kind kind = resolve_plain(text).kind;
  if (kind == Scalar::Kind::merge) return false;
  return kind != Scalar::Kind::text || looks_base_60(text);
}

bool natural_less(std::string_view left, std::string_view right) {
  const auto digit = [](char32_t c) { return c >= '0' && c <= '9'; };
  const auto letter = [](char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == 0xAA || c == 0xB5 ||
           c == 0xBA ||
           (c >= 0xC0 && c != 0xD7 && c != 0xF7 && (c < 0x2000 || c > 0x2BFF) &&
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

}  // namespace spokelab::yaml
