// The node life-cycle controller: silent nodes become NotReady, then their pods are evicted.
#include <algorithm>
#include <map>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/nodes/placement.h"

namespace spokelab::fakeapi {

namespace {

constexpr int kSmallZone = 50;

Json taint(std::string_view effect, const std::string& now) {
  return {{"key", kUnreachable}, {"effect", effect}, {"timeAdded", now}};
}

/// Writes the taints wanted; those of others stay.
Result<void> set_taints(Cluster& cluster, const Json& node, bool no_schedule, bool no_execute) {
  Json taints = Json::array();
  bool had_schedule = false, had_execute = false;
  for (const Json& each : array_at(node, {"spec", "taints"})) {
    if (text_at(each, {"key"}) != kUnreachable) {
      taints.push_back(each);
    } else if (text_at(each, {"effect"}) == "NoExecute") {
      had_execute = true;
      if (no_execute) taints.push_back(each);
    } else {
      had_schedule = true;
      if (no_schedule) taints.push_back(each);
    }
  }
  if (had_schedule == no_schedule && had_execute == no_execute) return {};
  const std::string now = cluster.now_text();
  if (no_schedule && !had_schedule) taints.push_back(taint("NoSchedule", now));
  if (no_execute && !had_execute) taints.push_back(taint("NoExecute", now));
  Json patch = Json::object();
  patch["spec"]["taints"] = taints.empty() ? Json() : std::move(taints);
  auto patched = cluster.api.merge_patch(kNodeController, "nodes", "", name_of(node).name, patch);
  if (!patched) return patched.error();
  return {};
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
  auto written = cluster.write_status(kNodeController, node, std::move(status));
  if (!written) return written.error();
  const Name key = name_of(node);
  if (*written) {
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

/// Taints NoExecute as fast as the zone rules allow. False: not (yet).
Result<bool> taint_for_eviction(Cluster& cluster, const Json& node, Machine& machine) {
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
  const bool execute = machine.no_execute_since.has_value();
  if (auto done = set_taints(cluster, node, true, execute); !done) return done.error();
  return execute;
}

/// Deletes the pods whose toleration has run out and comes back for the next.
Result<void> evict(Cluster& cluster, const Name& key, RunTime since) {
  const Json no_execute = taint("NoExecute", "");
  const long untold = static_cast<long>(
      std::chrono::duration_cast<std::chrono::seconds>(cluster.settings.eviction).count());
  for (const Name& name : std::set<Name>(cluster.index.pods_on(key.name))) {
    const JsonRef pod = cluster.get("pods", name);
    if (!pod || !is_active(*pod)) continue;
    const auto seconds =
        toleration_seconds(array_at(*pod, {"spec", "tolerations"}), no_execute, untold);
    if (!seconds) continue;
    const RunTime due = since + std::chrono::seconds(*seconds);
    if (cluster.clock.now() < due) {
      cluster.enqueue(ControllerId::node, key, due - cluster.clock.now());
      continue;
    }
    cluster.tell_fact(cluster.subject("pod", name), "evicted",
                      "its node " + key.name + " is unreachable");
    if (auto done = cluster.delete_pod(kNodeController, name); !done) return done.error();
  }
  return {};
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
  if (found == cluster.machines.end()) return {};
  Machine& machine = found->second;
  const RunTime now = cluster.clock.now();
  if (machine.state == MachineState::up) {
    if (now < machine.back_at) {
      cluster.enqueue(ControllerId::node, key, machine.back_at - now);
      if (has_condition(*node, "Ready")) return {};
    } else {
      machine.no_execute_since.reset();
      if (auto done = set_taints(cluster, *node, false, false); !done) return done.error();
      return set_ready(cluster, *cluster.get("nodes", key), true);
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
    return {};
  }
  if (auto done = set_ready(cluster, *node, false); !done) return done.error();
  if (auto done = mark_pods_not_ready(cluster, key.name); !done) return done.error();
  const auto tainted = taint_for_eviction(cluster, *cluster.get("nodes", key), machine);
  if (!tainted) return tainted.error();
  if (*tainted) return evict(cluster, key, *machine.no_execute_since);
  return {};
}

}  // namespace spokelab::fakeapi
