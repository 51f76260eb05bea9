// Days and clocks of an instant, where it prints.
#pragma once

#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

struct Civil {
  int year, month, day, hour, minute, second, weekday, yearday;
};

Civil civil_of(const Time& time);

/// `time` this much later, by the calendar: what is beyond a month's end counts into the next.
Time add_date(Time time, std::int64_t years, std::int64_t months, std::int64_t days);
/// `time` this much later.
Time add_nanos(Time time, std::int64_t nanos);

}  // namespace spokelab::hub::gotemplate
