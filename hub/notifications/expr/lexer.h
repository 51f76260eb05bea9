// Lexer: an expression's tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace spokelab::hub::expr {

struct Token {
  enum class Type { identifier, number, string, op, end };
  Type type = Type::end;
  std::string text;    ///< Of a string: what it stands for.
  std::size_t at = 0;  ///< Byte offset.
};

/// Errors: bad_input.
Result<std::vector<Token>> lex(std::string_view source);

}  // namespace spokelab::hub::expr
