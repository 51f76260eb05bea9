// Parsed templates.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "hub/gotemplate/function.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

/// One node of a parsed template.
struct Node {
  enum class Type : std::uint8_t {
    list,
    text,
    action,
    pipe,
    command,
    identifier,
    variable,
    dot,
    nil,
    field,
    chain,
    boolean,
    number,
    string,
    if_,
    range,
    with,
    template_,
    break_,
    continue_
  };
  Type type;
  std::uint32_t pos = 0;          ///< Byte offset in the tree's text.
  std::string text;               ///< Text, function or template name, or a literal's source.
  std::vector<std::string> path;  ///< Names of a field, variable or chain.
  std::vector<std::unique_ptr<Node>> kids;  ///< Items, commands, arguments; a chain's operand.
  std::unique_ptr<Node> pipe, body, other;  ///< Of if, range, with, template.
  std::vector<std::string> declared;        ///< A pipe's variables, with "$".
  bool assigns = false;                     ///< `=` instead of `:=`.
  const Function* function = nullptr;
  Value literal;
  bool fits_int = false;  ///< A number that is whole, or a whole float literal.
  bool fits_real = false;
  std::int64_t whole = 0;
  double real = 0;

  Node(Type kind, std::size_t at) : type(kind), pos(static_cast<std::uint32_t>(at)) {}
};

/// One named template.
struct Tree {
  std::string name;
  std::string parse_name;  ///< The file it stands in.
  std::shared_ptr<const std::string> source;
  std::unique_ptr<Node> root;
  /// Nothing but blanks and definitions: never replaces another of its name.
  bool empty = false;

  /// "file:line:column" of a node, column in bytes from 0, as text/template says it.
  std::string location(const Node& node) const;
};
using TreeRef = std::shared_ptr<const Tree>;

/// The node as text/template prints it in errors.
std::string to_text(const Node& node);

/// Parses a file: the first tree is the file itself, the others are its `define`s and `block`s.
/// Errors: bad_input "template: name:line: message", worded as text/template words it.
Result<std::vector<TreeRef>> parse(std::string_view name, std::shared_ptr<const std::string> text,
                                   const FunctionTable& functions);

}  // namespace spokelab::hub::gotemplate
