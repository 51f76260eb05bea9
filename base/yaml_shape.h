// What the characters of a text allow when it is written as YAML, as libyaml's emitter judges it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spokelab::yaml {

struct Rune {
  char32_t value;
  std::size_t width;
};
/// The character at `at` of well-formed UTF-8.
Rune rune_at(std::string_view text, std::size_t at);
bool is_break(char32_t c);
bool is_printable(char32_t c);

/// The styles that a text may have outside flow collections.
struct Shape {
  bool multiline = false;
  bool plain = true;
  bool single_quoted = true;
  bool block = true;
};
Shape shape_of(std::string_view text);

/// Whether a reader would take the plain text for something else than this very text.
bool reads_as_another_type(std::string_view text);

/// The order in which go-yaml writes keys: letters after all else, digit runs by value.
bool natural_less(std::string_view left, std::string_view right);

}  // namespace spokelab::yaml
