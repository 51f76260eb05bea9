// Shrinker: makes a failing scenario small, by what a given oracle says still fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/scenario/load.h"

namespace spokelab::harness {

struct ShrinkProgress {
  std::size_t runs = 0;   ///< Candidates that were played.
  std::size_t lines = 0;  ///< Of the smallest text so far.
  std::string done;       ///< The last step that helped: "without steps[2]"; "" before the first.
};

struct ShrinkSettings {
  /// Where the small file is going to lie: paths in it are relative to its directory.
  std::string path;
  LoadOptions load;
  /// Plays scenarios that validate, and says of each whether it still fails in the same way. May
  /// answer with fewer than asked for: the others were not played.
  std::function<std::vector<bool>(const std::vector<std::string>& texts)> fails;
  /// Candidates handed over together: as many as can be played at once. The result is the same
  /// whatever it is.
  std::size_t together = 1;
  std::size_t runs_max = SIZE_MAX;    ///< So many candidates are played at most.
  std::function<bool()> out_of_time;  ///< Asked before each batch. Null: there is time enough.
  std::function<void(const ShrinkProgress&)> progress;  ///< Null: nobody listens.
};

struct Shrunk {
  std::string text;       ///< The smallest scenario found; it validates and fails.
  std::size_t runs = 0;   ///< Candidates played; those that were played before are not counted.
  bool complete = false;  ///< Nothing more can be taken from it. False: runs or time were used up.
};

/// `text` must be a single file that validates at `settings.path` and fails. Takes away what need
/// not be there, in ever smaller pieces: faults, steps, expectations and limits, traffic, clusters,
/// manifests, then every key that may be absent; what only makes sense beside a thing goes with it.
/// Then makes times round and short, and numbers small. Repeats until nothing helps. The same text
/// and answers give the same result.
Shrunk shrink_scenario(const std::string& text, const ShrinkSettings& settings);

}  // namespace spokelab::harness
