// Budgets: what is counted, and what is too much.
#include "harness/judge/meter.h"

#include <gmock/gmock.h>

#include "harness/scenario/reading/budget.h"
#include "tests/harness/judge/told.h"

namespace spokelab::harness {
namespace {

using reports::Verdict;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

Budget budget(const std::string& key, const std::string& text) {
  auto read = parse_budget(key, text);
  EXPECT_TRUE(read) << read.error().message();
  return read ? *read : Budget{};
}

reports::Expectation judged(const Meter& meter, const Meter* calm = nullptr) {
  static const Sources none;
  return meter.results(none, calm, RunTime(1h)).at(0);
}

TEST(Budgets, BoundATotal) {
  const std::vector<Budget> budgets{budget("requests.prod", "3")};
  Meter meter(budgets);
  meter.add("requests", "prod", RunTime(1s));  // before everything was ready
  meter.begin(RunTime(2s));
  for (int i = 0; i < 3; ++i) meter.add("requests", "prod", RunTime(3s));
  meter.add("requests", "dr", RunTime(3s));
  meter.add("lists", "prod", RunTime(3s));
  EXPECT_EQ(judged(meter).verdict, Verdict::passed);
  EXPECT_THAT(judged(meter).message, HasSubstr("requests.prod: 3; 100% of the budget"));
  meter.add("requests", "prod", RunTime(4s));
  EXPECT_EQ(judged(meter).verdict, Verdict::failed);
}

TEST(Budgets, BoundARateInEachWindowOfItsLength) {
  const std::vector<Budget> budgets{budget("dials.*", "2/10s")};
  Meter meter(budgets);
  meter.begin(RunTime(0s));
  for (const auto at : {1s, 9s, 10s, 19s}) meter.add("dials", "prod", RunTime(at));
  EXPECT_EQ(judged(meter).verdict, Verdict::passed) << judged(meter).message;
  for (const auto at : {20s, 21s, 29s}) meter.add("dials", "dr", RunTime(at));
  EXPECT_EQ(judged(meter).verdict, Verdict::failed);
  EXPECT_THAT(judged(meter).message, HasSubstr("dials.dr: 3 within 10s at 00:00:20"));
}

TEST(Budgets, CompareWithTheRunWithoutFaults) {
  const std::vector<Budget> budgets{budget("lists.prod", "150%")};
  Meter calm(budgets);
  Meter meter(budgets);
  calm.begin(RunTime(0s));
  meter.begin(RunTime(0s));
  calm.add("lists", "prod", RunTime(1s), 10);
  meter.add("lists", "prod", RunTime(1s), 15);
  EXPECT_EQ(judged(meter, &calm).verdict, Verdict::passed);
  meter.add("lists", "prod", RunTime(1s));
  EXPECT_EQ(judged(meter, &calm).verdict, Verdict::failed);
  EXPECT_THAT(judged(meter, &calm).message, HasSubstr("16, and 10 without the faults"));
}

TEST(Budgets, CountSyncsAlertsAndUsersFromTheHistory) {
  const std::vector<Budget> budgets{budget("syncs.*", "1"), budget("alerts", "0"),
                                    budget("failed.shop", "10%")};
  Meter meter(budgets);
  meter.begin(RunTime(0s));
  for (const auto& event : told(R"(
    1s fact app.web sync-started
    2s fact app.a.b sync-started
    3s fact alert.web.degraded delivered
    4s traffic traffic.shop second sent=100 failed=11)"))
    meter.apply(event);
  static const Sources none;
  const auto rows = meter.results(none, nullptr, RunTime(1h));
  EXPECT_EQ(rows.at(0).verdict, Verdict::passed);
  EXPECT_EQ(rows.at(1).verdict, Verdict::failed);
  EXPECT_EQ(rows.at(2).verdict, Verdict::failed);
  EXPECT_THAT(rows.at(2).message, HasSubstr("failed.shop: 11 of 100; 110% of the budget"));
}

TEST(Budgets, ThatCannotBeReadSayWhatToWrite) {
  const auto problem = [](const char* key, const char* text) {
    const auto read = parse_budget(key, text);
    return read ? std::string("fine") : read.error().message();
  };
  EXPECT_EQ(problem("requests.prod", "600/m"), "fine");
  EXPECT_EQ(problem("alerts", "0"), "fine");
  EXPECT_THAT(problem("request.prod", "1"), HasSubstr("did you mean `requests`?"));
  EXPECT_THAT(problem("money", "1"), HasSubstr("there are requests, lists"));
  EXPECT_THAT(problem("alerts.prod", "1"), HasSubstr("write `alerts`"));
  EXPECT_THAT(problem("syncs", "1"), HasSubstr("`syncs.*`"));
  EXPECT_THAT(problem("requests.prod", "10 %"), HasSubstr("is no share"));
  EXPECT_THAT(problem("requests.prod", "99999999%"), HasSubstr("is no share"));
  EXPECT_THAT(problem("requests.prod", "many"), HasSubstr("write a number"));
  EXPECT_THAT(problem("requests.prod", "1/0s"), HasSubstr("is no rate"));
  EXPECT_THAT(problem("requests.prod", "-1"), HasSubstr("write a number"));
}

}  // namespace
}  // namespace spokelab::harness
