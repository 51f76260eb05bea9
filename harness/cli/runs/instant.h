// Instants of a run as users name them.
#pragma once

#include <string>

#include "base/error.h"
#include "base/run_time.h"
#include "reports/run.h"

namespace spokelab::harness {

/// "5m41.6s" and "00:05:41.6" are times; "prod-lost.start", "prod-lost.end" (of faults and named
/// steps), "ready", "liveness" and "end" are events of the run; "#1423" is the event of that
/// number. Errors: bad_input, with what can be written; not_found for an event that the run does
/// not have.
Result<RunTime> instant_of(const std::string& text, const reports::Run& run);

}  // namespace spokelab::harness
