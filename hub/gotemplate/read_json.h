// Reading JSON as encoding/json does.
#pragma once

#include <string_view>

#include "base/error.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

/// One JSON text as an `interface {}` receives it: every number a float64, the last of equal keys
/// wins, what is no UTF-8 becomes U+FFFD. Errors: bad_input in encoding/json's words ("invalid
/// character 'x' looking for beginning of value"); limit when nested deeper than 500.
Result<Value> read_json(std::string_view text);

}  // namespace spokelab::hub::gotemplate
