// Result JSON and run files.
#include "reports/json.h"

#include <gmock/gmock.h>

#include <array>

#include "base/json.h"
#include "reports/html.h"
#include "reports/terminal.h"
#include "tests/reports/fixture.h"

namespace spokelab::reports {
namespace {

using testing::HasSubstr;

TEST(ResultJson, HoldsVerdictTimingsAndReplay) {
  const std::array runs{prod_outage_failed()};
  const auto document = parse_json(result_json(runs));
  ASSERT_TRUE(document);
  EXPECT_EQ(text_at(*document, {"apiVersion"}), "spokelab.dev/v1");
  EXPECT_EQ(text_at(*document, {"kind"}), "RunResult");
  EXPECT_EQ(text_at(*document, {"verdict"}), "failed");
  const auto& timings = (*document)["timings"];
  EXPECT_EQ(timings[0]["measuredMs"], 18'200);
  EXPECT_EQ(timings[0]["marginMs"], 11'800);
  EXPECT_EQ(timings[0]["parts"][1]["span"], "10s");
  EXPECT_EQ(timings[3]["marginMs"], -4900);
  EXPECT_TRUE(timings[5]["measuredMs"].is_null());
  EXPECT_EQ((*document)["counters"]["messages"], 102'311);
  EXPECT_EQ((*document)["faults"][0]["startMs"], 300'000);
  EXPECT_FALSE(document->contains("history"));
}

TEST(ResultJson, MakesAListOfSeveralRuns) {
  const std::array runs{prod_outage(), prod_outage_failed()};
  const auto document = parse_json(result_json(runs));
  ASSERT_TRUE(document);
  EXPECT_EQ(text_at(*document, {"kind"}), "RunResultList");
  EXPECT_EQ((*document)["items"].size(), 2U);
}

TEST(RunFile, MakesEveryReportAgain) {
  const auto run = prod_outage_failed();
  const auto text = save_run(run);
  const auto again = load_run(text);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(save_run(*again), text);
  EXPECT_EQ(to_html(*again), to_html(run));
  EXPECT_EQ(summary(*again, {}), summary(run, {}));
}

TEST(RunFile, KeepsTextThatIsNoUtf8Readable) {
  auto run = prod_outage();
  run.events[3].message = "broken \xff here\n\x01";
  run.source = "\xfe";
  const auto again = load_run(save_run(run));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->events[3].message, "broken \xef\xbf\xbd here\n\x01");
}

TEST(RunFile, NoticesWhatWasCutOrAltered) {
  const auto text = save_run(prod_outage());
  auto altered = text;
  altered.replace(altered.find("region-loss on prod for 10m"), 11, "region-lost");
  const auto wrong = load_run(altered);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("not those that were written"));
  for (std::size_t cut = 0; cut < text.size(); cut += text.size() / 97) {
    EXPECT_FALSE(load_run(std::string_view(text).substr(0, cut)));
  }
  EXPECT_FALSE(load_run(text + "{}\n"));
}

TEST(RunFile, RefusesWhatIsNoRunFile) {
  const std::string head = R"({"format":"spokelab.run","version":1})"
                           "\n";
  const auto body = [](const reports::Run& run) {
    const auto text = save_run(run);
    const auto first = text.find('\n') + 1;
    return text.substr(first, text.find('\n', first) + 1 - first);
  };
  const auto good = head + body(reports::Run{});
  const std::string empty_end = R"({"digest":"cbf29ce484222325","events":0})";
  EXPECT_TRUE(load_run(good + empty_end));
  for (const auto& text : std::vector<std::string>{
           "", "\n", "null", "[]", "{}", R"({"format":"spokelab.run","version":2})", head,
           head + "[]\n" + empty_end, head + R"({"scenario":5})" + "\n", good + "[]\n",
           good + "5\n", good + "[1,2,3,4,5,6,7,8]\n",
           good +
               R"([-5,"run","","","","","",0])"
               "\n" +
               empty_end,
           good + R"([18446744073709551615,"run","","","","","",0])"
                  "\n",
           good + R"([5,"none","","","","","",0])"
                  "\n",
           good + R"([5,"run","","","","","",1])"
                  "\n",
           good + R"([5,"run","","","","","",0,"a"])"
                  "\n",
           good + R"([5,"run","","","","","",0,"a",18446744073709551615])"
                  "\n",
           good + std::string(600, '[') + "\n"}) {
    EXPECT_FALSE(load_run(text)) << text;
  }
  auto long_parts = reports::Run{};
  long_parts.timings.emplace_back();
  for (int i = 0; i < 40; ++i)
    long_parts.timings[0].parts.push_back({"x", std::chrono::hours(24 * 3600)});
  EXPECT_FALSE(load_run(save_run(long_parts)));
  const auto newer = load_run(R"({"format":"spokelab.run","version":2})");
  EXPECT_EQ(newer.error().code(), Errc::unsupported);
}

TEST(RunFile, SurvivesAnyByteBeingAnother) {
  auto run = prod_outage();
  run.events.resize(20);
  const auto text = save_run(run);
  for (std::size_t i = 0; i < text.size(); i += 7) {
    auto other = text;
    other[i] = static_cast<char>(other[i] ^ 0x15);
    const auto loaded = load_run(other);
    if (loaded && i % 50 == 0) to_html(*loaded);
  }
}

}  // namespace
}  // namespace spokelab::reports
