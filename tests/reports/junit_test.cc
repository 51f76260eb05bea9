// JUnit XML and Markdown.
#include "reports/junit.h"

#include <gmock/gmock.h>

#include <array>
#include <fstream>

#include "reports/markdown.h"
#include "tests/reports/fixture.h"

namespace spokelab::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(JUnit, HasACaseForEachLimitAndEachExpectation) {
  const std::array runs{prod_outage_failed()};
  const auto xml = junit_xml(runs);
  std::ofstream(testing::TempDir() + "spokelab-junit.xml", std::ios::binary) << xml;
  EXPECT_EQ(count_of(xml, "<testcase "), 4U + 3U);
  EXPECT_THAT(xml,
              HasSubstr("tests=\"7\" failures=\"3\" errors=\"0\" skipped=\"1\" time=\"0.093\""));
  EXPECT_THAT(xml, HasSubstr("classname=\"scenarios/prod-outage.yaml::prod-outage\" "
                             "name=\"prod-lost: failover ≤ 25s (fault=refused, "
                             "spokes=3) [seed 7]\""));
  EXPECT_THAT(xml, HasSubstr("file=\"scenarios/prod-outage.yaml\" line=\"16\""));
  EXPECT_THAT(xml, HasSubstr("observed: 29.9s&#10;limit: 25s"));
  EXPECT_THAT(xml,
              HasSubstr("written at: scenarios/prod-outage.yaml:16:38&#10;replay: spokelab run"));
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"inconclusive: not true by the end"));
}

TEST(JUnit, KeepsNamesUniqueOverManyRuns) {
  const std::array runs{prod_outage(), prod_outage()};
  const auto xml = junit_xml(runs);
  EXPECT_EQ(count_of(xml, "failover ≤ 1m00s [seed 7]\""), 1U);
  EXPECT_EQ(count_of(xml, "failover ≤ 1m00s [seed 7] #2\""), 1U);
}

TEST(JUnit, GivesARunThatFailedOtherwiseACaseOfItsOwn) {
  auto run = prod_outage();
  run.verdict = Verdict::failed;
  run.reasons = {"fault prod-lost hit nothing"};
  const std::array runs{run};
  const auto xml = junit_xml(runs);
  EXPECT_THAT(xml, HasSubstr("the run as a whole"));
  EXPECT_THAT(xml, HasSubstr("failures=\"1\""));
}

TEST(JUnit, SkipsWhatFailsAsItsScenarioStates) {
  auto run = prod_outage_failed();
  run.stated = Verdict::failed;
  const auto xml = junit_xml(std::array{run});
  EXPECT_THAT(xml, HasSubstr("failures=\"0\""));
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"failed as the scenario states: "));
}

TEST(JUnit, FailsWhatPassesAgainstWhatItsScenarioStates) {
  auto run = prod_outage();
  run.stated = Verdict::failed;
  const auto xml = junit_xml(std::array{run});
  EXPECT_THAT(xml, HasSubstr("failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("it passed, but the scenario states failed"));
}

TEST(JUnit, WritesNothingThatXmlForbids) {
  auto run = prod_outage_failed();
  run.expectations[0].message = "a\x01 \x1b <b> & \"c\" \xff ]]> \xef\xbf\xbe";
  run.expectations[0].text = "x\ny";
  const std::array runs{run};
  const auto xml = junit_xml(runs);
  EXPECT_THAT(xml, StartsWith("<?xml"));
  EXPECT_THAT(xml, HasSubstr("&lt;b&gt; &amp; &quot;c&quot; \xef\xbf\xbd ]]&gt;"));
  for (const char c : xml) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

TEST(Markdown, OpensFailuresAndFoldsWhatPassed) {
  const std::array runs{prod_outage(), prod_outage_failed()};
  const auto text = markdown(runs);
  std::ofstream(testing::TempDir() + "spokelab-summary.md", std::ios::binary) << text;
  EXPECT_THAT(text, HasSubstr("1 passed, 1 failed, 0 inconclusive"));
  EXPECT_LT(text.find("❌ prod-outage"), text.find("✅ prod-outage"));
  EXPECT_THAT(text, HasSubstr("| ❌ | prod-lost failover | 29.9s | 25s | 4.9s over |"));
  EXPECT_THAT(text, HasSubstr("<summary>Timings and expectations</summary>"));
}

TEST(Markdown, CannotBeBrokenOutOf) {
  auto run = prod_outage_failed();
  run.scenario = "<b>|*x*`@all";
  run.expectations[0].text = "a`b|c";
  const std::array runs{run};
  const auto text = markdown(runs);
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
  EXPECT_THAT(text, Not(HasSubstr("@all")));
  EXPECT_THAT(text, HasSubstr("`a'b\\|c`"));
}

TEST(Markdown, IsCutBeforeAPageIsFull) {
  const std::vector<reports::Run> runs(600, prod_outage_failed());
  const auto text = markdown(runs);
  EXPECT_LE(text.size(), kMarkdownBytesMax + 100);
  EXPECT_THAT(text, HasSubstr("left out: the page is full"));
}

}  // namespace
}  // namespace spokelab::reports
