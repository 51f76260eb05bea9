// Health: how well a live object does, and an application with it (gitops-engine pkg/health).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "kube/resource.h"

namespace spokelab::hub {

/// From best to worst.
enum class HealthStatus { healthy, suspended, progressing, missing, degraded, unknown };
std::string_view name_of(HealthStatus status) noexcept;  ///< "Healthy", ...
/// nullopt for a name that is none.
std::optional<HealthStatus> health_status(std::string_view name) noexcept;

struct Health {
  HealthStatus status = HealthStatus::healthy;
  std::string message;
  friend bool operator==(const Health&, const Health&) = default;
};

/// Health of a live object; nullopt for kinds without a check (ConfigMap, Secret, ...), which are
/// ignored. An object under deletion without a hook finalizer is Progressing "Pending deletion".
std::optional<Health> health_of(const Json& live);

/// True for an object under deletion without a hook finalizer, whose health no check is asked for.
bool is_going(const Json& live);

/// One managed object as aggregation sees it.
struct HealthPart {
  kube::ObjectKey key;
  bool live = true;
  bool counted = true;  ///< False for hooks, ignored objects, and the application itself.
  std::optional<Health> health;
};

/// The worst of the counted parts; missing objects count only when nothing at all is live (Argo
/// CD 3.5, controller/health.go). The message names up to three culprits: "Caused by
/// apps/Deployment:ns/name".
Health aggregate(const std::vector<HealthPart>& parts);

}  // namespace spokelab::hub
