// Nlb: order, weights, fail-open, and what it tells the history.
#include "sim/traffic/nlb.h"

#include <gtest/gtest.h>

#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

NlbSpec three(Policy policy = Policy::order) {
  NlbSpec spec;
  spec.name = "agent";
  spec.targets = {{"prod", 70}, {"dr", 30}, {"staging", 0}};
  spec.policy = policy;
  spec.probe.every = 10s;
  spec.probe.timeout = 6s;
  spec.probe.unhealthy = 3;
  spec.probe.healthy = 3;
  return spec;
}

TEST(Nlb, FollowsTheOrderAndComesBack) {
  Lab lab;
  Nlb nlb(lab.world, lab.history, Rng(4), lab.field, three());
  lab.run_until(20s);
  EXPECT_EQ(nlb.offer(), (Weights{1'000'000, 0, 0}));
  lab.wire("router.agent", "prod", Wire::blackhole);
  lab.run_until(60s);
  EXPECT_EQ(nlb.offer(), (Weights{0, 1'000'000, 0}));
  lab.wire("router.agent", "dr", Wire::refused);
  lab.run_until(100s);
  EXPECT_EQ(nlb.offer(), (Weights{0, 0, 1'000'000}));
  lab.wire("router.agent", "prod", Wire::open);
  lab.run_until(140s);
  EXPECT_EQ(nlb.offer(), (Weights{1'000'000, 0, 0}));
}

TEST(Nlb, FailsOpenToAllOrToNobody) {
  for (const bool open : {true, false}) {
    Lab lab;
    auto spec = three();
    spec.fallback = open ? Fallback::all : Fallback::nobody;
    Nlb nlb(lab.world, lab.history, Rng(4), lab.field, spec);
    for (const auto& target : spec.targets) lab.wire("router.agent", target.name, Wire::refused);
    lab.run_until(60s);
    EXPECT_EQ(nlb.offer(), open ? (Weights{333'334, 333'333, 333'333}) : (Weights{0, 0, 0}));
  }
}

TEST(Nlb, SharesByWeightAmongTheHealthy) {
  Lab lab;
  Nlb nlb(lab.world, lab.history, Rng(4), lab.field, three(Policy::weights));
  lab.run_until(20s);
  EXPECT_EQ(nlb.offer(), (Weights{700'000, 300'000, 0}));
  lab.field.set_service("prod", Service{0, 5ms, 0});
  lab.run_until(60s);
  EXPECT_EQ(nlb.offer(), (Weights{0, 1'000'000, 0}));
}

TEST(Nlb, HoldsUsersBackFromATargetThatHasJustReturned) {
  Lab lab;
  auto spec = three();
  spec.hold = 60s;
  Nlb nlb(lab.world, lab.history, Rng(4), lab.field, spec);
  lab.run_until(100s);
  lab.wire("router.agent", "prod", Wire::refused);
  lab.run_until(200s);
  lab.wire("router.agent", "prod", Wire::open);
  lab.run_until(300s);
  const Nanos healthy = *lab.when("traffic.agent.target.prod", "healthy", 200s);
  EXPECT_EQ(nlb.offer(), (Weights{1'000'000, 0, 0}));
  EXPECT_EQ(nlb.explain(0).back().at, at(healthy + 60s));
  lab.wire("router.agent", "prod", Wire::refused);
  lab.run_until(400s);
  lab.wire("router.agent", "prod", Wire::open);
  lab.run_until(435s);
  EXPECT_EQ(nlb.belief(0), Health::healthy);
  EXPECT_EQ(nlb.offer(), (Weights{0, 1'000'000, 0}));
  lab.run_until(500s);
  EXPECT_EQ(nlb.offer(), (Weights{1'000'000, 0, 0}));
}

TEST(Nlb, IsBlindOrFlapsWhenItsProbesLie) {
  Lab lab;
  Nlb nlb(lab.world, lab.history, Rng(4), lab.field, three());
  lab.run_until(100s);
  nlb.pretend(true);
  lab.wire("router.agent", "prod", Wire::blackhole);
  lab.run_until(300s);
  EXPECT_EQ(nlb.belief(0), Health::healthy);
  nlb.pretend(std::nullopt);
  lab.run_until(340s);
  EXPECT_EQ(nlb.belief(0), Health::unhealthy);
  EXPECT_EQ(nlb.belief(1), Health::healthy);
  nlb.pretend(false);
  lab.run_until(380s);
  EXPECT_EQ(nlb.belief(1), Health::unhealthy);
}

TEST(Nlb, TellsBeliefsWithTheProbesThatLedToThem) {
  Lab lab;
  auto spec = three();
  spec.probe.phase = 2s;
  Nlb nlb(lab.world, lab.history, Rng(4), lab.field, spec);
  lab.run_until(30s);
  lab.wire("router.agent", "prod", Wire::blackhole);
  lab.run_until(100s);
  const auto told = lab.events("traffic.agent.target.prod");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].value, "healthy");
  EXPECT_EQ(told[1].value, "unhealthy");
  EXPECT_EQ(told[1].kind, EventKind::belief);
  EXPECT_EQ(told[1].who, "router.agent");
  EXPECT_EQ(told[1].cluster, "prod");
  EXPECT_EQ(told[1].at, at(58s));
  EXPECT_EQ(
      told[1].message,
      "3rd failed probe of /healthz in a row: no connection within the timeout (first sent at "
      "00:00:32.0, this one at 00:00:52.0)");
  EXPECT_EQ(number(told[1], "first_sent"), Nanos(32s).count());
  const auto steps = nlb.explain(0);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].at, at(32s));
  EXPECT_EQ(steps[1].what, "3rd failed probe of /healthz in a row sent");
  EXPECT_EQ(steps[2].at, at(58s));
}

}  // namespace
}  // namespace spokelab::sim::traffic
