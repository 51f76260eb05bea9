// ClusterNotifications: tells of clusters, which Argo CD's notifications cannot.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/rng.h"
#include "hub/notifications/notifier.h"
#include "hub/notifications/ports.h"
#include "kube/work_queue.h"

namespace spokelab::hub::notifications {

/// Each replica tells of the clusters it serves, when their connection changes and every
/// kResyncEvery. Conditions and templates see `cluster`: name, server, project, labels,
/// annotations, connection.status, .message and .attemptedAt. Subscribed by annotations of the
/// cluster Secret, and by default subscriptions whose selector its labels match; only triggers that
/// mention `cluster` count. What was told stands in the Secret's annotation; for the hub's own
/// cluster, which may have no Secret, in memory. Off: Profile::notify_clusters.
class ClusterNotifications {
 public:
  ClusterNotifications(Ports ports, Rng rng);
  ~ClusterNotifications();
  /// Runs until cancelled; returns at once when it is switched off.
  Task<void> run();

 private:
  void listen();
  void add_all();
  Task<void> work();
  Task<void> resync();
  Task<void> process(std::string server);

  Ports ports_;
  Notifier notifier_;
  kube::WorkQueue<std::string> queue_;
  // By server: our last word, until the Secret shows it.
  std::map<std::string, std::string> written_;
  /// Listeners cannot be taken back: they hold this weakly.
  std::shared_ptr<ClusterNotifications*> self_;
};

}  // namespace spokelab::hub::notifications
