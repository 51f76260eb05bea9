// The terminal: story, summary, table.
#include "reports/terminal.h"

#include <gmock/gmock.h>

#include <array>
#include <sstream>

#include "reports/text.h"
#include "tests/reports/fixture.h"

namespace spokelab::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string story_of(const reports::Run& run, TerminalOptions options) {
  std::string out;
  Story story(options, [&out](std::string_view lines) { out += lines; });
  for (const auto& event : run.events) story.tell(event);
  story.finish();
  return out;
}

void expect_narrow(const std::string& text, std::size_t width) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), width) << line;
}

TEST(Story, TellsWhatAPersonCaresAbout) {
  const auto text = story_of(prod_outage(), {});
  for (const char* line :
       {"ready, 3 applications, 3 clusters: everything is synced",
        "00:05:00.0  prod        ! fault prod-lost begins: region-loss on prod",
        "00:05:18.2  prod        ✗ the hub calls prod Failed",
        "the router of agent calls prod unhealthy", "users of agent fail: 0% succeed",
        "users of agent are served again", "all users of agent are sent to dr",
        "hub replica hub-1 is stopped", "hub-2 owns staging", "app agent-prod: OutOfSync",
        "step new-image done", "liveness: every fault is healed"}) {
    EXPECT_TRUE(text.find(line) != std::string::npos) << line << "\nin\n" << text;
  }
}

TEST(Story, MakesOneLineOfTheSetUpAndIsShort) {
  const auto text = story_of(prod_outage(), {});
  EXPECT_THAT(text, Not(HasSubstr("agent-dr")));
  EXPECT_LE(count_of(text, "\n"), 45U) << text;
}

TEST(Story, KeepsToItsWidthAndToAsciiWhenTold) {
  TerminalOptions options;
  options.width = 80;
  options.ascii = true;
  const auto text = story_of(prod_outage(), options);
  expect_narrow(text, 80);
  for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x80U);
}

TEST(Story, SaysNothingWhenQuiet) {
  TerminalOptions options;
  options.quiet = true;
  EXPECT_EQ(story_of(prod_outage(), options), "");
}

TEST(Story, JoinsApplicationsOfOneInstantAndCountsWhatRepeats) {
  std::string out;
  Story story({}, [&out](std::string_view lines) { out += lines; });
  Event event;
  event.kind = EventKind::state;
  for (int second = 0; second < 100; ++second) {
    event.at = RunTime(std::chrono::milliseconds(100 * second));
    for (int i = 0; i < 50; ++i) {
      event.subject = "app.a" + std::to_string(i) + ".health";
      event.value = second % 2 == 0 ? "Degraded" : "Healthy";
      story.tell(event);
    }
  }
  story.finish();
  EXPECT_THAT(out, HasSubstr("50 apps: Degraded"));
  EXPECT_THAT(out, HasSubstr("and 76 more changes about applications"));
  EXPECT_LE(count_of(out, "\n"), 26U);
}

TEST(Story, TellsAFailedSetUpOnce) {
  std::string out;
  Story story({}, [&out](std::string_view lines) { out += lines; });
  Event event;
  event.kind = EventKind::run;
  event.subject = "run.phase";
  event.value = "set-up";
  story.tell(event);
  event = Event{};
  event.subject = "apply.hub";
  event.value = "failed";
  event.message = "Deployment x:\x1b[2J no matches";
  for (int i = 0; i < 100; ++i) {
    event.at = RunTime(std::chrono::seconds(i));
    story.tell(event);
  }
  story.finish();
  EXPECT_THAT(out, HasSubstr("applying to hub failed: Deployment x:"));
  EXPECT_THAT(out, Not(HasSubstr("\x1b")));
  EXPECT_LE(count_of(out, "\n"), 60U);
}

TEST(Summary, ShowsEachTimingWithItsLimitMarginAndParts) {
  const auto text = summary(prod_outage(), {}, "out/report.html");
  for (const char* part :
       {"prod-outage.yaml › prod-outage", "virtual 31m00s in 93ms (20,000x), seed 7",
        "✓ prod-lost detection.hub", "18.2s  ≤ 30s", "11.8s left",
        "failed probe 1 8.2s + failed probe 2 10s", "✓ liveness:", "PASSED",
        "drawn from the seed: faults.prod-lost.latency = 173ms", "report: out/report.html",
        "Replay: spokelab run scenarios/prod-outage.yaml --seed 7"}) {
    EXPECT_TRUE(text.find(part) != std::string::npos) << part << "\nin\n" << text;
  }
  expect_narrow(text, 100);
  EXPECT_THAT(text, Not(HasSubstr("\033")));
}

TEST(Summary, SaysWhatFailedAndWhereItIsWritten) {
  const auto text = summary(prod_outage_failed(), {});
  for (const char* part :
       {"✗ prod-lost failover", "4.9s over", "scenarios/prod-outage.yaml:16:38", "never", "FAILED",
        "? eventually:", "- failover of prod-lost took 29.9s"}) {
    EXPECT_TRUE(text.find(part) != std::string::npos) << part << "\nin\n" << text;
  }
}

TEST(Summary, IsQuietAboutWhatPassed) {
  TerminalOptions options;
  options.quiet = true;
  EXPECT_EQ(summary(prod_outage(), options), "");
  const auto text = summary(prod_outage_failed(), options);
  EXPECT_THAT(text, Not(HasSubstr("detection.hub")));
  EXPECT_THAT(text, HasSubstr("failover"));
}

TEST(Summary, ColoursOnlyWhenTold) {
  TerminalOptions options;
  options.colour = true;
  EXPECT_THAT(summary(prod_outage(), options), HasSubstr("\033[32m✓\033[0m"));
}

TEST(Table, ListsRunsAndCountsVerdicts) {
  const std::array runs{prod_outage(), prod_outage_failed()};
  const auto text = table(runs, {});
  EXPECT_THAT(text, HasSubstr("2 runs: 1 passed, 1 failed, 0 inconclusive"));
  expect_narrow(text, 100);
}

TEST(Table, TellsWhatEndsAsStatedFromWhatDoesNot) {
  std::array runs{prod_outage(), prod_outage_failed()};
  for (auto& run : runs) run.stated = Verdict::failed;
  const auto text = table(runs, {});
  EXPECT_THAT(text, HasSubstr("but the scenario states failed"));
  EXPECT_THAT(text, HasSubstr("as the scenario states\n"));
  EXPECT_THAT(text, HasSubstr("1 not passed as stated; 1 passed against what is stated"));
  TerminalOptions quiet;
  quiet.quiet = true;
  EXPECT_EQ(summary(runs[1], quiet), "");
  EXPECT_THAT(summary(runs[0], quiet), HasSubstr("PASSED but the scenario states failed"));
}

TEST(Text, CleansControlAndDirectionMarksAndBrokenUtf8) {
  EXPECT_EQ(clean("a\x1b[1mb"), "a\xef\xbf\xbd[1mb");
  EXPECT_EQ(clean("a\nb\tc"), "a b c");
  EXPECT_EQ(clean("\xc0\xaf\xed\xa0\x80"),
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(clean("x\u202ey"), "x\xef\xbf\xbdy");
  EXPECT_EQ(clean("grün ✓"), "grün ✓");
}

TEST(Text, WrapsAndCutsByCharacters) {
  EXPECT_EQ(fit("grünes Licht", 6), "grüne…");
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("üüüüü", 2), (std::vector<std::string>{"üü", "üü", "ü"}));
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(999), "999");
}

TEST(Text, JoinsTheShortestPartsOfALongTiming) {
  Timing timing;
  for (int i = 0; i < 10; ++i)
    timing.parts.push_back(
        {"p" + std::to_string(i), std::chrono::seconds(i == 3 || i == 9 ? 60 : 1)});
  const auto parts = main_parts(timing, 2);
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[0].what, "3 short steps");
  EXPECT_EQ(parts[1].what, "p3");
  EXPECT_EQ(parts[2].span, std::chrono::seconds(5));
}

}  // namespace
}  // namespace spokelab::reports
