// The PodDisruptionBudget controller: how many pods may be evicted just now.
#include <algorithm>

#include "base/duration.h"
#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/workloads/deployment/rollout.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:disruption-controller";

/// The replicas that the controller of these pods is asked for: of a ReplicaSet's Deployment, if
/// any.
std::int64_t expected_pods(const Cluster& cluster, const std::vector<JsonRef>& pods) {
  std::map<std::string, std::int64_t> by_owner;
  for (const JsonRef& pod : pods) {
    const Json* owner = controller_of(*pod);
    if (owner == nullptr) {
      by_owner[uid_of(*pod)] = 1;
      continue;
    }
    const std::string ns = text_at(*pod, {"metadata", "namespace"});
    const std::string kind = text_at(*owner, {"kind"});
    const std::string table = kind == "ReplicaSet"              ? "replicasets.apps"
                              : kind == "StatefulSet"           ? "statefulsets.apps"
                              : kind == "ReplicationController" ? "replicationcontrollers"
                                                                : "";
    JsonRef object =
        table.empty() ? nullptr : cluster.api.get(table, ns, text_at(*owner, {"name"}));
    if (object && kind == "ReplicaSet") {
      if (const Json* above = controller_of(*object); above != nullptr) {
        JsonRef deployment = cluster.api.get("deployments.apps", ns, text_at(*above, {"name"}));
        if (deployment) object = std::move(deployment);
      }
    }
    if (object) {
      by_owner[uid_of(*object)] = int_at(*object, {"spec", "replicas"}, 1);
    } else {
      ++by_owner[text_at(*owner, {"uid"})];
    }
  }
  std::int64_t total = 0;
  for (const auto& [uid, count] : by_owner) total += count;
  return total;
}

/// The budget's pods, by the first pair of its selector where it has one.
std::vector<JsonRef> pods_of(const Cluster& cluster, const Json& budget) {
  const std::string ns = name_of(budget).ns;
  const kube::LabelSelector selector = selector_of(budget);
  std::vector<JsonRef> pods;
  const auto take = [&](JsonRef pod) {
    if (pod && !is_finished(*pod) && selector.matches_object(*pod)) pods.push_back(std::move(pod));
  };
  const Json& pairs = object_at(budget, {"spec", "selector", "matchLabels"});
  if (!pairs.empty()) {
    for (const Name& name : cluster.index.pods_labelled(ns, pairs)) take(cluster.get("pods", name));
  } else {
    for (JsonRef& pod : cluster.api.list("pods", ns)) take(std::move(pod));
  }
  return pods;
}

/// Pods that an eviction has taken and that have not begun to end yet; the API server writes them,
/// and after two minutes they are thought to have been spared.
Json disrupted_pods(Cluster& cluster, const Json& budget) {
  Json kept = Json::object();
  for (const auto& [pod, since] : object_at(budget, {"status", "disruptedPods"}).items()) {
    const JsonRef object = cluster.api.get("pods", name_of(budget).ns, pod);
    const auto at =
        since.is_string() ? parse_rfc3339(since.get<std::string>()) : Result<WallTime>(WallTime{});
    if (!object || is_deleting(*object) || !at) continue;
    const Nanos left = *at + std::chrono::minutes(2) - cluster.clock.wall_now();
    if (left <= Nanos{0}) continue;
    cluster.enqueue(ControllerId::disruption_budget, name_of(budget), left);
    kept[pod] = since;
  }
  return kept;
}

}  // namespace

Result<void> reconcile_disruption_budget(Cluster& cluster, const Name& key) {
  const JsonRef budget = cluster.get("poddisruptionbudgets.policy", key);
  if (!budget || is_deleting(*budget)) return {};
  const std::vector<JsonRef> pods = pods_of(cluster, *budget);
  Json disrupted = disrupted_pods(cluster, *budget);
  const auto healthy = std::count_if(pods.begin(), pods.end(), [&](const JsonRef& pod) {
    return is_ready(*pod) && !is_deleting(*pod) && !disrupted.contains(name_of(*pod).name);
  });
  const std::int64_t expected = expected_pods(cluster, pods);
  std::int64_t wanted = 0, counted = expected;
  if (const Json* most = find(*budget, {"spec", "maxUnavailable"}); most != nullptr) {
    wanted = std::max<std::int64_t>(0, expected - int_or_percent(most, expected, true, 0));
  } else {
    const Json* least = find(*budget, {"spec", "minAvailable"});
    // A number counts pods as they are; only a share needs to know how many there should be.
    if (least != nullptr && least->is_number_integer())
      counted = static_cast<std::int64_t>(pods.size());
    wanted = int_or_percent(least, counted, true, 0);
  }
  const std::int64_t allowed = counted > 0 ? std::max<std::int64_t>(0, healthy - wanted) : 0;
  const std::int64_t generation = int_at(*budget, {"metadata", "generation"});
  Json status = Json::object();
  Json conditions = array_at(*budget, {"status", "conditions"});
  set_condition(conditions,
                {"DisruptionAllowed", allowed > 0 ? "True" : "False",
                 allowed > 0 ? "SufficientPods" : "InsufficientPods", ""},
                cluster.now_text());
  for (Json& condition : conditions) {
    condition["observedGeneration"] = generation;
    if (!condition.contains("message")) condition["message"] = "";
  }
  status["conditions"] = std::move(conditions);
  status["currentHealthy"] = healthy;
  status["desiredHealthy"] = wanted;
  status["expectedPods"] = counted;
  status["disruptionsAllowed"] = allowed;
  if (!disrupted.empty()) status["disruptedPods"] = std::move(disrupted);
  set_count(status, "observedGeneration", generation);
  if (pods.empty() && counted == 0) {
    cluster.events.tell({"controllermanager", ""}, *budget,
                        {kNormal, "NoPods", "No matching pods found", ""});
  }
  auto written = cluster.write_status(kUser, *budget, std::move(status));
  if (!written) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
