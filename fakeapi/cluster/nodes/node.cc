// The node life-cycle controller: silent nodes become NotReady and tainted.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/nodes/eviction.h"
#include "fakeapi/cluster/nodes/placement.h"

namespace spokelab::fakeapi {

namespace {

constexpr int kSmallZone = 50;
constexpr EventSource kController{"node-controller", ""};

/// The taints that this controller sees to: what a node is, and what it must not be any more.
struct Wanted {
  bool unreachable = false;
  bool evict = false;
  bool cordoned = false;
};

bool holds(const Wanted& wanted, const Json& taint) {
  const std::string effect = text_at(taint, {"effect"});
  const std::string key = text_at(taint, {"key"});
  if (key == kUnschedulable) return wanted.cordoned;
  if (key != kUnreachable) return key != kNotReady;
  return effect == "NoExecute" ? wanted.evict : wanted.unreachable;
}

/// Writes the taints wanted; those of others stay.
Result<void> set_taints(Cluster& cluster, const Json& node, const Wanted& wanted) {
  const Json& before = array_at(node, {"spec", "taints"});
  Json taints = Json::array();
  for (const Json& each : before) {
    if (holds(wanted, each)) taints.push_back(each);
  }
  const auto add = [&](bool needed, std::string_view key, std::string_view effect) {
    const bool there = std::any_of(taints.begin(), taints.end(), [&](const Json& each) {
      return text_at(each, {"key"}) == key && text_at(each, {"effect"}) == effect;
    });
    if (needed && !there)
      taints.push_back({{"key", key}, {"effect", effect}, {"timeAdded", cluster.now_text()}});
  };
  add(wanted.cordoned, kUnschedulable, "NoSchedule");
  add(wanted.unreachable, kUnreachable, "NoSchedule");
  add(wanted.evict, kUnreachable, "NoExecute");
  if (taints == before) return {};
  Json patch = Json::object();
  patch["spec"]["taints"] = taints.empty() ? Json() : std::move(taints);
  auto patched = cluster.api.merge_patch(kNodeController, "nodes", "", name_of(node).name, patch);
  if (!patched) return patched.error();
  return {};
}

void tell_ready(Cluster& cluster, const Json& node, bool ready) {
  const std::string name = name_of(node).name;
  const char* state = ready ? "NodeReady" : "NodeNotReady";
  const EventSource kubelet{"kubelet", name};
  cluster.events.tell(ready ? kubelet : kController, node,
                      {kNormal, state, fmt::format("Node {} status is now: {}", name, state), ""});
}

Result<void> set_ready(Cluster& cluster, const Json& node, bool ready) {
  const std::string now = cluster.now_text();
  Json status = object_at(node, {"status"});
  Json& conditions = status["conditions"];
  if (ready) {
    for (const auto& [type, reason, message] : std::initializer_list<std::array<const char*, 3>>{
             {"MemoryPressure", "KubeletHasSufficientMemory",
              "kubelet has sufficient memory available"},
             {"DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
             {"PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"}}) {
      set_condition(conditions, {type, "False", reason, message}, now);
    }
    set_condition(conditions, {"Ready", "True", "KubeletReady", "kubelet is posting ready status"},
                  now);
  } else {
    for (const char* type : {"MemoryPressure", "DiskPressure", "PIDPressure", "Ready"}) {
      set_condition(conditions,
                    {type, "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."},
                    now);
    }
  }
  const bool changed = status != object_at(node, {"status"});
  for (Json& condition : conditions) {
    if (!condition.contains("lastHeartbeatTime") || (ready && changed))
      condition["lastHeartbeatTime"] = now;
  }
  auto written = cluster.write_status(kNodeController, node, std::move(status));
  if (!written) return written.error();
  const Name key = name_of(node);
  if (*written) {
    tell_ready(cluster, node, ready);
    for (const auto& [name, machine] : cluster.machines)
      cluster.enqueue(ControllerId::node, {"", name});
  }
  cluster.tell_state(cluster.subject("node", key) + ".ready", ready ? "True" : "Unknown");
  return {};
}

/// Endpoints must drop although the kubelet can no longer say so.
Result<void> mark_pods_not_ready(Cluster& cluster, const std::string& node) {
  for (const Name& name : std::set<Name>(cluster.index.pods_on(node))) {
    const JsonRef pod = cluster.get("pods", name);
    if (!pod || !is_ready(*pod)) continue;
    Json status = object_at(*pod, {"status"});
    set_condition(status["conditions"], {"Ready", "False", "", ""}, cluster.now_text());
    auto written = cluster.write_status(kNodeController, *pod, std::move(status));
    if (!written) return written.error();
    cluster.events.tell(kController, *pod, {kWarning, "NodeNotReady", "Node is not ready", ""});
  }
  return {};
}

struct ZoneCount {
  int ready = 0;
  int silent = 0;
  bool all_silent() const { return ready == 0 && silent > 0; }
  /// More than 55 % (and at least three nodes) silent.
  bool mostly_silent() const { return silent > 2 && silent * 100 >= 55 * (silent + ready); }
};

enum class Eviction { no, allowed, slow, stopped_everywhere };

Eviction eviction_in(const Cluster& cluster, const std::string& zone) {
  std::map<std::string, ZoneCount> zones;
  for (const auto& [name, machine] : cluster.machines) {
    const JsonRef node = cluster.api.get("nodes", "", name);
    if (!node) continue;
    ++(has_condition(*node, "Ready") ? zones[machine.zone].ready : zones[machine.zone].silent);
  }
  if (std::all_of(zones.begin(), zones.end(),
                  [](const auto& each) { return each.second.all_silent(); })) {
    return Eviction::stopped_everywhere;
  }
  const ZoneCount& count = zones[zone];
  if (count.all_silent() || !count.mostly_silent()) return Eviction::allowed;
  return count.ready + count.silent <= kSmallZone ? Eviction::no : Eviction::slow;
}

/// Taints NoExecute as fast as the zone rules allow.
Result<void> taint_for_eviction(Cluster& cluster, const Json& node, Machine& machine,
                                Wanted wanted) {
  const Eviction eviction = eviction_in(cluster, machine.zone);
  const Name key = name_of(node);
  if (eviction == Eviction::stopped_everywhere) machine.no_execute_since.reset();
  if (!machine.no_execute_since && (eviction == Eviction::allowed || eviction == Eviction::slow)) {
    RunTime& next = cluster.next_eviction[machine.zone];
    const RunTime now = cluster.clock.now();
    if (now < next) {
      cluster.enqueue(ControllerId::node, key, next - now);
    } else {
      next = now + cluster.settings.eviction_interval * (eviction == Eviction::slow ? 10 : 1);
      machine.no_execute_since = now;
    }
  }
  wanted.unreachable = true;
  wanted.evict = machine.no_execute_since.has_value();
  return set_taints(cluster, node, wanted);
}

}  // namespace

Result<void> reconcile_node(Cluster& cluster, const Name& key) {
  const auto found = cluster.machines.find(key.name);
  const JsonRef node = cluster.get("nodes", key);
  if (!node) {
    for (const Name& pod : cluster.index.pods_on(key.name))
      cluster.enqueue(ControllerId::kubelet, pod);
    return {};
  }
  if (found == cluster.machines.end()) return evict_intolerant_pods(cluster, key);
  Machine& machine = found->second;
  const RunTime now = cluster.clock.now();
  Wanted wanted;
  wanted.cordoned = bool_at(*node, {"spec", "unschedulable"});
  if (machine.state == MachineState::up) {
    if (now < machine.back_at) {
      cluster.enqueue(ControllerId::node, key, machine.back_at - now);
      if (has_condition(*node, "Ready")) return {};
    } else {
      machine.no_execute_since.reset();
      if (auto done = set_taints(cluster, *node, wanted); !done) return done.error();
      if (auto done = set_ready(cluster, *cluster.get("nodes", key), true); !done)
        return done.error();
      return evict_intolerant_pods(cluster, key);
    }
  }
  const Nanos period = cluster.settings.node_monitor_period;
  const Nanos heard = std::max(machine.last_heartbeat, cluster.up_since).time_since_epoch();
  // The monitor looks every few seconds, so the grace ends at its next look.
  const RunTime due{(heard + cluster.settings.node_monitor_grace + period - Nanos{1}) / period *
                    period};
  const bool known = !has_condition(*node, "Ready");
  if (!known && now < due) {
    cluster.enqueue(ControllerId::node, key, due - now);
    return evict_intolerant_pods(cluster, key);
  }
  if (auto done = set_ready(cluster, *node, false); !done) return done.error();
  if (auto done = mark_pods_not_ready(cluster, key.name); !done) return done.error();
  if (auto done = taint_for_eviction(cluster, *cluster.get("nodes", key), machine, wanted); !done)
    return done.error();
  return evict_intolerant_pods(cluster, key);
}

}  // namespace spokelab::fakeapi
