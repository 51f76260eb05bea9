// The life of one pod: volumes, containers in their order, its end.
#include "fakeapi/cluster/nodes/pod_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "fakeapi/cluster/nodes/container_run.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kSourceRetry = std::chrono::seconds(5);
constexpr int kAddressesMax = 1000;

const Json& spec_of(const PodRun& run) { return object_at(*run.pod, {"spec"}); }

/// Lets the next containers begin: init containers one after the other, then all the others at
/// once. A sidecar lets the next one begin when it has started.
bool begin_next(Cluster& cluster, PodRun& run) {
  bool begun = false;
  for (ContainerRun& container : run.containers) {
    const bool untouched =
        container.state == ContainerState::waiting && container.step == ContainerStep::none;
    if (untouched) {
      begin_container(cluster, container);
      begun = true;
    }
    if (!container.init) continue;
    const bool passed = container.sidecar ? container.started || container.restarts > 0
                                          : is_done(container) && container.exit_code == 0;
    if (!passed) return begun;
  }
  return begun;
}

void stop_all(Cluster& cluster, PodRun& run, int exit_code, bool sidecars_only) {
  for (ContainerRun& container : run.containers) {
    if (sidecars_only && !container.sidecar) continue;
    if (container.state == ContainerState::running)
      end_container(cluster, run, container, exit_code);
    container.step = ContainerStep::none;
    container.step_at = container.note_at = kNever;
  }
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
  stop_all(cluster, run, 0, true);
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

/// False: a volume is missing, and the kubelet looks again later.
bool mount_volumes(Cluster& cluster, PodRun& run) {
  const RunTime now = cluster.clock.now();
  if (now < run.volumes_at) return false;
  if (const auto missing = missing_volume(cluster, *run.pod); missing) {
    run.volumes_at = now + kSourceRetry;
    if (!run.silent) {
      cluster.events.tell({"kubelet", run.node}, *run.pod,
                          {kWarning, "FailedMount",
                           fmt::format("MountVolume.SetUp failed for volume \"{}\" : {}",
                                       missing->volume, missing->why),
                           ""});
    }
    return false;
  }
  run.volumes_ready = true;
  take_address(cluster, run);
  return true;
}

}  // namespace

std::unique_ptr<PodRun> begin_run(Cluster& cluster, const JsonRef& pod) {
  const Name key = name_of(*pod);
  auto run = std::make_unique<PodRun>(cluster.rng.stream("pod/" + key.ns + "/" + key.name));
  run->pod = pod;
  run->uid = uid_of(*pod);
  run->node = text_at(*pod, {"spec", "nodeName"});
  run->started_at = cluster.now_text();
  if (const std::int64_t seconds = int_at(*pod, {"spec", "activeDeadlineSeconds"}); seconds > 0)
    run->deadline_at =
        cluster.clock.now() + std::chrono::seconds(std::min(seconds, 1'000'000'000L));
  if (const std::string wrong = LifeCycles::check_annotations(*pod); !wrong.empty())
    cluster.events.tell({"kubelet", run->node}, *pod, {kWarning, "InvalidLifeCycle", wrong, ""});
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

void advance(Cluster& cluster, PodRun& run) {
  if (run.ended || run.terminating) return;
  if (run.deadline_at <= cluster.clock.now()) {
    run.ended = run.overdue = true;
    if (!run.silent) {
      cluster.events.tell({"kubelet", run.node}, *run.pod,
                          {kNormal, "DeadlineExceeded",
                           "Pod was active on the node longer than the specified deadline", ""});
    }
    return stop_all(cluster, run, 137, false);
  }
  if (!run.volumes_ready && !mount_volumes(cluster, run)) return;
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
  RunTime next = run.deadline_at;
  if (!run.volumes_ready) return std::min(next, run.volumes_at);
  for (const ContainerRun& container : run.containers) next = std::min(next, next_step(container));
  return next;
}

void terminate(Cluster& cluster, PodRun& run) {
  const RunTime now = cluster.clock.now();
  const Nanos grace = std::chrono::seconds(std::clamp<std::int64_t>(
      int_at(*run.pod, {"metadata", "deletionGracePeriodSeconds"}, 30), 0, 1'000'000'000));
  if (run.terminating) {
    if (now + grace < run.gone_at) run.killed = true;
    run.gone_at = std::min(run.gone_at, now + grace);
    return;
  }
  run.terminating = true;
  // Sidecars stop when the containers they serve have.
  Nanos main{0}, sidecars{0};
  for (ContainerRun& container : run.containers) {
    container.note_at = kNever;
    if (container.state != ContainerState::running) continue;
    tell_container(cluster, run, container, kNormal, "Killing",
                   "Stopping container " + container.name);
    const Nanos hook = std::chrono::seconds(
        std::min<std::int64_t>(86'400, pre_stop_seconds(container_spec(run, container))));
    Nanos& longest = container.sidecar ? sidecars : main;
    longest = std::max(longest,
                       hook + draw(run.rng, cluster.life.of(*run.pod, container.image).terminate));
  }
  run.killed = main + sidecars > grace;
  run.gone_at = now + std::min(main + sidecars, grace);
}

void finish_termination(Cluster& cluster, PodRun& run) {
  stop_all(cluster, run, run.killed ? 137 : 0, false);
  run.ended = true;
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

}  // namespace spokelab::fakeapi
