// DnsFailover: votes, publication, and the times known of Route 53.
#include "sim/traffic/dns_failover.h"

#include <gtest/gtest.h>

#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

DnsFailoverSpec pair_of(Nanos every) {
  DnsFailoverSpec spec;
  spec.name = "agent";
  spec.targets = {{"prod", 0}, {"dr", 0}};
  spec.probe.every = every;
  return spec;
}

struct Row {
  const char* name;
  Nanos every;
  Wire wire;
  double down, up;  // seconds, for the aggregate of 15 checkers
};

// 13 of 15 must fail, 3 of 15 must succeed: 0.82 and 0.18 of the checkers. Down = 0.82 I + 2 (I+t)
// + t: before the fault answers come at once, so the first phase is within I; up = 0.18 I + 2 I.
TEST(DnsFailover, TurnsWhenRoute53Would) {
  const std::vector<Row> rows = {
      {"30 s refused", 30s, Wire::refused, 84.6, 65.4},
      {"30 s black hole", 30s, Wire::blackhole, 96.6, 65.4},
      {"10 s refused", 10s, Wire::refused, 28.2, 21.8},
      {"10 s black hole", 10s, Wire::blackhole, 40.2, 21.8},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    constexpr int kRuns = 100;
    Nanos down(0);
    Nanos up(0);
    for (int seed = 0; seed < kRuns; ++seed) {
      Lab lab;
      DnsFailover dns(lab.world, lab.history, Rng(seed), lab.field, pair_of(row.every));
      lab.run_until(100s);
      lab.wire("internet", "prod", row.wire);
      lab.run_until(400s);
      lab.wire("internet", "prod", Wire::open);
      lab.run_until(600s);
      down += *lab.when("traffic.agent.target.prod", "unhealthy") - 100s;
      up += *lab.when("traffic.agent.target.prod", "healthy", 400s) - 400s;
      EXPECT_EQ(lab.events("traffic.agent.target.prod").size(), 2U);
    }
    EXPECT_NEAR(static_cast<double>(down.count()) / 1e9 / kRuns, row.down, 1.2);
    EXPECT_NEAR(static_cast<double>(up.count()) / 1e9 / kRuns, row.up, 1.2);
  }
}

TEST(DnsFailover, AnswersAnewAfterPropagation) {
  Lab lab;
  DnsFailover dns(lab.world, lab.history, Rng(3), lab.field, pair_of(10s));
  EXPECT_EQ(dns.offer(), (Weights{1'000'000, 0}));
  lab.run_until(100s);
  lab.wire("internet", "prod", Wire::refused);
  lab.run_until(200s);
  EXPECT_EQ(dns.offer(), (Weights{0, 1'000'000}));
  const auto believed = lab.when("traffic.agent.target.prod", "unhealthy");
  const auto record = lab.when("traffic.agent.record", "dr");
  ASSERT_TRUE(believed && record);
  EXPECT_EQ(*record - *believed, 10s);
  const auto steps = dns.explain(0);
  ASSERT_EQ(steps.size(), 6U);
  EXPECT_EQ(steps.front().what, "deciding checker: first failed probe of /healthz sent");
  EXPECT_EQ(steps.back().what, "name servers answered anew");
  EXPECT_EQ(steps.back().at, at(*record));
}

TEST(DnsFailover, TreatsAllAsHealthyWhenNoneIs) {
  Lab lab;
  DnsFailover dns(lab.world, lab.history, Rng(3), lab.field, pair_of(10s));
  lab.run_until(100s);
  lab.wire("internet", "dr", Wire::refused);
  lab.run_until(150s);
  lab.wire("internet", "prod", Wire::refused);
  lab.run_until(300s);
  EXPECT_EQ(dns.belief(0), Health::unhealthy);
  EXPECT_EQ(dns.belief(1), Health::unhealthy);
  EXPECT_EQ(dns.offer(), (Weights{1'000'000, 0}));
}

TEST(DnsFailover, StaysHealthyWhileMoreThanTheQuorumSaysSo) {
  Lab lab;
  auto spec = pair_of(10s);
  spec.from = {"us", "eu", "asia", "africa", "oceania"};  // three checkers each
  DnsFailover dns(lab.world, lab.history, Rng(3), lab.field, spec);
  for (const auto* place : {"us", "eu", "asia", "africa"}) lab.wire(place, "prod", Wire::blackhole);
  lab.run_until(300s);
  EXPECT_EQ(dns.belief(0), Health::healthy);  // 3 of 15 are 20 %
  lab.wire("oceania", "prod", Wire::refused);
  lab.run_until(400s);
  EXPECT_EQ(dns.belief(0), Health::unhealthy);
}

TEST(DnsFailover, GivesAWrongAnswerToAShareOnly) {
  Lab lab;
  DnsFailover dns(lab.world, lab.history, Rng(3), lab.field, pair_of(10s));
  lab.run_until(50s);
  dns.set_override(Weights{0, 1'000'000}, 300'000);
  EXPECT_EQ(dns.offer(), (Weights{700'000, 300'000}));
  lab.wire("internet", "prod", Wire::refused);
  lab.run_until(150s);
  EXPECT_EQ(dns.offer(), (Weights{0, 1'000'000}));
  dns.set_override(Weights{1'000'000, 0}, 300'000);
  EXPECT_EQ(lab.last("traffic.agent.record"), "prod 30%, dr 70%");
}

TEST(DnsFailover, GivesAHandEditedAnswerWhateverTheChecksSay) {
  Lab lab;
  DnsFailover dns(lab.world, lab.history, Rng(3), lab.field, pair_of(10s));
  lab.run_until(50s);
  dns.set_override(Weights{0, 0});
  EXPECT_EQ(dns.offer(), (Weights{0, 0}));
  EXPECT_EQ(lab.last("traffic.agent.record"), "nobody");
  lab.wire("internet", "prod", Wire::refused);
  lab.run_until(150s);
  EXPECT_EQ(lab.last("traffic.agent.record"), "nobody");
  dns.set_override(std::nullopt);
  EXPECT_EQ(lab.last("traffic.agent.record"), "dr");
}

}  // namespace
}  // namespace spokelab::sim::traffic
