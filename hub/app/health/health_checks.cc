// Choosing between scripts and built-in checks.
#include "hub/app/health/health_checks.h"

#include <utility>

#include "base/json.h"
#include "hub/app/health/lua_check.h"
#include "hub/glob.h"
#include "kube/resource.h"

namespace spokelab::hub {

const HealthScript* HealthChecks::script_for(const std::string& group,
                                             const std::string& kind) const {
  for (const HealthScript& one : scripts_) {
    if (one.group == group && one.kind == kind) return &one;
  }
  for (const HealthScript& one : scripts_) {
    if (matches_glob(one.group, group) && matches_glob(one.kind, kind)) return &one;
  }
  return nullptr;
}

std::optional<Health> HealthChecks::health_of(const Json& live, WallTime now) const {
  if (scripts_.empty() || is_going(live)) return hub::health_of(live);
  const kube::GroupVersion version = kube::split_api_version(text_at(live, {"apiVersion"}));
  const HealthScript* script = script_for(version.group, text_at(live, {"kind"}));
  if (script == nullptr) return hub::health_of(live);
  auto judged = run_health_script(script->script, script->open_libs, live, now);
  if (!judged) return Health{HealthStatus::unknown, judged.error().message()};
  return *judged;
}

}  // namespace spokelab::hub
