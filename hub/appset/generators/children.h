// What matrix and merge share: their child generators.
#pragma once

#include "hub/appset/generators/generator.h"

namespace spokelab::hub {

/// The list in `generators`; empty when it is absent.
const std::vector<Json>& children_of(const Json& generator);

/// The parameter sets of one child. Errors: `child generator returned an error on parameter
/// generation: ...`, `child generator generated no parameters` for an entry without a known
/// generator.
Result<ParamSets> child_params(const Json& child, const GeneratorScope& scope);

}  // namespace spokelab::hub
