// PodStatus: what a kubelet posts about a pod.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/rng.h"
#include "fakeapi/cluster/nodes/command.h"
#include "fakeapi/cluster/nodes/container_run.h"
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

/// Mounts, as the kubelet reports them since 1.31.
Json mounts_of(const Json& spec) {
  Json mounts = Json::array();
  for (const Json& mount : array_at(spec, {"volumeMounts"})) {
    Json one = {{"name", text_at(mount, {"name"})}, {"mountPath", text_at(mount, {"mountPath"})}};
    if (bool_at(mount, {"readOnly"})) {
      one["readOnly"] = true;
      one["recursiveReadOnly"] = "Disabled";
    }
    mounts.push_back(std::move(one));
  }
  return mounts;
}

Json state_of(const PodRun& run, const ContainerRun& container, const std::string& id) {
  Json state = Json::object();
  if (container.state == ContainerState::running) {
    state["running"]["startedAt"] = container.started_at;
  } else if (container.state == ContainerState::ended) {
    Json& ended = state["terminated"] = Json::object();
    ended["exitCode"] = container.exit_code;
    ended["reason"] = end_reason(container.exit_code);
    if (!container.started_at.empty()) ended["startedAt"] = container.started_at;
    ended["finishedAt"] = container.finished_at;
    ended["containerID"] = id;
  } else {
    const bool has_init = !run.containers.empty() && run.containers.front().init;
    state["waiting"]["reason"] = !container.reason.empty() ? container.reason
                                 : has_init                ? "PodInitializing"
                                                           : "ContainerCreating";
    if (!container.message.empty()) state["waiting"]["message"] = container.message;
  }
  return state;
}

Json container_status(const PodRun& run, const ContainerRun& container) {
  const std::string image = full_image_name(container.image);
  Json status = Json::object();
  status["name"] = container.name;
  status["image"] = was_started(container) ? image : container.image;
  const std::size_t tag = image.find_first_of(":@", image.rfind('/'));
  status["imageID"] =
      was_started(container) ? image.substr(0, tag) + "@sha256:" + long_id(image) : "";
  status["restartCount"] = container.restarts;
  status["ready"] = container.init && !container.sidecar
                        ? container.state == ContainerState::ended && container.exit_code == 0
                        : container.ready;
  status["started"] = container.started;
  const std::string seed = run.uid + "/" + container.name + "/";
  const std::string id = "containerd://" + long_id(seed + std::to_string(container.restarts));
  if (was_started(container)) status["containerID"] = id;
  status["state"] = state_of(run, container, id);
  status["lastState"] = container.last_end.is_null() ? Json::object() : container.last_end;
  if (!container.last_end.is_null()) {
    const int before =
        container.state == ContainerState::running ? container.restarts - 1 : container.restarts;
    status["lastState"]["terminated"]["containerID"] =
        "containerd://" + long_id(seed + std::to_string(std::max(0, before)));
  }
  if (Json mounts = mounts_of(container_spec(run, container)); !mounts.empty())
    status["volumeMounts"] = std::move(mounts);
  return status;
}

bool is_initialized(const PodRun& run) {
  for (const ContainerRun& container : run.containers) {
    if (!container.init) continue;
    if (container.sidecar ? !container.started && container.restarts == 0
                          : container.state != ContainerState::ended || container.exit_code != 0) {
      return false;
    }
  }
  return true;
}

/// As the kubelet's getPhase: a container that has not run yet keeps the whole pod Pending.
std::string phase_of(const PodRun& run, bool initialized) {
  bool waiting = false, failed = run.overdue;
  for (const ContainerRun& container : run.containers) {
    if (!container.init) waiting = waiting || !was_started(container);
    if (!container.sidecar && container.state == ContainerState::ended && container.exit_code != 0)
      failed = true;
  }
  if (run.ended) return failed ? "Failed" : "Succeeded";
  return initialized && !waiting ? "Running" : "Pending";
}

/// Readiness gates are conditions that others set.
bool gates_open(const Json& pod) {
  for (const Json& gate : array_at(pod, {"spec", "readinessGates"})) {
    if (!has_condition(pod, text_at(gate, {"conditionType"}))) return false;
  }
  return true;
}

std::string gate_message(const Json& pod) {
  std::string text;
  for (const Json& gate : array_at(pod, {"spec", "readinessGates"})) {
    const std::string type = text_at(gate, {"conditionType"});
    if (has_condition(pod, type)) continue;
    if (!text.empty()) text += ", ";
    const bool there = condition_in(array_at(pod, {"status", "conditions"}), type) != nullptr;
    text += there
                ? fmt::format("the status of pod readiness gate \"{}\" is not \"True\", but False",
                              type)
                : fmt::format(
                      "corresponding condition of pod readiness gate \"{}\" does not exist.", type);
  }
  return text;
}

/// Sets one condition; its time moves only with its status.
void put_condition(Json& conditions, const ConditionText& text, const std::string& now) {
  const Json* old = condition_in(conditions, text.type);
  const bool moved = old == nullptr || text_at(*old, {"status"}) != text.status;
  Json next = {{"type", text.type}, {"status", text.status}, {"lastProbeTime", nullptr}};
  next["lastTransitionTime"] = moved ? now : text_at(*old, {"lastTransitionTime"}, now);
  if (!text.reason.empty()) next["reason"] = text.reason;
  if (!text.message.empty()) next["message"] = text.message;
  if (old == nullptr) {
    conditions.push_back(std::move(next));
  } else {
    conditions[static_cast<std::size_t>(old - &conditions[0])] = std::move(next);
  }
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("[{}]", fmt::join(names, " "));
}

void set_conditions(const PodRun& run, Json& conditions, bool initialized, const std::string& phase,
                    const std::string& now) {
  if (!conditions.is_array()) conditions = Json::array();
  const auto put = [&](const char* type, bool holds, const char* reason,
                       const std::string& message) {
    put_condition(conditions,
                  {type, holds ? "True" : "False", holds ? "" : reason,
                   holds ? std::string_view{} : std::string_view(message)},
                  now);
  };
  std::vector<std::string> unready, uninitialized;
  for (const ContainerRun& container : run.containers) {
    if (container.init && !container.sidecar) {
      if (!is_done(container) || container.exit_code != 0) uninitialized.push_back(container.name);
    } else if (container.init) {
      if (!container.started) uninitialized.push_back(container.name);
      if (!container.ready) unready.push_back(container.name);
    } else if (!container.ready) {
      unready.push_back(container.name);
    }
  }
  put("PodReadyToStartContainers", run.volumes_ready && !run.ended, "", "");
  if (phase == "Succeeded") {
    put_condition(conditions, {"Initialized", "True", "PodCompleted", ""}, now);
  } else {
    put("Initialized", initialized, "ContainersNotInitialized",
        "containers with incomplete status: " + joined(uninitialized));
  }
  const bool ended = phase == "Succeeded" || phase == "Failed";
  const bool containers_ready = unready.empty() && !ended;
  const char* reason = phase == "Succeeded" ? "PodCompleted"
                       : phase == "Failed"  ? "PodFailed"
                                            : "ContainersNotReady";
  const std::string message = ended ? "" : "containers with unready status: " + joined(unready);
  const bool open = gates_open(*run.pod);
  put("Ready", containers_ready && open, containers_ready ? "ReadinessGatesNotReady" : reason,
      containers_ready ? gate_message(*run.pod) : message);
  put("ContainersReady", containers_ready, reason, message);
  put("PodScheduled", true, "", "");
}

}  // namespace

Json status_of(Cluster& cluster, const PodRun& run) {
  Json status = object_at(*run.pod, {"status"});
  const bool initialized = is_initialized(run);
  const Machine& machine = cluster.machines[run.node];
  const std::string phase = phase_of(run, initialized);
  status["phase"] = phase;
  if (run.overdue) {
    status["reason"] = "DeadlineExceeded";
    status["message"] = "Pod was active on the node longer than the specified deadline";
  }
  status["startTime"] = text_at(*run.pod, {"status", "startTime"}, run.started_at);
  status["hostIP"] = machine.address;
  status["hostIPs"] = Json::array({Json{{"ip", machine.address}}});
  if (!run.address.empty()) {
    status["podIP"] = run.address;
    status["podIPs"] = Json::array({Json{{"ip", run.address}}});
  }
  set_conditions(run, status["conditions"], initialized, phase, cluster.now_text());
  Json init = Json::array(), main = Json::array();
  for (const ContainerRun& container : run.containers) {
    (container.init ? init : main).push_back(container_status(run, container));
  }
  if (!init.empty()) status["initContainerStatuses"] = std::move(init);
  status["containerStatuses"] = std::move(main);
  return status;
}

}  // namespace spokelab::fakeapi
