// Lists of a hub's clusters, Applications and ApplicationSets, in argocd's columns.
#pragma once

#include <string>

#include "base/json_fwd.h"

namespace spokelab::harness {

struct TableOptions {
  bool wide = false;
  bool headers = true;
};

/// SERVER NAME VERSION STATUS MESSAGE PROJECT (argocd cluster list); wide: and OWNER, APPS,
/// OBJECTS, LAST SEEN. `answer` as look() gives it.
std::string cluster_table(const Json& answer, const TableOptions& options);
/// NAME CLUSTER NAMESPACE PROJECT STATUS HEALTH SYNCPOLICY CONDITIONS (argocd app list); wide: and
/// REPO PATH TARGET.
std::string app_table(const Json& answer, const TableOptions& options);
/// NAME PROJECT SYNCPOLICY HEALTH CONDITIONS (argocd appset list); wide: and REPO PATH TARGET.
/// Where argocd prints the structs of its program, the policy's name and the types of the
/// conditions that are True stand.
std::string appset_table(const Json& answer, const TableOptions& options);

/// "Manual", "Auto", "Auto-Prune".
std::string sync_policy_text(const Json& spec);
/// The sources of a spec, whether `source` or `sources`.
Json sources_of(const Json& spec);

}  // namespace spokelab::harness
