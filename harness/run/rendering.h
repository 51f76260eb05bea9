// What the hub of a scenario would deploy, without deploying it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "harness/run/assets.h"
#include "harness/scenario/scenario.h"
#include "hub/profile.h"

namespace spokelab::harness {

/// One Application of the hub, rendered for its destination.
struct RenderedApplication {
  std::string name;
  std::string cluster;  ///< "prod"; the destination as written when no cluster goes by it.
  std::vector<JsonRef> objects;
  std::vector<std::string> warnings;  ///< hub::Manifests::warnings.
  std::string error;                  ///< Why there are no objects; empty: none.
};

struct RenderedScenario {
  std::vector<RenderedApplication> applications;  ///< By name.
  std::vector<std::string> passed_over;  ///< The others: "agent-prod (cluster prod)", by name.
  std::vector<std::string> errors;       ///< Of ApplicationSets, and of the world's set-up.
};

/// Sets the scenario's world up (clusters, registrations, manifests; no faults, no users), lets its
/// hub turn ApplicationSets into Applications, and renders them against their clusters' versions.
/// `wanted_app` and `wanted_cluster`: only these; empty: all.
RenderedScenario render_applications(const Scenario& scenario, const Assets& assets,
                                     hub::Profile profile, std::uint64_t seed,
                                     const std::string& wanted_app,
                                     const std::string& wanted_cluster);

}  // namespace spokelab::harness
