// What a run failed by.
#include "harness/shrink/identity.h"

#include <gmock/gmock.h>

namespace spokelab::harness {
namespace {

using reports::Verdict;
using ::testing::ElementsAre;

reports::Run failed_run() {
  reports::Run run;
  run.verdict = Verdict::failed;
  reports::Timing timing;
  timing.fault = "cut";
  timing.name = "failover";
  timing.measured = std::chrono::seconds(70);
  timing.limit = std::chrono::seconds(60);
  timing.verdict = Verdict::failed;
  run.timings.push_back(timing);
  reports::Expectation broken;
  broken.text = "always: app.a.health == Healthy";
  broken.message = "broken at 00:05:12.0: app.a.health is Degraded";
  broken.verdict = Verdict::failed;
  broken.place = {"a.yaml", 12, 5};
  run.expectations.push_back(broken);
  reports::Expectation liveness;
  liveness.text = "liveness: everything converges within 10m00s of the last heal";
  liveness.message = "still pending: app.a is OutOfSync";
  liveness.verdict = Verdict::failed;
  run.expectations.push_back(liveness);
  run.reasons = {"two owners: at 00:05:00.1 hub-1 wrote object.x (updated), while hub-0 owned prod",
                 "failover of cut took 1m10s, 10s over its limit of 1m00s",
                 broken.text + ": " + broken.message, liveness.text + ": " + liveness.message};
  return run;
}

TEST(Identity, NamesWhatWasBrokenWithoutTheNumbersOfThisRun) {
  const auto ending = ending_of(failed_run());
  EXPECT_EQ(ending.verdict, Verdict::failed);
  EXPECT_THAT(ending.failures,
              ElementsAre("two owners", "limit cut.failover (over)",
                          "always: app.a.health == Healthy (broken at)", "liveness"));
}

TEST(Identity, IsTheSameAtOtherTimes) {
  auto other = failed_run();
  other.expectations[0].message = "broken at 00:01:00.0: app.a.health is Missing";
  other.reasons[2] = other.expectations[0].text + ": " + other.expectations[0].message;
  other.expectations[1].text = "liveness: everything converges within 5m00s of the last heal";
  other.reasons[3] = other.expectations[1].text + ": " + other.expectations[1].message;
  EXPECT_EQ(ending_of(other), ending_of(failed_run()));
}

TEST(Identity, IsAnotherWhenAnExpectationFailsInAnotherWay) {
  auto other = failed_run();
  other.expectations[0].message = "never evaluated: no such value was ever there";
  other.reasons[2] = other.expectations[0].text + ": " + other.expectations[0].message;
  EXPECT_FALSE(fails_alike(ending_of(failed_run()), ending_of(other)));
}

TEST(Identity, AllowsFewerFailuresButNoNewOnesAndTheFirstMustStay) {
  const Ending all{Verdict::failed, {"a", "b", "c"}};
  EXPECT_TRUE(fails_alike(all, all));
  EXPECT_TRUE(fails_alike(all, {Verdict::failed, {"a"}}));
  EXPECT_TRUE(fails_alike(all, {Verdict::failed, {"a", "c"}}));
  EXPECT_FALSE(fails_alike(all, {Verdict::failed, {"b"}}));
  EXPECT_FALSE(fails_alike(all, {Verdict::failed, {"a", "d"}}));
  EXPECT_FALSE(fails_alike(all, {Verdict::inconclusive, {"a"}}));
  EXPECT_FALSE(fails_alike(all, {Verdict::passed, {}}));
}

TEST(Identity, GoesBetweenProcessesAsText) {
  const auto ending = ending_of(failed_run());
  EXPECT_EQ(parse_ending(print(ending)), ending);
  EXPECT_TRUE(parse_ending("{").failed());
  EXPECT_EQ(crash_ending("killed by signal 11").failures.front(), "crash: killed by signal 11");
}

}  // namespace
}  // namespace spokelab::harness
