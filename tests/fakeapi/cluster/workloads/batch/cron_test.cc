// CronJobs: time zones, policies, missed times.
#include <gtest/gtest.h>

#include "base/duration.h"
#include "fakeapi/cluster/workloads/batch/cron_schedule.h"
#include "tests/base/zone_file.h"
#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

std::int64_t unix(const char* time) {
  return std::chrono::duration_cast<std::chrono::seconds>(parse_rfc3339(time)->time_since_epoch())
      .count();
}

TEST(CronSchedule, FollowsTheClocksOfAZone) {
  // An hour ahead of UTC, two from the end of March to the end of October.
  const auto zone = TimeZone::parse(spokelab::testing::zone_file(
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

Json cron(std::string_view spec) {
  Json object = parsed(R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"tick",
    "namespace":"shop"},"spec":{"schedule":"*/5 * * * *","jobTemplate":{"spec":{"completions":1,
    "selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":
    {"restartPolicy":"Never","containers":[{"name":"main","image":"app:1","command":
    ["sleep","600"]}]}}}}}})");
  object["spec"].merge_patch(parsed(spec));
  return object;
}

std::size_t running(const Lab& lab) {
  std::size_t count = 0;
  for (const JsonRef& job : lab.api.list("jobs.batch")) count += !has_condition(*job, "Complete");
  return count;
}

TEST(CronJob, KeepsToItsPolicyWhileAJobRuns) {
  const std::pair<const char*, std::size_t> rows[] = {{R"({"concurrencyPolicy":"Allow"})", 2},
                                                      {R"({"concurrencyPolicy":"Forbid"})", 1},
                                                      {R"({"concurrencyPolicy":"Replace"})", 1}};
  for (const auto& [spec, jobs] : rows) {
    Lab lab;
    lab.create(cron(spec));
    lab.clock.run_for(std::chrono::minutes(5) + seconds(10));
    ASSERT_EQ(running(lab), 1U) << spec;
    const std::string first = name_of(*lab.api.list("jobs.batch")[0]).name;
    lab.clock.run_for(std::chrono::minutes(5));
    EXPECT_EQ(running(lab), jobs) << spec;
    const bool kept = lab.api.get("jobs.batch", "shop", first) != nullptr;
    EXPECT_EQ(kept, std::string_view(spec).find("Replace") == std::string_view::npos) << spec;
  }
}

TEST(CronJob, SaysWhatIsWrongWithItsTimes) {
  Lab lab;
  lab.create(cron(R"({"timeZone":"Nowhere/Atall"})"));
  lab.clock.run_for(seconds(2));
  const auto events = lab.api.list("events");
  const bool told = std::any_of(events.begin(), events.end(), [](const JsonRef& event) {
    return text_at(*event, {"reason"}) == "UnknownTimeZone" &&
           text_at(*event, {"message"}) ==
               "invalid timeZone: \"Nowhere/Atall\": unknown time zone Nowhere/Atall";
  });
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
