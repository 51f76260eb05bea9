// covers: whether an object holds all that a manifest asks for, and nothing that it once asked for.
#pragma once

#include <string>

#include "base/json_fwd.h"

namespace spokelab::harness {

/// "" when `live` holds every value of `wanted`; else the path of the first that it does not
/// ("spec.replicas"). What `live` has besides is fine, the order of lists does not count, and null
/// or an empty list or object asks for nothing. Both must be in canonical form.
std::string first_uncovered(const Json& wanted, const Json& live);

/// "" or the path of the first value that `before` asked for, `wanted` does not, and `live` still
/// holds as it was. Items of lists are told apart by their `name`; lists without are passed over.
/// All must be in canonical form.
std::string first_left_over(const Json& before, const Json& wanted, const Json& live);

}  // namespace spokelab::harness
