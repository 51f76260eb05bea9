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
  std::optional<RunTime> no_execute_since;  ///< When it was tainted NoExecute.
  int last_address = 0;                     ///< Numbers pod addresses.
  std::set<int> addresses;                  ///< In use.
  std::set<std::string> images;             ///< Already pulled.
};

/// By node name.
using Machines = std::map<std::string, Machine>;

enum class ContainerState { waiting, running, ended };
enum class ContainerStep { none, pull, pull_failed, back_off, create, start };

/// One container as its kubelet knows it.
struct ContainerRun {
  std::string name;
  std::string image;
  bool init = false;
  bool sidecar = false;  ///< An init container with restartPolicy Always.
  ContainerState state = ContainerState::waiting;
  std::string reason = "ContainerCreating";
  std::string message;
  int exit_code = 0;
  int restarts = 0;
  bool ready = false;
  std::string started_at;
  std::string finished_at;
  Json last_end;                             ///< status.lastState, null before the first end.
  ContainerStep step = ContainerStep::none;  ///< What comes next,
  RunTime step_at = kNever;                  ///< and when.
  RunTime ready_at = kNever;
  RunTime crash_at = kNever;  ///< While running: when it will exit, and how.
  int crash_code = 0;
  bool doomed_pull = false;  ///< The pull under way will fail.
  Nanos pull_back_off{0};
  Nanos crash_back_off{0};
  RunTime last_end_at{};
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
  RunTime gone_at = kNever;
  bool removed = false;  ///< The kubelet has let go of it; finalizers may keep the object.
  bool ended = false;    ///< Phase Succeeded or Failed.
  bool readiness_broken = false;
  RunTime volumes_at{};                  ///< When to look again for a missing volume source.
  std::vector<ContainerRun> containers;  ///< Init containers first.

  /// Running and ready: would answer a request, if its machine has power.
  bool serving() const;
};

inline bool PodRun::serving() const {
  if (ended) return false;
  bool any = false;
  for (const ContainerRun& container : containers) {
    if (container.init && !container.sidecar) continue;
    if (container.state != ContainerState::running || !container.ready) return false;
    any = true;
  }
  return any;
}

}  // namespace spokelab::fakeapi
