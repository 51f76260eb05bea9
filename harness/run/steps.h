// Steps: what people and machines do in a run beside its faults.
#pragma once

#include <string>

#include "base/error.h"
#include "harness/run/lab.h"
#include "harness/run/truth.h"
#include "harness/scenario/scenario.h"

namespace spokelab::harness {

/// Carries one step out; what goes through an API server over the network is done by the operator,
/// soon. Returns what was done, in words: "commit 3f2a... on main of https://...". Errors: what
/// made it impossible.
Result<std::string> carry_out(const Step& step, Lab& lab, Truths& truths);

}  // namespace spokelab::harness
