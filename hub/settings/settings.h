// HubSettings: what argocd-cm says, read into types.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/app/application.h"
#include "hub/app/health/health_checks.h"

namespace spokelab::hub {

struct HubSettings {
  /// `resource.customizations.health.*`, and the older combined `resource.customizations`.
  HealthChecks checks;
  /// `resource.customizations.ignoreDifferences.*`; names and namespaces are always empty.
  std::vector<IgnoredDifference> ignored;
  /// What could not be read or has no effect here, with its key: nothing is passed over in silence.
  std::vector<std::string> problems;
};

/// Reads the data of the ConfigMap argocd-cm (Argo CD util/settings). An entry that does not read
/// is a problem and has no effect; the others have.
HubSettings read_settings(const std::map<std::string, std::string>& data);

}  // namespace spokelab::hub
