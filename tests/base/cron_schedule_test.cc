// When schedules come true.
#include "base/cron_schedule.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/duration.h"
#include "tests/base/zone_file.h"

namespace spokelab {
namespace {

TEST(CronSchedule, FindsTheNextTime) {
  struct Row {
    const char* schedule;
    const char* after;
    const char* next;
  };
  const Row rows[] = {
      {"*/15 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z"},
      {"0 3 * * mon-fri", "2026-01-02T03:00:00Z", "2026-01-05T03:00:00Z"},
      {"30 4 1,15 * *", "2026-01-01T05:00:00Z", "2026-01-15T04:30:00Z"},
      {"0 0 13 * fri", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"},
      {"@daily", "2026-02-28T12:00:00Z", "2026-03-01T00:00:00Z"},
      {"0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
  };
  for (const Row& row : rows) {
    const auto schedule = CronSchedule::parse(row.schedule);
    ASSERT_TRUE(schedule) << row.schedule;
    const auto next = schedule->next(*parse_rfc3339(row.after));
    ASSERT_TRUE(next) << row.schedule;
    EXPECT_EQ(format_rfc3339(*next), row.next) << row.schedule;
  }
  EXPECT_FALSE(CronSchedule::parse("0 0 30 2 *")->next(*parse_rfc3339("2026-01-01T00:00:00Z")));
}

std::int64_t unix(const char* time) {
  return std::chrono::duration_cast<std::chrono::seconds>(parse_rfc3339(time)->time_since_epoch())
      .count();
}

TEST(CronSchedule, FollowsTheClocksOfAZone) {
  // An hour ahead of UTC, two from the end of March to the end of October.
  const auto zone = TimeZone::parse(testing::zone_file(
      {{unix("2026-03-29T01:00:00Z"), 7200}, {unix("2026-10-25T01:00:00Z"), 3600}}, 3600));
  ASSERT_TRUE(zone) << zone.error().message();
  struct Row {
    const char* schedule;
    const char* after;
    const char* next;
  };
  const Row rows[] = {
      {"0 9 * * *", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00Z"},
      {"0 9 * * *", "2026-03-28T12:00:00Z", "2026-03-29T07:00:00Z"},
      {"30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"},  // skipped on the 29th
      {"0 3 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
      {"30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},  // twice on the 25th
      {"@every 90m", "2026-01-01T00:00:10Z", "2026-01-01T01:30:10Z"},
  };
  for (const Row& row : rows) {
    const auto next = CronSchedule::parse(row.schedule)->next(*parse_rfc3339(row.after), *zone);
    ASSERT_TRUE(next) << row.schedule;
    EXPECT_EQ(format_rfc3339(*next), row.next) << row.schedule << " after " << row.after;
  }
}

TEST(CronSchedule, RefusesInTheWordsOfItsModel) {
  struct Row {
    const char* schedule;
    const char* error;
  };
  const Row rows[] = {
      {"", "empty spec string"},
      {"* * * *", "expected exactly 5 fields, found 4: [* * * *]"},
      {"60 * * * *", "end of range (60) above maximum (59): 60"},
      {"* * 0 * *", "beginning of range (0) below minimum (1): 0"},
      {"5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"},
      {"1-2-3 * * * *", "too many hyphens: 1-2-3"},
      {"1//2 * * * *", "too many slashes: 1//2"},
      {"*/0 * * * *", "step of range should be a positive number: */0"},
      {"a * * * *", "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax"},
      {"* * * * 7", "end of range (7) above maximum (6): 7"},
      {"@often", "unrecognized descriptor: @often"},
  };
  for (const Row& row : rows) {
    const auto schedule = CronSchedule::parse(row.schedule);
    ASSERT_FALSE(schedule) << row.schedule;
    EXPECT_EQ(schedule.error().message(), row.error) << row.schedule;
  }
  EXPECT_FALSE(CronSchedule::parse("@daily", CronSyntax::fields_only));
  EXPECT_TRUE(CronSchedule::parse("  0\t9  * * MON-fri ", CronSyntax::fields_only));
}

}  // namespace
}  // namespace spokelab
