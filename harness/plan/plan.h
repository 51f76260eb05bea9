// Plan: what a scenario is going to do, told without playing it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"
#include "harness/run/assets.h"
#include "harness/scenario/load.h"

namespace spokelab::harness {

/// Something that happens: at an instant, or once a condition holds.
struct PlannedMoment {
  std::optional<RunTime> at;
  std::string when;  ///< The condition; empty with `at`.
  std::string kind;  ///< "fault", "heal", "step", "phase".
  std::string name;  ///< Of the fault or step; empty for a step without one.
  std::string words;
  std::string because;
};

/// Something that must hold.
struct PlannedCheck {
  std::string kind;  ///< "limit", "always", "never", "eventually", "stable", "reached", "budget",
                     ///< "control", "rule".
  std::string words;
  std::string because;
};

/// One combination of a matrix, and the verdict that the file states for it.
struct PlannedVariant {
  std::string variant;
  std::string verdict;
  bool told = false;  ///< It is this plan's.
};

struct Plan {
  std::string file;
  std::string scenario;
  std::string because;
  std::string variant;
  std::string verdict;  ///< As the file states it: "passed" unless it says otherwise.
  std::uint64_t seed = 0;
  bool swarm = false;
  Nanos lasts{};
  Nanos settle{};
  std::vector<std::string> world;  ///< Sentences.
  std::vector<PlannedMoment>
      moments;  ///< In the order of time; conditions where they may come true.
  std::vector<PlannedCheck> checks;
  std::vector<Drawn> drawn;
  std::vector<std::pair<std::string, std::string>>
      defaults;                          ///< Path and value of what is not written.
  std::vector<PlannedVariant> variants;  ///< Of the matrix; empty without.
};

/// The plan of one case for a seed. `cases` are all of its file.
Plan plan_of(const ScenarioCase& one, std::uint64_t seed, const std::vector<ScenarioCase>& cases,
             const Assets& assets);

/// For people, at most `width` columns wide (0: no limit).
std::string to_text(const Plan& plan, std::size_t width = 100);
/// Kind ScenarioPlan.
Json to_json(const Plan& plan);

/// The defaults that hold in a checked tree: path and value of every key that is not written and
/// has one, of the kinds chosen; also below maps that may be absent as a whole.
std::vector<std::pair<std::string, std::string>> defaults_of(const YamlNode& tree);

}  // namespace spokelab::harness
