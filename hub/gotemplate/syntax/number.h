// Number literals of templates.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "hub/gotemplate/tree.h"

namespace spokelab::hub::gotemplate {

/// Reads the literal in `node.text` (a character constant such as 'a' when `character`) into the
/// node. What is too large for an int keeps no literal value. Returns the message when it is
/// malformed, as text/template's newNumber words it.
std::optional<std::string> read_number(Node& node, bool character);

/// The real and the imaginary part of what a literal such as 1+2i gave; nothing for other values.
std::optional<std::pair<double, double>> complex_parts(const Value& value);

}  // namespace spokelab::hub::gotemplate
