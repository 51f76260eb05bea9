// Strategic merge patch: merges lists by key where the type table says so.
#pragma once

#include "base/error.h"
#include "base/json_fwd.h"
#include "kube/schema.h"

namespace spokelab::kube {

/// Applies a strategic merge patch with its directives ($patch, $retainKeys, $setElementOrder,
/// $deleteFromPrimitiveList), as apimachinery's strategicpatch does. `type` may be nullptr: then
/// objects merge and lists are replaced. Errors: bad_input for a patch that contradicts itself or
/// lacks a merge key.
Result<Json> apply_strategic_patch(Json document, const Json& patch, const SchemaType* type);

/// Joins two patches for the same object into one that does what both do; directives are kept.
Result<Json> join_strategic_patches(Json first, const Json& second, const SchemaType* type);

/// What make_strategic_patch leaves out.
enum class DiffParts { additions_and_changes, deletions };

/// The strategic merge patch that brings `from` towards `to`: either what `to` adds and changes, or
/// what it lacks.
Result<Json> make_strategic_patch(const Json& from, const Json& to, const SchemaType* type,
                                  DiffParts parts);

}  // namespace spokelab::kube
