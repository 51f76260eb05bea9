// Controllers: the control loops and kubelets that bring one fake cluster's objects to life.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/history.h"
#include "base/rng.h"
#include "fakeapi/cluster/life_cycle.h"
#include "fakeapi/cluster/services/ready_table.h"
#include "fakeapi/cluster/settings.h"
#include "fakeapi/local_api.h"

namespace spokelab::fakeapi {

struct Cluster;

/// Watches an API server's objects and does what kube-controller-manager, kube-scheduler, a cloud
/// and the kubelets would do. All work happens in calls from the clock; a calm cluster writes
/// nothing. `api`, `clock` and `history` must outlive it, and changes must end before it goes away
/// (LocalApi keeps its watcher for ever; afterwards it does nothing).
class Controllers {
 public:
  Controllers(LocalApi& api, Clock& clock, History& history, Rng rng, ClusterSettings settings,
              IssueToken issue_token);
  ~Controllers();
  Controllers(const Controllers&) = delete;
  Controllers& operator=(const Controllers&) = delete;

  /// Registers the nodes and the default storage class where they are missing, and begins to work.
  /// Errors: what the API answers.
  Result<void> start();

  /// The control plane is down: nothing is reconciled or reported. Containers run, crash and
  /// restart on.
  void pause();
  /// It is up again: kubelets report, and every object is looked at once.
  void resume();
  bool paused() const noexcept;

  /// The node loses power: its containers die at once, its kubelet falls silent. False: no such
  /// node.
  bool lose_node(std::string_view node);
  /// Its kubelet falls silent, its containers run on (a partition). False: no such node.
  bool freeze_node(std::string_view node);
  /// Ends either. After a loss the containers start again. The first heartbeat comes within 10 s.
  bool restore_node(std::string_view node);
  /// Names of all nodes, sorted.
  std::vector<std::string> nodes() const;

  /// A rule by which pods live from now on; see LifeCycles.
  Result<void> add_rule(LifeCycleRule rule);
  /// How many containers failed because of the rule of this name.
  std::uint64_t strikes(const std::string& rule) const;
  bool remove_rule(std::string_view name);
  /// Ends all running containers of the pods meant, with that exit code (137: as out of memory).
  /// Returns how many pods were hit.
  int crash_pods(const PodSelector& selector, int exit_code = 1);
  /// Readiness probes of the pods meant fail from now on, or (false) succeed again. Returns how
  /// many pods were hit; pods without a readiness probe are not.
  int break_readiness(const PodSelector& selector, bool broken);
  /// The load on an autoscaler's target, in percent of what one replica carries when on target: 350
  /// keeps three and a half replicas busy. 0: always just right (the default).
  void set_load(const std::string& ns, const std::string& autoscaler, std::int64_t percent_of_one);

  /// Ready endpoints that the Service's slices list.
  int ready_pods(const std::string& ns, const std::string& service) const;
  /// Listed, and how many of those would answer.
  ReadyEndpoints endpoints(const std::string& ns, const std::string& service) const;
  /// Tells every later change of endpoints(). The watcher must not write to the API.
  void on_ready_change(OnReadyChange watcher);
  /// Work that waits, for liveness reports: 0 or only timed checks in a calm cluster.
  std::size_t pending_work() const noexcept;

 private:
  Result<void> register_node(int number);
  void learn_what_is_there();
  void on_change(const Change& change);
  void on_pod_change(const Change& change);
  void look_at_everything();
  bool set_node(std::string_view node, int state);

  std::unique_ptr<Cluster> cluster_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace spokelab::fakeapi
