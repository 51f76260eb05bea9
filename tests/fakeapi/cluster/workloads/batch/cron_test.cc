// CronJobs: policies, missed times.
#include <gtest/gtest.h>

#include "base/duration.h"
#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

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
