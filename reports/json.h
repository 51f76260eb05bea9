// The result of a run as JSON, the one format that is promised to stay; and the run file.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"
#include "reports/run.h"

namespace spokelab::reports {

inline constexpr std::string_view kApiVersion = "spokelab.dev/v1";

/// One run as a document of kind RunResult, without its events. Spans are in whole milliseconds
/// ("measuredMs", rounded down) and as text beside it.
Json result_document(const Run& run);

/// Printed, with a line end: one RunResult, or for several a RunResultList whose `items` they are.
std::string result_json(std::span<const Run> runs);

/// The run file (.slrun): JSON lines, from which every report can be made again. The first line
/// names the format and its version, the second holds the run with its scenario text, then one line
/// an event, and the last one counts and fingerprints them, so that a cut or altered file is
/// noticed.
std::string save_run(const Run& run);

/// Limits of load_run.
inline constexpr std::size_t kRunLineBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kNumbersMax = 20'000;

/// Reads a run file back. Errors: bad_input with the line (not a run file, altered, out of order),
/// unsupported for a newer version, limit.
Result<Run> load_run(std::string_view text);

}  // namespace spokelab::reports
