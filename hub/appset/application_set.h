// ApplicationSet: the spec of an argoproj.io/v1alpha1 ApplicationSet, read once into types.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/appset/rendering/template.h"
#include "hub/appset/rollout/strategy.h"

namespace spokelab::hub {

/// Fields of generated Applications that may differ from the template without being written back.
struct IgnoredAppDifference {
  std::string name;  ///< Application; empty: all.
  std::vector<std::string> json_pointers;
  std::vector<std::string> jq_paths;  ///< Any that hub/app/compare/jq_paths.h runs.
};

/// How the ApplicationSet controller was started, as far as every ApplicationSet is subject to it.
struct AppSetDefaults {
  std::string policy;          ///< --policy; "" is "sync".
  bool allow_override = true;  ///< --enable-policy-override: applicationsSync counts.
  std::set<std::string> preserved_annotations;  ///< --preserved-annotations, for all.
  std::set<std::string> preserved_labels;       ///< --preserved-labels.
};

/// What may be done to Applications: `syncPolicy.applicationsSync` of an ApplicationSet, or the
/// controller's own policy (applicationset/utils/policy.go).
struct AppSetPolicy {
  bool update = true;
  bool remove = true;
};
AppSetPolicy policy_of(const Json& appset, const AppSetDefaults& defaults);

struct ApplicationSet {
  std::string name;
  std::string ns;
  std::string uid;
  bool deleting = false;
  std::vector<std::string> finalizers;
  JsonRef raw;  ///< The object itself: generators and template are read from it.

  TemplateDialect dialect;
  std::string template_patch;
  bool preserve_resources = false;  ///< syncPolicy.preserveResourcesOnDeletion.
  AppSetPolicy policy;
  RolloutStrategy strategy;
  std::set<std::string> kept_annotations;  ///< preservedFields, with those Argo CD always keeps.
  std::set<std::string> kept_labels;
  std::vector<IgnoredAppDifference> ignored;
  /// Percent of its Applications that one reconcile may delete, from the annotation
  /// kDeletionBudget.
  std::optional<int> deletion_budget_percent;

  const Json& generators() const;
  const Json& app_template() const;
};

/// Overrides Profile::deletion_budget_percent for one ApplicationSet: "0" to "100".
inline constexpr std::string_view kDeletionBudget = "spokelab.dev/deletion-budget-percent";

/// Errors: invalid, naming the field by its path.
Result<ApplicationSet> read_application_set(JsonRef object, const AppSetDefaults& defaults = {});

}  // namespace spokelab::hub
