// Helm values: reading files, merging layers.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub::helm {

/// Reads a values file: every number becomes a float, as Helm sees it; an empty text is {}; of
/// several documents the first counts, as in Helm 3. Errors: bad_input.
Result<Json> read_values(std::string_view yaml);
/// Turns the whole numbers of a JSON document into floats, as if it had been read from YAML.
Json as_values(Json document);
/// Merges `from` over `into`: maps merge, all else is replaced; null is kept (it deletes a default
/// later).
void merge_values(Json& into, const Json& from);

}  // namespace spokelab::hub::helm
