// Eviction by taints.
#include "fakeapi/cluster/nodes/eviction.h"

#include <fmt/format.h>

#include <algorithm>

#include "fakeapi/cluster/nodes/placement.h"

namespace spokelab::fakeapi {

namespace {

/// When each NoExecute taint of the node came; those that are gone are forgotten.
void note_taints(Cluster& cluster, const Json& node, std::map<std::string, RunTime>& since,
                 const Machine* machine) {
  std::map<std::string, RunTime> now;
  for (const Json& taint : array_at(node, {"spec", "taints"})) {
    if (text_at(taint, {"effect"}) != "NoExecute") continue;
    const std::string key = text_at(taint, {"key"});
    const std::string name = key + "=" + text_at(taint, {"value"});
    const auto before = since.find(name);
    now[name] = before != since.end() ? before->second : cluster.clock.now();
    if (key == kUnreachable && machine != nullptr && machine->no_execute_since)
      now[name] = *machine->no_execute_since;
  }
  since = std::move(now);
}

/// When the pod must go; kNever: it may stay.
RunTime end_of_stay(const Cluster& cluster, const Json& pod, const Json& node,
                    const std::map<std::string, RunTime>& since) {
  const Json& tolerations = array_at(pod, {"spec", "tolerations"});
  RunTime end = kNever;
  for (const Json& taint : array_at(node, {"spec", "taints"})) {
    const auto from = since.find(text_at(taint, {"key"}) + "=" + text_at(taint, {"value"}));
    if (text_at(taint, {"effect"}) != "NoExecute" || from == since.end()) continue;
    // Every cluster gives its pods five minutes on silent nodes, where they say nothing.
    const long untold = text_at(taint, {"key"}) == kUnreachable
                            ? static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(
                                                    cluster.settings.eviction)
                                                    .count())
                            : 0;
    const auto seconds = toleration_seconds(tolerations, taint, untold);
    if (seconds) end = std::min(end, from->second + std::chrono::seconds(*seconds));
  }
  return end;
}

}  // namespace

Result<void> mark_disrupted(Cluster& cluster, std::string_view user, const Json& pod,
                            std::string_view reason, std::string_view message) {
  Json status = object_at(pod, {"status"});
  set_condition(status["conditions"], {"DisruptionTarget", "True", reason, message},
                cluster.now_text());
  auto written = cluster.write_status(user, pod, std::move(status));
  if (!written && written.error().code() != Errc::not_found) return written.error();
  return {};
}

Result<void> evict_intolerant_pods(Cluster& cluster, const Name& key) {
  const JsonRef node = cluster.get("nodes", key);
  if (!node) return {};
  const auto machine = cluster.machines.find(key.name);
  std::map<std::string, RunTime>& since = cluster.taints_since[key.name];
  note_taints(cluster, *node, since,
              machine == cluster.machines.end() ? nullptr : &machine->second);
  if (since.empty()) {
    cluster.taints_since.erase(key.name);
    return {};
  }
  for (const Name& name : std::set<Name>(cluster.index.pods_on(key.name))) {
    const JsonRef pod = cluster.get("pods", name);
    if (!pod || !is_active(*pod)) continue;
    const RunTime end = end_of_stay(cluster, *pod, *node, since);
    if (end == kNever) continue;
    if (cluster.clock.now() < end) {
      cluster.enqueue(ControllerId::node, key, end - cluster.clock.now());
      continue;
    }
    cluster.tell_fact(cluster.subject("pod", name), "evicted",
                      machine != cluster.machines.end() && machine->second.no_execute_since
                          ? "its node " + key.name + " is unreachable"
                          : "it does not tolerate the taints of node " + key.name);
    cluster.events.tell({"taint-eviction-controller", ""}, *pod,
                        {kNormal, "TaintManagerEviction",
                         fmt::format("Marking for deletion Pod {}/{}", name.ns, name.name), ""});
    if (auto done = mark_disrupted(cluster, kNodeController, *pod, "DeletionByTaintManager",
                                   "Taint manager: deleting due to NoExecute taint");
        !done) {
      return done;
    }
    if (auto done = cluster.delete_pod(kNodeController, name); !done) return done.error();
  }
  return {};
}

}  // namespace spokelab::fakeapi
