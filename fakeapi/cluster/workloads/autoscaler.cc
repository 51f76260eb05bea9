// The HorizontalPodAutoscaler controller: replicas by load, within their bounds.
#include <algorithm>

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
constexpr Nanos kStabilization = std::chrono::seconds(300);

std::string scale_target(const Json& autoscaler) {
  const std::string kind = text_at(autoscaler, {"spec", "scaleTargetRef", "kind"});
  if (kind == "Deployment") return "deployments.apps";
  if (kind == "StatefulSet") return "statefulsets.apps";
  if (kind == "ReplicaSet") return "replicasets.apps";
  return "";
}

/// Load of each replica, in percent of the target; on target unless a demand was set.
std::int64_t load_percent(const AutoscalerMemory& memory, std::int64_t current) {
  return memory.demand_percent == 0 || current == 0 ? 100 : memory.demand_percent / current;
}

/// Recommendation before bounds: by load, with 10 % tolerance, at most doubled (or 4 more) upwards,
/// and never below what was wanted in the last five minutes.
std::int64_t recommend(AutoscalerMemory& memory, std::int64_t current, RunTime now) {
  std::int64_t wanted = current;
  const std::int64_t load = load_percent(memory, current);
  if (load > 110 || load < 90) wanted = (memory.demand_percent + 99) / 100;
  wanted = std::min(wanted, std::max(current * 2, current + 4));
  memory.wanted[now] = wanted;
  memory.wanted.erase(memory.wanted.begin(), memory.wanted.upper_bound(now - kStabilization));
  std::int64_t most = wanted;
  for (const auto& [at, value] : memory.wanted) most = std::max(most, value);
  return wanted < current ? std::min(current, most) : wanted;
}

/// Percent metrics need requests; says which container lacks one.
std::string missing_request(const Json& autoscaler, const Json& target) {
  for (const Json& metric : array_at(autoscaler, {"spec", "metrics"})) {
    if (text_at(metric, {"type"}) != "Resource") continue;
    if (find(metric, {"resource", "target", "averageUtilization"}) == nullptr) continue;
    const std::string name = text_at(metric, {"resource", "name"});
    for (const Json& container : array_at(target, {"spec", "template", "spec", "containers"})) {
      if (find(container, {"resources", "requests", name}) == nullptr &&
          find(container, {"resources", "limits", name}) == nullptr) {
        return "the HPA was unable to compute the replica count: failed to get " + name +
               " utilization: missing request for " + name + " in container " +
               text_at(container, {"name"});
      }
    }
  }
  return "";
}

Json current_metrics(const Json& autoscaler, std::int64_t load) {
  Json metrics = Json::array();
  for (const Json& metric : array_at(autoscaler, {"spec", "metrics"})) {
    const Json* wanted = find(metric, {"resource", "target", "averageUtilization"});
    if (wanted == nullptr || !wanted->is_number_integer()) continue;
    Json one = {{"type", "Resource"}};
    one["resource"]["name"] = text_at(metric, {"resource", "name"});
    one["resource"]["current"]["averageUtilization"] = wanted->get<std::int64_t>() * load / 100;
    metrics.push_back(std::move(one));
  }
  return metrics;
}

struct Scaling {
  std::int64_t current = 0;
  std::int64_t desired = 0;
};

/// Decides and scales; conditions say how it went.
Result<Scaling> scale(Cluster& cluster, const Json& autoscaler, Json& conditions,
                      const std::string& now) {
  const Name key = name_of(autoscaler);
  const std::string kind = scale_target(autoscaler);
  const std::string name = text_at(autoscaler, {"spec", "scaleTargetRef", "name"});
  const JsonRef target = kind.empty() ? nullptr : cluster.api.get(kind, key.ns, name);
  if (!target) {
    const std::string text = "the HPA controller was unable to get the target's current scale: " +
                             text_at(autoscaler, {"spec", "scaleTargetRef", "kind"}) + " \"" +
                             name + "\" not found";
    set_condition(conditions, {"AbleToScale", "False", "FailedGetScale", text}, now);
    return Scaling{};
  }
  Scaling scaling;
  scaling.current = scaling.desired = int_at(*target, {"spec", "replicas"}, 1);
  const std::int64_t least = int_at(autoscaler, {"spec", "minReplicas"}, 1);
  const std::int64_t most = int_at(autoscaler, {"spec", "maxReplicas"}, least);
  set_condition(
      conditions,
      {"AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"}, now);
  if (scaling.current == 0) {
    const auto* text = "scaling is disabled since the replica count of the target is zero";
    set_condition(conditions, {"ScalingActive", "False", "ScalingDisabled", text}, now);
    return scaling;
  }
  std::int64_t wanted = scaling.current;
  if (const std::string missing = missing_request(autoscaler, *target); !missing.empty()) {
    set_condition(conditions, {"ScalingActive", "False", "FailedGetResourceMetric", missing}, now);
  } else {
    const auto* text =
        "the HPA was able to successfully calculate a replica count from its metrics";
    set_condition(conditions, {"ScalingActive", "True", "ValidMetricFound", text}, now);
    wanted = recommend(cluster.autoscalers[key], scaling.current, cluster.clock.now());
  }
  if (wanted < least) {
    const auto* text = "the desired replica count is less than the minimum replica count";
    set_condition(conditions, {"ScalingLimited", "True", "TooFewReplicas", text}, now);
  } else if (wanted > most) {
    const auto* text = "the desired replica count is more than the maximum replica count";
    set_condition(conditions, {"ScalingLimited", "True", "TooManyReplicas", text}, now);
  } else {
    const auto* text = "the desired count is within the acceptable range";
    set_condition(conditions, {"ScalingLimited", "False", "DesiredWithinRange", text}, now);
  }
  scaling.desired = std::max(least, std::min(wanted, most));
  if (scaling.desired == scaling.current) return scaling;
  Json patch = Json::object();
  patch["spec"]["replicas"] = scaling.desired;
  auto patched = cluster.api.merge_patch(kUser, kind, key.ns, name, patch);
  if (!patched) {
    const std::string text =
        "the HPA controller was unable to update the target scale: " + patched.error().message();
    set_condition(conditions, {"AbleToScale", "False", "FailedUpdateScale", text}, now);
    return scaling;
  }
  const std::string text = "the HPA controller was able to update the target scale to " +
                           std::to_string(scaling.desired);
  set_condition(conditions, {"AbleToScale", "True", "SucceededRescale", text}, now);
  return scaling;
}

}  // namespace

Result<void> reconcile_autoscaler(Cluster& cluster, const Name& key) {
  const JsonRef autoscaler = cluster.get("horizontalpodautoscalers.autoscaling", key);
  if (!autoscaler) {
    cluster.autoscalers.erase(key);
    return {};
  }
  if (is_deleting(*autoscaler)) return {};
  cluster.enqueue(ControllerId::autoscaler, key, cluster.settings.autoscaler_period);
  const std::string now = cluster.now_text();
  Json status = object_at(*autoscaler, {"status"});
  Json conditions = array_at(status, {"conditions"});
  const auto scaling = scale(cluster, *autoscaler, conditions, now);
  if (!scaling) return scaling.error();
  status["conditions"] = std::move(conditions);
  status["desiredReplicas"] = scaling->desired;
  set_count(status, "currentReplicas", scaling->current);
  set_count(status, "observedGeneration", int_at(*autoscaler, {"metadata", "generation"}));
  if (scaling->desired != scaling->current) status["lastScaleTime"] = now;
  status["currentMetrics"] =
      current_metrics(*autoscaler, load_percent(cluster.autoscalers[key], scaling->current));
  if (status["currentMetrics"].empty()) status.erase("currentMetrics");
  auto written = cluster.write_status(kUser, *autoscaler, std::move(status));
  if (!written) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
