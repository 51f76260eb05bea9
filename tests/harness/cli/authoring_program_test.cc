// spokelab plan, init, examples and validate --fix, as people run them.
#include <gmock/gmock.h>

#include <sstream>

#include "base/json.h"
#include "tests/harness/cli/program.h"
#include "tests/harness/cli/scenario_files.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Authoring : public ScenarioFiles {};

TEST_F(Authoring, PlansWithoutPlaying) {
  const auto file = scenario(std::string(kOutage) + "limits:\n  lost: {failover: 1m}\n");
  const auto ended = spokelab("plan " + file + " --seed 4");
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(ended.text,
              AllOf(HasSubstr("seed 4"), HasSubstr("00:02:00.0  fault lost begins"),
                    HasSubstr("failover of lost takes at most 1m00s"), HasSubstr("settle = 10m")));
  const auto document = parse_json(spokelab("plan -o json " + file).text);
  ASSERT_TRUE(document);
  EXPECT_EQ(text_at(*document, {"kind"}), "ScenarioPlan");
  EXPECT_EQ(spokelab("plan " + dir_.at("none.yaml")).code, 3);
  EXPECT_EQ(spokelab("plan " + file + " --variant x=1").code, 4);
}

TEST_F(Authoring, PlansEveryShippedScenario) {
  const auto document = parse_json(spokelab("examples -o json").text);
  ASSERT_TRUE(document);
  ASSERT_GE((*document)["items"].size(), 20u);
  for (const auto& one : (*document)["items"]) {
    const auto ended = spokelab("plan " + text_at(one, {"file"}));
    EXPECT_EQ(ended.code, 0) << ended.text;
    EXPECT_THAT(ended.text, HasSubstr("WHAT MUST HOLD"));
  }
}

TEST_F(Authoring, TellsMistakesToMachines) {
  dir_.write("wrong.yaml", "scenario: a\nbecause: b\nlast: 5m\n");
  const auto file = dir_.at("wrong.yaml");
  const auto ended = spokelab("validate -o json " + file);
  EXPECT_EQ(ended.code, 3);
  const auto document = parse_json(ended.text);
  ASSERT_TRUE(document) << ended.text;
  EXPECT_EQ(text_at(*document, {"kind"}), "DiagnosticList");
  bool found = false;
  for (const auto& one : (*document)["items"]) {
    if (text_at(one, {"code"}) != "SL2001") continue;
    found = true;
    EXPECT_EQ(text_at(one, {"file"}), file);
    EXPECT_EQ(one["line"], 3);
    EXPECT_EQ(one["column"], 1);
    EXPECT_EQ(text_at(one, {"fix"}), "did you mean `lasts`?");
  }
  EXPECT_TRUE(found) << ended.text;
}

TEST_F(Authoring, MendsInWordsOnly) {
  dir_.write("wrong.yaml", "scenario: a\nbecause: b\nlast: 5m\n");
  const auto ended = spokelab("validate --fix -o json " + dir_.at("wrong.yaml"));
  EXPECT_EQ(ended.code, 4);
  EXPECT_THAT(ended.text, HasSubstr("excludes"));
}

TEST_F(Authoring, CompletesCommandsAndOptionsInAShell) {
  const auto ended = spokelab("completion");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.text, AllOf(HasSubstr("validate) words="), HasSubstr("--check-determinism"),
                                HasSubstr("complete -o filenames -F _spokelab spokelab")));
}

TEST_F(Authoring, ListsExamplesByFolderWithinAHundredColumns) {
  const auto list = spokelab("examples -q");
  EXPECT_THAT(list.text, AllOf(HasSubstr("\nargocd/\n"), HasSubstr("\nlibrary/\n")));
  std::istringstream lines(list.text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST_F(Authoring, ListsAndPrintsExamples) {
  const auto list = spokelab("examples");
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.text, AllOf(HasSubstr("prod-outage"), HasSubstr("f01-green-lie"),
                               HasSubstr("must be served from DR")));
  const auto one = spokelab("examples prod-outage");
  EXPECT_THAT(one.text, HasSubstr("\nscenario: prod-outage\n"));
  const auto none = spokelab("examples prod-outrage");
  EXPECT_EQ(none.code, 4);
  EXPECT_THAT(none.text, HasSubstr("did you mean 'prod-outage'?"));
}

TEST_F(Authoring, BeginsWithACopyThatCanBePlayed) {
  const auto ended = spokelab("init " + dir_.at("lab"));
  ASSERT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(dir_.read("lab/prod-outage.yaml"),
              StartsWith("# yaml-language-server: $schema=./scenario.schema.json\n"));
  EXPECT_FALSE(dir_.read("lab/scenario.schema.json").empty());
  EXPECT_EQ(spokelab("validate " + dir_.at("lab/prod-outage.yaml")).code, 0);
  EXPECT_EQ(spokelab("init " + dir_.at("lab")).code, 0) << "the same files once more";
  dir_.write("lab/prod-outage.yaml", "mine");
  const auto again = spokelab("init " + dir_.at("lab"));
  EXPECT_EQ(again.code, 7);
  EXPECT_THAT(again.text, HasSubstr("is there already"));
  EXPECT_EQ(dir_.read("lab/prod-outage.yaml"), "mine");
  EXPECT_EQ(spokelab("init --force " + dir_.at("lab")).code, 0);
  EXPECT_NE(dir_.read("lab/prod-outage.yaml"), "mine");
}

TEST_F(Authoring, BringsModulesManifestsAndRepositoriesAlong) {
  const auto ended = spokelab("init --from f08-thundering-herd " + dir_.at("a/my-herd.yaml"));
  ASSERT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(dir_.read("a/my-herd.yaml"), HasSubstr("scenario: my-herd\n"));
  EXPECT_EQ(spokelab("validate " + dir_.at("a/my-herd.yaml")).code, 0);
  for (const char* name : {"f01-green-lie", "f10-empty-world", "f07-delete-with-spoke-gone"}) {
    const auto one = spokelab("init --from " + std::string(name) + " " + dir_.at(name));
    EXPECT_EQ(one.code, 0) << one.text;
    EXPECT_THAT(dir_.read(std::string(name) + "/" + name + ".yaml"), Not(HasSubstr("../")));
  }
}

TEST_F(Authoring, FixesWhatIsCertainAndLeavesTheRestByteForByte) {
  const auto file = small(
      "faults:\n  x: {what: refuzed,   on: prodd, at: 1m, for: 1m}  # odd  \n"
      "expect:\n  - never: cluster.prod.connection == Failed\n");
  const auto before = dir_.read("small.yaml");
  const auto dry = spokelab("validate --fix --dry-run " + file);
  EXPECT_EQ(dry.code, 3);
  EXPECT_EQ(dir_.read("small.yaml"), before);
  const auto ended = spokelab("validate --fix " + file);
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(ended.text, AllOf(HasSubstr(":9:13: refuzed -> refused"), HasSubstr("prodd -> prod"),
                                HasSubstr("2 fixed"), HasSubstr("fine")));
  auto wanted = before;
  wanted.replace(wanted.find("refuzed"), 7, "refused");
  wanted.replace(wanted.find("prodd"), 5, "prod");
  EXPECT_EQ(dir_.read("small.yaml"), wanted);
  const auto again = spokelab("validate --fix " + file);
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.text, Not(HasSubstr("fixed")));
  EXPECT_EQ(dir_.read("small.yaml"), wanted);
}

}  // namespace
}  // namespace spokelab::harness
