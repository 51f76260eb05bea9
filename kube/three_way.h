// Client-side apply: the patch that `kubectl apply` would send.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"
#include "kube/schema.h"

namespace spokelab::kube {

inline constexpr std::string_view kLastAppliedAnnotation =
    "kubectl.kubernetes.io/last-applied-configuration";

/// `object` with the annotation that records it: compact JSON and a newline, escaped as Go escapes.
Json with_last_applied(Json object);
/// What that annotation of `live` holds; null when it is absent or broken.
Json last_applied(const Json& live);

/// Strategic three-way patch. Fields in `original` but not in `modified` are deleted; fields that
/// differ between `current` and `modified` are set; whatever else `current` holds stays. {} :
/// nothing to do. Errors: bad_input (a list item without its merge key).
Result<Json> three_way_strategic(const Json& original, const Json& modified, const Json& current,
                                 const SchemaType* type);
/// The same for types without a schema, as a JSON merge patch.
Json three_way_merge(const Json& original, const Json& modified, const Json& current);

/// A patch and its type.
struct ApplyPatch {
  bool strategic = false;  ///< Otherwise a JSON merge patch.
  bool empty() const;
  std::string content_type() const;
  /// Never null.
  JsonRef patch;
};

/// What `kubectl apply` of `desired` would send for an object that now is `live`: the annotation is
/// set, and strategic merge is used for built-in kinds.
Result<ApplyPatch> apply_patch(const Json& desired, const Json& live);

}  // namespace spokelab::kube
