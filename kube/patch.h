// JSON patch (RFC 6902) and JSON merge patch (RFC 7386).
#pragma once

#include <cstddef>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::kube {

inline constexpr std::size_t kPatchOperationsMax = 10'000;  ///< As the API server's limit.

/// Applies an RFC 6902 patch. Errors: bad_input for a malformed patch; invalid for an operation
/// that cannot be applied, worded as evanphx/json-patch words it; limit for too many operations or
/// for copies that blow the document up.
Result<Json> apply_json_patch(Json document, const Json& patch);

/// Applies an RFC 7386 patch: null deletes, objects merge, all else replaces.
void apply_merge_patch(Json& document, const Json& patch);

/// The RFC 7386 patch that turns `from` into `to`; {} when they are equal objects.
Json make_merge_patch(const Json& from, const Json& to);

}  // namespace spokelab::kube
