// The scheduler: finds each new pod a node, or says why there is none.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/nodes/neighbours.h"
#include "fakeapi/cluster/nodes/placement.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kFlush = std::chrono::minutes(5);
constexpr const char* kSelectedNode = "volume.kubernetes.io/selected-node";

/// The claims of a pod, and what they say about where it may run.
struct Claims {
  std::string obstacle;          ///< Why it can be placed nowhere yet.
  std::vector<Name> to_bind;     ///< Unbound, waiting for their first consumer.
  std::string selected_node;     ///< Where such a claim is being bound already.
  std::vector<JsonRef> volumes;  ///< Bound ones.
};

bool waits_for_consumer(const Cluster& cluster, const Json& claim) {
  const JsonRef storage_class = cluster.api.get("storageclasses.storage.k8s.io", "",
                                                text_at(claim, {"spec", "storageClassName"}));
  return storage_class && text_at(*storage_class, {"volumeBindingMode"}) == "WaitForFirstConsumer";
}

Claims claims_of(const Cluster& cluster, const Json& pod) {
  Claims claims;
  const Name key = name_of(pod);
  for (const Json& volume : array_at(pod, {"spec", "volumes"})) {
    std::string name = text_at(volume, {"persistentVolumeClaim", "claimName"});
    if (find(volume, {"ephemeral"}) != nullptr) name = key.name + "-" + text_at(volume, {"name"});
    if (name.empty()) continue;
    const JsonRef claim = cluster.api.get("persistentvolumeclaims", key.ns, name);
    if (!claim) {
      claims.obstacle = fmt::format("persistentvolumeclaim \"{}\" not found", name);
      return claims;
    }
    if (is_deleting(*claim)) {
      claims.obstacle = fmt::format("persistentvolumeclaim \"{}\" is being deleted", name);
      return claims;
    }
    if (text_at(*claim, {"status", "phase"}) == "Bound") {
      JsonRef bound =
          cluster.api.get("persistentvolumes", "", text_at(*claim, {"spec", "volumeName"}));
      if (bound) claims.volumes.push_back(std::move(bound));
    } else if (waits_for_consumer(cluster, *claim)) {
      claims.to_bind.push_back({key.ns, name});
      const std::string node = annotation_of(*claim, kSelectedNode);
      if (!node.empty()) claims.selected_node = node;
    } else {
      claims.obstacle = "pod has unbound immediate PersistentVolumeClaims";
      return claims;
    }
  }
  return claims;
}

bool volume_fits(const Json& volume, const Json& node) {
  const Json* required = find(volume, {"spec", "nodeAffinity", "required"});
  if (required == nullptr) return true;
  Json spec = Json::object();
  spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = *required;
  return affinity_holds(spec, node);
}

std::int64_t allocatable(const Json& node, std::string_view name, bool milli) {
  const Json* found = find(node, {"status", "allocatable", name});
  if (found == nullptr) return 0;
  const auto parsed =
      kube::Quantity::parse(found->is_string() ? found->get<std::string>() : found->dump());
  if (!parsed) return 0;
  return milli ? parsed->milli() : parsed->value();
}

/// Which resources the node has too little of for the pod; none when it has room.
std::vector<std::string> lacking(const Cluster& cluster, const NodeLoad& wanted, const Json& node) {
  std::vector<std::string> reasons;
  const NodeLoad& used = cluster.index.load_of(name_of(node).name);
  if (used.pods + wanted.pods > allocatable(node, "pods", false))
    reasons.push_back("Too many pods");
  if (wanted.cpu_milli > 0 && used.cpu_milli + wanted.cpu_milli > allocatable(node, "cpu", true))
    reasons.push_back("Insufficient cpu");
  if (wanted.memory_bytes > 0 &&
      used.memory_bytes + wanted.memory_bytes > allocatable(node, "memory", false))
    reasons.push_back("Insufficient memory");
  for (const auto& [name, amount] : wanted.others) {
    const auto found = used.others.find(name);
    const std::int64_t taken = found == used.others.end() ? 0 : found->second;
    if (taken + amount > allocatable(node, name, false)) reasons.push_back("Insufficient " + name);
  }
  return reasons;
}

struct Choice {
  std::string node;
  std::string why_none;
};

/// "0/3 nodes are available: 1 Insufficient cpu, 2 ...", as the scheduler's FitError words it, and
/// that preemption found nobody to evict.
std::string fit_error(std::size_t nodes, const std::map<std::string, int>& reasons,
                      std::size_t for_good) {
  const std::string none = fmt::format("0/{} nodes are available:", nodes);
  std::vector<std::string> texts;
  for (const auto& [reason, count] : reasons) texts.push_back(fmt::format("{} {}", count, reason));
  std::sort(texts.begin(), texts.end());
  std::vector<std::string> preemption;
  if (for_good > 0)
    preemption.push_back(fmt::format("{} Preemption is not helpful for scheduling", for_good));
  if (nodes > for_good) {
    preemption.push_back(
        fmt::format("{} No preemption victims found for incoming pod", nodes - for_good));
  }
  std::sort(preemption.begin(), preemption.end());
  return fmt::format("{} {}. preemption: {} {}.", none, fmt::join(texts, ", "), none,
                     fmt::join(preemption, ", "));
}

/// True for obstacles that no eviction of other pods removes.
bool is_for_good(std::string_view reason) {
  return reason.find("taint") != std::string_view::npos ||
         reason.find("unschedulable") != std::string_view::npos ||
         reason.find("node affinity") != std::string_view::npos ||
         reason.find("plugin(s)") != std::string_view::npos ||
         reason.find("missing required label") != std::string_view::npos ||
         reason.find("pod affinity rules") != std::string_view::npos;
}

/// The node for the pod: best liked, then fewest siblings, then fewest pods; or why there is none.
Choice choose(const Cluster& cluster, const Json& pod, const Claims& claims) {
  const std::vector<JsonRef> nodes = cluster.api.list("nodes");
  if (nodes.empty()) return {"", "no nodes available to schedule pods"};
  if (!claims.obstacle.empty()) {
    const std::string none = fmt::format("0/{} nodes are available:", nodes.size());
    return {"",
            fmt::format("{0} {1}. preemption: {0} {2} Preemption is not helpful for scheduling.",
                        none, claims.obstacle, nodes.size())};
  }
  std::map<std::string, int> siblings;
  if (const Json* owner = controller_of(pod); owner != nullptr) {
    for (const Name& name : cluster.index.owned(text_at(*owner, {"uid"}), "pods")) {
      const JsonRef sibling = cluster.get("pods", name);
      if (sibling && is_active(*sibling)) ++siblings[text_at(*sibling, {"spec", "nodeName"})];
    }
  }
  const Json& spec = object_at(pod, {"spec"});
  const NodeLoad wanted = requests_of(pod);
  const auto named = nodes_named(spec);
  const Neighbours neighbours(cluster, pod, nodes);
  std::map<std::string, int> reasons;
  std::size_t for_good = 0;
  std::optional<std::tuple<std::int64_t, int, std::size_t, std::string>> best;
  for (const JsonRef& node : nodes) {
    const std::string name = text_at(*node, {"metadata", "name"});
    std::vector<std::string> why;
    if (named && !std::binary_search(named->begin(), named->end(), name)) {
      why.push_back("node(s) didn't satisfy plugin(s) [NodeAffinity]");
    } else if (std::string reason = why_not_on(spec, *node); !reason.empty()) {
      why.push_back(std::move(reason));
    } else if (!has_condition(*node, "Ready") &&
               !tolerates(array_at(spec, {"tolerations"}),
                          Json{{"key", kNotReady}, {"effect", "NoSchedule"}})) {
      why.push_back(fmt::format("node(s) had untolerated taint {{{}: }}", kNotReady));
    } else if (!claims.selected_node.empty() && claims.selected_node != name) {
      why.push_back("node(s) didn't find available persistent volumes to bind");
    } else {
      why = lacking(cluster, wanted, *node);
    }
    for (const JsonRef& volume : claims.volumes) {
      if (why.empty() && !volume_fits(*volume, *node))
        why.push_back("node(s) had volume node affinity conflict");
    }
    if (why.empty()) {
      if (std::string reason = neighbours.why_not_on(*node); !reason.empty())
        why.push_back(std::move(reason));
    }
    if (!why.empty()) {
      if (std::any_of(why.begin(), why.end(), is_for_good)) ++for_good;
      for (const std::string& reason : why) ++reasons[reason];
      continue;
    }
    std::tuple rank(-preference(spec, *node), siblings[name], cluster.index.pods_on(name).size(),
                    name);
    if (!best || rank < *best) best = std::move(rank);
  }
  if (best) return {std::get<3>(*best), ""};
  return {"", fit_error(nodes.size(), reasons, for_good)};
}

Result<void> tell_unschedulable(Cluster& cluster, const Json& pod, const std::string& reason,
                                const std::string& why) {
  if (reason != "SchedulingGated")
    cluster.events.tell_scheduling(pod, {kWarning, "FailedScheduling", why, ""}, "Scheduling");
  Json status = object_at(pod, {"status"});
  const Json* told = condition_in(array_at(status, {"conditions"}), "PodScheduled");
  if (told != nullptr && text_at(*told, {"message"}) == why) return {};
  const std::string since = told != nullptr && text_at(*told, {"status"}) == "False"
                                ? text_at(*told, {"lastTransitionTime"})
                                : cluster.now_text();
  drop_condition(status["conditions"], "PodScheduled");
  set_condition(status["conditions"], {"PodScheduled", "False", reason, why}, since);
  status["conditions"].back()["lastProbeTime"] = nullptr;
  auto written = cluster.write_status(kScheduler, pod, std::move(status));
  if (!written) return written.error();
  return {};
}

/// Tells the volume binder where the pod's claims are wanted; the pod waits for them.
Result<void> select_node(Cluster& cluster, const std::vector<Name>& claims,
                         const std::string& node) {
  Json patch = Json::object();
  patch["metadata"]["annotations"][kSelectedNode] = node;
  for (const Name& claim : claims) {
    auto patched =
        cluster.api.merge_patch(kScheduler, "persistentvolumeclaims", claim.ns, claim.name, patch);
    if (!patched) return patched.error();
  }
  return {};
}

}  // namespace

Result<void> reconcile_scheduler(Cluster& cluster, const Name& key) {
  const JsonRef pod = cluster.get("pods", key);
  if (!pod || !is_active(*pod) || find(*pod, {"spec", "nodeName"}) != nullptr) {
    cluster.unscheduled.erase(key);
    cluster.forget_wait(ControllerId::scheduler, key);
    return {};
  }
  if (text_at(*pod, {"spec", "schedulerName"}, "default-scheduler") != "default-scheduler")
    return {};
  if (!array_at(*pod, {"spec", "schedulingGates"}).empty()) {
    return tell_unschedulable(cluster, *pod, "SchedulingGated",
                              "Scheduling is blocked due to non-empty scheduling gates");
  }
  if (!cluster.unscheduled.contains(key) &&
      !cluster.waited(ControllerId::scheduler, key, cluster.life.of(*pod, "").schedule)) {
    return {};
  }
  const Claims claims = claims_of(cluster, *pod);
  const Choice choice = choose(cluster, *pod, claims);
  if (choice.node.empty()) {
    cluster.unscheduled.insert(key);
    cluster.enqueue(ControllerId::scheduler, key, kFlush);
    return tell_unschedulable(cluster, *pod, "Unschedulable", choice.why_none);
  }
  if (!claims.to_bind.empty()) {
    cluster.unscheduled.insert(key);
    return select_node(cluster, claims.to_bind, choice.node);
  }
  Json patch = Json::object();
  patch["spec"]["nodeName"] = choice.node;
  auto bound = cluster.api.merge_patch(kScheduler, "pods", key.ns, key.name, patch, "binding");
  if (!bound) return bound.error();
  cluster.unscheduled.erase(key);
  cluster.events.tell_scheduling(
      *pod,
      {kNormal, "Scheduled",
       fmt::format("Successfully assigned {}/{} to {}", key.ns, key.name, choice.node), ""},
      "Binding");
  return {};
}

}  // namespace spokelab::fakeapi
