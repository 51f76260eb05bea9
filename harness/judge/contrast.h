// Contrast: one seed with its faults and without them; what differs is their doing.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "reports/run.h"

namespace spokelab::harness {

/// One of the two runs, up to the end of the scenario's own time.
struct Side {
  const reports::Run& run;
  std::vector<std::pair<std::string, std::int64_t>> counters;  ///< As they were then.
  std::vector<std::string> complaints;  ///< Rules of every run that it broke.
};

/// The row of `control: true`. It says what the faults have made more or less of: requests,
/// operations, users' failures, and for how long applications were out of order. It fails where
/// the run without the faults does not converge either, or breaks a rule of every run: then nothing
/// can be laid at the faults' door.
reports::Expectation contrast(const Side& with, const Side& without);

/// Says of expectations that failed whether they do without the faults, too. The first `count` rows
/// of both runs are the scenario's own.
void note_what_fails_anyway(reports::Run& with, const reports::Run& without, std::size_t count);

}  // namespace spokelab::harness
