// spokelab get, describe, history, app-diff and metrics on a run that was kept, as scripts run
// them.
#include <gmock/gmock.h>

#include "base/json.h"
#include "tests/harness/cli/program.h"
#include "tests/harness/cli/scenario_files.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Looking : public ScenarioFiles {
 protected:
  Looking() {
    const auto ended = spokelab("-q run " + scenario(kOutage) + " --out " + dir_.at("out"));
    run_ = " --run " + dir_.at("out");
    EXPECT_THAT(ended.code, ::testing::AnyOf(0, 1)) << ended.text;
  }
  Ended at(const std::string& instant, const std::string& command) const {
    return spokelab("-q " + command + run_ + " --at " + instant);
  }

  std::string run_;
};

TEST_F(Looking, ShowsHowAHubStoodAtInstantsOfARun) {
  EXPECT_THAT(at("1m50s", "get clusters").text,
              AllOf(HasSubstr("Successful"), Not(HasSubstr("Failed"))));
  EXPECT_THAT(at("2m50s", "get clusters prod").text, HasSubstr("Failed"));
  EXPECT_THAT(at("lost.end", "get clusters prod -o wide").text, HasSubstr(" ago"));

  const auto apps = at("1m50s", "get apps");
  EXPECT_EQ(apps.code, 0) << apps.text;
  EXPECT_THAT(apps.text, AllOf(StartsWith("NAME "), HasSubstr("argocd/agent-prod "),
                               HasSubstr("Synced  Healthy"), HasSubstr("argocd/agent-dr ")));
  EXPECT_EQ(at("1m50s", "get apps agent-dr -o name").text, "application.argoproj.io/agent-dr\n");
  EXPECT_THAT(at("1m50s", "get appsets").text, HasSubstr("ResourcesUpToDate"));
  EXPECT_THAT(at("10ms", "get apps").text, HasSubstr("No apps found."));

  const auto list = parse_json(at("1m50s", "get apps -o json").text);
  ASSERT_TRUE(list);
  EXPECT_EQ(text_at(*list, {"kind"}), "ApplicationList");
  EXPECT_EQ((*list)["items"].size(), 2u);
  const auto one = parse_json(at("1m50s", "get apps agent-dr -o json").text);
  ASSERT_TRUE(one);
  EXPECT_EQ(text_at(*one, {"metadata", "name"}), "agent-dr");

  EXPECT_THAT(
      at("1m50s", "describe app agent-prod").text,
      AllOf(StartsWith("Name:               argocd/agent-prod\n"),
            HasSubstr("Health Status:      Healthy\n"), HasSubstr("Phase:              Succeeded"),
            HasSubstr("\nGROUP "), HasSubstr("Deployment")));
  EXPECT_THAT(at("1m50s", "history agent-prod").text,
              AllOf(StartsWith("SOURCE "), HasSubstr("\n0 "), HasSubstr("2026-01-01 00:00:")));
  EXPECT_EQ(at("1m50s", "history agent-prod -o id").text, "0\n");
  const auto diff = at("1m50s", "app-diff agent-prod");
  EXPECT_EQ(diff.code, 0) << diff.text;
  EXPECT_EQ(diff.text, "");
  EXPECT_THAT(at("1m50s", "metrics").text,
              AllOf(HasSubstr("# TYPE argocd_app_info gauge\n"), HasSubstr("name=\"agent-prod\"")));
}

TEST_F(Looking, SaysWhatThereIsWhenItIsAskedForWhatThereIsNot) {
  const auto app = at("1m50s", "describe app agent-prd");
  EXPECT_EQ(app.code, 1);
  EXPECT_THAT(app.text, HasSubstr("did you mean agent-prod?"));
  EXPECT_EQ(at("1m50s", "get pods").code, 4);
  const auto later = at("3h", "get apps");
  EXPECT_EQ(later.code, 4);
  EXPECT_THAT(later.text, HasSubstr("the run ended at "));
  EXPECT_EQ(at("never.start", "get apps").code, 4);
  EXPECT_EQ(spokelab("get apps --at 1m").code, 4);
  const auto none = spokelab("get apps --run " + dir_.at("out/none.slrun"));
  EXPECT_EQ(none.code, 7);
  EXPECT_THAT(none.text, AllOf(HasSubstr("no such run"), HasSubstr(".slrun\n")));
  const auto mistaken = spokelab("diff app agent-prod");
  EXPECT_EQ(mistaken.code, 4);
  EXPECT_THAT(mistaken.text, HasSubstr("spokelab app-diff agent-prod"));
}

TEST_F(Looking, SaysWhenTheRunIsNotTheOneThatWasKept) {
  auto text = dir_.read("out/in-a-test.slrun");
  const std::string before = "on: prod, at: 2m,";
  const auto place = text.find(before);
  ASSERT_NE(place, std::string::npos);
  text.replace(place, before.size(), "on: prod, at: 1m,");
  dir_.write("out/in-a-test.slrun", text);
  const auto ended = at("90s", "get clusters");
  EXPECT_EQ(ended.code, 6) << ended.text;
  EXPECT_THAT(ended.text, HasSubstr("not the run that was kept"));
}

}  // namespace
}  // namespace spokelab::harness
