// The row of a pod.
#include <fmt/format.h>

#include "base/duration.h"
#include "fakeapi/print/builtin.h"
#include "fakeapi/print/cells.h"

namespace spokelab::fakeapi {

namespace {

/// What the containers' states add up to.
struct PodSummary {
  std::size_t ready = 0;
  std::size_t total = 0;
  std::string reason;
  std::int64_t restarts = 0;
  std::string last_restart;

  void count_restarts(const Json& status) {
    restarts += int_at(status, {"restartCount"});
    const std::string at = text_at(status, {"lastState", "terminated", "finishedAt"});
    last_restart = std::max(last_restart, at);  // RFC 3339 in UTC sorts as text
  }
};

bool has_condition(const Json& pod, std::string_view type) {
  for (const Json& one : items_at(pod, {"status", "conditions"})) {
    if (text_at(one, {"type"}) == type && text_at(one, {"status"}) == "True") return true;
  }
  return false;
}

std::string exit_text(const Json& terminated) {
  if (const std::string why = text_at(terminated, {"reason"}); !why.empty()) return why;
  const auto signal = int_at(terminated, {"signal"});
  return signal != 0 ? fmt::format("Signal:{}", signal)
                     : fmt::format("ExitCode:{}", int_at(terminated, {"exitCode"}));
}

bool is_sidecar(const Json& pod, const std::string& name) {
  for (const Json& container : items_at(pod, {"spec", "initContainers"})) {
    if (text_at(container, {"name"}) == name)
      return text_at(container, {"restartPolicy"}) == "Always";
  }
  return false;
}

/// Goes through the init containers; true while one of them holds the pod up. `sidecars` counts
/// the restarts of those that run beside the others.
bool add_init_containers(const Json& pod, PodSummary& summary, PodSummary& sidecars) {
  const Json& statuses = items_at(pod, {"status", "initContainerStatuses"});
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const Json& status = statuses[i];
    const bool sidecar = is_sidecar(pod, text_at(status, {"name"}));
    summary.count_restarts(status);
    if (sidecar) sidecars.count_restarts(status);
    const Json* terminated = find(status, {"state", "terminated"});
    if (terminated != nullptr && int_at(*terminated, {"exitCode"}) == 0) continue;
    if (sidecar && bool_at(status, {"started"})) {
      summary.ready += bool_at(status, {"ready"});
      continue;
    }
    const std::string waiting = text_at(status, {"state", "waiting", "reason"});
    if (terminated != nullptr)
      summary.reason = "Init:" + exit_text(*terminated);
    else if (!waiting.empty() && waiting != "PodInitializing")
      summary.reason = "Init:" + waiting;
    else
      summary.reason = fmt::format("Init:{}/{}", i, count_at(pod, {"spec", "initContainers"}));
    return true;
  }
  return false;
}

void add_main_containers(const Json& pod, PodSummary& summary) {
  bool running = false;
  const Json& statuses = items_at(pod, {"status", "containerStatuses"});
  for (auto status = statuses.rbegin(); status != statuses.rend(); ++status) {
    summary.count_restarts(*status);
    const std::string waiting = text_at(*status, {"state", "waiting", "reason"});
    if (!waiting.empty()) {
      summary.reason = waiting;
    } else if (const Json* terminated = find(*status, {"state", "terminated"})) {
      summary.reason = exit_text(*terminated);
    } else if (bool_at(*status, {"ready"}) && find(*status, {"state", "running"}) != nullptr) {
      running = true;
      ++summary.ready;
    }
  }
  if (summary.reason == "Completed" && running)
    summary.reason = has_condition(pod, "Ready") ? "Running" : "NotReady";
}

PodSummary summarize(const Json& pod) {
  PodSummary summary;
  summary.total = count_at(pod, {"spec", "containers"});
  for (const Json& container : items_at(pod, {"spec", "initContainers"}))
    summary.total += text_at(container, {"restartPolicy"}) == "Always";
  const std::string phase = text_at(pod, {"status", "phase"});
  const std::string why = text_at(pod, {"status", "reason"});
  summary.reason = why.empty() ? phase : why;
  for (const Json& one : items_at(pod, {"status", "conditions"})) {
    if (text_at(one, {"type"}) == "PodScheduled" && text_at(one, {"reason"}) == "SchedulingGated")
      summary.reason = "SchedulingGated";
  }
  PodSummary sidecars;
  const bool held = add_init_containers(pod, summary, sidecars);
  if (!held || has_condition(pod, "Initialized")) {
    summary.restarts = sidecars.restarts;
    summary.last_restart = sidecars.last_restart;
    add_main_containers(pod, summary);
  }
  if (find(pod, {"metadata", "deletionTimestamp"}) != nullptr) {
    if (why == "NodeLost")
      summary.reason = "Unknown";
    else if (phase != "Succeeded" && phase != "Failed")
      summary.reason = "Terminating";
  }
  return summary;
}

std::string gates_text(const Json& pod) {
  const Json& gates = items_at(pod, {"spec", "readinessGates"});
  if (gates.empty()) return "<none>";
  std::size_t open = 0;
  for (const Json& gate : gates) open += has_condition(pod, text_at(gate, {"conditionType"}));
  return fmt::format("{}/{}", open, gates.size());
}

}  // namespace

void print_pod(const Json& pod, WallTime now, Json& cells) {
  const PodSummary summary = summarize(pod);
  std::string restarts = std::to_string(summary.restarts);
  if (summary.restarts != 0 && !summary.last_restart.empty())
    restarts += fmt::format(" ({} ago)", age_at(Json{{"at", summary.last_restart}}, {"at"}, now));
  const Json& addresses = items_at(pod, {"status", "podIPs"});
  const std::string address = addresses.empty() ? "" : text_at(addresses[0], {"ip"});
  add(cells,
      {text_at(pod, {"metadata", "name"}), fmt::format("{}/{}", summary.ready, summary.total),
       summary.reason, restarts, own_age(pod, now), address.empty() ? "<none>" : address,
       text_or(pod, {"spec", "nodeName"}, "<none>"),
       text_or(pod, {"status", "nominatedNodeName"}, "<none>"), gates_text(pod)});
}

}  // namespace spokelab::fakeapi
