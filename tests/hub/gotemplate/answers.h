// Asking the template engine: a template over one set of data, and its text or error.
#pragma once

#include <string>
#include <string_view>

#include "hub/gotemplate/function.h"
#include "hub/gotemplate/runtime.h"

namespace spokelab::hub::gotemplate {

struct Case {
  std::string_view text;
  std::string_view expected;  ///< The output, or "error: " and the message.
};

/// What text/template offers, without Sprig.
const FunctionTable& builtins();
/// The data of all cases, as a map.
Value case_data();
/// The output of `text`, named "t", over case_data(); or "error: " and the message.
std::string answer(std::string_view text, const FunctionTable& functions,
                   RuntimeOptions options = {});

}  // namespace spokelab::hub::gotemplate
