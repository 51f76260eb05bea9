// A chart as one rendering sees it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/helm/chart/parts.h"

namespace spokelab::hub::helm {

/// An entry of a chart's list of dependencies. The copies that aliases make of a chart share it,
/// and what Helm does to it for one of them is seen by the others.
struct ListedDependency {
  const Dependency* written = nullptr;
  std::string name;  ///< The alias, once worked off.
  bool enabled = false;
  /// As written until imported; then none but the maps with `child` and `parent` that Helm made of
  /// them, which it does not import again.
  Json import_values;
  bool imported = false;
};

/// A chart without its disabled subcharts, with imported values. Points into the loaded chart.
/// Copies made by aliases share the subcharts that no list names, as in Helm: such a subchart
/// stands below the copy that was worked off last.
struct Instance {
  const Chart::Parts* parts = nullptr;
  std::string own_name;              ///< The alias where there is one.
  const Instance* parent = nullptr;  ///< What its templates' paths lead through.
  std::optional<Json> merged;        ///< Defaults that took in those of subcharts.
  std::vector<std::shared_ptr<Instance>> subcharts;
  std::vector<std::shared_ptr<ListedDependency>> entries;  ///< Without the disabled ones.
  bool has_list = false;  ///< Chart.yaml has one; an empty one is none once it is worked off.

  const std::string& name() const { return own_name; }
  const Json& defaults() const { return merged ? *merged : parts->values; }
  /// "root/charts/sub"
  std::string full_path() const;
};

/// The root and whatever its subcharts point at.
struct InstanceTree {
  std::shared_ptr<Instance> root;
  std::vector<std::shared_ptr<Instance>> all;
};

/// Applies conditions, tags and import-values. What Helm would warn about goes to `warnings`.
/// Source: helm pkg/chartutil/dependencies.go.
Result<InstanceTree> enable_dependencies(const Chart& chart, const Json& user_values,
                                         std::vector<std::string>& warnings);

}  // namespace spokelab::hub::helm
