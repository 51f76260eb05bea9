// HubSettings: what argocd-cm says, read into types.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/app/application.h"
#include "hub/app/compare/normalize.h"
#include "hub/app/compare/tracking.h"
#include "hub/app/health/health_checks.h"
#include "hub/settings/resource_filter.h"
#include "hub/settings/respect_rbac.h"
#include "kube/selector.h"

namespace spokelab::hub {

/// One entry of `globalProjects`: a project whose lists are added to those of others.
struct GlobalProject {
  kube::LabelSelector selector;
  std::string project;
};

struct HubSettings {
  /// `resource.customizations.health.*`, and the older combined `resource.customizations`.
  HealthChecks checks;
  /// `resource.customizations.ignoreDifferences.*`; names and namespaces are always empty.
  std::vector<IgnoredDifference> ignored;
  /// `resource.customizations.knownTypeFields.*`.
  std::vector<KnownTypeField> typed;
  /// `resource.compareoptions`, and `ignored` and `typed` once more: what no comparison counts.
  NormalizeRules normalize() const;
  bool ignore_aggregated_roles = false;
  IgnoredStatus ignored_status = IgnoredStatus::all;
  /// `application.resourceTrackingMethod`, `application.instanceLabelKey`, `installationID`.
  Tracking tracking;
  /// `resource.exclusions`, `resource.inclusions`.
  ResourceFilter filter;
  std::vector<std::string> kustomize_options;  ///< `kustomize.buildOptions`.
  /// `application.sync.impersonation.enabled` and `.enforced`: syncs act as the service account
  /// that the project names for their destination; enforced, they fail where it names none.
  bool impersonates = false;
  bool impersonation_enforced = true;
  RespectRbac respect_rbac = RespectRbac::off;  ///< `resource.respectRBAC`.
  std::vector<GlobalProject> global_projects;
  /// What could not be read or has no effect here, with its key: nothing is passed over in silence.
  std::vector<std::string> problems;
};

/// Reads the data of the ConfigMap argocd-cm (Argo CD util/settings). An entry that does not read
/// is a problem and has no effect; the others have.
HubSettings read_settings(const std::map<std::string, std::string>& data);

}  // namespace spokelab::hub
