// Splits template text into tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spokelab::hub::gotemplate {

struct Token {
  enum class Type : std::uint8_t {
    error,
    eof,
    text,
    left_delim,
    right_delim,
    space,
    assign,
    declare,
    pipe,
    left_paren,
    right_paren,
    character,
    boolean,
    char_constant,
    dot,
    field,
    identifier,
    number,
    raw_string,
    string,
    variable,
    // keywords
    block,
    break_,
    continue_,
    define,
    else_,
    end,
    if_,
    nil,
    range,
    template_,
    with
  };
  Type type = Type::eof;
  std::size_t pos = 0;
  int line = 1;
  std::string text;
};

/// All tokens; the last one is eof or error (its text is the message).
std::vector<Token> lex(std::string_view input);

}  // namespace spokelab::hub::gotemplate
