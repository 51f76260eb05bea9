// RunState: how the world of a run stood at one instant, from its history alone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/history.h"
#include "base/json_fwd.h"
#include "reports/run.h"
#include "reports/terminal.h"

namespace spokelab::harness {

struct RunState {
  RunTime at{};
  std::uint64_t events = 0;
  std::string phase;  ///< "set-up", "ready", "liveness", "end".
  struct Cluster {
    std::string name;
    std::string region;
    std::string reachable;   ///< In truth: "true", "false", or "" where nobody told.
    std::string connection;  ///< As the hub believes.
    std::string owner;       ///< The hub replica that looks after it.
  };
  struct Application {
    std::string name;
    std::string sync;
    std::string health;
    std::string operation;
    std::string revision;
  };
  struct Traffic {
    std::string name;
    std::string success;
    std::map<std::string, std::string> sent;      ///< Cluster to the share of users sent there.
    std::map<std::string, std::string> answered;  ///< Cluster to the share it answers.
  };
  std::vector<Cluster> clusters;
  std::vector<Application> applications;
  std::vector<Traffic> traffic;
  std::vector<std::string> faults;  ///< In force, each with what it is.
  std::map<std::string, std::string> replicas;
};

/// After the first `count` events; `run` says which clusters and traffic there are.
RunState state_after(const reports::Run& run, const std::vector<Event>& events, std::size_t count,
                     RunTime at);

std::string to_text(const RunState& state, const reports::TerminalOptions& options);
/// Kind RunState.
Json to_json(const RunState& state);

}  // namespace spokelab::harness
