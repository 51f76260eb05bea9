// FreshManifests: what an Application wants, rendered anew from the repositories as they are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "hub/app/application.h"
#include "hub/app/manifest_source.h"

namespace spokelab::harness {

class Lab;

/// Renders without the hub's memory, its plants and the weather on the way to the repositories. It
/// takes no virtual time, sends nothing, and forgets what it read when it goes.
class FreshManifests {
 public:
  explicit FreshManifests(Lab& lab);
  ~FreshManifests();
  FreshManifests(const FreshManifests&) = delete;

  /// What the spec wants at those revisions, one for each source. nullopt where that fails, takes
  /// time, or would be different at each rendering.
  std::optional<hub::Manifests> at(const JsonRef& spec, const std::vector<std::string>& revisions,
                                   const hub::RenderContext& context);
  /// The newest revision of each source; nullopt as above.
  std::optional<std::vector<std::string>> newest(const hub::ApplicationSpec& spec);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spokelab::harness
