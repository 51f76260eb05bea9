// The life of one pod on its node, step by step; reporting it is the kubelet's part.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

/// Takes a pod on: nothing runs yet.
std::unique_ptr<PodRun> begin_run(Cluster& cluster, const JsonRef& pod);
/// Forgets a pod; its containers are gone at once.
void end_run(Cluster& cluster, const Name& key);
/// Does every step that is due now.
void advance(Cluster& cluster, PodRun& run);
/// Instant of the next step, or kNever.
RunTime next_step(const PodRun& run);
/// SIGTERM to all containers, unless sent before; sets run.gone_at, never later than the grace
/// period.
void terminate(Cluster& cluster, PodRun& run);
/// The containers of a terminating pod have ended, by themselves or killed.
void finish_termination(Cluster& cluster, PodRun& run);
/// Power is back: what ran was killed and starts again.
void reboot(Cluster& cluster, PodRun& run);
/// Applies readiness_broken at the next probes.
void reset_readiness(Cluster& cluster, PodRun& run);
/// The pod's status as the kubelet would post it, on top of what stands there.
Json status_of(Cluster& cluster, const PodRun& run);
/// What would become of a request to that pod.
PodAnswer answer_of(const Cluster& cluster, const Name& pod);

/// What the pod mounts and is not there, worded as the kubelet words it.
struct MissingVolume {
  std::string volume;
  std::string why;
};
std::optional<MissingVolume> missing_volume(const Cluster& cluster, const Json& pod);
/// The first source of the container's environment that is missing; "" when all are there.
std::string missing_environment(const Cluster& cluster, const Json& pod,
                                const std::string& container);

}  // namespace spokelab::fakeapi
