// The PodDisruptionBudget controller: how many pods may be evicted just now.
#include <algorithm>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/workloads/rollout.h"

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
    const std::string table = kind == "ReplicaSet"    ? "replicasets.apps"
                              : kind == "StatefulSet" ? "statefulsets.apps"
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

}  // namespace

Result<void> reconcile_disruption_budget(Cluster& cluster, const Name& key) {
  const JsonRef budget = cluster.get("poddisruptionbudgets.policy", key);
  if (!budget || is_deleting(*budget)) return {};
  const kube::LabelSelector selector = selector_of(*budget);
  std::vector<JsonRef> pods;
  std::int64_t healthy = 0;
  for (JsonRef& pod : cluster.api.list("pods", key.ns)) {
    if (!selector.matches_object(*pod) || is_finished(*pod)) continue;
    if (is_ready(*pod) && !is_deleting(*pod)) ++healthy;
    pods.push_back(std::move(pod));
  }
  const std::int64_t expected = expected_pods(cluster, pods);
  std::int64_t wanted = 0;
  if (const Json* most = find(*budget, {"spec", "maxUnavailable"}); most != nullptr) {
    wanted = std::max<std::int64_t>(0, expected - int_or_percent(most, expected, true, 0));
  } else {
    wanted = int_or_percent(find(*budget, {"spec", "minAvailable"}), expected, true, 0);
  }
  const std::int64_t allowed = expected > 0 ? std::max<std::int64_t>(0, healthy - wanted) : 0;
  Json status = object_at(*budget, {"status"});
  Json conditions = array_at(status, {"conditions"});
  const bool enough = allowed > 0;
  set_condition(conditions,
                {"DisruptionAllowed", enough ? "True" : "False",
                 enough ? "SufficientPods" : "InsufficientPods", ""},
                cluster.now_text());
  for (Json& condition : conditions) {
    condition["observedGeneration"] = int_at(*budget, {"metadata", "generation"});
    if (!condition.contains("message")) condition["message"] = "";
  }
  status["conditions"] = std::move(conditions);
  status["currentHealthy"] = healthy;
  status["desiredHealthy"] = wanted;
  status["expectedPods"] = expected;
  status["disruptionsAllowed"] = allowed;
  set_count(status, "observedGeneration", int_at(*budget, {"metadata", "generation"}));
  auto written = cluster.write_status(kUser, *budget, std::move(status));
  if (!written) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
