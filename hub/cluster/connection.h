// Connection: what a replica believes about reaching a cluster, and how it comes to believe it.
#pragma once

#include <functional>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/rng.h"
#include "hub/cluster/cluster_set.h"
#include "hub/profile.h"

namespace spokelab::hub {

/// Holds one cluster's connection state and tells the history when it changes: belief
/// "cluster.<name>.connection" = Successful, Failed or Unknown, with the error as message.
class ConnectionBelief {
 public:
  /// `changed` learns whether Failed turned Successful. The cluster and history must outlive this.
  ConnectionBelief(Clock& clock, ServedCluster& cluster, History& history, std::string who,
                   std::function<void(bool returned)> changed);
  /// `failures`: failed probes in a row that led to this.
  void set(ConnectionStatus status, std::string message, int failures);
  /// Nobody looks at the cluster, for that reason: Unknown, and rightly so. The history's event has
  /// "monitored" = 0.
  void set_unmonitored(std::string why);

 private:
  Clock* clock_;
  ServedCluster* cluster_;
  History* history_;
  std::string who_;
  std::function<void(bool)> changed_;
  std::string unmonitored_;  // why nothing is known, when that was told
};

/// Asks a cluster for its version on a schedule of its own: at once, then every
/// Profile::probe_every from a phase that is drawn, so that a thousand clusters are not asked at
/// one instant. One success makes it Successful, Profile::probe_failures failures in a row make it
/// Failed. The failures that lead to Failed are history facts "cluster.<name>.probe" = failed, with
/// their number; later ones are not told. Runs until cancelled.
Task<void> probe_connection(Clock& clock, Rng rng, const Profile& profile, ServedCluster& cluster,
                            ConnectionBelief& belief, History& history, std::string who);

/// Argo CD's rule for one cluster (controller/clusterinfoupdater.go): the state is what the last
/// full cache sync said, so that a warm cache stays Successful whatever happens. A cluster without
/// applications is not looked at.
void follow_cache_syncs(const ServedCluster& cluster, ConnectionBelief& belief);

}  // namespace spokelab::hub
