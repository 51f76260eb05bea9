// Health checks of the built-in kinds, and aggregation.
#include "hub/app/health/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/json.h"
#include "hub/app/health/rules.h"

namespace spokelab::hub {
namespace {

constexpr std::string_view kHookFinalizerName = "argocd.argoproj.io/hook-finalizer";
constexpr std::string_view kIgnoreRestartPolicy = "argocd.argoproj.io/ignore-restart-policy";
constexpr std::size_t kCulpritsMax = 3;

Health healthy(std::string message = "") { return {HealthStatus::healthy, std::move(message)}; }
Health progressing(std::string message = "") {
  return {HealthStatus::progressing, std::move(message)};
}
Health degraded(std::string message = "") { return {HealthStatus::degraded, std::move(message)}; }
Health suspended(std::string message = "") { return {HealthStatus::suspended, std::move(message)}; }
Health unknown(std::string message = "") { return {HealthStatus::unknown, std::move(message)}; }

const Json& array_at(const Json& object, std::initializer_list<std::string_view> path) {
  static const Json empty = Json::array();
  const Json* found = find(object, path);
  return found != nullptr && found->is_array() ? *found : empty;
}

/// The condition of that type, or nullptr.
const Json* condition(const Json& object, std::string_view type) {
  for (const Json& entry : array_at(object, {"status", "conditions"})) {
    if (text_at(entry, {"type"}) == type) return &entry;
  }
  return nullptr;
}

bool condition_is(const Json& object, std::string_view type, std::string_view status = "True") {
  const Json* found = condition(object, type);
  return found != nullptr && text_at(*found, {"status"}) == status;
}

std::string name_in(const Json& object) { return text_at(object, {"metadata", "name"}); }

bool unobserved(const Json& object) {
  return int_at(object, {"metadata", "generation"}) >
         int_at(object, {"status", "observedGeneration"});
}

Health deployment(const Json& object) {
  if (bool_at(object, {"spec", "paused"})) return suspended("Deployment is paused");
  if (unobserved(object)) {
    return progressing(
        "Waiting for rollout to finish: observed deployment generation less than desired "
        "generation");
  }
  const Json* progress = condition(object, "Progressing");
  if (progress != nullptr && text_at(*progress, {"reason"}) == "ProgressDeadlineExceeded") {
    return degraded(
        fmt::format("Deployment \"{}\" exceeded its progress deadline", name_in(object)));
  }
  const auto wanted = int_at(object, {"spec", "replicas"});
  const auto updated = int_at(object, {"status", "updatedReplicas"});
  const auto replicas = int_at(object, {"status", "replicas"});
  const auto available = int_at(object, {"status", "availableReplicas"});
  if (updated < wanted) {
    return progressing(
        fmt::format("Waiting for rollout to finish: {} out of {} new replicas have been updated...",
                    updated, wanted));
  }
  if (replicas > updated) {
    return progressing(
        fmt::format("Waiting for rollout to finish: {} old replicas are pending termination...",
                    replicas - updated));
  }
  if (available < updated) {
    return progressing(
        fmt::format("Waiting for rollout to finish: {} of {} updated replicas are available...",
                    available, updated));
  }
  return healthy();
}

Health stateful_set(const Json& object) {
  if (int_at(object, {"status", "observedGeneration"}) == 0 || unobserved(object)) {
    return progressing("Waiting for statefulset spec update to be observed...");
  }
  const auto wanted = int_at(object, {"spec", "replicas"});
  const auto ready = int_at(object, {"status", "readyReplicas"});
  const auto updated = int_at(object, {"status", "updatedReplicas"});
  if (ready < wanted)
    return progressing(fmt::format("Waiting for {} pods to be ready...", wanted - ready));
  const std::string strategy = text_at(object, {"spec", "updateStrategy", "type"});
  const Json* rolling = find(object, {"spec", "updateStrategy", "rollingUpdate"});
  if (strategy == "RollingUpdate" && rolling != nullptr && rolling->is_object()) {
    const auto partition = int_at(*rolling, {"partition"}, -1);
    if (partition >= 0 && updated < wanted - partition) {
      return progressing(fmt::format(
          "Waiting for partitioned roll out to finish: {} out of {} new pods have been updated...",
          updated, wanted - partition));
    }
    return healthy(
        fmt::format("partitioned roll out complete: {} new pods have been updated...", updated));
  }
  if (strategy == "OnDelete") return healthy(fmt::format("statefulset has {} ready pods", ready));
  const std::string revision = text_at(object, {"status", "updateRevision"});
  if (revision != text_at(object, {"status", "currentRevision"})) {
    return progressing(
        fmt::format("waiting for statefulset rolling update to complete {} pods at revision {}...",
                    updated, revision));
  }
  return healthy(fmt::format("statefulset rolling update complete {} pods at revision {}...",
                             int_at(object, {"status", "currentReplicas"}),
                             text_at(object, {"status", "currentRevision"})));
}

Health daemon_set(const Json& object) {
  if (unobserved(object)) {
    return progressing(
        "Waiting for rollout to finish: observed daemon set generation less than desired "
        "generation");
  }
  const auto updated = int_at(object, {"status", "updatedNumberScheduled"});
  const auto desired = int_at(object, {"status", "desiredNumberScheduled"});
  const auto available = int_at(object, {"status", "numberAvailable"});
  if (text_at(object, {"spec", "updateStrategy", "type"}) == "OnDelete") {
    return healthy(
        fmt::format("daemon set {} out of {} new pods have been updated", updated, desired));
  }
  if (updated < desired) {
    return progressing(
        fmt::format("Waiting for daemon set \"{}\" rollout to finish: {} out of {} new pods have "
                    "been updated...",
                    name_in(object), updated, desired));
  }
  if (available < desired) {
    return progressing(fmt::format(
        "Waiting for daemon set \"{}\" rollout to finish: {} of {} updated pods are available...",
        name_in(object), available, desired));
  }
  return healthy();
}

Health replica_set(const Json& object) {
  if (unobserved(object)) {
    return progressing(
        "Waiting for rollout to finish: observed replica set generation less than desired "
        "generation");
  }
  if (condition_is(object, "ReplicaFailure"))
    return degraded(text_at(*condition(object, "ReplicaFailure"), {"message"}));
  const auto wanted = int_at(object, {"spec", "replicas"});
  const auto available = int_at(object, {"status", "availableReplicas"});
  if (available < wanted) {
    return progressing(
        fmt::format("Waiting for rollout to finish: {} out of {} new replicas are available...",
                    available, wanted));
  }
  return healthy();
}

bool hopeless_wait(std::string_view reason) {
  return reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff");
}

bool is_hook_pod(const Json& object) {
  const Json* annotations = find(object, {"metadata", "annotations"});
  return annotations != nullptr && annotations->is_object() &&
         (annotations->contains("argocd.argoproj.io/hook") ||
          annotations->contains("helm.sh/hook"));
}

Health running_pod(const Json& object) {
  const std::string policy = text_at(object, {"spec", "restartPolicy"});
  const std::string message = text_at(object, {"status", "message"});
  if (policy == "OnFailure" || policy == "Never") return progressing(message);
  if (condition_is(object, "Ready")) return healthy(message);
  for (const Json& container : array_at(object, {"status", "containerStatuses"})) {
    if (find(container, {"lastState", "terminated"}) != nullptr) return degraded(message);
  }
  return progressing(message);
}

/// The words for a failed Pod: its own, or the first container's exit.
std::string failure_of(const Json& object) {
  std::string message = text_at(object, {"status", "message"});
  if (!message.empty()) return message;
  for (const std::string_view list : {"initContainerStatuses", "containerStatuses"}) {
    for (const Json& container : array_at(object, {"status", list})) {
      const Json* end = find(container, {"state", "terminated"});
      if (end == nullptr) continue;
      message = text_at(*end, {"message"});
      if (!message.empty()) return message;
      if (text_at(*end, {"reason"}) == "OOMKilled") return "OOMKilled";
      const auto code = int_at(*end, {"exitCode"});
      if (code != 0) {
        return fmt::format("container \"{}\" failed with exit code {}",
                           text_at(container, {"name"}), code);
      }
    }
  }
  return "";
}

Health pod(const Json& object) {
  const bool restarts =
      text_at(object, {"spec", "restartPolicy"}, "Always") == "Always" ||
      text_at(object, {"metadata", "annotations", kIgnoreRestartPolicy}) == "true";
  if (restarts && !is_hook_pod(object)) {
    for (const std::string_view list : {"initContainerStatuses", "containerStatuses"}) {
      for (const Json& container : array_at(object, {"status", list})) {
        const Json* waiting = find(container, {"state", "waiting"});
        if (waiting != nullptr && hopeless_wait(text_at(*waiting, {"reason"}))) {
          return degraded(text_at(*waiting, {"message"}));
        }
      }
    }
  }
  const std::string phase = text_at(object, {"status", "phase"});
  const std::string message = text_at(object, {"status", "message"});
  if (phase == "Pending") return progressing(message);
  if (phase == "Running") return running_pod(object);
  if (phase == "Succeeded") return healthy(message);
  if (phase == "Failed") return degraded(failure_of(object));
  return unknown(message);
}

Health job(const Json& object) {
  bool failed = false;
  bool complete = false;
  bool paused = false;
  std::string why;
  std::string message;
  for (const Json& entry : array_at(object, {"status", "conditions"})) {
    const std::string type = text_at(entry, {"type"});
    if (type == "Failed") {
      failed = complete = true;
      why = text_at(entry, {"message"});
    } else if (type == "Complete") {
      complete = true;
      message = text_at(entry, {"message"});
    } else if (type == "Suspended") {
      complete = true;
      message = text_at(entry, {"message"});
      if (text_at(entry, {"status"}) == "True") paused = true;
    }
  }
  if (!complete) return progressing(message);
  if (failed) return degraded(why);
  return paused ? suspended(why) : healthy(message);
}

Health load_balanced(const Json& object) {
  return array_at(object, {"status", "loadBalancer", "ingress"}).empty() ? progressing()
                                                                         : healthy();
}

Health service(const Json& object) {
  return text_at(object, {"spec", "type"}) == "LoadBalancer" ? load_balanced(object) : healthy();
}

Health volume_claim(const Json& object) {
  const std::string phase = text_at(object, {"status", "phase"});
  if (phase == "Lost") return degraded();
  if (phase == "Pending") return progressing();
  return phase == "Bound" ? healthy() : unknown();
}

Health autoscaler_by(const Json& conditions) {
  static constexpr std::string_view kBroken[] = {
      "FailedGetResourceMetric", "FailedGetObjectMetric",        "FailedGetPodsMetric",
      "FailedGetExternalMetric", "FailedComputeMetricsReplicas", "InvalidSelector"};
  for (const Json& entry : conditions) {
    const std::string type = text_at(entry, {"type"});
    const std::string reason = text_at(entry, {"reason"});
    const bool lost =
        type == "AbleToScale" && (reason == "FailedGetScale" || reason == "FailedUpdateScale");
    const bool blind = type == "ScalingActive" && std::find(std::begin(kBroken), std::end(kBroken),
                                                            reason) != std::end(kBroken);
    if (lost || blind) return degraded(text_at(entry, {"message"}));
  }
  for (const Json& entry : conditions) {
    const std::string type = text_at(entry, {"type"});
    if ((type == "AbleToScale" || type == "ScalingLimited") &&
        text_at(entry, {"status"}) == "True") {
      return healthy(text_at(entry, {"message"}));
    }
  }
  return progressing("Waiting to Autoscale");
}

Health autoscaler(const Json& object) {
  const std::string version = text_at(object, {"apiVersion"});
  if (version == "autoscaling/v2") return autoscaler_by(array_at(object, {"status", "conditions"}));
  const std::string text =
      text_at(object, {"metadata", "annotations", "autoscaling.alpha.kubernetes.io/conditions"});
  if (text.empty()) return progressing("Waiting to Autoscale");
  const auto conditions = parse_json(text);
  if (!conditions || !conditions->is_array())
    return unknown("the conditions annotation is no JSON list");
  return autoscaler_by(*conditions);
}

Health api_service(const Json& object) {
  const Json* available = condition(object, "Available");
  if (available == nullptr) return progressing("Waiting to be processed");
  std::string message = text_at(*available, {"reason"}) + ": " + text_at(*available, {"message"});
  return text_at(*available, {"status"}) == "True" ? healthy(std::move(message))
                                                   : progressing(std::move(message));
}

Health workflow(const Json& object) {
  const std::string phase = text_at(object, {"status", "phase"});
  const std::string message = text_at(object, {"status", "message"});
  if (phase.empty() || phase == "Pending" || phase == "Running") return progressing(message);
  if (phase == "Succeeded") return healthy(message);
  return phase == "Failed" || phase == "Error" ? degraded(message) : unknown(message);
}

using Check = Health (*)(const Json&);

/// Checks by "group/version/Kind"; an entry "group/*/Kind" takes every version.
const std::map<std::string, Check, std::less<>>& checks() {
  static const std::map<std::string, Check, std::less<>> table = {
      {"apps/v1/Deployment", deployment},
      {"apps/v1/StatefulSet", stateful_set},
      {"apps/v1/DaemonSet", daemon_set},
      {"apps/v1/ReplicaSet", replica_set},
      {"batch/v1/Job", job},
      {"/v1/Pod", pod},
      {"/v1/Service", service},
      {"/v1/PersistentVolumeClaim", volume_claim},
      {"networking.k8s.io/*/Ingress", load_balanced},
      {"extensions/*/Ingress", load_balanced},
      {"autoscaling/v1/HorizontalPodAutoscaler", autoscaler},
      {"autoscaling/v2/HorizontalPodAutoscaler", autoscaler},
      {"apiregistration.k8s.io/*/APIService", api_service},
      {"argoproj.io/*/Workflow", workflow},
  };
  return table;
}

/// Kinds that exist in versions we do not read; Argo CD answers Unknown there.
bool known_in_another_version(std::string_view group, std::string_view kind) {
  const std::string start = std::string(group) + "/";
  const std::string end = "/" + std::string(kind);
  return std::any_of(checks().begin(), checks().end(), [&](const auto& entry) {
    return entry.first.starts_with(start) && entry.first.ends_with(end);
  });
}

bool under_hook_finalizer(const Json& object) {
  const Json& finalizers = array_at(object, {"metadata", "finalizers"});
  return std::any_of(finalizers.begin(), finalizers.end(), [](const Json& finalizer) {
    return finalizer.is_string() && finalizer.get_ref<const std::string&>() == kHookFinalizerName;
  });
}

}  // namespace

std::string_view name_of(HealthStatus status) noexcept {
  switch (status) {
    case HealthStatus::healthy:
      return "Healthy";
    case HealthStatus::suspended:
      return "Suspended";
    case HealthStatus::progressing:
      return "Progressing";
    case HealthStatus::missing:
      return "Missing";
    case HealthStatus::degraded:
      return "Degraded";
    case HealthStatus::unknown:
      return "Unknown";
  }
  return "";
}

std::optional<HealthStatus> health_status(std::string_view name) noexcept {
  for (const HealthStatus status :
       {HealthStatus::healthy, HealthStatus::suspended, HealthStatus::progressing,
        HealthStatus::missing, HealthStatus::degraded, HealthStatus::unknown}) {
    if (name_of(status) == name) return status;
  }
  return std::nullopt;
}

bool is_going(const Json& live) {
  return find(live, {"metadata", "deletionTimestamp"}) != nullptr && !under_hook_finalizer(live);
}

std::optional<Health> health_of(const Json& live) {
  if (is_going(live)) return progressing("Pending deletion");
  if (auto judged = health_by_rules(live)) return *judged;
  const kube::GroupVersion version = kube::split_api_version(text_at(live, {"apiVersion"}));
  const std::string kind = text_at(live, {"kind"});
  const auto& table = checks();
  auto found = table.find(fmt::format("{}/{}/{}", version.group, version.version, kind));
  if (found == table.end()) found = table.find(fmt::format("{}/*/{}", version.group, kind));
  if (found != table.end()) return found->second(live);
  if (!known_in_another_version(version.group, kind)) return std::nullopt;
  return unknown(fmt::format("unsupported {} version: {}", kind, text_at(live, {"apiVersion"})));
}

Health aggregate(const std::vector<HealthPart>& parts) {
  Health whole;
  std::vector<const HealthPart*> culprits;
  bool any_counted = false;
  bool any_live = false;
  for (const HealthPart& part : parts) {
    if (!part.counted) continue;
    any_counted = true;
    any_live = any_live || part.live;
    if (!part.live || !part.health) continue;
    if (part.health->status > whole.status) {
      whole.status = part.health->status;
      culprits.clear();
    }
    if (part.health->status == whole.status && whole.status != HealthStatus::healthy)
      culprits.push_back(&part);
  }
  if (any_counted && !any_live) return {HealthStatus::missing, ""};
  for (std::size_t i = 0; i < std::min(culprits.size(), kCulpritsMax); ++i) {
    const kube::ObjectKey& key = culprits[i]->key;
    whole.message += i == 0 ? "Caused by " : ", ";
    if (!key.group.empty()) whole.message += key.group + "/";
    whole.message += key.kind + ":";
    if (!key.ns.empty()) whole.message += key.ns + "/";
    whole.message += key.name;
  }
  if (culprits.size() > kCulpritsMax)
    whole.message += fmt::format(" and {} more", culprits.size() - kCulpritsMax);
  return whole;
}

}  // namespace spokelab::hub
