// The kubelet: pulls, starts, probes, restarts and stops the containers of one pod, and reports
// them.
#include <algorithm>
#include <string>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/nodes/pod_run.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kPodCollector =
    "system:serviceaccount:kube-system:pod-garbage-collector";

std::string kubelet_user(const std::string& node) { return "system:node:" + node; }

/// Takes a pod away whose node is no more, after a while, as the pod garbage collector does.
Result<void> collect_orphan(Cluster& cluster, const Json& pod, const Name& key) {
  if (cluster.paused || cluster.api.get("nodes", "", text_at(pod, {"spec", "nodeName"}))) return {};
  static constexpr DelayRange kQuarantine{std::chrono::seconds(40), std::chrono::seconds(60)};
  if (!is_deleting(pod) && !cluster.waited(ControllerId::kubelet, key, kQuarantine)) return {};
  cluster.forget_wait(ControllerId::kubelet, key);
  end_run(cluster, key);
  if (!is_finished(pod)) {
    Json status = object_at(pod, {"status"});
    status["phase"] = "Failed";
    set_condition(status["conditions"],
                  {"DisruptionTarget", "True", "DeletionByPodGC", "PodGC: node no longer exists"},
                  cluster.now_text());
    auto written = cluster.write_status(kPodCollector, pod, std::move(status));
    if (!written && written.error().code() != Errc::not_found) return written.error();
  }
  auto removed = cluster.api.remove(kPodCollector, "pods", key.ns, key.name, "Background", 0);
  if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  return {};
}

/// Lets go of a pod that has stopped: its object is removed now.
Result<void> let_go(Cluster& cluster, PodRun& run, const Name& key) {
  run.removed = true;
  auto removed =
      cluster.api.remove(kubelet_user(run.node), "pods", key.ns, key.name, "Background", 0);
  if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  return {};
}

PodRun& run_of(Cluster& cluster, const Name& key, const JsonRef& pod) {
  std::unique_ptr<PodRun>& run = cluster.runs[key];
  if (!run || run->uid != uid_of(*pod)) {
    if (run) end_run(cluster, key);
    cluster.runs[key] = begin_run(cluster, pod);
  }
  cluster.runs[key]->pod = pod;
  return *cluster.runs[key];
}

void come_back(Cluster& cluster, const Name& key, const PodRun& run) {
  const RunTime next = next_step(run);
  if (next != kNever) cluster.kubelets.add({ControllerId::kubelet, key}, next);
}

}  // namespace

PodAnswer answer_of(const Cluster& cluster, const Name& pod) {
  const auto run = cluster.runs.find(pod);
  if (run == cluster.runs.end()) return PodAnswer::refusal;
  const auto machine = cluster.machines.find(run->second->node);
  if (machine == cluster.machines.end() || machine->second.state == MachineState::lost)
    return PodAnswer::silence;
  return run->second->serving() ? PodAnswer::answer : PodAnswer::refusal;
}

void end_run(Cluster& cluster, const Name& key) {
  const auto run = cluster.runs.find(key);
  if (run == cluster.runs.end()) return;
  const auto machine = cluster.machines.find(run->second->node);
  if (machine != cluster.machines.end())
    machine->second.addresses.erase(run->second->address_number);
  cluster.runs.erase(run);
  cluster.ready.check(key, [&](const Name& name) { return answer_of(cluster, name); });
}

Result<void> reconcile_kubelet(Cluster& cluster, const Name& key) {
  const JsonRef pod = cluster.get("pods", key);
  if (!pod) {
    end_run(cluster, key);
    return {};
  }
  const std::string node = text_at(*pod, {"spec", "nodeName"});
  if (node.empty()) return {};
  const auto machine = cluster.machines.find(node);
  if (machine == cluster.machines.end() || !cluster.api.get("nodes", "", node)) {
    return collect_orphan(cluster, *pod, key);
  }
  const bool connected = machine->second.state == MachineState::up &&
                         cluster.clock.now() >= machine->second.back_at && !cluster.paused;
  if (machine->second.state == MachineState::lost) return {};
  const auto known = cluster.runs.find(key);
  const bool ours = known != cluster.runs.end() && known->second->uid == uid_of(*pod);
  if (!ours && !connected && machine->second.state == MachineState::up && !cluster.paused) {
    // Bound while the kubelet was not back yet: it takes the pod on when it is.
    cluster.enqueue(ControllerId::kubelet, key, machine->second.back_at - cluster.clock.now());
    return {};
  }
  if (!ours && (!connected || (is_finished(*pod) && !is_deleting(*pod)))) return {};
  PodRun& run = run_of(cluster, key, pod);
  if (run.removed) return {};
  run.silent = !connected;
  if (connected && is_deleting(*pod)) terminate(cluster, run);
  const bool served = run.serving();
  advance(cluster, run);
  if (run.gone_at <= cluster.clock.now()) {
    if (!run.ended) finish_termination(cluster, run);
    cluster.ready.check(key, [&](const Name& name) { return answer_of(cluster, name); });
    if (!connected) return {};
    // The last word on its containers comes before the pod is let go.
    auto written = cluster.write_status(kubelet_user(node), *pod, status_of(cluster, run));
    if (!written && written.error().code() != Errc::not_found) return written.error();
    return let_go(cluster, run, key);
  }
  if (run.serving() != served)
    cluster.ready.check(key, [&](const Name& name) { return answer_of(cluster, name); });
  come_back(cluster, key, run);
  if (!connected) return {};
  auto written = cluster.write_status(kubelet_user(node), *pod, status_of(cluster, run));
  if (!written && written.error().code() != Errc::not_found) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
