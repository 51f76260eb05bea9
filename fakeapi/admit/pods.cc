// What admission adds to pods.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "fakeapi/admit/mutate.h"

namespace spokelab::fakeapi {

namespace {

/// "Guaranteed", "Burstable" or "BestEffort", as kubelet's qos package decides.
std::string quality_of(const Json& pod) {
  bool any = false;
  bool all = true;
  for (const char* list : {"containers", "initContainers"}) {
    const Json* containers = find(pod, {"spec", list});
    if (containers == nullptr || !containers->is_array()) continue;
    for (const Json& container : *containers) {
      for (const char* resource : {"cpu", "memory"}) {
        const std::string limit = text_at(container, {"resources", "limits", resource});
        const std::string request = text_at(container, {"resources", "requests", resource}, limit);
        if (!limit.empty() || !request.empty()) any = true;
        if (limit.empty() || request != limit) all = false;
      }
    }
  }
  return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
}

/// The Priority plugin: a pod's priority is that of its class.
MaybeStatus set_priority(const MutationContext& context, const ServedKind& kind, Json& pod) {
  Json& spec = pod["spec"];
  const std::string name = text_at(spec, {"priorityClassName"});
  std::int64_t priority = 0;
  std::string policy = "PreemptLowerPriority";
  if (!name.empty()) {
    const JsonRef rank =
        context.kinds.by_resource("priorityclasses.scheduling.k8s.io")->bucket->get("", name);
    const bool node = name == "system-node-critical";
    if (!rank && !node && name != "system-cluster-critical") {
      return kube::forbidden(kind.type(), text_at(pod, {"metadata", "name"}),
                             fmt::format("no PriorityClass with name {} was found", name));
    }
    if (rank) policy = text_at(*rank, {"preemptionPolicy"}, policy);
    priority = rank ? int_at(*rank, {"value"}) : node ? 2'000'001'000 : 2'000'000'000;
  }
  if (const Json* given = find(spec, {"priority"}); given != nullptr && *given != priority) {
    return kube::forbidden(
        kind.type(), text_at(pod, {"metadata", "name"}),
        fmt::format("the integer value of priority ({}) must not be provided in pod spec; priority "
                    "admission controller computed {} from the given PriorityClass name",
                    given->dump(), priority));
  }
  spec["priority"] = priority;
  if (const Json* given = find(spec, {"preemptionPolicy"}); given != nullptr && *given != policy) {
    return kube::forbidden(
        kind.type(), text_at(pod, {"metadata", "name"}),
        fmt::format("the string value of PreemptionPolicy ({}) must not be provided in pod spec; "
                    "priority admission controller computed {} from the given PriorityClass name",
                    given->get<std::string>(), policy));
  }
  spec["preemptionPolicy"] = policy;
  return std::nullopt;
}

kube::Status rejected(const ServedKind& kind, const Json& pod, const std::string& why) {
  return kube::forbidden(kind.type(), text_at(pod, {"metadata", "name"}), "pod rejected: " + why);
}

/// The RuntimeClass plugin: what the class costs, and where it can run.
MaybeStatus set_runtime(const MutationContext& context, const ServedKind& kind, Json& pod) {
  Json& spec = pod["spec"];
  const std::string name = text_at(spec, {"runtimeClassName"});
  const Json* given = find(spec, {"overhead"});
  static constexpr const char* kOdd =
      "Pod Overhead set without corresponding RuntimeClass defined Overhead";
  if (name.empty())
    return given != nullptr && !given->empty() ? MaybeStatus(rejected(kind, pod, kOdd))
                                               : std::nullopt;
  const JsonRef runtime =
      context.kinds.by_resource("runtimeclasses.node.k8s.io")->bucket->get("", name);
  if (!runtime) return rejected(kind, pod, fmt::format("RuntimeClass \"{}\" not found", name));
  const Json* costs = find(*runtime, {"overhead", "podFixed"});
  if (costs == nullptr || costs->empty()) {
    if (given != nullptr && !given->empty()) return rejected(kind, pod, kOdd);
  } else if (given != nullptr && *given != *costs) {
    return rejected(kind, pod, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  } else {
    spec["overhead"] = *costs;
  }
  if (const Json* nodes = find(*runtime, {"scheduling", "nodeSelector"})) {
    for (const auto& [key, value] : nodes->items()) {
      const Json* own = find(spec, {"nodeSelector", key});
      if (own != nullptr && *own != value)
        return rejected(kind, pod,
                        fmt::format("conflict: runtimeClass.scheduling.nodeSelector[{}] = {}; "
                                    "pod.spec.nodeSelector[{}] = {}",
                                    key, value.get<std::string>(), key, own->get<std::string>()));
      set_at(spec, {"nodeSelector", key}, value);
    }
  }
  if (const Json* more = find(*runtime, {"scheduling", "tolerations"})) {
    Json& own = spec["tolerations"];
    if (!own.is_array()) own = Json::array();
    for (const Json& one : *more) {
      if (std::find(own.begin(), own.end(), one) == own.end()) own.push_back(one);
    }
  }
  return std::nullopt;
}

}  // namespace

void tolerate_by_default(Json& pod) {
  Json& spec = pod["spec"];
  if (!spec.is_object()) return;
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    Json& tolerations = spec["tolerations"];
    const bool has =
        tolerations.is_array() &&
        std::any_of(tolerations.begin(), tolerations.end(), [&](const Json& one) {
          const std::string name = text_at(one, {"key"});
          const std::string effect = text_at(one, {"effect"});
          return (name == key || name.empty()) && (effect == "NoExecute" || effect.empty());
        });
    if (has) continue;
    tolerations.push_back(Json{
        {"key", key}, {"operator", "Exists"}, {"effect", "NoExecute"}, {"tolerationSeconds", 300}});
  }
}

MaybeStatus mutate_pod(const MutationContext& context, const ServedKind& kind, Json& pod) {
  Json& spec = pod["spec"];
  if (!spec.is_object()) return std::nullopt;
  const std::string ns = text_at(pod, {"metadata", "namespace"});
  std::string account = text_at(spec, {"serviceAccountName"});
  if (account.empty()) account = "default";
  spec["serviceAccountName"] = account;
  spec["serviceAccount"] = account;
  const JsonRef found = context.kinds.by_resource("serviceaccounts")->bucket->get(ns, account);
  if (!found) {
    return kube::forbidden(
        kind.type(), text_at(pod, {"metadata", "name"}),
        fmt::format("error looking up service account {}/{}: serviceaccount \"{}\" not found", ns,
                    account, account));
  }
  const Json* secrets = find(*found, {"imagePullSecrets"});
  if (secrets != nullptr && !secrets->empty() && !spec.contains("imagePullSecrets"))
    spec["imagePullSecrets"] = *secrets;
  const bool automount = bool_at(spec, {"automountServiceAccountToken"},
                                 bool_at(*found, {"automountServiceAccountToken"}, true));
  if (automount && spec.contains("containers") && spec["containers"].is_array()) {
    const std::string volume = "kube-api-access-" + random_suffix(context.rng, 5);
    static constexpr const char* kPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    bool used = false;
    for (const char* list : {"initContainers", "containers"}) {
      if (!spec.contains(list) || !spec[list].is_array()) continue;
      for (Json& container : spec[list]) {
        Json& mounts = container["volumeMounts"];
        const bool has =
            mounts.is_array() && std::any_of(mounts.begin(), mounts.end(), [](const Json& mount) {
              return text_at(mount, {"mountPath"}) == kPath;
            });
        if (has) continue;
        mounts.push_back(Json{{"name", volume}, {"mountPath", kPath}, {"readOnly", true}});
        used = true;
      }
    }
    if (used) {
      static const Json kSources = Json::parse(
          R"([{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},
              {"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}},
              {"downwardAPI":{"items":[{"path":"namespace",
                "fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"}}]}}])");
      spec["volumes"].push_back(
          Json{{"name", volume}, {"projected", {{"defaultMode", 420}, {"sources", kSources}}}});
    }
  }
  tolerate_by_default(pod);
  if (auto status = set_priority(context, kind, pod)) return status;
  if (auto status = set_runtime(context, kind, pod)) return status;
  pod["status"] = Json{{"phase", "Pending"}, {"qosClass", quality_of(pod)}};
  if (const Json* gates = find(spec, {"schedulingGates"}); gates != nullptr && !gates->empty()) {
    pod["status"]["conditions"] =
        Json::array({Json{{"type", "PodScheduled"},
                          {"status", "False"},
                          {"lastProbeTime", nullptr},
                          {"lastTransitionTime", text_at(pod, {"metadata", "creationTimestamp"})},
                          {"reason", "SchedulingGated"},
                          {"message", "Scheduling is blocked due to non-empty scheduling gates"}}});
  }
  return std::nullopt;
}

}  // namespace spokelab::fakeapi
