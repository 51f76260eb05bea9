// ResourceFilter: kinds that Argo CD neither watches nor deploys.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub {

/// One entry of `resource.exclusions` or `resource.inclusions`. An empty list: any. Groups and
/// clusters (server URLs) are globs; kinds are names, or "*".
struct FilteredResource {
  std::vector<std::string> api_groups;
  std::vector<std::string> kinds;
  std::vector<std::string> clusters;
  friend bool operator==(const FilteredResource&, const FilteredResource&) = default;
};

/// Argo CD util/settings ResourcesFilter. What is excluded is so even when it is included; and
/// always excluded are events, metrics and Leases.
struct ResourceFilter {
  std::vector<FilteredResource> exclusions;
  std::vector<FilteredResource> inclusions;  ///< Empty: everything.

  bool excludes(const std::string& group, const std::string& kind, const std::string& server) const;
  friend bool operator==(const ResourceFilter&, const ResourceFilter&) = default;
};

/// Reads one of the two lists. Errors: invalid, naming the entry.
Result<std::vector<FilteredResource>> read_filtered_resources(const Json& list);

/// The exclusions of the argocd-cm that comes with Argo CD 3: what a hub without settings has.
const std::vector<FilteredResource>& stock_exclusions();

}  // namespace spokelab::hub
