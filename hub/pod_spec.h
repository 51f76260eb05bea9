// Where an object says what its pods are.
#pragma once

#include "base/json_fwd.h"

namespace spokelab::hub {

/// A pod's spec, or that of the pods which a workload makes; nullptr where there is none. Lives as
/// long as `object`.
const Json* pod_spec_of(const Json& object);

}  // namespace spokelab::hub
