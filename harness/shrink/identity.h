// What a run failed by, as words that stay the same while the run is made smaller.
#pragma once

#include <string>
#include <vector>

#include "reports/run.h"

namespace spokelab::harness {

/// How a run ended. Two runs fail in the same way when the first of their failures is the same and
/// so is the verdict; a smaller run that fails in a new way as well is not the same failure.
struct Ending {
  reports::Verdict verdict = reports::Verdict::passed;
  /// What was broken, gravest first, in the order of Run::reasons: "limit prod-lost.failover",
  /// "always: ...", "liveness", a rule of every run; and in which way ("over",
  /// "never happened", "broken", "never evaluated"). Each once.
  std::vector<std::string> failures;

  bool failed() const noexcept { return verdict != reports::Verdict::passed; }
  friend bool operator==(const Ending&, const Ending&) = default;
};

Ending ending_of(const reports::Run& run);
/// The ending of a run whose process ended without a result; `why` as the worker pool says it.
Ending crash_ending(const std::string& why);

/// Whether `smaller` fails as `original` does.
bool fails_alike(const Ending& original, const Ending& smaller);

/// As text and back, to be carried between processes. An unreadable text is an ending of its own.
std::string print(const Ending& ending);
Ending parse_ending(const std::string& text);

}  // namespace spokelab::harness
