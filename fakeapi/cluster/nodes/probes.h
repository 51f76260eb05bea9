// The arithmetic of probes: when the kubelet will find a container started, ready, or dead.
#pragma once

#include <string>

#include "fakeapi/cluster/nodes/machine.h"

namespace spokelab::fakeapi {

/// When one probe runs and how often it must fail or succeed, with the API's defaults.
struct ProbeTimes {
  Nanos initial{0};
  Nanos period = std::chrono::seconds(10);
  std::int64_t failures = 3;
  std::int64_t successes = 1;
};
ProbeTimes probe_times(const Json& probe);

/// Probes run from the container's start on, at initialDelay + n * period; readiness and liveness
/// probes begin when the startup probe has succeeded (pkg/kubelet/prober/worker).
/// `answers_from`: when the application is up; `never_ready`: readiness fails nevertheless.
ProbePlan plan_probes(const Json& container_spec, RunTime started, RunTime answers_from,
                      bool never_ready);

/// The first run of that probe after `now`, given when its worker began; for what changes while a
/// container runs.
RunTime next_run(const ProbeTimes& times, RunTime began, RunTime now);
/// When the worker of readiness and liveness probes begins: at the startup probe's success.
RunTime worker_begin(const ProbeTimes& times, RunTime started, RunTime startup_passed);

/// What the kubelet tells of a failed probe, worded by the probe's handler.
std::string probe_failure(const Json& probe, ProbeKind kind, const std::string& address);

}  // namespace spokelab::fakeapi
