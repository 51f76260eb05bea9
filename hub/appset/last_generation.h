// What the generators of an ApplicationSet made last: an ApplicationSet is reconciled at every
// change of its Applications, and most of these change nothing that generators look at.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "hub/appset/application_set.h"
#include "hub/cluster/cluster_set.h"

namespace spokelab::hub {

/// Applications that have been found to differ in nothing from what was generated, as they stood
/// then, by name.
using SettledApps = std::map<std::string, JsonRef>;

using GeneratedApps = std::shared_ptr<const std::vector<Json>>;

class LastGeneration {
 public:
  /// What was kept, when neither the set's spec nor any cluster has changed since; else nullptr.
  GeneratedApps find(const ApplicationSet& set,
                     const std::vector<const ClusterInfo*>& clusters) const;
  /// Only for what was made of `set` and `clusters` alone. Nothing is settled any more.
  void keep(const ApplicationSet& set, const std::vector<const ClusterInfo*>& clusters,
            GeneratedApps made);
  void forget();

  /// Holds for what was kept; for others to fill.
  SettledApps settled;

 private:
  /// What generators and templates see of a cluster.
  struct SeenCluster {
    std::string name;
    std::string server;
    std::string project;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::string secret_name;
    bool operator==(const SeenCluster&) const = default;
  };
  static bool same(const SeenCluster& seen, const ClusterInfo& now);

  GeneratedApps made_;
  std::string uid_;
  JsonRef set_;  // the object, for its spec
  std::vector<SeenCluster> clusters_;
};

}  // namespace spokelab::hub
