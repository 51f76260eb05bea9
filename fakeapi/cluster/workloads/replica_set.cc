// The ReplicaSet and ReplicationController controllers: as many pods as asked for.
#include <algorithm>

#include "fakeapi/cluster/workloads/pods_of.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::int64_t kBurst = 500;

/// The two kinds differ in names alone.
struct Kind {
  ControllerId id;
  std::string_view group_resource;
  std::string_view component;
  std::string_view user;
};
constexpr Kind kReplicaSets{ControllerId::replica_set, "replicasets.apps", "replicaset-controller",
                            "system:serviceaccount:kube-system:replicaset-controller"};
constexpr Kind kReplicationControllers{ControllerId::replication_controller,
                                       "replicationcontrollers", "replication-controller",
                                       "system:serviceaccount:kube-system:replication-controller"};

/// Creates or deletes the difference, 500 at a time. Its error is what stopped it.
Result<void> adjust(Cluster& cluster, const Kind& kind, const Json& set,
                    std::vector<JsonRef> active) {
  const std::int64_t have = static_cast<std::int64_t>(active.size());
  const std::int64_t missing = int_at(set, {"spec", "replicas"}, 1) - have;
  if (std::abs(missing) > kBurst) cluster.enqueue(kind.id, name_of(set));
  if (missing > 0) {
    const Json& pod_template = object_at(set, {"spec", "template"});
    return create_pods(cluster, kind.component, set, std::min(missing, kBurst), [&](std::int64_t) {
      return cluster.create_pod(kind.user, set, pod_template, "", Json::object());
    });
  }
  if (missing == 0) return {};
  sort_for_deletion(active);
  for (std::int64_t i = 0; i < std::min(-missing, kBurst); ++i) {
    const Name pod = name_of(*active[static_cast<std::size_t>(i)]);
    if (auto deleted = delete_pod_of(cluster, kind.user, kind.component, set, pod); !deleted)
      return deleted.error();
  }
  return {};
}

Json status_of(Cluster& cluster, const Json& set, const std::vector<JsonRef>& active, Nanos& wait) {
  const Nanos min_ready = std::chrono::seconds(int_at(set, {"spec", "minReadySeconds"}));
  const WallTime now = cluster.clock.wall_now();
  const Json& wanted_labels = object_at(set, {"spec", "template", "metadata", "labels"});
  std::int64_t labelled = 0, ready = 0, available = 0;
  for (const JsonRef& pod : active) {
    if (map_selects(wanted_labels, labels_of(*pod))) ++labelled;
    if (is_ready(*pod)) ++ready;
    if (is_available(*pod, min_ready, now, &wait)) ++available;
  }
  Json status = Json::object();
  status["replicas"] = active.size();
  set_count(status, "fullyLabeledReplicas", labelled);
  set_count(status, "readyReplicas", ready);
  set_count(status, "availableReplicas", available);
  set_count(status, "observedGeneration", int_at(set, {"metadata", "generation"}));
  return status;
}

Result<void> reconcile(Cluster& cluster, const Kind& kind, const Name& key) {
  const JsonRef set = cluster.get(kind.group_resource, key);
  if (!set) return {};
  std::vector<JsonRef> active = claim_active_pods(cluster, kind.user, *set);
  const bool shrinking =
      static_cast<std::int64_t>(active.size()) > int_at(*set, {"spec", "replicas"}, 1);
  Result<void> adjusted;
  if (!is_deleting(*set)) adjusted = adjust(cluster, kind, *set, active);
  active = cluster.owned_by(*set, "pods");
  const kube::LabelSelector selector = selector_of(*set);
  std::erase_if(active, [&](const JsonRef& pod) {
    return !is_active(*pod) || !selector.matches_object(*pod);
  });
  Nanos wait = Nanos::max();
  Json status = status_of(cluster, *set, active, wait);
  Json conditions = array_at(*set, {"status", "conditions"});
  if (!adjusted) {
    const std::string message = adjusted.error().message();
    set_condition(conditions,
                  {"ReplicaFailure", "True", shrinking ? "FailedDelete" : "FailedCreate", message},
                  cluster.now_text());
  } else {
    drop_condition(conditions, "ReplicaFailure");
  }
  if (!conditions.empty()) status["conditions"] = std::move(conditions);
  if (wait != Nanos::max()) cluster.enqueue(kind.id, key, wait);
  auto written = cluster.write_status(kind.user, *set, std::move(status));
  if (!written) return written.error();
  return adjusted;
}

}  // namespace

Result<void> reconcile_replica_set(Cluster& cluster, const Name& key) {
  return reconcile(cluster, kReplicaSets, key);
}

Result<void> reconcile_replication_controller(Cluster& cluster, const Name& key) {
  return reconcile(cluster, kReplicationControllers, key);
}

}  // namespace spokelab::fakeapi
