// The life of one container: pull, create, start, probes, end, back off, and again.
#include "fakeapi/cluster/nodes/container_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/rng.h"
#include "fakeapi/cluster/nodes/command.h"
#include "fakeapi/cluster/nodes/pod_run.h"
#include "fakeapi/cluster/nodes/probes.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kFirstBackOff = std::chrono::seconds(10);
constexpr Nanos kLastBackOff = std::chrono::seconds(300);
constexpr Nanos kBackOffReset = std::chrono::minutes(10);
/// Until ErrImagePull reads ImagePullBackOff.
constexpr Nanos kShowPullError = std::chrono::seconds(2);
constexpr Nanos kSourceRetry = std::chrono::seconds(5);
/// A kubelet looks at a pod that is not well about this often.
constexpr Nanos kSync = std::chrono::seconds(12);

const Json& spec_of(const PodRun& run) { return object_at(*run.pod, {"spec"}); }

Nanos doubled(Nanos back_off) {
  return back_off == Nanos{0} ? kFirstBackOff : std::min(kLastBackOff, back_off * 2);
}

bool runs_for_ever(const PodRun& run, const ContainerRun& container) {
  return container.sidecar ||
         (!container.init && text_at(spec_of(run), {"restartPolicy"}, "Always") == "Always");
}

bool restarts_after(const PodRun& run, const ContainerRun& container, int code) {
  if (runs_for_ever(run, container)) return true;
  return code != 0 && text_at(spec_of(run), {"restartPolicy"}, "Always") != "Never";
}

void schedule(ContainerRun& container, ContainerStep step, RunTime at) {
  container.step = step;
  container.step_at = at;
}

/// Go's text of a duration: "5m0s", "1m20s", "10s", "512ms".
std::string go_duration(Nanos span) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  if (ms < 1000) return fmt::format("{}ms", ms);
  if (ms % 1000 != 0) {
    std::string text = fmt::format("{}.{:03}", ms / 1000, ms % 1000);
    while (text.back() == '0') text.pop_back();
    return text + "s";
  }
  return ms < 60'000 ? fmt::format("{}s", ms / 1000)
                     : fmt::format("{}m{}s", ms / 60'000, ms / 1000 % 60);
}

void begin_pull(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  const bool cached = cluster.machines[run.node].images.contains(container.image);
  const std::string policy = text_at(container_spec(run, container), {"imagePullPolicy"});
  container.pull_time = Nanos{0};
  container.note_at = kNever;
  if (const auto problem = image_name_problem(container.image); !problem.empty()) {
    container.reason = "InvalidImageName";
    container.message = fmt::format(
        "Failed to apply default image tag \"{0}\": couldn't parse image name "
        "\"{0}\": {1}",
        container.image, problem);
    tell_container(cluster, run, container, kWarning, "InspectFailed", container.message);
    tell_container(cluster, run, container, kWarning, "Failed", "Error: InvalidImageName");
    schedule(container, ContainerStep::pull, now + kFirstBackOff);
    return;
  }
  if (cached && policy != "Always") {
    tell_container(cluster, run, container, kNormal, "Pulled",
                   "Container image \"" + container.image + "\" already present on machine");
    schedule(container, ContainerStep::create, now);
    return;
  }
  if (policy == "Never") {
    container.reason = "ErrImageNeverPull";
    container.message =
        "Container image \"" + container.image + "\" is not present with pull policy of Never";
    tell_container(cluster, run, container, kWarning, "ErrImageNeverPull", container.message);
    tell_container(cluster, run, container, kWarning, "Failed", "Error: ErrImageNeverPull");
    schedule(container, ContainerStep::pull, now + kFirstBackOff);
    return;
  }
  tell_container(cluster, run, container, kNormal, "Pulling",
                 "Pulling image \"" + container.image + "\"");
  const LifeCycle life = cluster.life.of(*run.pod, container.image);
  container.doomed_pull = draw(run.rng, life.outcome) == Outcome::pull_fail;
  if (container.doomed_pull) cluster.life.note_strike(life.outcome_rule);
  container.pull_time = draw(run.rng, life.pull);
  // The registry only confirms what is there already.
  if (cached) container.pull_time = container.pull_time / 10;
  schedule(container, container.doomed_pull ? ContainerStep::pull_failed : ContainerStep::create,
           now + container.pull_time);
}

void fail_pull(Cluster& cluster, PodRun& run, ContainerRun& container) {
  container.reason = "ErrImagePull";
  container.pull_error = fmt::format(
      "rpc error: code = NotFound desc = failed to pull and unpack image \"{0}\": failed to "
      "resolve "
      "reference \"{0}\": {0}: not found",
      full_image_name(container.image));
  container.message = container.pull_error;
  container.pull_back_off = doubled(container.pull_back_off);
  tell_container(
      cluster, run, container, kWarning, "Failed",
      fmt::format("Failed to pull image \"{}\": {}", container.image, container.pull_error));
  tell_container(cluster, run, container, kWarning, "Failed", "Error: ErrImagePull");
  schedule(container, ContainerStep::back_off, cluster.clock.now() + kShowPullError);
}

void tell_back_off(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const Name pod = name_of(*run.pod);
  if (container.reason == "ImagePullBackOff") {
    tell_container(cluster, run, container, kNormal, "BackOff",
                   "Back-off pulling image \"" + container.image + "\"");
    tell_container(cluster, run, container, kWarning, "Failed", "Error: ImagePullBackOff");
  } else {
    tell_container(cluster, run, container, kWarning, "BackOff",
                   fmt::format("Back-off restarting failed container {} in pod {}_{}({})",
                               container.name, pod.name, pod.ns, run.uid));
  }
  if (cluster.events.enabled()) container.note_at = cluster.clock.now() + kSync;
}

void back_off_pull(Cluster& cluster, PodRun& run, ContainerRun& container) {
  container.message = fmt::format("Back-off pulling image \"{}\": ErrImagePull: {}",
                                  container.image, container.pull_error);
  container.reason = "ImagePullBackOff";
  tell_back_off(cluster, run, container);
  schedule(container, ContainerStep::pull,
           cluster.clock.now() + container.pull_back_off - kShowPullError);
}

void create(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  container.note_at = kNever;
  container.pull_back_off = Nanos{0};
  if (container.pull_time > Nanos{0}) {
    cluster.machines[run.node].images.insert(container.image);
    const std::string took = go_duration(container.pull_time);
    const std::uint64_t bytes = 5'000'000 + stable_hash(container.image) % 195'000'000;
    tell_container(cluster, run, container, kNormal, "Pulled",
                   fmt::format("Successfully pulled image \"{}\" in {} ({} including waiting). "
                               "Image size: {} bytes.",
                               container.image, took, took, bytes));
    container.pull_time = Nanos{0};
  }
  if (std::string missing = missing_environment(cluster, *run.pod, container.name);
      !missing.empty()) {
    container.state = ContainerState::waiting;
    container.reason = "CreateContainerConfigError";
    container.message = std::move(missing);
    tell_container(cluster, run, container, kWarning, "Failed", "Error: " + container.message);
    schedule(container, ContainerStep::create, now + kSourceRetry);
    return;
  }
  if (container.reason == "CreateContainerConfigError") {
    container.reason.clear();
    container.message.clear();
  }
  schedule(container, ContainerStep::start,
           now + draw(run.rng, cluster.life.of(*run.pod, container.image).start));
}

/// What becomes of a container that starts: how long it runs, and whether it answers.
void draw_fate(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  LifeCycle life = cluster.life.of(*run.pod, container.image);
  life.outcome.pull_fail = 0;
  if (life.outcome.all_zero()) life.outcome.ok = 1;
  const Outcome outcome = draw(run.rng, life.outcome);
  if (outcome != Outcome::ok) cluster.life.note_strike(life.outcome_rule);
  container.crash_at = kNever;
  const auto script = life.run_set ? std::nullopt : script_of(container_spec(run, container));
  if (outcome == Outcome::crash) {
    container.crash_at = now + draw(run.rng, life.crash_after);
    container.crash_code = life.exit_code;
  } else if (script) {
    container.crash_at = script->lasts == Nanos::max() ? kNever : now + script->lasts;
    container.crash_code = script->exit_code;
  } else if (!runs_for_ever(run, container)) {
    container.crash_at = now + draw(run.rng, life.run);
    container.crash_code = 0;
  }
  container.answers_from = now + draw(run.rng, life.ready);
  if (outcome == Outcome::hang) container.answers_from = kNever;
  container.never_ready = outcome == Outcome::unready;
}

void plan(PodRun& run, ContainerRun& container) {
  container.probes =
      plan_probes(container_spec(run, container), container.running_since, container.answers_from,
                  container.never_ready || run.readiness_broken);
}

void start(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  if (!container.last_end.is_null()) {
    ++container.restarts;
    cluster.tell_fact(
        cluster.subject("pod", name_of(*run.pod)), "restarted",
        "container " + container.name + ", restart " + std::to_string(container.restarts));
  }
  tell_container(cluster, run, container, kNormal, "Created",
                 "Created container: " + container.name);
  tell_container(cluster, run, container, kNormal, "Started",
                 "Started container " + container.name);
  container.state = ContainerState::running;
  container.reason.clear();
  container.message.clear();
  container.started_at = cluster.now_text();
  container.running_since = now;
  container.started = container.ready = false;
  schedule(container, ContainerStep::none, kNever);
  draw_fate(cluster, run, container);
  plan(run, container);
  container.note_at = cluster.events.enabled() ? now : kNever;
}

Json ended_state(const ContainerRun& container) {
  Json ended = {{"exitCode", container.exit_code}, {"reason", end_reason(container.exit_code)}};
  if (!container.started_at.empty()) ended["startedAt"] = container.started_at;
  ended["finishedAt"] = container.finished_at;
  return ended;
}

/// Tells the failures of probes that run just now, and when to look again.
void tell_probes(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  const Json& spec = container_spec(run, container);
  container.note_at = kNever;
  const bool starting = container.probes.started_at > now;
  for (const auto& [member, kind] : {std::pair("startupProbe", ProbeKind::startup),
                                     std::pair("livenessProbe", ProbeKind::liveness),
                                     std::pair("readinessProbe", ProbeKind::readiness)}) {
    const Json* probe = find(spec, {member});
    if (probe == nullptr || (kind == ProbeKind::startup) != starting) continue;
    const bool unready = container.never_ready || run.readiness_broken;
    const RunTime healthy =
        kind == ProbeKind::readiness && unready ? kNever : container.answers_from;
    if (healthy <= now) continue;
    const ProbeTimes times = probe_times(*probe);
    const RunTime began = kind == ProbeKind::startup ? container.running_since + times.initial
                                                     : worker_begin(times, container.running_since,
                                                                    container.probes.started_at);
    if (began <= now && (now - began) % times.period == Nanos{0}) {
      tell_container(cluster, run, container, kWarning, "Unhealthy",
                     probe_failure(*probe, kind, run.address));
    }
    const RunTime next = next_run(times, began, now);
    if (next < healthy) container.note_at = std::min(container.note_at, next);
  }
  // Liveness and readiness begin only now.
  if (starting && container.probes.started_at != kNever)
    container.note_at = std::min(container.note_at, container.probes.started_at);
}

bool step_running(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  if (container.crash_at <= now) {
    end_container(cluster, run, container, container.crash_code);
    return true;
  }
  bool moved = false;
  if (container.note_at <= now) {
    tell_probes(cluster, run, container);
    moved = true;
  }
  if (container.probes.kill_at <= now) {
    const char* probe = container.probes.killer == ProbeKind::startup ? "startup" : "liveness";
    tell_container(
        cluster, run, container, kNormal, "Killing",
        fmt::format("Container {} failed {} probe, will be restarted", container.name, probe));
    // SIGTERM is heeded or, by a process that hangs, not: then SIGKILL ends it.
    end_container(cluster, run, container, container.answers_from == kNever ? 137 : 143);
    return true;
  }
  if (container.probes.unready_at <= now)
    container.probes.ready_at = container.probes.unready_at = kNever;
  const bool started = container.probes.started_at <= now;
  const bool ready = container.probes.ready_at <= now;
  if (started != container.started || ready != container.ready) {
    container.started = started;
    container.ready = ready;
    moved = true;
  }
  return moved;
}

}  // namespace

const Json& container_spec(const PodRun& run, const ContainerRun& container) {
  static const Json none = Json::object();
  for (const Json& each :
       array_at(spec_of(run), {container.init ? "initContainers" : "containers"})) {
    if (text_at(each, {"name"}) == container.name) return each;
  }
  return none;
}

void tell_container(Cluster& cluster, const PodRun& run, const ContainerRun& container,
                    std::string_view type, std::string_view reason, std::string message) {
  if (run.silent || !cluster.events.enabled()) return;
  const char* list = container.init ? "initContainers" : "containers";
  cluster.events.tell(
      {"kubelet", run.node}, *run.pod,
      {type, reason, std::move(message), fmt::format("spec.{}{{{}}}", list, container.name)});
}

const char* end_reason(int exit_code) {
  return exit_code == 0     ? "Completed"
         : exit_code == 137 ? "OOMKilled"
         : exit_code == 255 ? "Unknown"
                            : "Error";
}

bool is_done(const ContainerRun& container) {
  return container.state == ContainerState::ended && container.step == ContainerStep::none;
}

void begin_container(Cluster& cluster, ContainerRun& container) {
  schedule(container, ContainerStep::pull, cluster.clock.now());
}

bool step(Cluster& cluster, PodRun& run, ContainerRun& container) {
  if (container.state == ContainerState::running) return step_running(cluster, run, container);
  const RunTime now = cluster.clock.now();
  if (container.step_at > now) {
    if (container.note_at > now) return false;
    tell_back_off(cluster, run, container);
    return true;
  }
  switch (container.step) {
    case ContainerStep::pull:
      begin_pull(cluster, run, container);
      break;
    case ContainerStep::pull_failed:
      fail_pull(cluster, run, container);
      break;
    case ContainerStep::back_off:
      back_off_pull(cluster, run, container);
      break;
    case ContainerStep::create:
      create(cluster, run, container);
      break;
    case ContainerStep::start:
      start(cluster, run, container);
      break;
    case ContainerStep::none:
      return false;
  }
  return true;
}

RunTime next_step(const ContainerRun& container) {
  if (container.state != ContainerState::running) {
    return container.step == ContainerStep::none ? kNever
                                                 : std::min(container.step_at, container.note_at);
  }
  RunTime next = std::min({container.crash_at, container.note_at, container.probes.kill_at});
  if (!container.started) next = std::min(next, container.probes.started_at);
  next = std::min(next, container.ready ? container.probes.unready_at : container.probes.ready_at);
  return next;
}

void end_container(Cluster& cluster, PodRun& run, ContainerRun& container, int code) {
  const RunTime now = cluster.clock.now();
  container.exit_code = code;
  container.finished_at = cluster.now_text();
  container.state = ContainerState::ended;
  container.ready = container.started = false;
  container.crash_at = container.note_at = kNever;
  container.probes = {};
  schedule(container, ContainerStep::none, kNever);
  if (run.terminating || run.ended || !restarts_after(run, container, code)) return;
  container.last_end = {{"terminated", ended_state(container)}};
  // The first restart comes at once; each later one waits twice as long, until ten good minutes.
  if (container.last_end_at + kBackOffReset < now) container.crash_back_off = Nanos{0};
  const Nanos wait = container.crash_back_off;
  container.last_end_at = now + wait;
  container.crash_back_off = doubled(wait);
  if (wait > Nanos{0}) {
    const Name key = name_of(*run.pod);
    container.state = ContainerState::waiting;
    container.reason = "CrashLoopBackOff";
    container.message = fmt::format("back-off {} restarting failed container={} pod={}_{}({})",
                                    go_duration(wait), container.name, key.name, key.ns, run.uid);
    tell_back_off(cluster, run, container);
  }
  schedule(container, ContainerStep::pull, now + wait);
}

std::int64_t pre_stop_seconds(const Json& container) {
  const std::int64_t told = int_at(container, {"lifecycle", "preStop", "sleep", "seconds"});
  if (told > 0) return told;
  std::string command;
  for (const Json& word : array_at(container, {"lifecycle", "preStop", "exec", "command"})) {
    if (word.is_string()) command += word.get_ref<const std::string&>() + " ";
  }
  const std::size_t at = command.find("sleep ");
  if (at == std::string::npos) return 0;
  std::int64_t seconds = 0;
  std::from_chars(command.data() + at + 6, command.data() + command.size(), seconds);
  return std::max<std::int64_t>(0, seconds);
}

void reset_readiness(Cluster& cluster, PodRun& run) {
  const RunTime now = cluster.clock.now();
  for (ContainerRun& container : run.containers) {
    if (container.state != ContainerState::running) continue;
    const Json& spec = container_spec(run, container);
    const Json* probe = find(spec, {"readinessProbe"});
    if (probe == nullptr) continue;
    if (container.probes.started_at == kNever) {
      plan(run, container);  // its startup probe decides
      continue;
    }
    const ProbeTimes times = probe_times(*probe);
    const RunTime began = worker_begin(times, container.running_since, container.probes.started_at);
    if (run.readiness_broken) {
      const RunTime fails = next_run(times, began, now) + times.period * (times.failures - 1);
      if (container.ready)
        container.probes.unready_at = fails;
      else
        container.probes.ready_at = kNever;
    } else if (container.ready) {
      container.probes.unready_at = kNever;
    } else {
      plan(run, container);
      container.probes.ready_at =
          std::max(container.probes.ready_at,
                   next_run(times, began, now) + times.period * (times.successes - 1));
    }
    if (cluster.events.enabled()) container.note_at = next_run(times, began, now);
  }
}

}  // namespace spokelab::fakeapi
