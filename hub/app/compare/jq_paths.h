// JqPaths: removing what a jq path expression names.
#pragma once

#include <string>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub {

/// Why an expression is not run; empty: it is. It must compile, and only expressions whose running
/// time is bounded by the document are: no definitions, no endless generators, no input, no
/// multiplication, at most two descents (`..`) and two variables, 1024 bytes.
std::string jq_refusal(const std::string& expression);

/// Removes what `expression` names, as Argo CD's `del(expression)` does: all of it or, when the
/// expression fails on this document, nothing. Numbers and order elsewhere stay as they are.
/// Errors: bad_input for an expression that does not compile or is refused.
Result<void> remove_by_jq(Json& document, const std::string& expression);

}  // namespace spokelab::hub
