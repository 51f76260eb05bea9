// Calendar arithmetic.
#include "hub/gotemplate/time/civil.h"

#include <chrono>

namespace spokelab::hub::gotemplate {

namespace {

/// Days from the epoch to the first of a month. Source: Howard Hinnant's days_from_civil.
std::int64_t days_to(std::int64_t year, std::int64_t month) {
  if (month <= 2) --year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

}  // namespace

Civil civil_of(const Time& time) {
  const std::int64_t local = time.seconds + time.offset_seconds;
  const std::int64_t days = local >= 0 ? local / 86400 : -((-local + 86399) / 86400);
  const auto rest = static_cast<int>(local - days * 86400);
  const std::chrono::sys_days date{std::chrono::days(days)};
  const std::chrono::year_month_day ymd{date};
  const std::chrono::sys_days first{ymd.year() / std::chrono::January / 1};
  return {static_cast<int>(ymd.year()),
          static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day())),
          rest / 3600,
          rest / 60 % 60,
          rest % 60,
          static_cast<int>(std::chrono::weekday{date}.c_encoding()),
          static_cast<int>((date - first).count()) + 1};
}

Time add_date(Time time, std::int64_t years, std::int64_t months, std::int64_t days) {
  constexpr std::int64_t kMost = 1'000'000'000;  // beyond any calendar, and no sum overflows
  const auto held = [](std::int64_t value) {
    return value > kMost ? kMost : value < -kMost ? -kMost : value;
  };
  const Civil at = civil_of(time);
  const std::int64_t month = at.month - 1 + held(months);
  const std::int64_t carried = month >= 0 ? month / 12 : -((-month + 11) / 12);
  const std::int64_t first = days_to(at.year + held(years) + carried, month - carried * 12 + 1);
  const std::int64_t day = first + at.day - 1 + held(days);
  time.seconds = day * 86400 + at.hour * 3600 + at.minute * 60 + at.second - time.offset_seconds;
  return time;
}

Time add_nanos(Time time, std::int64_t nanos) {
  std::int64_t rest = time.nanos + nanos % 1'000'000'000;
  time.seconds += nanos / 1'000'000'000;
  if (rest < 0) {
    rest += 1'000'000'000;
    --time.seconds;
  }
  time.seconds += rest / 1'000'000'000;
  time.nanos = static_cast<std::int32_t>(rest % 1'000'000'000);
  return time;
}

}  // namespace spokelab::hub::gotemplate
