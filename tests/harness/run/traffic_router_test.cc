// Presets of routers: each one detects and recovers when the service it is named after would.
#include "harness/run/traffic_router.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "harness/scenario/load.h"
#include "harness/scenario/schema/presets.h"
#include "sim/world.h"
#include "tests/harness/scenario/memory_files.h"

namespace spokelab::harness {
namespace {

using namespace std::chrono_literals;
namespace traffic = sim::traffic;

TrafficSpec traffic_by(const std::string& by) {
  static MemoryFiles none;
  LoadOptions options;
  options.files = &none;
  const auto loaded = load_scenario_text("s/a.yaml",
                                         R"(scenario: presets
because: a test asks
lasts: 1h
world:
  hub: {region: us-east}
  clusters: {prod: {region: us-east}, dr: {region: eu-west}}
  traffic: {agent: {users: 200/s, to: {service: shop/web}, by: )" +
                                             by + R"(}}
expect: [{always: cluster.dr.connection == Successful}]
)",
                                         options);
  EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
  return loaded.cases.at(0).resolve(Rng(1)).scenario.world.traffic.at("agent");
}

/// Seconds; least and most over all phases of the probes.
struct Band {
  double least, most;
};
struct Row {
  const char* by;
  traffic::Wire wire;
  Band down, up;
};

std::optional<double> when(const History& history, const std::string& value, RunTime from) {
  for (const auto& event : history.events()) {
    if (event.at >= from && event.subject == "traffic.agent.target.prod" && event.value == value)
      return static_cast<double>((event.at - from).count()) / 1e9;
  }
  return std::nullopt;
}

class Presets : public ::testing::TestWithParam<Row> {};

// Computed from interval I, timeout T and thresholds U and H: down at phi + (U-1) I + T, up at
// phi + (H-1) I, phi within I; T is 0 where the connection is refused. Where checkers vote, the
// band is what their phases leave.
TEST_P(Presets, NoticeWhenTheServiceWould) {
  const auto& row = GetParam();
  const auto spec = traffic_by(row.by);
  double least_down = 1e9, most_down = 0, least_up = 1e9, most_up = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    sim::World world;
    History history(world);
    traffic::Field field;
    const auto router = make_router(world, history, Rng(seed), field, "agent", spec);
    const auto wire = [&](traffic::Wire one) {
      traffic::Way way;
      way.wire = one;
      way.rtt = 0ms;
      field.set_way("router.agent", "prod", way);
    };
    wire(traffic::Wire::open);
    const RunTime lost(1000s), back(2000s);
    world.run_until(lost);
    wire(row.wire);
    world.run_until(back);
    wire(traffic::Wire::open);
    world.run_until(RunTime(3000s));
    const auto down = when(history, "unhealthy", lost);
    const auto up = when(history, "healthy", back);
    ASSERT_TRUE(down && up) << row.by;
    least_down = std::min(least_down, *down);
    most_down = std::max(most_down, *down);
    least_up = std::min(least_up, *up);
    most_up = std::max(most_up, *up);
  }
  EXPECT_GE(least_down, row.down.least) << row.by;
  EXPECT_LE(most_down, row.down.most) << row.by;
  EXPECT_GE(least_up, row.up.least) << row.by;
  EXPECT_LE(most_up, row.up.most) << row.by;
  // The bands are used, and not merely wide enough.
  EXPECT_LE(least_down, row.down.least + (row.down.most - row.down.least) / 4 + 0.01) << row.by;
  EXPECT_GE(most_down, row.down.most - (row.down.most - row.down.least) / 4 - 0.01) << row.by;
}

constexpr auto kRefused = traffic::Wire::refused;
constexpr auto kBlack = traffic::Wire::blackhole;

INSTANTIATE_TEST_SUITE_P(
    AsPublished, Presets,
    ::testing::Values(
        Row{"{kind: nlb-tcp, order: [prod, dr]}", kRefused, {30, 60}, {119, 150}},
        Row{"{kind: nlb-tcp, order: [prod, dr]}", kBlack, {40, 70}, {113, 150}},
        Row{"{kind: nlb, order: [prod, dr]}", kRefused, {30, 60}, {119, 150}},
        Row{"{kind: nlb, order: [prod, dr]}", kBlack, {36, 66}, {113, 150}},
        Row{"{kind: nlb, order: [prod, dr], probe: {every: 5s, timeout: 2s, unhealthy: 2, healthy: "
            "2}}",
            kBlack,
            {7, 12},
            {4, 10}},
        Row{"{kind: alb, order: [prod, dr]}", kRefused, {30, 60}, {119, 150}},
        Row{"{kind: alb, order: [prod, dr]}", kBlack, {35, 65}, {114, 150}},
        Row{"{kind: cloudflare, order: [prod, dr]}", kRefused, {0, 60}, {0, 60}},
        Row{"{kind: cloudflare, order: [prod, dr], probe: {checkers: 1}}",
            kBlack,
            {15, 75},
            {0, 60}},
        Row{"{kind: azure-traffic-manager, order: [prod, dr]}", kRefused, {90, 120}, {0, 30}},
        Row{"{kind: azure-traffic-manager, order: [prod, dr]}", kBlack, {100, 130}, {0, 30}},
        Row{"{kind: azure-traffic-manager-fast, order: [prod, dr]}", kRefused, {0, 10}, {0, 10}},
        Row{"{kind: azure-traffic-manager-fast, order: [prod, dr]}", kBlack, {9, 19}, {0, 10}},
        Row{"{kind: google-lb, order: [prod, dr]}", kRefused, {5, 10}, {5, 10}},
        // Its probes are always open under a black hole, so the next SYN may find the target.
        Row{"{kind: google-lb, order: [prod, dr]}", kBlack, {10, 15}, {2, 10}},
        Row{"{kind: f5-dns, order: [prod, dr]}", kBlack, {90, 120}, {0, 30}},
        Row{"{kind: f5-dns, order: [prod, dr]}", kRefused, {90, 120}, {0, 30}},
        // 2 of 4 samples must be good, so the third bad one decides; the second good one recovers.
        Row{"{kind: azure-front-door, order: [prod, dr]}", kRefused, {60, 90}, {30, 60}}),
    [](const auto& info) { return "Row" + std::to_string(info.index); });

// 13 of 15 checkers must fail, 3 must succeed: 0.82 and 0.18 of their phases.
TEST(Route53Presets, TurnAtTheQuorumOfFifteenCheckers) {
  struct Means {
    const char* by;
    traffic::Wire wire;
    double down, up;
  };
  for (const auto& row : {Means{"{kind: route53, order: [prod, dr]}", kRefused, 84.6, 65.4},
                          Means{"{kind: route53, order: [prod, dr]}", kBlack, 96.6, 65.4},
                          Means{"{kind: route53-fast, order: [prod, dr]}", kRefused, 28.2, 21.8},
                          Means{"{kind: route53-fast, order: [prod, dr]}", kBlack, 40.2, 21.8}}) {
    const auto spec = traffic_by(row.by);
    constexpr int kSeeds = 60;
    double down = 0, up = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      sim::World world;
      History history(world);
      traffic::Field field;
      const auto router = make_router(world, history, Rng(seed), field, "agent", spec);
      world.run_until(RunTime(300s));
      field.set_way("router.agent", "prod", traffic::Way{row.wire});
      world.run_until(RunTime(600s));
      field.set_way("router.agent", "prod", traffic::Way{});
      world.run_until(RunTime(900s));
      down += when(history, "unhealthy", RunTime(300s)).value_or(1e9) / kSeeds;
      up += when(history, "healthy", RunTime(600s)).value_or(1e9) / kSeeds;
    }
    EXPECT_NEAR(down, row.down, 1.5) << row.by;
    EXPECT_NEAR(up, row.up, 1.5) << row.by;
  }
}

TEST(CloudflarePreset, AsksRegionsWhereThereAreSeveral) {
  const auto spec = traffic_by(
      "{kind: cloudflare, order: [prod, dr], probe: {checkers: 39, regions: 13, every: 15s}}");
  sim::World world;
  History history(world);
  traffic::Field field;
  const auto router = make_router(world, history, Rng(1), field, "agent", spec);
  world.run_until(RunTime(300s));
  field.set_way("router.agent", "prod", traffic::Way{kRefused});
  world.run_until(RunTime(400s));
  // The median of medians: half an interval, give or take.
  EXPECT_NEAR(when(history, "unhealthy", RunTime(300s)).value_or(0), 7.5, 3);
}

TEST(ClusterDnsPreset, BelievesASilentClusterAndNotAnEmptyOne) {
  const auto spec = traffic_by("{kind: cluster-dns, order: [prod, dr]}");
  sim::World world;
  History history(world);
  traffic::Field field;
  const auto router = make_router(world, history, Rng(1), field, "agent", spec);
  world.run_until(RunTime(60s));
  field.set_way("router.agent", "prod", traffic::Way{kBlack});
  world.run_until(RunTime(600s));
  EXPECT_EQ(router->belief(0), traffic::Health::healthy);
  field.set_way("router.agent", "prod", traffic::Way{});
  traffic::Service empty;
  empty.ready_pods = 0;
  field.set_service("prod", empty);
  world.run_until(RunTime(603s));
  EXPECT_EQ(router->belief(0), traffic::Health::unhealthy);
  EXPECT_EQ(router->offer(), (traffic::Weights{0, 1'000'000}));
  field.set_service("prod", traffic::Service());
  world.run_until(RunTime(606s));
  EXPECT_EQ(router->belief(0), traffic::Health::healthy);
}

TEST(PresetTable, SaysWhereEveryFigureComesFrom) {
  for (const auto& preset : presets()) {
    EXPECT_FALSE(preset.doc.empty()) << preset.name;
    for (const auto& figure : preset.figures) {
      EXPECT_GT(figure.source.size(), 10U) << preset.name << " " << figure.key;
    }
  }
  EXPECT_EQ(mechanism_of("route53"), Mechanism::names);
  EXPECT_EQ(source_of("world/traffic/*/by", "nlb", "no-such-key"), "");
}

TEST(PresetTable, CanBeOverriddenFigureByFigure) {
  const auto spec = traffic_by(
      "{kind: route53, order: [prod, dr], ttl: 5s, probe: {checkers: 3, quorum: 50%, answer: 1s, "
      "spacing: grid, begins: unknown}}");
  EXPECT_EQ(spec.by.ttl, 5s);
  EXPECT_EQ(spec.by.probe.checkers, 3);
  EXPECT_EQ(spec.by.probe.quorum.millionths, 500'000U);
  EXPECT_EQ(spec.by.probe.answer, 1s);
  EXPECT_EQ(spec.by.probe.spacing, "grid");
  EXPECT_EQ(spec.by.probe.begins, "unknown");
  EXPECT_EQ(spec.by.probe.every, 30s);
  EXPECT_EQ(spec.by.fallback, "usual");
}

}  // namespace
}  // namespace spokelab::harness
