// play: one run of a scenario, from nothing to its verdict.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/history.h"
#include "harness/run/assets.h"
#include "harness/scenario/diagnostic.h"
#include "harness/scenario/load.h"
#include "reports/run.h"
#include "sim/world.h"

namespace spokelab::harness {

class Lab;

struct PlayOptions {
  std::uint64_t seed = 1;
  /// The mistakes that the command line has planted in the case (see LoadOptions::hub_settings):
  /// the result says so, and its replay command plants them again.
  std::string plant = {};
  /// Sees every event as it happens, in virtual time.
  std::function<void(const Event&)> watch;
  /// Leave the run there, undecided: what the result then says of its history is right, its verdict
  /// is not. Everything that happens at this instant still happens.
  std::optional<RunTime> stop_at;
  /// Called once when the run is left, at `stop_at` or at its end, while its world still stands.
  std::function<void(Lab&)> look;
  /// More events than this at one instant: the run goes round in circles and is inconclusive.
  std::uint64_t events_per_instant_max = sim::World::kEventsPerInstantMax;
};

/// Plays in virtual time, in this thread. The phases: *set-up* (clusters register, manifests are
/// applied, everything converges; users come only then, and expectations without `after` count from
/// then on; the event "ready"), the scenario's own time, and *liveness* (all healed; everything
/// must converge within `settle` and stay so for a minute). The result's `wall` is left at 0.
reports::Run play(const ScenarioCase& one, const Sources& sources, const Assets& assets,
                  const PlayOptions& options);

/// This program's version, as reports carry it.
const char* version();

}  // namespace spokelab::harness
