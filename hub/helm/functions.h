// The functions Helm gives to templates: Sprig's and its own.
#pragma once

#include "hub/gotemplate/function.h"

namespace spokelab::hub::helm {

/// One table for the whole program.
const gotemplate::FunctionTable& functions();

/// Marks around the message of `required` and `fail`, by which their errors are told from others.
inline constexpr const char* kMessageStart = "HELM_ERR_START";
inline constexpr const char* kMessageEnd = "HELM_ERR_END";

}  // namespace spokelab::hub::helm
