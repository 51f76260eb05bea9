// CronSchedule: five fields, and when they next come true.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/run_time.h"
#include "base/time_zone.h"

namespace spokelab {

enum class CronSyntax : std::uint8_t {
  standard,     ///< Five fields or a descriptor, as Kubernetes' CronJobs.
  fields_only,  ///< No descriptors, as Argo CD's sync windows.
};

/// Minute, hour, day of month, month, day of week: numbers, names (jan, mon), `*`, ranges, lists,
/// steps, `?`, and @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, @every 90m.
/// When both days are restricted either one suffices, as in robfig/cron, which Kubernetes and Argo
/// CD use.
class CronSchedule {
 public:
  /// Errors: bad_input, in robfig/cron's words.
  static Result<CronSchedule> parse(std::string_view text,
                                    CronSyntax syntax = CronSyntax::standard);
  /// The first minute after `time` at which the clocks of the zone fit; nullopt when there is none
  /// within five years (30 February). Minutes that clocks skip do not come; repeated ones do twice.
  std::optional<WallTime> next(WallTime time, const TimeZone& zone = {}) const;

 private:
  std::optional<WallTime> next_by_calendar(WallTime time) const;
  Nanos every_{0};  // @every; then the fields are empty
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace spokelab
