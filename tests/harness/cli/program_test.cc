// The program as scripts and CI jobs meet it: exit codes, reports, messages.
#include "tests/harness/cli/program.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>

#include "tests/harness/cli/scenario_files.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class Program : public ScenarioFiles {};

TEST_F(Program, Returns0WhenAllPassed) {
  const auto file = scenario(std::string(kOutage) + "limits:\n  lost: {failover: 1m}\n");
  const auto ended = spokelab("run " + file + " --out " + dir_.at("out"));
  EXPECT_EQ(ended.code, 0) << ended.text;
  const auto junit = dir_.read("out/junit.xml");
  EXPECT_THAT(junit, AllOf(HasSubstr("<testsuites"), HasSubstr("failures=\"0\""),
                           Not(HasSubstr("<failure"))));
  for (const char* report :
       {"in-a-test.html", "in-a-test.json", "in-a-test.slrun", "in-a-test.md"}) {
    EXPECT_FALSE(dir_.read(std::string("out/") + report).empty()) << report;
  }
}

TEST_F(Program, Returns1WhenALimitIsBrokenAndTurnsThatTestCaseRed) {
  const auto file =
      scenario(std::string(kOutage) + "limits:\n  lost: {failover: 1ms, detection.hub: 1m}\n");
  const auto ended = spokelab("run " + file + " --out " + dir_.at("out"));
  EXPECT_EQ(ended.code, 1) << ended.text;
  const auto junit = dir_.read("out/junit.xml");
  const auto failure = junit.find("<failure");
  ASSERT_NE(failure, std::string::npos) << junit;
  EXPECT_EQ(junit.find("<failure", failure + 1), std::string::npos) << "only one test case is red\n"
                                                                    << junit;
  const auto red =
      junit.substr(junit.rfind("<testcase", failure), failure - junit.rfind("<testcase", failure));
  EXPECT_THAT(red, AllOf(HasSubstr("failover"), Not(HasSubstr("detection"))));
}

TEST_F(Program, Returns2WhenARunDecidesNothing) {
  const auto file =
      scenario("expect:\n  - eventually: app.agent-prod.health == Degraded\n    within: 30m\n");
  const auto ended = spokelab("run " + file);
  EXPECT_EQ(ended.code, 2) << ended.text;
}

TEST_F(Program, Returns3AndThePlaceWhenAScenarioIsWrong) {
  const auto file = scenario("faults:\n  lost: {what: region-los, on: prod, at: 2m, for: 1m}\n");
  for (const char* command : {"run ", "validate ", "sweep "}) {
    const auto ended = spokelab(command + file);
    EXPECT_EQ(ended.code, 3) << command << ended.text;
    EXPECT_THAT(ended.text, HasSubstr(file + ":")) << command;
    EXPECT_THAT(ended.text, HasSubstr("region-loss")) << "did you mean";
    const auto place = ended.text.substr(ended.text.find(file) + file.size(), 12);
    EXPECT_THAT(place.substr(0, place.find_first_not_of(":0123456789")),
                MatchesRegex(":[0-9]+:[0-9]+:?"));
  }
}

TEST_F(Program, Returns3WhenThereIsNoSuchFile) {
  EXPECT_EQ(spokelab("run " + dir_.at("none.yaml")).code, 3);
}

TEST_F(Program, Returns4ForAWrongCommandLine) {
  for (const char* wrong : {"run", "run --sed 4 x.yaml", "frobnicate", "run x.yaml -o xml",
                            "--color sometimes run x.yaml"}) {
    EXPECT_EQ(spokelab(wrong).code, 4) << wrong;
  }
  EXPECT_THAT(spokelab("sweeep x.yaml").text, HasSubstr("Did you mean: spokelab sweep"));
}

TEST_F(Program, Returns7WhenReportsCannotBeWritten) {
  dir_.write("file", "not a directory");
  EXPECT_EQ(spokelab("run " + scenario(kOutage) + " --out " + dir_.at("file/out")).code, 7);
}

TEST_F(Program, Returns0ForHelpAndVersion) {
  EXPECT_THAT(spokelab("--version").text, StartsWith("spokelab 0."));
  for (const char* fine : {"--help", "run --help", "--version", "schema", "explain faults"}) {
    EXPECT_EQ(spokelab(fine).code, 0) << fine;
  }
}

TEST_F(Program, PrintsNothingButTheHashWhenAsked) {
  const auto file = scenario(kOutage);
  const auto hash = [&](const std::string& seed) {
    return spokelab("run " + file + " --hash-only -q --seed " + seed, "2>/dev/null").text;
  };
  const auto first = hash("3");
  EXPECT_THAT(first, MatchesRegex("[0-9a-f]{16}\n"));
  EXPECT_EQ(hash("3"), first);
  EXPECT_NE(hash("4"), first);
}

TEST_F(Program, PlaysTwiceToProveThatNothingLeaks) {
  const auto ended = spokelab("run " + scenario(kOutage) + " --check-determinism");
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(ended.text, HasSubstr("two runs, one hash"));
}

TEST_F(Program, SweepsSeedsInWorkers) {
  const auto file = scenario(std::string(kOutage) + "limits:\n  lost: {failover: 1m}\n");
  const auto ended = spokelab("sweep " + file + " --seeds 3..6 -j 2 --out " + dir_.at("out"));
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(ended.text, HasSubstr("4"));
  const auto red = scenario(std::string(kOutage) + "limits:\n  lost: {failover: 1ms}\n");
  EXPECT_EQ(spokelab("sweep " + red + " --seeds 2").code, 1);
}

TEST_F(Program, MakesEveryReportOfARunThatWasKept) {
  ASSERT_EQ(spokelab("-q run " + scenario(kOutage) + " --out " + dir_.at("out")).code, 0);
  for (const char* format : {"html", "json", "junit", "md", "text"}) {
    const auto ended = spokelab("report " + dir_.at("out") + " -o " + format);
    EXPECT_EQ(ended.code, 0) << format << ended.text;
    EXPECT_THAT(ended.text, HasSubstr("in-a-test")) << format;
  }
}

}  // namespace
}  // namespace spokelab::harness
