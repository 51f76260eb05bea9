// covers: whether an object holds all that a manifest asks for.
#pragma once

#include <string>

#include "base/json_fwd.h"

namespace spokelab::harness {

/// "" when `live` holds every value of `wanted`; else the path of the first that it does not
/// ("spec.replicas"). What `live` has besides is fine, the order of lists does not count, and null
/// or an empty list or object asks for nothing. Both must be in canonical form.
std::string first_uncovered(const Json& wanted, const Json& live);

}  // namespace spokelab::harness
