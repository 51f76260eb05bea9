// The tree of an expression.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/notifications/expr/value.h"

namespace spokelab::hub::expr {

struct Node {
  enum class Type {
    literal,
    identifier,
    pointer,  ///< `#`, and `.name` for `#.name`.
    unary,
    binary,
    ternary,
    member,  ///< kids: the object, the name or index.
    chain,   ///< Ends where a `?.` in it met nil.
    call,    ///< kids: arguments; `text`: the function; a method has its object as the first.
    list,
    map  ///< kids: key, value, key, value.
  };
  Type type;
  std::size_t at = 0;     ///< Byte offset in the source.
  std::string text;       ///< Operator, identifier, or function.
  bool optional = false;  ///< Of a member: `?.`.
  bool method = false;    ///< Of a call.
  Value value;            ///< Of a literal.
  std::vector<std::unique_ptr<Node>> kids;

  Node(Type kind, std::size_t offset) : type(kind), at(offset) {}
};
using NodeRef = std::unique_ptr<Node>;

/// " (1:5)": line and column of an offset.
std::string place(std::string_view source, std::size_t at);

}  // namespace spokelab::hub::expr
