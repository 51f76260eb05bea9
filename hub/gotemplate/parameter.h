// The types of a function's parameters, by their letter in Function::params.
#pragma once

#include <string_view>

#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

/// Go's name of the type, for errors.
std::string_view go_type_of(char param);
/// Whether nil may stand for it.
bool can_be_nil(char param);
bool assignable(const Value& value, char param);
/// What nil becomes.
Value zero_of(char param);

}  // namespace spokelab::hub::gotemplate
