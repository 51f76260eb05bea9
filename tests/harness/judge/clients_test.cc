// Client results: recovery, downtime and error budget by kind, from told seconds.
#include "harness/judge/clients.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;

RunTime at(Nanos since) { return RunTime(since); }

/// Seconds 1 to `last` of 100 requests, 40 of them by "a" and 60 by "b".
std::vector<Event> told(int last, const std::function<std::pair<int, int>(int)>& failed) {
  std::vector<Event> events;
  for (int second = 1; second <= last; ++second) {
    const auto [a, b] = failed(second);
    Event event;
    event.kind = EventKind::traffic;
    event.subject = "traffic.shop";
    event.at = at(std::chrono::seconds(second));
    event.numbers = {{"sent", 100},        {"failed", a + b},   {"kind.a.sent", 40},
                     {"kind.a.failed", a}, {"kind.b.sent", 60}, {"kind.b.failed", b}};
    events.push_back(event);
  }
  return events;
}

reports::FaultWindow window(Nanos start, Nanos end) {
  reports::FaultWindow out;
  out.name = "lost";
  out.start = at(start);
  out.end = at(end);
  return out;
}

const std::vector<ClientInputs> kShop{{"shop", 999'000, {{"a", 400'000}, {"b", 600'000}}}};

TEST(ClientResults, AreMeasuredForEachKindAndForAll) {
  // Seconds 11 to 20: all fail. Of b half goes on failing until 30, a tenth until 40.
  const auto events = told(100, [](int second) {
    if (second <= 10 || second > 40) return std::pair(0, 0);
    return std::pair(second <= 20 ? 40 : 0, second <= 20 ? 60 : second <= 30 ? 30 : 6);
  });
  const auto results = client_results(events, {window(10s, 60s)}, kShop, at(100s));
  ASSERT_EQ(results.size(), 3U);
  const auto& a = results[0];
  EXPECT_EQ(a.kind, "a");
  EXPECT_EQ(a.p50, 10s);
  EXPECT_EQ(a.p99, 10s);
  EXPECT_EQ(a.failed, 400);
  EXPECT_EQ(a.downtime, 10s);
  EXPECT_EQ(a.burned, 10s);
  const auto& b = results[1];
  EXPECT_EQ(b.p50, 10s);  // half succeed from 20 s on
  EXPECT_EQ(b.p95, 30s);
  EXPECT_EQ(b.p99, 30s);
  EXPECT_EQ(b.failed, 600 + 300 + 60);
  EXPECT_EQ(b.downtime, 30s);
  EXPECT_EQ(b.burned, 10s + 5s + 1s);
  EXPECT_EQ(results[2].kind, "all");
  EXPECT_EQ(results[2].failed, a.failed + b.failed);
}

TEST(ClientResults, SayNeverWhereUsersFailToTheEnd) {
  const auto events = told(100, [](int second) {
    return second > 10 && second <= 60 ? std::pair(0, 30) : std::pair(0, 0);
  });
  const auto results = client_results(events, {window(10s, 60s)}, kShop, at(100s));
  EXPECT_EQ(results[0].p99, 0s);
  EXPECT_EQ(results[1].p50, 0s);  // half always succeeded
  EXPECT_EQ(results[1].p95, std::nullopt);
}

TEST(ClientResults, KnowTheBudgetOfAMonth) {
  const auto events = told(30, [](int) { return std::pair(0, 0); });
  for (const auto& [slo, budget] :
       {std::pair(999'000U, Nanos(2'629'800ms)), std::pair(999'900U, Nanos(262'980ms)),
        std::pair(999'500U, Nanos(1'314'900ms))}) {
    const std::vector<ClientInputs> shop{{"shop", slo, {{"a", 1'000'000}}}};
    const auto results = client_results(events, {window(10s, 20s)}, shop, at(30s));
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].budget, budget);
  }
}

TEST(ClientResults, GiveWhatFailsLaterToTheFaultThatCameLater) {
  const auto events = told(100, [](int second) {
    return second > 10 && second <= 40 ? std::pair(40, 60) : std::pair(0, 0);
  });
  auto second = window(30s, 50s);
  second.name = "again";
  const auto results = client_results(events, {window(10s, 20s), second}, kShop, at(100s));
  ASSERT_EQ(results.size(), 6U);
  EXPECT_EQ(results[2].failed, 2000);  // 11 to 30
  EXPECT_EQ(results[5].fault, "again");
  EXPECT_EQ(results[5].failed, 1000);
}

}  // namespace
}  // namespace spokelab::harness
