// Machine and PodRun: what really runs on the nodes, whatever the API server has heard of it.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/rng.h"
#include "base/run_time.h"

namespace spokelab::fakeapi {

/// up: works. frozen: its kubelet is silent and its pods run on. lost: no power, nothing runs.
enum class MachineState { up, frozen, lost };

/// One node's hardware and kubelet.
struct Machine {
  MachineState state = MachineState::up;
  std::string zone;
  std::string address;
  int number = 0;                           ///< From 0; decides addresses.
  Nanos heartbeat_phase{0};                 ///< Its Lease renewals are at phase + n * heartbeat.
  RunTime last_heartbeat{};                 ///< Valid while silent.
  RunTime back_at{};                        ///< First heartbeat after a restore.
  RunTime renewed_at{};                     ///< Its Lease was last written,
  RunTime posted_at{};                      ///< and its status.
  std::optional<RunTime> no_execute_since;  ///< When it was tainted NoExecute.
  int last_address = 0;                     ///< Numbers pod addresses.
  std::set<int> addresses;                  ///< In use.
  std::set<std::string> images;             ///< Already pulled.
};

/// By node name.
using Machines = std::map<std::string, Machine>;

enum class ContainerState { waiting, running, ended };
enum class ContainerStep { none, pull, pull_failed, back_off, create, start };
enum class ProbeKind { startup, liveness, readiness };

/// What the probes of a running container will find, as long as nothing changes.
struct ProbePlan {
  RunTime started_at = kNever;  ///< The startup probe succeeds (at once where there is none).
  RunTime ready_at = kNever;    ///< The readiness probe has succeeded often enough.
  RunTime unready_at = kNever;  ///< It has failed often enough after that.
  RunTime kill_at = kNever;     ///< The startup or liveness probe has failed often enough.
  ProbeKind killer = ProbeKind::liveness;
  friend bool operator==(const ProbePlan&, const ProbePlan&) = default;
};

/// One container as its kubelet knows it.
struct ContainerRun {
  std::string name;
  std::string image;
  bool init = false;
  bool sidecar = false;  ///< An init container with restartPolicy Always.
  ContainerState state = ContainerState::waiting;
  std::string reason;  ///< Why it waits; empty: it has not come to its turn.
  std::string message;
  int exit_code = 0;
  int restarts = 0;
  bool started = false;
  bool ready = false;
  std::string started_at;
  std::string finished_at;
  Json last_end;                             ///< status.lastState, null before the first end.
  ContainerStep step = ContainerStep::none;  ///< What comes next,
  RunTime step_at = kNever;                  ///< and when.
  RunTime running_since{};
  RunTime answers_from = kNever;  ///< The application is up; kNever: hung.
  bool never_ready = false;       ///< Up, but its readiness probe fails.
  ProbePlan probes;
  RunTime crash_at = kNever;  ///< While running: when it will exit, and how.
  int crash_code = 0;
  bool doomed_pull = false;  ///< The pull under way will fail.
  Nanos pull_time{0};
  std::string pull_error;
  Nanos pull_back_off{0};
  Nanos crash_back_off{0};
  RunTime last_end_at{};
  RunTime note_at = kNever;  ///< When the kubelet next tells of what goes on being wrong.
};

/// One pod on a node.
struct PodRun {
  explicit PodRun(Rng stream) : rng(stream) {}
  JsonRef pod;  ///< As last seen.
  std::string uid;
  std::string node;
  Rng rng;
  int address_number = 0;  ///< Of the machine's addresses; 0: none yet.
  std::string address;
  std::string started_at;
  bool volumes_ready = false;
  bool terminating = false;
  bool killed = false;  ///< Its grace period ended before its containers did.
  RunTime gone_at = kNever;
  RunTime deadline_at = kNever;  ///< spec.activeDeadlineSeconds.
  bool removed = false;          ///< The kubelet has let go of it; finalizers may keep the object.
  bool ended = false;            ///< Phase Succeeded or Failed.
  bool overdue = false;          ///< Ended by its deadline.
  bool readiness_broken = false;
  bool silent = false;                   ///< Its kubelet cannot reach the API server.
  RunTime volumes_at{};                  ///< When to look again for a missing volume source.
  std::vector<ContainerRun> containers;  ///< Init containers first.

  /// Running and ready: would answer a request, if its machine has power.
  bool serving() const;
};

inline bool PodRun::serving() const {
  if (ended || readiness_broken) return false;
  bool any = false;
  for (const ContainerRun& container : containers) {
    if (container.init && !container.sidecar) continue;
    if (container.state != ContainerState::running || !container.ready) return false;
    any = true;
  }
  return any;
}

}  // namespace spokelab::fakeapi
