// Cluster: what all controllers of one fake cluster share; each of them is a function over it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/history.h"
#include "base/rng.h"
#include "fakeapi/cluster/events.h"
#include "fakeapi/cluster/index.h"
#include "fakeapi/cluster/life_cycle.h"
#include "fakeapi/cluster/nodes/machine.h"
#include "fakeapi/cluster/services/ready_table.h"
#include "fakeapi/cluster/settings.h"
#include "fakeapi/cluster/work_list.h"
#include "fakeapi/cluster/workloads/scaling/scaling_rules.h"
#include "fakeapi/local_api.h"

namespace spokelab::fakeapi {

struct Cluster {
  Cluster(LocalApi& api, Clock& clock, History& history, Rng rng, ClusterSettings settings,
          IssueToken issue_token);

  LocalApi& api;
  Clock& clock;
  History& history;
  Rng rng;
  ClusterSettings settings;
  IssueToken issue_token;
  LifeCycles life;
  Index index;
  WorkList control;   ///< Held while the control plane is down.
  WorkList kubelets;  ///< Never held: pods live on.
  Machines machines;
  std::map<Name, std::unique_ptr<PodRun>> runs;  ///< Pods that a kubelet has taken on.
  ReadyTable ready;
  EventRecorder events;
  std::map<Name, AutoscalerMemory> autoscalers;
  std::set<Name> unscheduled;                    ///< Pods that no node would take.
  std::map<std::string, RunTime> next_eviction;  ///< By zone.
  std::map<std::string, std::map<std::string, RunTime>>
      taints_since;  ///< NoExecute taints by node, "key=value", and when each was first seen.
  std::map<std::string, int> budgets;  ///< Namespaces that have disruption budgets, and how many.
  std::map<std::string, int> quotas;   ///< The same of resource quotas.
  std::set<Name> with_endpoints;       ///< Services whose Endpoints object is ours.
  bool paused = false;
  RunTime up_since{};  ///< When the control plane last came up.

  /// Looks at an object again after `after` (at least the sync delay for control loops).
  void enqueue(ControllerId controller, const Name& key, Nanos after = Nanos{0});
  /// A drawn wait in front of an action: false until it has passed (and the item comes back by
  /// itself), true once afterwards.
  bool waited(ControllerId controller, const Name& key, const DelayRange& range);
  bool is_waiting(ControllerId controller, const Name& key) const {
    return waits_.contains({controller, key});
  }
  void forget_wait(ControllerId controller, const Name& key);
  /// Runs one item and keeps it for later when it fails: 5 ms, doubled up to 1000 s.
  void work(const WorkItem& item);

  /// RFC 3339 text of the cluster's calendar time.
  std::string now_text() const;
  JsonRef get(std::string_view group_resource, const Name& key) const {
    return api.get(group_resource, key.ns, key.name);
  }
  /// The objects of a kind that `owner` controls, sorted by name.
  std::vector<JsonRef> owned_by(const Json& owner, std::string_view group_resource) const;
  /// Writes status when it differs from what stands there. nullptr when nothing was written.
  Result<JsonRef> write_status(std::string_view user, const Json& object, Json status);
  /// Creates a pod from a template for its owner. Errors: what the server answers; limit beyond
  /// settings.pods_max. `name` empty: generated from `base`, by default the owner's name.
  Result<JsonRef> create_pod(std::string_view user, const Json& owner, const Json& pod_template,
                             const std::string& name, const Json& extra_labels,
                             const std::string& base = "");
  /// Deletes a pod with its own grace period. An absent one is fine.
  Result<void> delete_pod(std::string_view user, const Name& pod);

  /// Puts a state into the history when it differs from the last told of that subject.
  void tell_state(const std::string& subject, const std::string& value,
                  const std::string& message = "");
  /// The thing is gone: tells "gone", if anything was told of it before.
  void forget_state(const std::string& subject);
  void tell_fact(const std::string& subject, const std::string& value,
                 const std::string& message = "");
  std::string subject(std::string_view kind, const Name& key) const;

 private:
  std::map<WorkItem, RunTime> waits_;
  std::map<WorkItem, int> failures_;
  std::map<std::string, std::string> told_;
  Rng wait_rng_;
};

/// User names of the parts that write, as in a real cluster's audit log.
inline constexpr std::string_view kScheduler = "system:kube-scheduler";
inline constexpr std::string_view kControllerManager = "system:kube-controller-manager";
inline constexpr std::string_view kNodeController =
    "system:serviceaccount:kube-system:node-controller";

using Reconcile = Result<void> (*)(Cluster&, const Name&);

/// One row of the table of controllers.
struct ControllerRow {
  ControllerId id;
  std::string_view name;
  std::string_view
      group_resource;           ///< What its keys name; each change of one is looked at. "": none.
  std::string_view owner_kind;  ///< Changes of what this kind owns lead to the owner; "": none.
  Reconcile reconcile;
};
const std::vector<ControllerRow>& controller_rows();
const ControllerRow& row_of(ControllerId id);

Result<void> reconcile_deployment(Cluster& cluster, const Name& key);
Result<void> reconcile_replica_set(Cluster& cluster, const Name& key);
Result<void> reconcile_replication_controller(Cluster& cluster, const Name& key);
Result<void> reconcile_stateful_set(Cluster& cluster, const Name& key);
Result<void> reconcile_daemon_set(Cluster& cluster, const Name& key);
Result<void> reconcile_job(Cluster& cluster, const Name& key);
Result<void> reconcile_cron_job(Cluster& cluster, const Name& key);
Result<void> reconcile_autoscaler(Cluster& cluster, const Name& key);
Result<void> reconcile_disruption_budget(Cluster& cluster, const Name& key);
Result<void> reconcile_scheduler(Cluster& cluster, const Name& key);
Result<void> reconcile_node(Cluster& cluster, const Name& key);
Result<void> reconcile_lease(Cluster& cluster, const Name& key);
Result<void> reconcile_kubelet(Cluster& cluster, const Name& key);
Result<void> reconcile_endpoints(Cluster& cluster, const Name& key);
Result<void> reconcile_load_balancer(Cluster& cluster, const Name& key);
Result<void> reconcile_ingress(Cluster& cluster, const Name& key);
Result<void> reconcile_volume_claim(Cluster& cluster, const Name& key);
Result<void> reconcile_volume(Cluster& cluster, const Name& key);
Result<void> reconcile_quota(Cluster& cluster, const Name& key);
Result<void> reconcile_token_secret(Cluster& cluster, const Name& key);
Result<void> reconcile_root_ca(Cluster& cluster, const Name& key);

}  // namespace spokelab::fakeapi
