// What cannot be seen in one value alone: times against the run's length, limits that measure
// nothing, ...
#pragma once

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/scenario.h"

namespace spokelab::harness {

/// Checks one concrete scenario.
void check_meaning(const Scenario& scenario, Diagnostics& diagnostics);

}  // namespace spokelab::harness
