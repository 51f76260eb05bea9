// DynamicShards: a replica's shard as Argo CD's dynamic cluster distribution gives it.
#pragma once

#include <functional>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/history.h"
#include "hub/engine/dynamic/shard_mapping.h"
#include "hub/profile.h"
#include "kube/client.h"

namespace spokelab::hub {

/// Claims a shard in the ConfigMap argocd-app-controller-shard-cm when it starts, and renews the
/// claim as often as Kubernetes asks the pod whether it is ready: after 5 s, then every 10 s
/// (controller/sharding/sharding.go; the readiness probe writes the heartbeat). Each life of a
/// replica is a pod with a name of its own, as those of a Deployment are: it has no shard until one
/// is free or three heartbeats old, and a replica never takes a second one. There is no fencing: a
/// replica that cannot write its heartbeat goes on with its shard, even when another has claimed
/// it.
class DynamicShards {
 public:
  /// All references must outlive it. `replicas`: how many shards there are.
  DynamicShards(Clock& clock, kube::Client& hub, History& history, const Profile& profile,
                std::string ns, std::string who, int replicas);
  /// Until cancelled.
  Task<void> run();
  /// -1: none.
  int shard() const noexcept { return shard_; }
  /// Called after shard() has changed.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

 private:
  Task<Result<int>> renew();
  Task<Result<int>> renew_once();
  void take(int shard);

  Clock* clock_;
  kube::Client* hub_;
  History* history_;
  const Profile* profile_;
  std::string ns_;
  std::string who_;
  std::string pod_;
  int replicas_;
  int shard_ = -1;
  std::function<void()> changed_;
};

}  // namespace spokelab::hub
