// Go's time layouts ("2006-01-02 15:04:05"), and calendar arithmetic.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

std::string format_time(const Time& time, std::string_view layout);
/// Without a zone in it: UTC. Errors: bad_input in package time's words.
Result<Time> parse_time(std::string_view layout, std::string_view text);
/// As time.Time's String(): "2006-01-02 15:04:05.999999999 -0700 MST".
std::string go_time_string(const Time& time);
/// As the clocks of a place show it: "Europe/Berlin", from the system's zoneinfo files. "Local" is
/// UTC here, and so is what names no zone: as Sprig takes it.
Time in_zone(Time time, std::string_view name);
/// A Go duration such as "-1h30m" in nanoseconds. Errors: bad_input in package time's words.
Result<std::int64_t> parse_go_duration(std::string_view text);
/// As time.Duration's String().
std::string print_go_duration(std::int64_t nanos);

}  // namespace spokelab::hub::gotemplate
