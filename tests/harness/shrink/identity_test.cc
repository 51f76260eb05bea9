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
  const Ending all{Verdict::failed, {"a", "b", "c"}, false};
  EXPECT_TRUE(fails_alike(all, all));
  EXPECT_TRUE(fails_alike(all, {Verdict::failed, {"a"}, false}));
  EXPECT_TRUE(fails_alike(all, {Verdict::failed, {"a", "c"}, false}));
  EXPECT_FALSE(fails_alike(all, {Verdict::failed, {"b"}, false}));
  EXPECT_FALSE(fails_alike(all, {Verdict::failed, {"a", "d"}, false}));
  EXPECT_FALSE(fails_alike(all, {Verdict::inconclusive, {"a"}, false}));
  EXPECT_FALSE(fails_alike(all, {Verdict::passed, {}, false}));
}

TEST(Identity, IsAnotherWhenTheWorldNeverStood) {
  auto calm = failed_run();
  Event ready;
  ready.kind = EventKind::run;
  ready.subject = "run.phase";
  ready.value = "ready";
  ready.message = "everything is synced, healthy and known";
  calm.events.push_back(ready);
  auto early = failed_run();
  ready.message = "the first fault or step begins";
  early.events.push_back(ready);
  EXPECT_TRUE(ending_of(calm).calm);
  EXPECT_FALSE(fails_alike(ending_of(calm), ending_of(early)));
  EXPECT_TRUE(fails_alike(ending_of(early), ending_of(calm)));
}

TEST(Identity, KnowsWhenSomethingDidNotHappen) {
  for (const char* first :
       {"eventually: a == b within 30s after x.start (not true by)",
        "stable: a == b for 1m00s (never held for)", "limit x.detection.hub (never happened)"})
    EXPECT_TRUE(is_of_absence({Verdict::failed, {first}, true})) << first;
  for (const char* first : {"never: a == b (broken at)", "limit x.failover (over)", "liveness",
                            "limit x.reconvergence (never happened)", "two owners"})
    EXPECT_FALSE(is_of_absence({Verdict::failed, {first}, true})) << first;
}

TEST(Identity, GoesBetweenProcessesAsText) {
  const auto ending = ending_of(failed_run());
  EXPECT_EQ(parse_ending(print(ending)), ending);
  EXPECT_TRUE(parse_ending("{").failed());
  EXPECT_EQ(crash_ending("killed by signal 11").failures.front(), "crash: killed by signal 11");
}

}  // namespace
}  // namespace spokelab::harness
