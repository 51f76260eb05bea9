// Probe: detection and recovery times, and probes that a change meets on the way.
#include "sim/traffic/probe.h"

#include <gtest/gtest.h>

#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

constexpr Nanos kRtt = 20ms;
constexpr Nanos kGood = 45ms;  // TCP + request + 5 ms

struct Bench : Lab {
  explicit Bench(ProbeSpec spec)
      : probe(world, field, field.point("lb"), field.point("prod"), std::move(spec), Rng(1),
              [this](const Flip& flip) { flips.push_back(flip); }) {}
  std::vector<Flip> flips;
  Probe probe;
};

ProbeSpec spec(Nanos every, Nanos timeout, std::uint32_t unhealthy, std::uint32_t healthy,
               Nanos phase) {
  ProbeSpec spec;
  spec.every = every;
  spec.timeout = timeout;
  spec.unhealthy = unhealthy;
  spec.healthy = healthy;
  spec.phase = phase;
  return spec;
}

struct Row {
  const char* name;
  Nanos every, timeout;
  std::uint32_t unhealthy, healthy;
  Nanos refused_from, refused_to, black_from, black_to, up_from, up_to;
};

// Down at phi + (U-1) I + T, up at phi + (H-1) I, phi in [0, I).
TEST(Probe, DetectsWithinTheBandsOfKnownLoadBalancers) {
  const std::vector<Row> rows = {
      {"NLB HTTP default", 30s, 6s, 2, 5, 30s, 60s, 36s, 66s, 120s, 150s},
      {"NLB TCP default", 30s, 10s, 2, 5, 30s, 60s, 40s, 70s, 120s, 150s},
      {"NLB tuned", 5s, 2s, 2, 2, 5s, 10s, 7s, 12s, 5s, 10s},
      {"ALB default", 30s, 5s, 2, 5, 30s, 60s, 35s, 65s, 120s, 150s},
      {"Google Cloud default", 5s, 5s, 2, 2, 5s, 10s, 10s, 15s, 5s, 10s},
      {"one probe decides", 10s, 3s, 1, 1, 0s, 10s, 3s, 13s, 0s, 10s},
  };
  for (const auto& row : rows) {
    for (int tenth = 0; tenth < 10; ++tenth) {
      for (const Wire wire : {Wire::refused, Wire::blackhole}) {
        SCOPED_TRACE(std::string(row.name) + " " + std::to_string(tenth));
        const Nanos phi = row.every * tenth / 10;
        Bench bench(spec(row.every, row.timeout, row.unhealthy, row.healthy, phi));
        bench.run_until(row.every * 100);
        bench.wire("lb", "prod", wire);
        bench.run_until(row.every * 200);
        const bool black = wire == Wire::blackhole;
        const Nanos cost = black ? row.timeout : kRtt;
        ASSERT_EQ(bench.flips.size(), 2U);
        const Nanos down = bench.flips[1].decided - at(row.every * 100);
        EXPECT_EQ(down, phi + row.every * (row.unhealthy - 1) + cost);
        EXPECT_GE(down, black ? row.black_from : row.refused_from);
        EXPECT_LE(down, (black ? row.black_to : row.refused_to) + kRtt);
        // Heal just after a probe's slot was missed, so that no SYN is on its way (see below).
        bench.wire("lb", "prod", Wire::refused);
        bench.run_until(row.every * 300);
        bench.wire("lb", "prod", Wire::open);
        bench.run_until(row.every * 400);
        ASSERT_EQ(bench.flips.size(), 3U);
        const Nanos up = bench.flips[2].decided - at(row.every * 300);
        EXPECT_EQ(up, phi + row.every * (row.healthy - 1) + kGood);
        EXPECT_GE(up, row.up_from);
        EXPECT_LE(up, row.up_to + kGood);
      }
    }
  }
}

TEST(Probe, NeedsOneSuccessOrEnoughFailuresAtTheStart) {
  Bench good(spec(10s, 6s, 3, 3, 2s));
  EXPECT_EQ(good.probe.health(), Health::initial);
  good.run_until(3s);
  EXPECT_EQ(good.probe.health(), Health::healthy);
  Bench bad(spec(10s, 6s, 3, 3, 2s));
  bad.wire("lb", "prod", Wire::refused);
  bad.run_until(21s);
  EXPECT_EQ(bad.probe.health(), Health::initial);
  bad.run_until(23s);
  EXPECT_EQ(bad.probe.health(), Health::unhealthy);
}

TEST(Probe, StartsCountingAgainAfterASuccess) {
  Bench bench(spec(10s, 6s, 3, 3, 0s));
  bench.run_until(95s);
  bench.wire("lb", "prod", Wire::refused);  // misses at 100 and 110
  bench.run_until(115s);
  bench.wire("lb", "prod", Wire::open);  // good at 120
  bench.run_until(125s);
  bench.wire("lb", "prod", Wire::refused);  // misses at 130, 140, 150
  bench.run_until(300s);
  ASSERT_EQ(bench.flips.size(), 2U);
  EXPECT_EQ(bench.flips[1].decided, at(150s + kRtt));
  EXPECT_EQ(bench.flips[1].first_sent, at(130s));
  EXPECT_EQ(bench.flips[1].in_a_row, 3U);
}

TEST(Probe, IsReachedByTheNextSynWhenTheTargetComesBack) {
  Bench bench(spec(10s, 6s, 1, 1, 0s));
  bench.run_until(5s);
  bench.wire("lb", "prod", Wire::blackhole);
  bench.run_until(31500ms);  // the probe of 30 s has sent SYNs at 30 and 31 s
  EXPECT_EQ(bench.probe.health(), Health::unhealthy);
  bench.wire("lb", "prod", Wire::open);
  bench.run_until(40s);
  ASSERT_EQ(bench.flips.size(), 3U);
  EXPECT_EQ(bench.flips[2].decided, at(33s + kGood));
  EXPECT_EQ(bench.flips[2].last_sent, at(30s));
}

TEST(Probe, CostsTheTimeoutWhenTheAnswerIsSwallowed) {
  Bench bench(spec(10s, 6s, 1, 1, 0s));
  bench.run_until(20s + 30ms);  // sent, not yet answered
  bench.wire("lb", "prod", Wire::blackhole);
  bench.run_until(29s);
  ASSERT_EQ(bench.flips.size(), 2U);
  EXPECT_EQ(bench.flips[1].decided, at(26s));
}

TEST(Probe, SeesPodsOnlyThroughHttp) {
  auto http = spec(10s, 6s, 1, 1, 0s);
  Bench errors(http);
  errors.run_until(5s);
  errors.field.set_service("prod", Service{1, 5ms, 1'000'000});
  errors.run_until(15s);
  EXPECT_EQ(errors.probe.health(), Health::unhealthy);
  auto tcp = http;
  tcp.path.clear();
  Bench blind(tcp);
  blind.run_until(5s);
  blind.field.set_service("prod", Service{1, 5ms, 1'000'000});
  blind.run_until(95s);
  EXPECT_EQ(blind.probe.health(), Health::healthy);
}

TEST(Probe, QueuesNothingWhileNothingCanChange) {
  Bench bench(spec(1s, 500ms, 3, 3, 0s));
  bench.run_until(10s);
  const auto steps = bench.world.steps();
  bench.run_until(10000s);
  EXPECT_EQ(bench.world.steps(), steps);
  EXPECT_EQ(bench.world.pending(), 0U);
  bench.wire("lb", "prod", Wire::refused);
  bench.run_until(10010s);
  EXPECT_EQ(bench.probe.health(), Health::unhealthy);
}

TEST(Probe, SleepingOrNotGivesTheSameInstants) {
  // A way with a little loss keeps the probe awake; set back in time, it must be on the same
  // schedule.
  for (const bool from_answer : {false, true}) {
    auto settings = spec(7s, 3s, 2, 2, 1s);
    settings.from_answer = from_answer;
    Bench asleep(settings);
    Bench awake(settings);
    for (int i = 1; i < 100; ++i) {
      awake.run_until(std::chrono::seconds(i) * 3);
      // A change that makes no difference wakes it up each time.
      awake.field.set_service("prod", Service{1 + i, 5ms, 0});
    }
    asleep.run_until(300s);
    awake.run_until(300s);
    asleep.wire("lb", "prod", Wire::blackhole);
    awake.wire("lb", "prod", Wire::blackhole);
    asleep.run_until(400s);
    awake.run_until(400s);
    ASSERT_EQ(asleep.flips.size(), 2U);
    ASSERT_EQ(awake.flips.size(), 2U);
    EXPECT_EQ(asleep.flips[1].decided, awake.flips[1].decided);
  }
}

}  // namespace
}  // namespace spokelab::sim::traffic
