// CronSchedule: five fields, and when they next come true.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/run_time.h"

namespace spokelab::fakeapi {

/// Minute, hour, day of month, month, day of week, in UTC: numbers, names (jan, mon), `*`, ranges,
/// lists, steps, `?`, and @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually. When
/// both days are restricted either one suffices, as in robfig/cron, which Kubernetes uses.
class CronSchedule {
 public:
  /// Errors: bad_input.
  static Result<CronSchedule> parse(std::string_view text);
  /// The first minute after `time`; nullopt when there is none within five years (30 February).
  std::optional<WallTime> next(WallTime time) const;

 private:
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace spokelab::fakeapi
