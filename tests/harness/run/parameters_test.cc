// Every parameter of every kind of fault makes a difference: no two of its values give the same
// history.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/scenario/schema.h"
#include "tests/harness/run/played.h"
#include "tests/support/places.h"
#include "tests/support/sanitized.h"

namespace spokelab::harness {
namespace {

using Texts = std::vector<std::string>;

/// Values of a parameter that must differ in what they do. The first of them is used while another
/// parameter varies.
const std::map<std::string, Texts>& values() {
  static const std::map<std::string, Texts> all{
      {"share", {"100%", "5%"}},
      {"latency", {"3s", "200ms"}},
      {"jitter", {"0s", "2s"}},
      {"rate", {"2KiB/s", "32KiB/s"}},
      {"every", {"15s", "40s"}},
      {"code", {"503", "404"}},
      {"retry-after", {"1s", "20s"}},
      {"verbs", {"[create, update, patch]", "[get, list]"}},
      {"resources", {"[deployments]", "[services, configmaps]"}},
      {"how", {"blackhole", "refused", "error"}},
      {"problem", {"expired", "wrong-name", "unknown-ca"}},
      {"nodes", {"1", "3"}},
      {"zone", {"a", "b"}},
      {"object", {"deployment agent/agent-prod", "deployment agent/somebody-else"}},
      {"down", {"5s", "40s"}},
      {"answer", {"dr", "prod"}},
      {"ramp", {"10s", "50s"}},
      {"component", {"repo-server", "redis"}},
  };
  return all;
}

Texts words_of(std::string_view words) {
  Texts out;
  std::string text(words);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string scope_of(const Kind& kind) {
  if (kind.on == "traffic") return "on: names";
  if (kind.on == "git repo") return "on: git";
  if (kind.on == "hub replica") return "on: hub";
  if (kind.link) return "between: hub <-> prod";
  return "on: prod";
}

/// The history, and what is only counted, of a release that goes out while the fault lasts, with
/// every connection to prod made anew.
std::string history_with(const Kind& kind, const std::map<std::string, std::string>& parameters,
                         const std::string& scope) {
  std::string fault = "what: " + std::string(kind.name) + ", " + scope;
  for (const auto& [name, text] : parameters) fault += ", " + name + ": " + text;
  const auto run = played(two_clusters("faults:\n  trouble: {" + fault + R"(, at: 1m, for: 6m}
  anew: {what: reset, on: prod, at: 65s, for: 1s}
steps:
  - at: 80s
    commit:
      repo: https://github.com/example/agent
      files: {charts/agent/values.yaml: {replace: {from: 'tag: "1.4.0"', to: 'tag: "1.5.0"'}}}
)",
                                       "9m"));
  std::string told = run.hash;
  for (const auto& [name, number] : run.counters) told += fmt::format(" {}={}", name, number);
  return told;
}

class FaultParameters : public ::testing::TestWithParam<const Kind*> {};

TEST_P(FaultParameters, AllMakeADifference) {
  if (test::kSanitized) GTEST_SKIP() << "hundreds of runs; the optimised build plays them";
  const auto& kind = *GetParam();
  auto names = words_of(kind.required);
  for (auto& name : words_of(kind.optional)) names.push_back(name);
  for (const auto& varied : names) {
    ASSERT_TRUE(values().contains(varied)) << "no values to try for " << varied;
    std::map<std::string, std::string> parameters;
    for (const auto& name : words_of(kind.required)) parameters[name] = values().at(name)[0];
    // A cluster whose reads fail, too, is left alone until it answers: writes are what is met.
    if (varied != "verbs" && std::find(names.begin(), names.end(), "verbs") != names.end())
      parameters["verbs"] = values().at("verbs")[0];
    std::map<std::string, std::string> seen;  // history to value
    for (const auto& value : values().at(varied)) {
      parameters[varied] = value;
      const auto [other, is_new] =
          seen.emplace(history_with(kind, parameters, scope_of(kind)), value);
      EXPECT_TRUE(is_new) << kind.name << ": " << varied << ": " << value << " does the same as "
                          << other->second;
    }
  }
}

std::vector<const Kind*> kinds_with_parameters() {
  std::vector<const Kind*> out;
  for (const auto* kind : kinds_of("faults/*")) {
    if (kind->name == "clock-skew") continue;  // shows in the times that objects bear
    if (!kind->required.empty() || !kind->optional.empty()) out.push_back(kind);
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultParameters, ::testing::ValuesIn(kinds_with_parameters()),
                         [](const auto& info) {
                           std::string name(info.param->name);
                           std::erase(name, '-');
                           return name;
                         });

const Kind& kind_of(std::string_view name) {
  for (const auto* kind : kinds_of("faults/*")) {
    if (kind->name == name) return *kind;
  }
  throw std::runtime_error("no such kind");
}

TEST(PathFaults, OfGitAreAsBadAsTheySay) {
  const std::string scope = "between: hub <-> git";
  std::set<std::string> histories;
  const auto play = [&](std::string_view kind, std::map<std::string, std::string> parameters) {
    EXPECT_TRUE(histories.insert(history_with(kind_of(kind), parameters, scope)).second)
        << kind << " does the same as another";
  };
  play("partition", {});
  play("refused", {});
  play("latency", {{"latency", "3s"}});
  play("latency", {{"latency", "1s"}});
  play("loss", {{"share", "30%"}});
  play("loss", {{"share", "60%"}});
  play("bandwidth", {{"rate", "1KiB/s"}});
  play("bandwidth", {{"rate", "4KiB/s"}});
}

TEST(PathFaults, StrikeEveryClusterThatAWildcardNames) {
  const auto run = played(R"(scenario: many
because: a path may lead to many clusters
lasts: 4m
world:
  hub: {region: us-east}
  clusters:
    edge: {region: us-west, count: 3, labels: {env: prod, deploy: "true"}}
  repos: {https://github.com/example/agent: repos/agent}
  apply: {hub: [repos/agent/argocd/agent-multi-cluster-appset.yaml]}
faults:
  cut: {what: partition, between: hub <-> edge-*, at: 1m, for: 2m}
expect:
  - {reached: cluster.edge-1.connection == Failed}
  - {reached: cluster.edge-2.connection == Failed}
  - {reached: cluster.edge-3.connection == Failed}
)");
  EXPECT_EQ(run.verdict, reports::Verdict::passed) << reasons(run);
}

TEST(PathFaults, ResetOnlyConnectionsOfTheirPath) {
  const auto run = played(two_clusters(R"(
faults:
  cut: {what: reset, between: prod <-> dr, at: 2m, for: 1s}
)"));
  EXPECT_THAT(reasons(run), ::testing::HasSubstr("fault cut: it hit nothing"));
}

TEST(NameFaults, NeedTrafficThatGoesByNames) {
  const auto text = two_clusters(R"(
faults:
  down: {what: dns-down, on: agent, at: 2m, for: 1s}
  wrong: {what: dns-wrong, on: names, answer: staging, at: 2m, for: 1s}
)");
  const auto loaded = load_scenario_text(test::source_dir() + "/scenarios/in-a-test.yaml", text);
  EXPECT_FALSE(loaded.ok());
  EXPECT_THAT(render(loaded.diagnostics, *loaded.sources),
              ::testing::HasSubstr("there is no cluster `staging`"));
}

}  // namespace
}  // namespace spokelab::harness
