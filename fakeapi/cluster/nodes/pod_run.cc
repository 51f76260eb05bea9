// The life of one pod: pull, create, start, become ready, end, back off, and again.
#include "fakeapi/cluster/nodes/pod_run.h"

#include <algorithm>
#include <charconv>

#include "base/duration.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kFirstBackOff = std::chrono::seconds(10);
constexpr Nanos kLastBackOff = std::chrono::seconds(300);
constexpr Nanos kBackOffReset = std::chrono::minutes(10);
constexpr Nanos kShowPullError =
    std::chrono::seconds(2);  ///< Until ErrImagePull reads ImagePullBackOff.
constexpr Nanos kSourceRetry = std::chrono::seconds(5);
constexpr int kAddressesMax = 1000;

const Json& spec_of(const PodRun& run) { return object_at(*run.pod, {"spec"}); }

const Json& container_spec(const PodRun& run, const ContainerRun& container) {
  static const Json none = Json::object();
  for (const Json& each :
       array_at(spec_of(run), {container.init ? "initContainers" : "containers"})) {
    if (text_at(each, {"name"}) == container.name) return each;
  }
  return none;
}

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

void begin_pull(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  Machine& machine = cluster.machines[run.node];
  if (machine.images.contains(container.image)) {
    schedule(container, ContainerStep::create, now);
    return;
  }
  if (text_at(container_spec(run, container), {"imagePullPolicy"}) == "Never") {
    container.reason = "ErrImageNeverPull";
    container.message =
        "Container image \"" + container.image + "\" is not present with pull policy of Never";
    schedule(container, ContainerStep::pull, now + kFirstBackOff);
    return;
  }
  const LifeCycle life = cluster.life.of(*run.pod, container.image);
  container.doomed_pull = draw(run.rng, life.outcome) == Outcome::pull_fail;
  if (container.doomed_pull) cluster.life.note_strike(life.outcome_rule);
  const Nanos delay = draw(run.rng, life.pull);
  schedule(container, container.doomed_pull ? ContainerStep::pull_failed : ContainerStep::create,
           now + delay);
}

void fail_pull(Cluster& cluster, ContainerRun& container) {
  container.reason = "ErrImagePull";
  container.message = "failed to pull and unpack image \"" + container.image +
                      "\": failed to resolve reference \"" + container.image +
                      "\": " + container.image + ": not found";
  container.pull_back_off = doubled(container.pull_back_off);
  schedule(container, ContainerStep::back_off, cluster.clock.now() + kShowPullError);
}

void back_off_pull(Cluster& cluster, ContainerRun& container) {
  container.message =
      "Back-off pulling image \"" + container.image + "\": ErrImagePull: " + container.message;
  container.reason = "ImagePullBackOff";
  schedule(container, ContainerStep::pull,
           cluster.clock.now() + container.pull_back_off - kShowPullError);
}

void create(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  cluster.machines[run.node].images.insert(container.image);
  container.pull_back_off = Nanos{0};
  if (std::string missing = missing_environment(cluster, *run.pod, container.name);
      !missing.empty()) {
    container.state = ContainerState::waiting;
    container.reason = "CreateContainerConfigError";
    container.message = std::move(missing);
    schedule(container, ContainerStep::create, now + kSourceRetry);
    return;
  }
  if (container.reason == "CreateContainerConfigError") {
    container.reason = "ContainerCreating";
    container.message.clear();
  }
  schedule(container, ContainerStep::start,
           now + draw(run.rng, cluster.life.of(*run.pod, container.image).start));
}

/// The first readiness probe that succeeds: probes run at initialDelay + n * period, the
/// application is up after its drawn time.
RunTime first_success(const Json& probe, RunTime started, Nanos up_after) {
  const Nanos initial = std::chrono::seconds(int_at(probe, {"initialDelaySeconds"}));
  const Nanos period =
      std::chrono::seconds(std::max<std::int64_t>(1, int_at(probe, {"periodSeconds"}, 10)));
  const Nanos late = std::max(Nanos{0}, up_after - initial);
  const Nanos probes = (late + period - Nanos{1}) / period * period;
  const auto more = std::max<std::int64_t>(1, int_at(probe, {"successThreshold"}, 1)) - 1;
  return started + initial + probes + period * more;
}

void start(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  if (!container.last_end.is_null()) {
    ++container.restarts;
    cluster.tell_fact(
        cluster.subject("pod", name_of(*run.pod)), "restarted",
        "container " + container.name + ", restart " + std::to_string(container.restarts));
  }
  container.state = ContainerState::running;
  container.reason.clear();
  container.message.clear();
  container.started_at = cluster.now_text();
  schedule(container, ContainerStep::none, kNever);
  LifeCycle life = cluster.life.of(*run.pod, container.image);
  life.outcome.pull_fail = 0;
  if (life.outcome.crash == 0 && life.outcome.unready == 0) life.outcome.ok = 1;
  const Outcome outcome = draw(run.rng, life.outcome);
  if (outcome != Outcome::ok) cluster.life.note_strike(life.outcome_rule);
  if (outcome == Outcome::crash) {
    container.crash_at = now + draw(run.rng, life.crash_after);
    container.crash_code = 1;
  } else if (!runs_for_ever(run, container)) {
    container.crash_at = now + draw(run.rng, life.run);
    container.crash_code = 0;
  }
  const Nanos up_after = draw(run.rng, life.ready);
  const Json* probe = find(container_spec(run, container), {"readinessProbe"});
  if (probe == nullptr) {
    container.ready_at = now;
  } else {
    const bool never = outcome == Outcome::unready || run.readiness_broken;
    container.ready_at = never ? kNever : first_success(*probe, now, up_after);
  }
}

Json ended_state(const ContainerRun& container) {
  Json ended = Json::object();
  ended["exitCode"] = container.exit_code;
  ended["reason"] = container.exit_code == 0     ? "Completed"
                    : container.exit_code == 137 ? "OOMKilled"
                    : container.exit_code == 255 ? "Unknown"
                                                 : "Error";
  if (!container.started_at.empty()) ended["startedAt"] = container.started_at;
  ended["finishedAt"] = container.finished_at;
  return ended;
}

bool step(Cluster& cluster, PodRun& run, ContainerRun& container) {
  const RunTime now = cluster.clock.now();
  if (container.state == ContainerState::running) {
    if (container.crash_at <= now) {
      end_container(cluster, run, container, container.crash_code);
      return true;
    }
    if (!container.ready && container.ready_at <= now) {
      container.ready = true;
      return true;
    }
    return false;
  }
  if (container.step_at > now) return false;
  switch (container.step) {
    case ContainerStep::pull:
      begin_pull(cluster, run, container);
      break;
    case ContainerStep::pull_failed:
      fail_pull(cluster, container);
      break;
    case ContainerStep::back_off:
      back_off_pull(cluster, container);
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

bool is_done(const ContainerRun& container) {
  return container.state == ContainerState::ended && container.step == ContainerStep::none;
}

/// Lets the next containers begin: init containers one after the other, then all the others at
/// once.
bool begin_next(Cluster& cluster, PodRun& run) {
  bool begun = false;
  for (ContainerRun& container : run.containers) {
    const bool untouched =
        container.state == ContainerState::waiting && container.step == ContainerStep::none;
    if (untouched) {
      schedule(container, ContainerStep::pull, cluster.clock.now());
      begun = true;
    }
    if (!container.init) continue;
    const bool passed = container.sidecar
                            ? container.state == ContainerState::running || container.restarts > 0
                            : is_done(container) && container.exit_code == 0;
    if (!passed) return begun;
  }
  return begun;
}

/// Sets run.ended once nothing will run again, and stops the sidecars.
void check_end(Cluster& cluster, PodRun& run) {
  bool all = true, failed = false;
  for (const ContainerRun& container : run.containers) {
    if (container.sidecar) continue;
    if (container.init) {
      failed = failed || (is_done(container) && container.exit_code != 0);
    } else if (!is_done(container)) {
      all = false;
    }
  }
  if (!all && !failed) return;
  run.ended = true;
  for (ContainerRun& container : run.containers) {
    if (container.sidecar && container.state == ContainerState::running)
      end_container(cluster, run, container, 0);
    schedule(container, ContainerStep::none, kNever);
  }
}

void take_address(Cluster& cluster, PodRun& run) {
  Machine& machine = cluster.machines[run.node];
  if (bool_at(spec_of(run), {"hostNetwork"})) {
    run.address = machine.address;
    return;
  }
  for (int tried = 0; tried < kAddressesMax; ++tried) {
    machine.last_address = machine.last_address % kAddressesMax + 1;
    if (!machine.addresses.insert(machine.last_address).second) continue;
    run.address_number = machine.last_address;
    break;
  }
  // Each node has 1024 addresses of 10.64.0.0/10.
  const int place = machine.number * 1024 + run.address_number;
  run.address = "10." + std::to_string(64 + place / 65536 % 64) + "." +
                std::to_string(place / 256 % 256) + "." + std::to_string(place % 256);
}

/// Seconds that a preStop hook sleeps: sleep.seconds, or an exec whose text ends in "sleep N".
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

}  // namespace

std::unique_ptr<PodRun> begin_run(Cluster& cluster, const JsonRef& pod) {
  const Name key = name_of(*pod);
  auto run = std::make_unique<PodRun>(cluster.rng.stream("pod/" + key.ns + "/" + key.name));
  run->pod = pod;
  run->uid = uid_of(*pod);
  run->node = text_at(*pod, {"spec", "nodeName"});
  run->started_at = cluster.now_text();
  for (const bool init : {true, false}) {
    for (const Json& each : array_at(*pod, {"spec", init ? "initContainers" : "containers"})) {
      ContainerRun container;
      container.name = text_at(each, {"name"});
      container.image = text_at(each, {"image"});
      container.init = init;
      container.sidecar = init && text_at(each, {"restartPolicy"}) == "Always";
      run->containers.push_back(std::move(container));
    }
  }
  return run;
}

void end_container(Cluster& cluster, PodRun& run, ContainerRun& container, int code) {
  const RunTime now = cluster.clock.now();
  container.exit_code = code;
  container.finished_at = cluster.now_text();
  container.state = ContainerState::ended;
  container.ready = false;
  container.ready_at = container.crash_at = kNever;
  schedule(container, ContainerStep::none, kNever);
  if (run.terminating || run.ended || !restarts_after(run, container, code)) return;
  container.last_end = Json::object();
  container.last_end["terminated"] = ended_state(container);
  // The first restart comes at once; each later one waits twice as long, until ten good minutes.
  if (container.last_end_at + kBackOffReset < now) container.crash_back_off = Nanos{0};
  const Nanos wait = container.crash_back_off;
  container.last_end_at = now + wait;
  container.crash_back_off = doubled(wait);
  if (wait > Nanos{0}) {
    const Name key = name_of(*run.pod);
    container.state = ContainerState::waiting;
    container.reason = "CrashLoopBackOff";
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait).count();
    const std::string text =
        seconds == 300  ? "5m0s"
        : seconds >= 60 ? std::to_string(seconds / 60) + "m" + std::to_string(seconds % 60) + "s"
                        : std::to_string(seconds) + "s";
    container.message = "back-off " + text + " restarting failed container=" + container.name +
                        " pod=" + key.name + "_" + key.ns + "(" + run.uid + ")";
  }
  schedule(container, ContainerStep::create, now + wait);
}

void advance(Cluster& cluster, PodRun& run) {
  if (run.ended || run.terminating) return;
  const RunTime now = cluster.clock.now();
  if (!run.volumes_ready) {
    if (now < run.volumes_at) return;
    if (!missing_volume(cluster, *run.pod).empty()) {
      run.volumes_at = now + kSourceRetry;
      return;
    }
    run.volumes_ready = true;
    take_address(cluster, run);
  }
  bool moved = true;
  while (moved && !run.ended) {
    moved = begin_next(cluster, run);
    for (ContainerRun& container : run.containers) moved = step(cluster, run, container) || moved;
    check_end(cluster, run);
  }
}

RunTime next_step(const PodRun& run) {
  if (run.removed) return kNever;
  if (run.terminating) return run.gone_at;
  if (run.ended) return kNever;
  if (!run.volumes_ready) return run.volumes_at;
  RunTime next = kNever;
  for (const ContainerRun& container : run.containers) {
    if (container.state == ContainerState::running) {
      next = std::min(next, container.crash_at);
      if (!container.ready) next = std::min(next, container.ready_at);
    } else if (container.step != ContainerStep::none) {
      next = std::min(next, container.step_at);
    }
  }
  return next;
}

void terminate(Cluster& cluster, PodRun& run) {
  const RunTime now = cluster.clock.now();
  const Nanos grace = std::chrono::seconds(
      std::max<std::int64_t>(0, int_at(*run.pod, {"metadata", "deletionGracePeriodSeconds"}, 30)));
  if (run.terminating) {
    run.gone_at = std::min(run.gone_at, now + grace);
    return;
  }
  run.terminating = true;
  Nanos longest{0};
  for (const ContainerRun& container : run.containers) {
    if (container.state != ContainerState::running) continue;
    const Nanos hook = std::chrono::seconds(
        std::min<std::int64_t>(86'400, pre_stop_seconds(container_spec(run, container))));
    longest = std::max(longest,
                       hook + draw(run.rng, cluster.life.of(*run.pod, container.image).terminate));
  }
  run.gone_at = now + std::min(longest, grace);
}

void reboot(Cluster& cluster, PodRun& run) {
  if (run.terminating) {
    run.gone_at = cluster.clock.now();
    return;
  }
  for (ContainerRun& container : run.containers) {
    if (container.state != ContainerState::running) continue;
    container.crash_back_off = Nanos{0};
    end_container(cluster, run, container, 255);
  }
}

void reset_readiness(Cluster& cluster, PodRun& run) {
  const RunTime now = cluster.clock.now();
  for (ContainerRun& container : run.containers) {
    if (container.state != ContainerState::running) continue;
    const Json* probe = find(container_spec(run, container), {"readinessProbe"});
    if (probe == nullptr) continue;
    if (run.readiness_broken) {
      container.ready = false;
      container.ready_at = kNever;
    } else if (!container.ready) {
      const Nanos period =
          std::chrono::seconds(std::max<std::int64_t>(1, int_at(*probe, {"periodSeconds"}, 10)));
      container.ready_at = now + run.rng.between(Nanos{1}, period);
    }
  }
}

}  // namespace spokelab::fakeapi
