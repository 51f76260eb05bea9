// Plays a scenario written in a test.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "harness/run/assets.h"
#include "harness/run/play.h"
#include "harness/scenario/load.h"
#include "tests/support/places.h"

namespace spokelab::harness {

/// Paths in `text` are relative to scenarios/. A scenario that cannot be played fails the test.
inline reports::Run played(
    const std::string& text, std::uint64_t seed = 1,
    std::uint64_t events_per_instant_max = sim::World::kEventsPerInstantMax) {
  const auto loaded = load_scenario_text(test::source_dir() + "/scenarios/in-a-test.yaml", text);
  EXPECT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources) << text;
  if (!loaded.ok()) return {};
  const auto assets = Assets::read(loaded.cases.at(0).resolve(Rng(0)).scenario);
  EXPECT_TRUE(assets) << assets.error().message();
  if (!assets) return {};
  PlayOptions options;
  options.seed = seed;
  options.events_per_instant_max = events_per_instant_max;
  return play(loaded.cases.at(0), *loaded.sources, **assets, options);
}

/// Why a run did not pass, one line each.
inline std::string reasons(const reports::Run& run) {
  std::string text = std::string(name_of(run.verdict)) + "\n";
  for (const auto& reason : run.reasons) text += reason + "\n";
  return text;
}

/// Two clusters with the agent on both, users over a load balancer ("agent") and over DNS
/// ("names"); what follows `world` is up to the test.
inline std::string two_clusters(const std::string& rest, const std::string& lasts = "8m") {
  return R"(scenario: in-a-test
because: a test plays it
lasts: )" +
         lasts + R"(
world:
  hub: {region: us-east, replicas: 2, settings: {spokelab.last.known.good: false}}  # Git's faults are to be seen
  clusters:
    prod: {region: us-east, labels: {env: prod, deploy: "true"}}
    dr:   {region: eu-west, labels: {env: dr, deploy: "true"}}
  repos: {https://github.com/example/agent: repos/agent}
  apply: {hub: [repos/agent/argocd/agent-multi-cluster-appset.yaml]}
  traffic:
    agent:
      users: 5/s
      to: {service: agent/agent-service}
      by: {kind: nlb, order: [prod, dr], probe: {path: /healthz, every: 5s, timeout: 2s, unhealthy: 2, healthy: 2}}
    names:
      users: 5/s
      to: {service: agent/agent-service}
      by: {kind: dns-failover, order: [prod, dr], ttl: 10s, probe: {path: /healthz, every: 5s, timeout: 2s, unhealthy: 2, healthy: 2}}
)" + rest;
}

}  // namespace spokelab::harness
