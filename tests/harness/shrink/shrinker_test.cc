// The shrinker, over oracles that stand in for runs.
#include "harness/shrink/shrinker.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "harness/shrink/pieces.h"
#include "tests/harness/scenario/memory_files.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kLarge = R"(scenario: large
because: a test plays it
seed: 7
lasts: 47m
world:
  hub: {region: us-east, replicas: 3, profile: spokelab}
  clusters:
    # Where users go.
    prod: {region: us-east, nodes: 6, labels: {env: prod, deploy: "true"}}
    staging: {region: us-west}
    dr: {region: eu-west, labels: {env: dr}}
    edge: {region: eu-west, count: 40}
  repos: {https://example.com/a: repos/a}
  apply: {hub: [repos/a/app.yaml, repos/a/other.yaml], prod: [repos/a/app.yaml]}
  traffic:
    agent:
      users: 200/s
      to: {service: agent/agent}
      by: {kind: nlb, order: [prod, dr, staging], probe: {every: 10s, timeout: 6s}}
    other:
      users: 7/s
      to: {service: agent/other}
      by: {kind: dns-failover, order: [staging, dr], ttl: 30s}
faults:
  a: {what: refused, on: prod, at: 5m13.25s, for: 2m, because: of it}
  b: {what: latency, between: hub <-> dr, latency: 237ms, jitter: 10ms, at: 6m, for: 3m}
  c: {what: partition, between: hub <-> edge-*, at: 7m, for: 1m}
  d: {what: api-errors, on: staging, share: 37%, code: 503, at: 9m, for: 1m}
  e: {what: refused, on: dr, when: fault.d == healed, for: 1m}
steps:
  - {at: 2m, restart: hub-0}
  - {name: drift, at: 10m, label: {cluster: dr, labels: {x: z}}}
  - {when: fault.a == healed, restart: hub-1}
limits:
  a: {detection.hub: 30s, reconvergence: 3m}
  b: {reconvergence: 1m}
expect:
  - always: cluster.staging.connection == Successful
  - eventually: cluster.prod.connection == Failed
    within: 30s
    after: a.start
  - never: cluster.dr.connection == Failed
    until: drift.start
)";

class Shrinking : public ::testing::Test {
 protected:
  Shrinking() {
    files_.files["repos/a/app.yaml"] = "";
    files_.files["repos/a/other.yaml"] = "";
  }

  using Oracle = std::function<bool(const Scenario&)>;

  Shrunk shrink(const std::string& text, const Oracle& fails, std::size_t together = 1,
                std::size_t runs_max = SIZE_MAX) {
    ShrinkSettings settings;
    settings.path = "small.yaml";
    settings.load.files = &files_;
    settings.together = together;
    settings.runs_max = runs_max;
    settings.keep_strength = keep_strength_;
    settings.fails = [&](const std::vector<std::string>& texts) {
      std::vector<bool> out;
      for (const auto& one : texts) {
        const auto loaded = load_scenario_text("small.yaml", one, settings.load);
        EXPECT_TRUE(loaded.ok()) << "what is played validates\n" << one;
        EXPECT_TRUE(asked_.insert(one).second || together > 1) << "nothing is played twice";
        out.push_back(loaded.ok() && fails(loaded.cases.at(0).resolve(Rng(1)).scenario));
      }
      return out;
    };
    auto out = shrink_scenario(text, settings);
    asked_.clear();
    return out;
  }

  MemoryFiles files_;
  std::set<std::string> asked_;
  bool keep_strength_ = false;
};

TEST_F(Shrinking, KeepsTheFaultThatIsToBlameAndLittleElse) {
  const auto out = shrink(kLarge, [](const Scenario& one) {
    return one.faults.count("b") > 0 && one.world.clusters.count("dr") > 0;
  });
  EXPECT_TRUE(out.complete);
  EXPECT_EQ(out.text, R"(scenario: large
because: a test plays it
seed: 7
lasts: 2s
world:
  hub: {region: us-east}
  clusters: {dr: {region: eu-west}}
faults:
  b: {what: latency, between: hub <-> dr, latency: 1ms, at: 1s, for: 1s}
)");
  EXPECT_LT(out.runs, 80u);
}

TEST_F(Shrinking, KeepsTwoThingsThatFailOnlyTogether) {
  const auto out = shrink(kLarge, [](const Scenario& one) {
    return one.faults.count("a") > 0 && one.faults.count("d") > 0 && one.steps.size() >= 1;
  });
  EXPECT_THAT(out.text, HasSubstr("  a: {"));
  EXPECT_THAT(out.text, HasSubstr("  d: {"));
  EXPECT_THAT(out.text, Not(HasSubstr("  b: {")));
  EXPECT_THAT(out.text, Not(HasSubstr("traffic")));
  EXPECT_EQ(std::count(out.text.begin(), out.text.end(), '\n'), 15) << out.text;
}

TEST_F(Shrinking, KeepsTheNumbersThatMatterAndMakesTheOthersRound) {
  const auto out = shrink(kLarge, [](const Scenario& one) {
    const auto fault = one.faults.find("b");
    return fault != one.faults.end() &&
           fault->second.parameters.duration("latency") > std::chrono::milliseconds(60) &&
           fault->second.lasts >= std::chrono::seconds(70);
  });
  EXPECT_THAT(out.text, HasSubstr("latency: 100ms"));
  EXPECT_THAT(out.text, HasSubstr("for: 2m"));
  EXPECT_THAT(out.text, HasSubstr("at: 1s"));
}

TEST_F(Shrinking, MakesATimeRoundThatCannotBeShorter) {
  const auto out = shrink(kLarge, [](const Scenario& one) {
    const auto fault = one.faults.find("a");
    return fault != one.faults.end() &&
           *fault->second.start.at >= RunTime(std::chrono::minutes(5) + std::chrono::seconds(4));
  });
  EXPECT_THAT(out.text, HasSubstr("at: 5m10s"));
}

TEST_F(Shrinking, KeepsAnExpectationWithAllThatItNeeds) {
  const auto out = shrink(kLarge, [](const Scenario& one) {
    return std::any_of(one.expect.begin(), one.expect.end(), [](const Expectation& expectation) {
      return expectation.word == Expectation::Word::eventually;
    });
  });
  EXPECT_THAT(out.text, HasSubstr("after: a.start"));
  EXPECT_THAT(out.text, HasSubstr("within: 30s"));
  EXPECT_THAT(out.text, HasSubstr("  a: {"));
  EXPECT_THAT(out.text, HasSubstr("# Where users go.\n    prod:")) << "comments stay";
  EXPECT_THAT(out.text, Not(HasSubstr("because: of it")));
}

TEST_F(Shrinking, KeepsFaultsAsStrongAsTheyAreWhereAsked) {
  keep_strength_ = true;
  const auto out = shrink(kLarge, [](const Scenario& one) { return one.faults.count("b") > 0; });
  EXPECT_THAT(out.text, HasSubstr("latency: 500ms, jitter: 10ms, at: 1s, for: 3m"));
}

TEST_F(Shrinking, GivesTheSameResultHoweverManyArePlayedTogether) {
  const auto fails = [](const Scenario& one) {
    return one.faults.count("c") > 0 && one.world.clusters.size() > 5;
  };
  const auto one = shrink(kLarge, fails, 1);
  for (const std::size_t together : {2u, 5u}) {
    const auto more = shrink(kLarge, fails, together);
    EXPECT_EQ(more.text, one.text);
    EXPECT_EQ(more.runs, one.runs);
  }
}

TEST_F(Shrinking, StopsWhenItsRunsAreUsedUpWithWhatItHas) {
  const auto fails = [](const Scenario& one) { return one.faults.count("b") > 0; };
  const auto out = shrink(kLarge, fails, 4, 5);
  EXPECT_FALSE(out.complete);
  EXPECT_EQ(out.runs, 5u);
  EXPECT_LT(out.text.size(), std::string(kLarge).size());
  EXPECT_THAT(out.text, HasSubstr("  b: {"));
}

TEST_F(Shrinking, LeavesAloneWhatCannotBeSmaller) {
  const auto small = shrink(kLarge, [](const Scenario&) { return true; });
  const auto again = shrink(small.text, [](const Scenario&) { return true; });
  EXPECT_EQ(again.text, small.text);
  EXPECT_TRUE(again.complete);
}

TEST_F(Shrinking, SurvivesAnOracleThatFailsNothing) {
  const auto out = shrink(kLarge, [](const Scenario&) { return false; });
  EXPECT_EQ(out.text, kLarge);
  EXPECT_TRUE(out.complete);
}

TEST_F(Shrinking, MendsATreeWhoseClusterHasGone) {
  LoadOptions options;
  options.files = &files_;
  const auto loaded = load_scenario_text("a.yaml", kLarge, options);
  ASSERT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
  Diagnostics ignored;
  auto tree = parse_yaml_tree(*loaded.sources, 0, ignored);
  ASSERT_TRUE(tree);
  auto& clusters = tree->find("world")->value.find("clusters")->value.entries;
  std::erase_if(clusters, [](const YamlEntry& one) { return one.key == "staging"; });
  const auto mended = mend(*tree, *loaded.sources, "a.yaml", options);
  ASSERT_TRUE(mended);
  EXPECT_THAT(mended->text, HasSubstr("order: [prod, dr]"));
  EXPECT_THAT(mended->text, HasSubstr("order: [dr]"));
  EXPECT_THAT(mended->text, Not(HasSubstr("staging")));
  EXPECT_THAT(mended->text, Not(HasSubstr("  d: {"))) << "it was on staging";
  EXPECT_THAT(mended->text, Not(HasSubstr("  e: {"))) << "it waited for d";
  EXPECT_FALSE(mend(*tree, *loaded.sources, "a.yaml", options, false));
}

}  // namespace
}  // namespace spokelab::harness
