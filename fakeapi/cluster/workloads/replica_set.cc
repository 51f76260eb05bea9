// The ReplicaSet controller: as many pods as asked for.
#include <algorithm>

#include "fakeapi/cluster/workloads/pods_of.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:replicaset-controller";

/// Creates or deletes the difference. Its error is what stopped the creation.
Result<void> adjust(Cluster& cluster, const Json& set, std::vector<JsonRef> active) {
  const std::int64_t wanted = int_at(set, {"spec", "replicas"}, 1);
  const std::int64_t have = static_cast<std::int64_t>(active.size());
  for (std::int64_t i = have; i < wanted; ++i) {
    auto created =
        cluster.create_pod(kUser, set, object_at(set, {"spec", "template"}), "", Json::object());
    if (!created) return created.error();
  }
  if (have <= wanted) return {};
  sort_for_deletion(active);
  for (std::size_t i = 0; i < static_cast<std::size_t>(have - wanted); ++i) {
    if (auto deleted = cluster.delete_pod(kUser, name_of(*active[i])); !deleted)
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

}  // namespace

Result<void> reconcile_replica_set(Cluster& cluster, const Name& key) {
  const JsonRef set = cluster.get("replicasets.apps", key);
  if (!set) return {};
  std::vector<JsonRef> active = claimed_pods(cluster, kUser, *set);
  std::erase_if(active, [](const JsonRef& pod) { return !is_active(*pod); });
  Result<void> adjusted;
  if (!is_deleting(*set)) adjusted = adjust(cluster, *set, active);
  active = cluster.owned_by(*set, "pods");
  std::erase_if(active, [](const JsonRef& pod) { return !is_active(*pod); });
  Nanos wait = Nanos::max();
  Json status = status_of(cluster, *set, active, wait);
  Json conditions = array_at(*set, {"status", "conditions"});
  if (!adjusted) {
    const std::string message = adjusted.error().message();
    set_condition(conditions, {"ReplicaFailure", "True", "FailedCreate", message},
                  cluster.now_text());
  } else {
    drop_condition(conditions, "ReplicaFailure");
  }
  if (!conditions.empty()) status["conditions"] = std::move(conditions);
  if (wait != Nanos::max()) cluster.enqueue(ControllerId::replica_set, key, wait);
  auto written = cluster.write_status(kUser, *set, std::move(status));
  if (!written) return written.error();
  return adjusted;
}

}  // namespace spokelab::fakeapi
