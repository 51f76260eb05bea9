// Orphaned: objects in an application's namespace that no application knows.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "hub/app/project/project.h"
#include "hub/cluster/cluster_set.h"
#include "kube/resource.h"

namespace spokelab::hub {

/// What find_orphans() needs to know; asked during the call only.
struct OrphanSearch {
  const AppProject& project;  ///< With `orphans`.
  const ClusterInfo& cluster;
  std::string ns;                     ///< The application's destination.
  std::set<kube::ObjectKey> managed;  ///< What the application wants or tracks.
  /// Objects of a namespace that have no owner.
  std::function<std::vector<JsonRef>(const std::string& ns)> top_level;
  std::function<std::vector<JsonRef>(const std::string& uid)> children_of;
  /// True for an object that is tracked by an application that exists.
  std::function<bool(const Json& object)> is_tracked;
};

/// Sorted. Objects that come with every namespace, kinds and places that the project does not
/// permit, and what it lets be ignored are none; what an orphan owns is one, too (Argo CD
/// appcontroller.go getResourceTree).
std::vector<kube::ObjectKey> find_orphans(const OrphanSearch& search);

}  // namespace spokelab::hub
