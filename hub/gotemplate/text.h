// UTF-8 runes and letters, as the template functions need them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spokelab::hub::gotemplate {

/// Bytes of the rune at `at`; 1 for a byte that is no UTF-8.
std::size_t rune_width(std::string_view text, std::size_t at);
/// U+FFFD for a byte that is no UTF-8.
char32_t decode_rune(std::string_view text, std::size_t at);
void append_rune(std::string& out, char32_t rune);
std::size_t rune_count(std::string_view text);
/// Byte offset of the nth rune, or the text's size.
std::size_t rune_offset(std::string_view text, std::size_t n);
std::u32string to_runes(std::string_view text);
std::string from_runes(std::u32string_view runes);

bool is_letter(char32_t rune);
bool is_digit(char32_t rune);
bool is_space(char32_t rune);
bool is_upper(char32_t rune);
bool is_lower(char32_t rune);
char32_t to_upper(char32_t rune);
char32_t to_lower(char32_t rune);
/// As strconv.IsPrint, near enough.
bool is_go_printable(char32_t rune);

/// strconv.ParseInt and ParseUint; base 0 takes 0x, 0o, 0b, a leading 0 and underscores.
std::optional<std::int64_t> go_parse_int(std::string_view text, int base);
std::optional<std::uint64_t> go_parse_uint(std::string_view text, int base);
/// strconv.ParseFloat: also hexadecimal, "inf" and "nan"; nothing when it is out of range.
std::optional<double> go_parse_float(std::string_view text);

/// The text of a Go string or character literal without its quotes; nothing when it is malformed.
std::optional<std::string> go_unquote(std::string_view literal);

}  // namespace spokelab::hub::gotemplate
