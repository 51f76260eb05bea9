// Runs that were kept: found by what the user calls them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/cli/loaded_case.h"
#include "reports/run.h"

namespace spokelab::harness {

struct KeptRun {
  std::string path;
  reports::Run run;
};

/// A run file (*.slrun), or the only one of a directory. nullopt after a word to stderr; `code` is
/// the exit code then.
std::optional<KeptRun> load_kept_run(const std::string& argument, int& code);

/// Run files directly in a directory or one below it, sorted; at most 20.
std::vector<std::string> kept_runs_below(const std::string& directory);

/// The scenario of a kept run, as its text was then, and its case. Modules, repositories and
/// manifests are read from where they lie now.
struct KeptCase {
  LoadedFile file;
  std::size_t index = 0;
  ScenarioCase one() const {
    const auto& chosen = file.loaded.cases[index];
    return swarm ? chosen.as_swarm() : chosen;
  }
  bool swarm = false;
};
std::optional<KeptCase> case_of(const reports::Run& run, bool colour);

}  // namespace spokelab::harness
