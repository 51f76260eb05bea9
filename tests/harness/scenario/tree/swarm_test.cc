// Swarms: what each seed draws.
#include "harness/scenario/tree/swarm.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/scenario/load.h"
#include "harness/scenario/tree/removal.h"
#include "tests/harness/scenario/memory_files.h"

namespace spokelab::harness {
namespace {

constexpr const char* kScenario = R"(scenario: a
because: b
lasts: 20m
world:
  hub: {region: us-east, replicas: 2}
  clusters: {prod: {region: us-east}, dr: {region: eu-west}}
faults:
  cut: {what: partition, between: hub <-> prod, at: 4m, for: 2m}
  slow: {what: latency, on: dr, latency: 100ms, jitter: 10ms, at: 6m, for: 1m}
  lossy: {what: loss, on: dr, share: 10%..20%, at: 8m, for: 1m}
  thin: {what: bandwidth, on: dr, rate: 1MiB/s, when: fault.cut == healed, for: 1m}
steps:
  - {name: after-cut, when: fault.cut == healed, restart: hub-0}
limits:
  cut: {detection.hub: 30s, reconvergence: 3m}
expect:
  - always: hub.hub-0.state == running or hub.hub-1.state == running
  - reached: fault.cut == healed
  - eventually: cluster.prod.connection == Failed
    within: 1m
    after: cut.start
  - eventually: cluster.prod.connection == Successful
    within: 1m
    after: cut.end
  - always: cluster.dr.connection == Successful
    after: after-cut.end
)";

ScenarioCase swarm(const char* text = kScenario) {
  static MemoryFiles files;
  LoadOptions options;
  options.files = &files;
  const auto loaded = load_scenario_text("a.yaml", text, options);
  EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
  return loaded.cases.at(0).as_swarm();
}

TEST(Swarm, DrawsTheSameForTheSameSeed) {
  const auto one = swarm();
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const auto a = one.resolve(seed_stream(seed));
    const auto b = one.resolve(seed_stream(seed));
    ASSERT_EQ(a.drawn.size(), b.drawn.size());
    for (std::size_t i = 0; i < a.drawn.size(); ++i) {
      EXPECT_EQ(a.drawn[i].path, b.drawn[i].path);
      EXPECT_EQ(a.drawn[i].value, b.drawn[i].value);
    }
  }
}

TEST(Swarm, ChoosesAmongTheFaultsAndNeverNone) {
  const auto one = swarm();
  std::set<std::set<std::string>> choices;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto scenario = one.resolve(seed_stream(seed)).scenario;
    ASSERT_FALSE(scenario.faults.empty()) << seed;
    std::set<std::string> names;
    for (const auto& [name, fault] : scenario.faults) names.insert(name);
    choices.insert(names);
    // What waits for a fault goes with it.
    EXPECT_TRUE(names.count("thin") == 0 || names.count("cut") == 1);
    EXPECT_EQ(scenario.steps.empty(), names.count("cut") == 0);
  }
  EXPECT_GE(choices.size(), 9u) << "of eleven that are possible";
}

TEST(Swarm, StaysWithinWhatIsWritten) {
  const auto one = swarm();
  std::set<std::int64_t> windows;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto scenario = one.resolve(seed_stream(seed)).scenario;
    for (const auto& [name, fault] : scenario.faults) {
      EXPECT_LE(fault.lasts, std::chrono::minutes(2));
      EXPECT_GE(fault.lasts, std::chrono::seconds(6));
      windows.insert(fault.lasts.count());
      if (name == "slow") {
        EXPECT_LE(fault.parameters.duration("latency"), std::chrono::milliseconds(100));
        EXPECT_GE(fault.parameters.duration("latency"), std::chrono::milliseconds(10));
        EXPECT_GE(*fault.start.at, RunTime(std::chrono::minutes(3)));
        EXPECT_LE(*fault.start.at, RunTime(std::chrono::minutes(6)));
      }
      if (name == "lossy") {
        EXPECT_GE(fault.parameters.share("share").millionths, 100'000u);
        EXPECT_LE(fault.parameters.share("share").millionths, 200'000u);
      }
      if (name == "thin") {
        EXPECT_GE(fault.parameters.find<Bytes>("rate")->count, 1u << 20);
        EXPECT_LE(fault.parameters.find<Bytes>("rate")->count, 10u << 20);
      }
    }
  }
  EXPECT_GE(windows.size(), 100u);
}

TEST(Swarm, AsksNothingThatOnlyAFaultAtFullStrengthMustBringAbout) {
  const auto one = swarm();
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto scenario = one.resolve(seed_stream(seed)).scenario;
    const bool cut = scenario.faults.count("cut") == 1;
    EXPECT_EQ(scenario.expect.size(), cut ? 3u : 1u) << seed;
    for (const auto& expectation : scenario.expect) {
      EXPECT_NE(expectation.word, Expectation::Word::reached);
      EXPECT_NE(expectation.after.event, "cut.start");
    }
    if (!cut) continue;
    EXPECT_EQ(scenario.limits.at("cut").count("reconvergence"), 1u);
    EXPECT_EQ(scenario.limits.at("cut").count("detection.hub"), 0u);
  }
}

TEST(Swarm, AsksNothingOfAFaultsEndThatComesBeforeAStepWrittenIntoItsWindow) {
  const auto one = swarm(R"(scenario: a
because: b
lasts: 20m
world:
  hub: {region: us-east}
  clusters: {prod: {region: us-east}, dr: {region: eu-west}}
faults:
  cut: {what: partition, between: hub <-> prod, at: 4m, for: 4m}
steps:
  - {name: seen, at: 5m, label: {cluster: prod, labels: {tier: gold}}}
expect:
  - eventually: cluster.prod.connection == Successful
    within: 1m
    after: cut.end
  - eventually: cluster.prod.connection == Successful
    within: 5m
    after: seen.end
)");
  std::set<bool> seen;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto scenario = one.resolve(seed_stream(seed)).scenario;
    const auto& cut = scenario.faults.at("cut");
    const RunTime step(std::chrono::minutes(5));
    const bool in_order = *cut.start.at <= step && step < *cut.start.at + cut.lasts;
    EXPECT_EQ(scenario.expect.size(), in_order ? 2u : 1u) << seed;
    seen.insert(in_order);
  }
  EXPECT_EQ(seen.size(), 2u);
}

TEST(Swarm, TellsWhatItChose) {
  const auto one = swarm();
  bool left_out = false;
  bool weaker = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const auto& drawn : one.resolve(seed_stream(seed)).drawn) {
      left_out |= drawn.path == "faults.cut" && drawn.value == "left out";
      weaker |= drawn.path == "faults.slow.latency" && drawn.written == "100ms";
    }
  }
  EXPECT_TRUE(left_out);
  EXPECT_TRUE(weaker);
}

TEST(Removal, TakesWhatNamesAFaultWithIt) {
  Sources sources;
  Diagnostics diagnostics;
  const auto tree = parse_yaml_tree(sources, sources.add("a.yaml", kScenario), diagnostics);
  ASSERT_TRUE(tree);
  std::vector<std::string> gone;
  const auto rest = without_faults(*tree, {"cut"}, gone);
  EXPECT_THAT(gone,
              ::testing::UnorderedElementsAre("faults.cut", "faults.thin", "steps[0]", "limits.cut",
                                              "expect[1]", "expect[2]", "expect[3]", "expect[4]"));
  EXPECT_EQ(rest.value("steps"), nullptr);
  EXPECT_EQ(rest.value("limits"), nullptr);
  EXPECT_EQ(rest.value("expect")->items.size(), 1u);
}

}  // namespace
}  // namespace spokelab::harness
