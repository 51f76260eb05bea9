// Spans of time as people write them.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/run_time.h"

namespace spokelab {

/// Parses Go's duration grammar with days: "250ms", "1m30s", "1.5h", "2d". A number without a unit
/// is an error that names the fix. Errors: Errc::bad_input.
Result<Nanos> parse_duration(std::string_view text);

/// Prints for people: "250ms", "44s", "12.3s", "1m00s", "2m12.5s", "1h05m". Rounded to 0.1 s from 1
/// s up, to 1 ms below.
std::string format_duration(Nanos span);

/// An instant of a run as "00:05:41.6".
std::string format_run_time(RunTime at);

/// RFC 3339 in UTC with whole seconds, as Kubernetes' metav1.Time: "2026-01-01T00:05:00Z".
std::string format_rfc3339(WallTime at);
/// As metav1.MicroTime: "2026-01-01T00:05:00.000000Z".
std::string format_rfc3339_micro(WallTime at);
/// Reads either form, with any number of decimals and any zone. Errors: Errc::bad_input.
Result<WallTime> parse_rfc3339(std::string_view text);

}  // namespace spokelab
