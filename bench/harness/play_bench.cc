// Whole runs: virtual seconds per real second, and how the cost grows with time, clusters and
// users.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "harness/run/assets.h"
#include "harness/run/play.h"
#include "harness/scenario/load.h"

namespace spokelab::harness {
namespace {

const std::string kScenarios = SPOKELAB_SOURCE_DIR "/scenarios/";

void play_text(benchmark::State& state, const std::string& text) {
  const auto loaded = text.empty() ? load_scenario(kScenarios + "prod-outage.yaml")
                                   : load_scenario_text(kScenarios + "bench.yaml", text);
  if (!loaded.ok()) {
    state.SkipWithError(render(loaded.diagnostics, *loaded.sources).c_str());
    return;
  }
  const auto assets = Assets::read(loaded.cases[0].resolve(Rng(0)).scenario);
  if (!assets) {
    state.SkipWithError(assets.error().message().c_str());
    return;
  }
  PlayOptions options;
  double virtual_seconds = 0;
  double events = 0;
  for (auto _ : state) {
    ++options.seed;
    const auto run = play(loaded.cases[0], *loaded.sources, **assets, options);
    virtual_seconds += std::chrono::duration<double>(run.ended.time_since_epoch()).count();
    for (const auto& [name, value] : run.counters) {
      if (name == "kernel.events") events += static_cast<double>(value);
    }
    if (run.verdict != reports::Verdict::passed) {
      state.SkipWithError(run.reasons.empty() ? "not passed" : run.reasons[0].c_str());
      return;
    }
  }
  state.counters["virtual s/s"] = benchmark::Counter(virtual_seconds, benchmark::Counter::kIsRate);
  state.counters["events/s"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
}

void BM_ProdOutage(benchmark::State& state) { play_text(state, ""); }
BENCHMARK(BM_ProdOutage)->Unit(benchmark::kMillisecond);

std::string fleet(std::int64_t clusters, std::int64_t minutes, std::int64_t users) {
  return fmt::format(R"(
scenario: bench
because: cost must grow with the work, and no faster
lasts: {}m
world:
  hub: {{region: us-east, replicas: 3}}
  clusters:
    edge: {{region: us-east, count: {}, labels: {{env: staging, deploy: "true"}}}}
  repos: {{https://github.com/example/agent: repos/agent}}
  apply: {{hub: [repos/agent/argocd/agent-multi-cluster-appset.yaml]}}
  traffic:
    agent:
      users: {}/s
      to: {{service: agent/agent-service}}
      by: {{kind: nlb, order: [edge-1], probe: {{every: 10s, timeout: 6s, unhealthy: 3, healthy: 3}}}}
expect:
  - always: app.*.health == Healthy
)",
                     minutes, clusters, users);
}

void BM_Clusters(benchmark::State& state) {
  auto text = fleet(state.range(0), 10, 200);
  // `count: 10` names them edge-01..edge-10.
  const auto digits = std::to_string(state.range(0)).size();
  const auto name = "edge-" + std::string(digits - 1, '0') + "1";
  text.replace(text.find("[edge-1]"), 8, "[" + name + "]");
  play_text(state, text);
}
BENCHMARK(BM_Clusters)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMillisecond);

void BM_Minutes(benchmark::State& state) { play_text(state, fleet(1, state.range(0), 200)); }
BENCHMARK(BM_Minutes)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_Users(benchmark::State& state) { play_text(state, fleet(1, 10, state.range(0))); }
BENCHMARK(BM_Users)->Arg(200)->Arg(2'000)->Arg(20'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spokelab::harness
