// The life of one container: pull, create, start, probes, end, back off, and again.
#pragma once

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

const Json& container_spec(const PodRun& run, const ContainerRun& container);
/// Begins a container whose turn has come.
void begin_container(Cluster& cluster, ContainerRun& container);
/// Does the next step, if it is due. False: nothing was.
bool step(Cluster& cluster, PodRun& run, ContainerRun& container);
/// Instant of the next step, or kNever.
RunTime next_step(const ContainerRun& container);
/// Ends one running container with that code, now. Code 0: Completed; 137: OOMKilled; 255: Unknown;
/// others: Error. It starts again if its restart policy says so.
void end_container(Cluster& cluster, PodRun& run, ContainerRun& container, int code);
/// The seconds that a preStop hook sleeps: sleep.seconds, or an exec whose text ends in "sleep N".
std::int64_t pre_stop_seconds(const Json& container);
/// Ended for good.
bool is_done(const ContainerRun& container);
/// "OOMKilled", "Error", ...
const char* end_reason(int exit_code);
/// Tells an Event about a container, unless its kubelet is cut off.
void tell_container(Cluster& cluster, const PodRun& run, const ContainerRun& container,
                    std::string_view type, std::string_view reason, std::string message);

}  // namespace spokelab::fakeapi
