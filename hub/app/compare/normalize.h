// Normalize: takes out of an object what must not count as a difference (gitops-engine pkg/diff,
// util/argo/normalizers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_fwd.h"
#include "hub/app/application.h"
#include "kube/resource.h"

namespace spokelab::hub {

/// Of which objects `status` is no difference (argocd-cm resource.compareoptions,
/// `ignoreResourceStatusField`).
enum class IgnoredStatus : std::uint8_t { all, crd, none };

/// A field of a custom resource that holds a built-in type, whose spelling does not count
/// (argocd-cm `resource.customizations.knownTypeFields`).
struct KnownTypeField {
  std::string group;
  std::string kind;
  std::vector<std::string> path;  ///< Items of lists on the way are all meant.
  std::string type;               ///< "core/v1/PodSpec", "core/Quantity", "meta/v1/Duration".
};

/// Whether a type of that name can be told.
bool is_known_type(std::string_view type);

/// What does not count as a difference.
struct NormalizeRules {
  NormalizeRules() = default;
  NormalizeRules(std::vector<IgnoredDifference> rules) : ignored(std::move(rules)) {}
  std::vector<IgnoredDifference> ignored;
  bool ignore_aggregated_roles = false;  ///< Rules that aggregation fills in.
  IgnoredStatus ignored_status = IgnoredStatus::all;
  /// Without an entry for them, the pods of Argo Rollouts are of their built-in type.
  std::vector<KnownTypeField> typed;
};

/// True when the rule concerns the object. Group and kind are globs, name and namespace exact when
/// given.
bool concerns(const IgnoredDifference& rule, const kube::ObjectKey& key);

/// The object without status, creationTimestamp and managedFields; a Secret's stringData moved to
/// data; empty rules, and by `rules` those of aggregated ClusterRoles, dropped; and without what
/// they name by JSON pointer or jq path expression; fields of known types as their type prints
/// them. Expressions that do not compile have no effect here: unsupported_features() and
/// read_settings() tell of them.
Json normalize(Json object, const NormalizeRules& rules);

/// The object as it comes back from a round trip through its Go type: quantities canonical, empty
/// optional fields gone, unknown fields dropped, the scheme's defaults filled in. Kinds that are
/// not built in stay as they are.
Json typed_round_trip(const Json& object);

/// Removes the value at an RFC 6901 pointer; nothing where there is none.
void remove_at_pointer(Json& document, std::string_view pointer);

}  // namespace spokelab::hub
