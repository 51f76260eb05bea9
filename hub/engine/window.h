// Window: where a running replica can be looked into from outside.
#pragma once

#include <string>
#include <vector>

#include "hub/app/compare/compare.h"
#include "hub/cluster/cluster_set.h"
#include "hub/metrics/exposition.h"

namespace spokelab::hub {

/// What a replica holds in memory, as Argo CD's API server finds it in Redis. Looking changes
/// nothing; what is returned is valid until the replica runs again.
class ReplicaView {
 public:
  virtual ~ReplicaView() = default;
  /// Every registered cluster, sorted by name.
  virtual std::vector<const ClusterInfo*> registered() const = 0;
  /// nullptr when this replica does not serve the cluster.
  virtual const ServedCluster* served(const std::string& server) const = 0;
  /// The last comparison of an application; nullptr when this replica does not look after it.
  virtual const CompareMemo* compared(const std::string& app) const = 0;
  /// Adds all its metrics.
  virtual void collect(metrics::Exposition& page) const = 0;
};

/// Outlives the replicas that show themselves in it, one after the other.
struct Window {
  const ReplicaView* view = nullptr;  ///< nullptr while no replica runs.
};

}  // namespace spokelab::hub
