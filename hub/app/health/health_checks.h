// HealthChecks: the checks that apply, those of the settings before the built-in ones.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"
#include "hub/app/health/health.h"

namespace spokelab::hub {

/// One `resource.customizations.health.<group>_<kind>`. Group and kind are globs.
struct HealthScript {
  std::string group;
  std::string kind;
  std::string script;
  bool open_libs = false;  ///< `resource.customizations.useOpenLibs...`
};

class HealthChecks {
 public:
  HealthChecks() = default;
  explicit HealthChecks(std::vector<HealthScript> scripts) : scripts_(std::move(scripts)) {}
  bool empty() const noexcept { return scripts_.empty(); }
  /// As hub::health_of, with the settings' scripts first: an exact name, then globs, the latter in
  /// the order of their names. A script that fails makes Unknown, with its error.
  std::optional<Health> health_of(const Json& live, WallTime now) const;

 private:
  const HealthScript* script_for(const std::string& group, const std::string& kind) const;
  std::vector<HealthScript> scripts_;
};

}  // namespace spokelab::hub
