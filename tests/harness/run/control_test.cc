// The same seed without the faults, budgets, and what faults have hit, in whole runs.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/harness/run/played.h"

namespace spokelab::harness {
namespace {

using reports::Verdict;
using ::testing::HasSubstr;
using ::testing::Not;

const reports::Expectation& row(const reports::Run& run, const std::string& begins) {
  static const reports::Expectation none;
  for (const auto& one : run.expectations) {
    if (one.text.starts_with(begins)) return one;
  }
  ADD_FAILURE() << "no row begins with " << begins;
  return none;
}

TEST(Control, TellsWhatTheFaultsHaveChanged) {
  const auto run = played(two_clusters(R"(
control: true
faults:
  lost: {what: region-loss, on: prod, at: 2m, for: 2m}
expect:
  - always: cluster.prod.connection == Successful
  - never: app.agent-dr.health == Healthy
)"));
  const auto& control = row(run, "control:");
  EXPECT_EQ(control.verdict, Verdict::passed) << control.message;
  EXPECT_THAT(control.message, HasSubstr("traffic.agent.failed instead of 0"));
  EXPECT_THAT(control.message, HasSubstr("agent-prod was out of order for"));
  EXPECT_THAT(row(run, "always:").message, HasSubstr("it holds without the faults"));
  EXPECT_THAT(row(run, "never:").message, HasSubstr("so it is without the faults"));
}

TEST(Control, IsTheSameRunWithOrWithoutIt) {
  const std::string story = R"(
faults:
  lost: {what: refused, on: prod, at: 2m, for: 1m}
expect:
  - reached: cluster.prod.connection == Failed
)";
  const auto plain = played(two_clusters(story));
  const auto controlled = played(two_clusters("control: true\n" + story));
  EXPECT_EQ(plain.hash, controlled.hash);
  EXPECT_EQ(controlled.verdict, Verdict::passed) << reasons(controlled);
}

TEST(Budgets, AreKeptOrNotInAWholeRun) {
  const auto run = played(two_clusters(R"(
control: true
faults:
  lost: {what: blackhole, on: prod, at: 2m, for: 2m}
budgets:
  requests.prod: 1
  requests.dr: 110%
  dials.*: 100/m
  syncs.*: 1
  fetches: 100/m
  failed.agent: 5%
expect:
  - reached: cluster.prod.lag > 5s
)"));
  EXPECT_EQ(row(run, "budget: requests.prod").verdict, Verdict::failed);
  EXPECT_EQ(row(run, "budget: requests.dr").verdict, Verdict::passed)
      << row(run, "budget: requests.dr").message;
  EXPECT_EQ(row(run, "budget: dials").verdict, Verdict::passed)
      << row(run, "budget: dials").message;
  EXPECT_EQ(row(run, "budget: syncs").verdict, Verdict::passed);
  EXPECT_EQ(row(run, "budget: fetches").verdict, Verdict::passed)
      << row(run, "budget: fetches").message;
  EXPECT_EQ(row(run, "budget: failed.agent").verdict, Verdict::passed)
      << row(run, "budget: failed.agent").message;
  EXPECT_EQ(run.verdict, Verdict::failed);
}

TEST(FaultHits, CanBeAskedFor) {
  const auto run = played(two_clusters(R"(
faults:
  some: {what: refused, between: hub <-> prod, share: 90%, at: 2m, for: 4m}
  more: {what: latency, on: dr, latency: 30ms, when: fault.some.hits > 0, for: 1m}
expect:
  - {eventually: fault.some.hits >= 1, within: 10s, after: some.end}
  - {reached: fault.more.hits > 5}
)"));
  EXPECT_EQ(run.verdict, Verdict::passed) << reasons(run);
}

TEST(Ramps, BeginWeakAndCountAllTheirHits) {
  // Only when it is strong do answers take longer than users wait.
  const auto run = played(two_clusters(R"(
faults:
  slow: {what: latency, between: users <-> prod, latency: 1s, ramp: 3m, at: 2m, for: 4m}
  errors: {what: api-errors, on: dr, code: 503, share: 100%, ramp: 1m, at: 2m, for: 2m}
expect:
  - {always: traffic.names.success == 100%, after: slow.start, until: slow.start + 15s}
  - {reached: traffic.names.success < 90%, after: slow.start + 3m, until: slow.end}
  - {reached: cluster.dr.connection == Failed, after: errors.start, until: errors.end}
)"));
  for (const auto& one : run.expectations)
    EXPECT_EQ(one.verdict, Verdict::passed) << one.text << ": " << one.message;
  const auto errors = std::find_if(run.faults.begin(), run.faults.end(),
                                   [](const auto& one) { return one.name == "errors"; });
  ASSERT_NE(errors, run.faults.end());
  EXPECT_GT(errors->hits, 2u);
}

}  // namespace
}  // namespace spokelab::harness
