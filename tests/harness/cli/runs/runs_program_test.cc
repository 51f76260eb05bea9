// spokelab diff and replay, as scripts run them.
#include <gmock/gmock.h>

#include "base/json.h"
#include "harness/cli/runs/instant.h"
#include "harness/cli/runs/state.h"
#include "tests/harness/cli/program.h"
#include "tests/harness/cli/scenario_files.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCut =
    "faults:\n  cut: {what: blackhole, on: prod, at: 60s, for: 50s}\n"
    "expect:\n  - reached: cluster.prod.connection == Failed\n";

class KeptRuns : public ScenarioFiles {
 protected:
  std::string kept(const std::string& name, const std::string& arguments = "") {
    const auto ended =
        spokelab("-q run " + small(kCut) + " --out " + dir_.at(name) + " " + arguments);
    EXPECT_EQ(ended.code, 0) << ended.text;
    return dir_.at(name);
  }
};

TEST(Instants, AreTimesOrEvents) {
  reports::Run run;
  const auto add = [&](int second, EventKind kind, const char* subject, const char* value) {
    Event event;
    event.id = run.events.size() + 1;
    event.at = RunTime(std::chrono::seconds(second));
    event.kind = kind;
    event.subject = subject;
    event.value = value;
    run.events.push_back(event);
  };
  add(20, EventKind::run, "run.phase", "ready");
  add(60, EventKind::fault, "fault.cut", "active");
  add(90, EventKind::fault, "step.drift", "done");
  add(110, EventKind::fault, "fault.cut", "healed");
  const auto seconds = [&](const char* text) {
    const auto at = instant_of(text, run);
    return at ? at->time_since_epoch().count() / 1'000'000 : -1;
  };
  EXPECT_EQ(seconds("5m41.6s"), 341'600);
  EXPECT_EQ(seconds("00:05:41.6"), 341'600);
  EXPECT_EQ(seconds("05:41"), 341'000);
  EXPECT_EQ(seconds("ready"), 20'000);
  EXPECT_EQ(seconds("cut.start"), 60'000);
  EXPECT_EQ(seconds("cut.end"), 110'000);
  EXPECT_EQ(seconds("drift.end"), 90'000);
  EXPECT_EQ(seconds("#2"), 60'000);
  for (const char* wrong : {"", "x", "#0", "#9", "1:99", "0", "-5s"}) EXPECT_EQ(seconds(wrong), -1);
  EXPECT_THAT(instant_of("cut.strat", run).error().message(), HasSubstr("did you mean cut.start?"));
}

TEST_F(KeptRuns, AreTheSameRunWithTheSameSeed) {
  const auto a = kept("a");
  const auto b = kept("b");
  const auto ended = spokelab("diff " + a + " " + b);
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(ended.text, HasSubstr("are the same run"));
}

TEST_F(KeptRuns, DifferInTimingsAndHistoryWithAnotherSeed) {
  const auto a = kept("a");
  const auto b = kept("b", "--seed 2");
  const auto ended = spokelab("diff " + a + " " + b);
  EXPECT_EQ(ended.code, 1) << ended.text;
  EXPECT_THAT(ended.text, AllOf(HasSubstr("seed"), HasSubstr("The histories part at event ")));
  const auto document = parse_json(spokelab("diff -o json " + a + " " + b).text);
  ASSERT_TRUE(document);
  EXPECT_EQ(text_at(*document, {"kind"}), "RunDiff");
  EXPECT_FALSE((*document)["parting"]["before"].empty());
}

TEST_F(KeptRuns, AreReplayedToAnInstantAndShowHowThingsStand) {
  const auto run = kept("a");
  const auto ended = spokelab("replay " + run + " --until 100s");
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(ended.text,
              AllOf(HasSubstr("fault cut begins"), Not(HasSubstr("fault cut is healed")),
                    HasSubstr("At 00:01:40.0"), HasSubstr("fault in force: cut: blackhole on prod"),
                    HasSubstr("Failed"), HasSubstr("events are as they were kept")));
  const auto document = parse_json(spokelab("replay " + run + " --until cut.end -o json").text);
  ASSERT_TRUE(document);
  EXPECT_EQ((*document)["clusters"][0]["name"], "prod");
  EXPECT_EQ((*document)["clusters"][0]["reachable"], "true");
  EXPECT_EQ((*document)["faults"].size(), 0u);
  EXPECT_EQ((*document)["asKept"], true);
}

TEST_F(KeptRuns, AreReplayedWhole) {
  const auto ended = spokelab("replay " + kept("a"));
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_THAT(ended.text, HasSubstr("the run is over: passed"));
}

TEST_F(KeptRuns, TellTheFirstEventThatIsAnother) {
  const auto run = kept("a", "--seed 1");
  // The kept text says 50s; a changed one is another story.
  auto text = dir_.read("a/small.slrun");
  const auto at = text.find("at: 60s, for: 50s");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 17, "at: 61s, for: 50s");
  dir_.write("a/small.slrun", text);
  const auto ended = spokelab("replay " + run);
  EXPECT_EQ(ended.code, 6) << ended.text;
  EXPECT_THAT(ended.text, AllOf(HasSubstr("not the same history"), HasSubstr("  kept  "),
                                HasSubstr("  now   ")));
}

TEST_F(KeptRuns, MustBeThere) {
  EXPECT_EQ(spokelab("replay " + dir_.at("none")).code, 7);
  EXPECT_EQ(spokelab("diff " + dir_.at("none") + " " + dir_.at("none")).code, 7);
  dir_.write("x.slrun", "{}\n");
  EXPECT_EQ(spokelab("replay " + dir_.at("x.slrun")).code, 3);
  EXPECT_EQ(spokelab("replay " + kept("a") + " --until never.start").code, 4);
}

}  // namespace
}  // namespace spokelab::harness
