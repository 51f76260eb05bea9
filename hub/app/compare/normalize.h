// Normalize: takes out of an object what must not count as a difference (gitops-engine pkg/diff,
// util/argo/normalizers).
#pragma once

#include <vector>

#include "base/json_fwd.h"
#include "hub/app/application.h"
#include "kube/resource.h"

namespace spokelab::hub {

/// True when the rule concerns the object. Group and kind are globs, name and namespace exact when
/// given.
bool concerns(const IgnoredDifference& rule, const kube::ObjectKey& key);

/// The object without status, creationTimestamp and managedFields; a Secret's stringData moved to
/// data; rules of aggregated ClusterRoles and empty rules dropped; and without what `ignored` names
/// by JSON pointer or jq path expression. Expressions that do not compile have no effect here:
/// unsupported_features() and read_settings() tell of them.
Json normalize(Json object, const std::vector<IgnoredDifference>& ignored);

/// The object as it comes back from a round trip through its Go type: quantities canonical, empty
/// optional fields gone, unknown fields dropped, the scheme's defaults filled in. Kinds that are
/// not built in stay as they are.
Json typed_round_trip(const Json& object);

/// Removes the value at an RFC 6901 pointer; nothing where there is none.
void remove_at_pointer(Json& document, std::string_view pointer);

}  // namespace spokelab::hub
