// What users meet: faults on their ways, shares of their requests, pods that several call.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "tests/harness/run/played.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;

std::string faults(const std::string& fault, const std::string& expect) {
  return "faults:\n  bad: {" + fault + ", at: 2m, for: 3m}\nexpect:\n" + expect;
}

reports::Run judged(const std::string& fault, const std::string& expect) {
  auto run = played(two_clusters(faults(fault, expect), "7m"));
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << fault << "\n" << reasons(run);
  return run;
}

// As where a firewall lets in the balancer's probes alone: a grey failure.
TEST(UsersWays, BehindABalancerUsersFailThoughItsProbesPass) {
  judged("what: partition, between: users <-> prod",
         "  - {eventually: traffic.agent.success == 0%, within: 10s, after: bad.start}\n"
         "  - never: traffic.agent.target.prod == unhealthy\n"
         "  - reached: traffic.agent.lag.prod > 2m\n"
         "  - {eventually: traffic.agent.success == 100%, within: 10s, after: bad.end}\n");
}

TEST(UsersWays, TheRoutersWayIsThatOfUsersAndProbes) {
  judged("what: refused, between: router <-> prod",
         "  - {eventually: traffic.agent.target.prod == unhealthy, within: 15s, after: bad.start}\n"
         "  - {eventually: traffic.agent.share.dr == 100%, within: 20s, after: bad.start}\n");
}

TEST(UsersWays, AShareOfTheRequestsFails) {
  for (const std::string what : {"blackhole", "refused", "partition"}) {
    judged("what: " + what + ", between: users <-> prod, share: 40%",
           "  - {reached: traffic.agent.success < 100%, after: bad.start, until: bad.end}\n"
           "  - {reached: traffic.agent.success > 0%, after: bad.start, until: bad.end}\n");
  }
}

TEST(UsersWays, AShareOfTheRequestsIsAsLargeAsWritten) {
  auto text = two_clusters(
      faults("what: refused, between: users <-> prod, share: 30%",
             "  - {never: traffic.agent.success < 50%, after: bad.start, until: bad.end}\n") +
          "budgets: {failed.agent: 100%}\n",
      "5m");
  text.replace(text.find("users: 5/s"), 10, "users: 100/s");
  const auto run = played(text);
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
  std::int64_t sent = 0, failed = 0;
  for (const auto& event : run.events) {
    if (event.subject != "traffic.agent" || event.at < RunTime(std::chrono::seconds(121)) ||
        event.at > RunTime(std::chrono::seconds(299)))
      continue;
    for (const auto& [name, number] : event.numbers) {
      if (name == "sent") sent += number;
      if (name == "failed") failed += number;
    }
  }
  ASSERT_GT(sent, 10'000);
  EXPECT_NEAR(static_cast<double>(failed) / static_cast<double>(sent), 0.30, 0.02);
}

TEST(UsersWays, ALostRegionTakesNeitherUsersNorDnsAlong) {
  auto text = two_clusters(
      faults("what: region-loss, on: us-east",
             "  - {eventually: traffic.names.share.dr == 100%, within: 60s, after: bad.start}\n"
             "  - {reached: traffic.agent.success == 0%, after: bad.start, until: bad.end}\n"),
      "7m");
  const auto run = played(text);
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

// Its pods stand in the EndpointSlices until the node counts as NotReady.
TEST(UsersWays, LeadToSilenceBehindANodeThatIsGone) {
  const auto run = judged("what: node-loss, on: prod, nodes: 1",
                          "  - {reached: traffic.agent.success < 100%, after: bad.start}\n");
  const auto meets = [&run](std::string_view ending) {
    return std::any_of(run.events.begin(), run.events.end(), [&](const Event& event) {
      return event.subject == "traffic.agent" && event.at > RunTime(std::chrono::minutes(2)) &&
             std::any_of(event.numbers.begin(), event.numbers.end(),
                         [&](const auto& one) { return one.first == ending && one.second > 0; });
    });
  };
  EXPECT_TRUE(meets("failed.connect-timeout"));
  EXPECT_FALSE(meets("failed.http-error"));
}

/// Two populations of 200/s that call one Service whose three pods carry 300/s.
std::string two_callers(const std::string& of_first, const std::string& of_second) {
  auto text = two_clusters(
      "faults: {none: {what: latency, on: prod, latency: 1ms, at: 1m, for: 1m}}\n"
      "expect:\n"
      "  - reached: traffic.agent.capacity.prod == short\n"
      "  - reached: traffic.agent.success < 90%\n"
      "  - reached: traffic.names.success < 90%\n",
      "3m");
  for (const auto& rest : {of_first, of_second}) {
    const auto at = text.find("users: 5/s");
    text.replace(at, 10, "users: 200/s");
    const auto to = text.find("{service: agent/agent-service}", at);
    text.replace(to, 30, "{service: agent/agent-service" + rest + "}");
  }
  return text;
}

TEST(Capacity, IsOfThePodsAndCountsForAllWhoCallThem) {
  const std::string capacity = ", capacity: {per-pod: 100/s}";
  for (const std::string& second : {capacity, std::string()}) {
    const auto run = played(two_callers(capacity, second));
    EXPECT_EQ(run.verdict, reports::Verdict::passed) << second << reasons(run);
  }
}

TEST(Capacity, CannotBeSaidInTwoWays) {
  const auto loaded = load_scenario_text(
      test::source_dir() + "/scenarios/in-a-test.yaml",
      two_callers(", capacity: {per-pod: 100/s}", ", capacity: {per-pod: 50/s}"));
  EXPECT_THAT(render(loaded.diagnostics, *loaded.sources), HasSubstr("calls the same pods"));
}

}  // namespace
}  // namespace spokelab::harness
