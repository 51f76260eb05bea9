// spokelab shrink, as scripts run it.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/harness/cli/program.h"
#include "tests/harness/cli/scenario_files.h"
#include "tests/support/sanitized.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Only `cut` is to blame.
constexpr const char* kGuilty =
    "    spare: {region: eu-west, labels: {env: dr}}\n"
    "faults:\n"
    "  slow: {what: latency, on: spare, latency: 10ms..40ms, at: 40s, for: 20s}\n"
    "  cut: {what: blackhole, on: prod, at: 61.5s, for: 50s..55s}\n"
    "  gone: {what: refused, on: spare, at: 70s, for: 10s}\n"
    "limits:\n  gone: {reconvergence: 5m}\n"
    "expect:\n"
    "  # prod must never be lost\n"
    "  - never: cluster.prod.connection == Failed\n"
    "  - always: cluster.prod.registered == true\n";

class Shrink : public ScenarioFiles {};

TEST_F(Shrink, WritesTheSmallestFileThatStillFails) {
  const auto out = dir_.at("min/small.yaml");
  const auto ended = spokelab("shrink " + small(kGuilty) + " --seed 3 -o " + out);
  ASSERT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(ended.text, AllOf(HasSubstr("fails by never: cluster.prod.connection == Failed"),
                                HasSubstr("Replay: spokelab run " + out)));
  const auto text = dir_.read("min/small.yaml");
  EXPECT_THAT(text, AllOf(StartsWith("# Shrunk from "), HasSubstr("seed: 3"), HasSubstr("  cut: {"),
                          HasSubstr("# prod must never be lost"), Not(HasSubstr("spare")),
                          Not(HasSubstr("limits")), Not(HasSubstr("registered"))));
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 15) << text;
  const auto again = spokelab("run " + out + " --no-reports");
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.text, HasSubstr("never: cluster.prod.connection == Failed: broken at"));
}

TEST_F(Shrink, GivesTheSameFileEachTimeAndTakesARunFile) {
  const auto file = small(kGuilty);
  const auto first = spokelab("shrink " + file + " --seed 3 --runs 12 -o - -j 1", "2>/dev/null");
  EXPECT_EQ(first.code, 0);
  EXPECT_EQ(spokelab("shrink " + file + " --seed 3 --runs 12 -o - -j 3", "2>/dev/null").text,
            first.text);
  spokelab("-q run " + file + " --seed 3 --out " + dir_.at("kept"));
  EXPECT_EQ(spokelab("shrink " + dir_.at("kept") + " --runs 12 -o -", "2>/dev/null").text,
            first.text);
}

TEST_F(Shrink, SaysThatThereIsNothingToShrink) {
  const auto ended =
      spokelab("shrink " + small("expect:\n  - always: cluster.prod.registered == true\n"));
  EXPECT_EQ(ended.code, 4);
  EXPECT_THAT(ended.text, HasSubstr("passes with seed 1: there is nothing to shrink"));
}

TEST_F(Shrink, ShrinksASeedOfASwarm) {
  const auto file = small(kGuilty);
  const auto sweep = spokelab("sweep " + file + " --seeds 30 --swarm --until-fail");
  ASSERT_EQ(sweep.code, 1) << sweep.text;
  const auto command = sweep.text.find("spokelab shrink ");
  ASSERT_NE(command, std::string::npos) << sweep.text;
  auto arguments = sweep.text.substr(command + 9);
  arguments = arguments.substr(0, arguments.find('\n'));
  EXPECT_THAT(arguments, HasSubstr("--swarm"));
  const auto ended = spokelab(arguments + " -o " + dir_.at("swarm.yaml"));
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_EQ(spokelab("run --no-reports " + dir_.at("swarm.yaml")).code, 1);
}

TEST_F(Shrink, TurnsAMistakeOfTheEngineIntoAFileThatAnybodyCanRead) {
  if (test::kSanitized) GTEST_SKIP() << "hundreds of runs: left to the optimised build";
  for (const std::string plant : {"stuck-breaker", "deaf-probe"}) {
    dir_.write("hunt.yaml",
               "scenario: hunt\nbecause: a mistake is planted\nlasts: 4m\nworld:\n"
               "  hub: {region: us-east, replicas: 2, settings: {spokelab.plant: " +
                   plant +
                   ", spokelab.evidence.limit: 50s}}\n"
                   "  clusters:\n"
                   "    prod: {region: us-east, nodes: 4, labels: {env: prod}}\n"
                   "    dr: {region: eu-west}\n"
                   "    spare: {region: us-west, zones: 2}\n"
                   "faults:\n"
                   "  slow: {what: latency, on: dr, latency: 5ms..90ms, at: 50s, for: 1m}\n"
                   "  cut: {what: blackhole, on: prod, at: 60s, for: 50s..70s}\n"
                   "  gone: {what: refused, on: spare, at: 90s, for: 1m}\n"
                   "steps:\n  - {at: 3m, restart: hub-1}\n"
                   "limits:\n  slow: {reconvergence: 1m}\n"
                   "expect:\n"
                   "  - always: cluster.dr.connection != Failed\n"
                   "  - eventually: cluster.prod.connection == Failed\n"
                   "    within: 40s\n"
                   "    after: cut.start\n");
    const auto found = spokelab("sweep " + dir_.at("hunt.yaml") + " --seeds 20 --until-fail");
    ASSERT_EQ(found.code, 1) << plant << found.text;
    const auto small = plant + ".yaml";
    const auto ended =
        spokelab("shrink " + dir_.at("hunt.yaml") + " --seed 1 -o " + dir_.at(small));
    ASSERT_EQ(ended.code, 0) << ended.text;
    const auto text = dir_.read(small);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 25) << text;
    EXPECT_THAT(text, AllOf(HasSubstr("spokelab.plant: " + plant),
                            Not(HasSubstr("spokelab.evidence")), Not(HasSubstr("steps:"))));
    EXPECT_EQ(spokelab("run --no-reports " + dir_.at(small)).code, 1);
  }
}

TEST_F(Shrink, WritesOutOneCombinationOfAMatrixWithItsModules) {
  dir_.write("modules/world.yaml",
             "module: world\nparameters:\n  where: {type: name}\nworld:\n  hub: {region: us-east}\n"
             "  clusters:\n    prod: {region: $where}\n");
  dir_.write("matrix.yaml",
             "scenario: matrix\nbecause: b\nlasts: 2m\nmatrix: {where: [us-west, eu-west]}\n"
             "use: {file: modules/world.yaml, with: {where: $where}}\n"
             "faults:\n  cut: {what: blackhole, on: prod, at: 1m, for: 50s}\n"
             "expect:\n  - never: cluster.prod.connection == Failed\n");
  const auto which = spokelab("shrink " + dir_.at("matrix.yaml"));
  EXPECT_EQ(which.code, 4);
  EXPECT_THAT(which.text, AllOf(HasSubstr("which of its variants"), HasSubstr("where=eu-west")));
  const auto ended = spokelab(
      "shrink " + dir_.at("matrix.yaml") + " --variant where=eu-west -o - --runs 3", "2>/dev/null");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.text, AllOf(HasSubstr("region: eu-west"), Not(HasSubstr("\nuse:")),
                                Not(HasSubstr("matrix:"))));
}

}  // namespace
}  // namespace spokelab::harness
