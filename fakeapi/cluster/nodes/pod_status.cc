// PodStatus: what a kubelet posts about a pod.
#include "base/rng.h"
#include "fakeapi/cluster/nodes/pod_run.h"

namespace spokelab::fakeapi {

namespace {

std::string hex(std::uint64_t value) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = kDigits[value >> (4 * i) & 15U];
  return text;
}

std::string long_id(const std::string& seed) {
  std::string id;
  for (const char* part : {"/0", "/1", "/2", "/3"}) id += hex(stable_hash(seed + part));
  return id;
}

bool was_started(const ContainerRun& container) {
  return container.state != ContainerState::waiting || !container.last_end.is_null();
}

Json container_status(const PodRun& run, const ContainerRun& container, bool initialized) {
  Json status = Json::object();
  status["name"] = container.name;
  status["image"] = container.image;
  status["imageID"] =
      was_started(container) ? container.image + "@sha256:" + long_id(container.image) : "";
  status["restartCount"] = container.restarts;
  status["ready"] = container.init && !container.sidecar
                        ? container.state == ContainerState::ended && container.exit_code == 0
                        : container.ready;
  status["started"] = container.state == ContainerState::running;
  status["lastState"] = container.last_end.is_null() ? Json::object() : container.last_end;
  const std::string id = "containerd://" + long_id(run.uid + "/" + container.name + "/" +
                                                   std::to_string(container.restarts));
  if (was_started(container)) status["containerID"] = id;
  Json& state = status["state"] = Json::object();
  if (container.state == ContainerState::running) {
    state["running"]["startedAt"] = container.started_at;
  } else if (container.state == ContainerState::ended) {
    Json& ended = state["terminated"] = Json::object();
    ended["exitCode"] = container.exit_code;
    ended["reason"] = container.exit_code == 0     ? "Completed"
                      : container.exit_code == 255 ? "Unknown"
                                                   : "Error";
    if (!container.started_at.empty()) ended["startedAt"] = container.started_at;
    ended["finishedAt"] = container.finished_at;
    ended["containerID"] = id;
  } else {
    Json& waiting = state["waiting"] = Json::object();
    const bool creating = container.reason == "ContainerCreating" || container.reason.empty();
    waiting["reason"] = creating && !container.init && !initialized ? "PodInitializing"
                        : creating                                  ? "ContainerCreating"
                                                                    : container.reason;
    if (!container.message.empty()) waiting["message"] = container.message;
  }
  return status;
}

bool is_initialized(const PodRun& run) {
  for (const ContainerRun& container : run.containers) {
    if (!container.init) continue;
    if (container.sidecar ? !was_started(container)
                          : container.state != ContainerState::ended || container.exit_code != 0) {
      return false;
    }
  }
  return true;
}

std::string phase_of(const PodRun& run) {
  bool started = false, failed = false;
  for (const ContainerRun& container : run.containers) {
    if (!container.init) started = started || was_started(container);
    if (!container.sidecar && container.state == ContainerState::ended && container.exit_code != 0)
      failed = true;
  }
  if (run.ended) return failed ? "Failed" : "Succeeded";
  return started ? "Running" : "Pending";
}

/// Readiness gates are conditions that others set.
bool gates_open(const Json& pod) {
  for (const Json& gate : array_at(pod, {"spec", "readinessGates"})) {
    if (!has_condition(pod, text_at(gate, {"conditionType"}))) return false;
  }
  return true;
}

void set_conditions(const PodRun& run, Json& conditions, bool initialized, const std::string& now) {
  const std::string phase = phase_of(run);
  const auto put = [&](const char* type, bool holds, const char* reason,
                       const std::string& message) {
    const Json* old = condition_in(conditions, type);
    const bool stale = old != nullptr && (text_at(*old, {"message"}) != (holds ? "" : message));
    set_condition(conditions,
                  {type, holds ? "True" : "False", holds ? "" : reason, holds ? "" : message}, now);
    if (!stale) return;
    for (Json& each : conditions) {
      if (text_at(each, {"type"}) != type) continue;
      if (holds || message.empty())
        each.erase("message");
      else
        each["message"] = message;
    }
  };
  put("PodReadyToStartContainers", run.volumes_ready && !run.ended, "", "");
  std::string unready, uninitialized;
  for (const ContainerRun& container : run.containers) {
    const bool done = container.state == ContainerState::ended && container.exit_code == 0;
    if (container.init && !container.sidecar) {
      if (!done) uninitialized += (uninitialized.empty() ? "" : " ") + container.name;
    } else if (!container.ready && !container.init) {
      unready += (unready.empty() ? "" : " ") + container.name;
    }
  }
  put("Initialized", initialized, "ContainersNotInitialized",
      "containers with incomplete status: [" + uninitialized + "]");
  const bool containers_ready = unready.empty() && phase == "Running";
  const char* reason = phase == "Succeeded" ? "PodCompleted"
                       : phase == "Failed"  ? "PodFailed"
                                            : "ContainersNotReady";
  const std::string message = phase == "Succeeded" || phase == "Failed"
                                  ? ""
                                  : "containers with unready status: [" + unready + "]";
  const bool open = gates_open(*run.pod);
  put("Ready", containers_ready && open, containers_ready ? "ReadinessGatesNotReady" : reason,
      containers_ready
          ? "corresponding condition of pod readiness gate does not exist or is not \"True\"."
          : message);
  put("ContainersReady", containers_ready, reason, message);
  put("PodScheduled", true, "", "");
}

}  // namespace

Json status_of(Cluster& cluster, const PodRun& run) {
  Json status = object_at(*run.pod, {"status"});
  const bool initialized = is_initialized(run);
  const Machine& machine = cluster.machines[run.node];
  status["phase"] = phase_of(run);
  status["startTime"] = text_at(*run.pod, {"status", "startTime"}, run.started_at);
  status["hostIP"] = machine.address;
  status["hostIPs"] = Json::array({Json{{"ip", machine.address}}});
  if (!run.address.empty()) {
    status["podIP"] = run.address;
    status["podIPs"] = Json::array({Json{{"ip", run.address}}});
  }
  set_conditions(run, status["conditions"], initialized, cluster.now_text());
  Json init = Json::array(), main = Json::array();
  for (const ContainerRun& container : run.containers) {
    (container.init ? init : main).push_back(container_status(run, container, initialized));
  }
  if (!init.empty()) status["initContainerStatuses"] = std::move(init);
  status["containerStatuses"] = std::move(main);
  return status;
}

}  // namespace spokelab::fakeapi
