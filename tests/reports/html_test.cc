// The HTML page.
#include "reports/html.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/reports/fixture.h"

namespace spokelab::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

void write(const std::string& name, const std::string& text) {
  std::ofstream(testing::TempDir() + name, std::ios::binary) << text;
}

TEST(HtmlReport, HoldsTheVerdictAndEveryNumberWithoutScript) {
  const auto page = to_html(prod_outage());
  write("spokelab-report.html", page);
  for (const char* text :
       {"✓ PASSED", "prod-outage", "18.2s", "≤ 30s", "11.8s left", "29.9s", "reconvergence",
        "spokelab run scenarios/prod-outage.yaml --seed 7", "prod-lost: region-loss on prod",
        "id=L16", "id=e1>", "aria-labelledby", "<desc", "173ms", "18,422"}) {
    EXPECT_TRUE(page.find(text) != std::string::npos) << text;
  }
}

TEST(HtmlReport, LoadsNothingAndForbidsIt) {
  const auto page = to_html(prod_outage());
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* text :
       {"src=\"http", "href=\"http", "@import", "<link rel=\"stylesheet\"", "<img"}) {
    EXPECT_THAT(page, Not(HasSubstr(text)));
  }
}

TEST(HtmlReport, IsTheSameBytesForTheSameRunAndSmall) {
  const auto page = to_html(prod_outage());
  EXPECT_EQ(page, to_html(prod_outage()));
  EXPECT_LE(page.size(), 300'000U);
}

TEST(HtmlReport, PutsFailuresFirstAndSaysThem) {
  const auto page = to_html(prod_outage_failed());
  write("spokelab-report-failed.html", page);
  EXPECT_THAT(page, HasSubstr("✗ FAILED"));
  EXPECT_THAT(page, HasSubstr("4.9s over"));
  EXPECT_LT(page.find("app.agent-staging.health == Healthy</code>"),
            page.find("cluster.prod.connection == Failed within"));
  EXPECT_THAT(page, HasSubstr("&lt;Degraded&gt; &amp; &quot;odd&quot;"));
}

TEST(HtmlReport, EscapesWhateverARunMaySay) {
  auto run = prod_outage();
  const std::string evil = "</script><img src=x onerror=alert(1)>\x01\xff'\"";
  run.scenario = run.because = run.variant = run.file = run.source = run.replay = run.hash = evil;
  run.clusters.push_back({evil, evil, evil});
  run.faults.push_back(
      {evil, evil, evil, RunTime(std::chrono::seconds(30)), std::nullopt, 0, {evil}});
  run.reasons = {evil};
  run.counters.emplace_back(evil, 1);
  run.drawn.emplace_back(evil, evil);
  for (std::size_t i = 0; i < run.events.size(); i += 3) {
    auto& event = run.events[i];
    event.who = event.value = event.cluster = event.message = evil;
  }
  run.timings[0].name = run.timings[0].parts[0].what = evil;
  run.expectations[0].text = evil;
  const auto page = to_html(run);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_EQ(count_of(page, "</script>"), 1U);
  EXPECT_THAT(page, Not(HasSubstr("\x01")));
}

TEST(HtmlReport, ThinsALongLogAndSaysSo) {
  auto run = prod_outage();
  for (int i = 0; i < 20'000; ++i) {
    Event event;
    event.id = run.events.size() + 1;
    event.at = run.ended;
    event.subject = "object.prod.pods.agent.a";
    event.value = "write";
    run.events.push_back(event);
  }
  const auto page = to_html(run);
  EXPECT_THAT(page, HasSubstr("of less weight are left out here"));
  EXPECT_LE(page.size(), 2'000'000U);
}

TEST(HtmlReport, DrawsARunInWhichNothingHappened) {
  reports::Run run;
  run.verdict = Verdict::inconclusive;
  run.reasons = {"hub profile: unknown setting"};
  const auto page = to_html(run);
  EXPECT_THAT(page, HasSubstr("INCONCLUSIVE"));
  EXPECT_THAT(page, HasSubstr("hub profile: unknown setting"));
}

TEST(HtmlReport, StaysReadableWithAThousandClusters) {
  auto run = prod_outage();
  for (int i = 0; i < 1000; ++i) run.clusters.push_back({"c" + std::to_string(i), "r", "spoke"});
  const auto page = to_html(run);
  EXPECT_THAT(page, HasSubstr("clusters with less news are left out"));
  EXPECT_LE(page.size(), 300'000U);
}

}  // namespace
}  // namespace spokelab::reports
