// The scheduler: finds each new pod a node, or says why there is none.
#include <algorithm>
#include <map>
#include <tuple>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/nodes/placement.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kFlush = std::chrono::minutes(5);

/// Why the pod cannot be placed anywhere yet: claims that are missing or unbound.
std::string unbound_claim(const Cluster& cluster, const Json& pod) {
  const std::string ns = text_at(pod, {"metadata", "namespace"});
  for (const Json& volume : array_at(pod, {"spec", "volumes"})) {
    const std::string claim = text_at(volume, {"persistentVolumeClaim", "claimName"});
    if (claim.empty()) continue;
    const JsonRef object = cluster.api.get("persistentvolumeclaims", ns, claim);
    if (!object) return "persistentvolumeclaim \"" + claim + "\" not found";
    if (text_at(*object, {"status", "phase"}) != "Bound")
      return "pod has unbound immediate PersistentVolumeClaims";
  }
  return "";
}

std::int64_t allocatable(const Json& node, std::string_view name, bool milli) {
  const Json* found = find(node, {"status", "allocatable", name});
  if (found == nullptr) return 0;
  const auto parsed =
      kube::Quantity::parse(found->is_string() ? found->get<std::string>() : found->dump());
  if (!parsed) return 0;
  return milli ? parsed->milli() : parsed->value();
}

/// Which resource the node has too little of for the pod; "" when it has room.
std::string lacking(const Cluster& cluster, const NodeLoad& wanted, const Json& node) {
  const NodeLoad used = cluster.index.load_of(name_of(node).name);
  if (used.pods + wanted.pods > allocatable(node, "pods", false)) return "Too many pods";
  if (wanted.cpu_milli > 0 && used.cpu_milli + wanted.cpu_milli > allocatable(node, "cpu", true)) {
    return "Insufficient cpu";
  }
  if (wanted.memory_bytes > 0 &&
      used.memory_bytes + wanted.memory_bytes > allocatable(node, "memory", false)) {
    return "Insufficient memory";
  }
  return "";
}

/// The node for the pod, fewest siblings first, then fewest pods; or "" with the reason.
std::pair<std::string, std::string> choose(const Cluster& cluster, const Json& pod) {
  if (std::string claim = unbound_claim(cluster, pod); !claim.empty())
    return {"", std::move(claim)};
  std::map<std::string, int> siblings;
  if (const Json* owner = controller_of(pod); owner != nullptr) {
    for (const Name& name : cluster.index.owned(text_at(*owner, {"uid"}), "pods")) {
      const JsonRef sibling = cluster.get("pods", name);
      if (sibling && is_active(*sibling)) ++siblings[text_at(*sibling, {"spec", "nodeName"})];
    }
  }
  const Json& spec = object_at(pod, {"spec"});
  const NodeLoad wanted = requests_of(pod);
  const std::vector<JsonRef> nodes = cluster.api.list("nodes");
  std::map<std::string, int> reasons;
  std::optional<std::tuple<int, std::size_t, std::string>> best;
  for (const JsonRef& node : nodes) {
    const std::string name = text_at(*node, {"metadata", "name"});
    std::string reason = why_not_on(spec, *node);
    if (reason.empty() && !has_condition(*node, "Ready")) reason = "node(s) were not ready";
    if (reason.empty()) reason = lacking(cluster, wanted, *node);
    if (!reason.empty()) {
      ++reasons[reason];
      continue;
    }
    std::tuple rank(siblings[name], cluster.index.pods_on(name).size(), name);
    if (!best || rank < *best) best = std::move(rank);
  }
  if (best) return {std::get<2>(*best), ""};
  std::string text = "0/" + std::to_string(nodes.size()) + " nodes are available";
  const char* separator = ": ";
  for (const auto& [reason, count] : reasons) {
    text += separator + std::to_string(count) + " " + reason;
    separator = ", ";
  }
  return {"", text + "."};
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
  if (!array_at(*pod, {"spec", "schedulingGates"}).empty()) return {};
  if (!cluster.unscheduled.contains(key) &&
      !cluster.waited(ControllerId::scheduler, key, cluster.life.of(*pod, "").schedule)) {
    return {};
  }
  const auto [node, reason] = choose(cluster, *pod);
  if (node.empty()) {
    cluster.unscheduled.insert(key);
    cluster.enqueue(ControllerId::scheduler, key, kFlush);
    Json status = object_at(*pod, {"status"});
    const Json* told = condition_in(array_at(status, {"conditions"}), "PodScheduled");
    if (told != nullptr && text_at(*told, {"message"}) != reason)
      drop_condition(status["conditions"], "PodScheduled");
    set_condition(status["conditions"], {"PodScheduled", "False", "Unschedulable", reason},
                  cluster.now_text());
    auto written = cluster.write_status(kScheduler, *pod, std::move(status));
    if (!written) return written.error();
    return {};
  }
  Json patch = Json::object();
  patch["spec"]["nodeName"] = node;
  auto bound = cluster.api.merge_patch(kScheduler, "pods", key.ns, key.name, patch);
  if (!bound) return bound.error();
  cluster.unscheduled.erase(key);
  return {};
}

}  // namespace spokelab::fakeapi
