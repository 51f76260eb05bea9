// A chart as one rendering sees it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/helm/chart/parts.h"

namespace spokelab::hub::helm {

/// Without its disabled subcharts, with imported values. Points into the chart.
struct Instance {
  const Chart::Parts* parts = nullptr;
  std::optional<Json> merged;  ///< Defaults that took in those of subcharts.
  std::vector<Instance> subcharts;
  std::vector<const Dependency*> entries;  ///< Of Chart.yaml, without the disabled ones.
  bool list_worked_off = false;            ///< Aliases stand for names, the entries are enabled.
  const std::string& name() const { return parts->metadata.name; }
  const std::string& name_of(const Dependency& entry) const {
    return list_worked_off ? entry.key() : entry.name;
  }
  const Json& defaults() const { return merged ? *merged : parts->values; }
};

/// Applies conditions, tags and import-values. What Helm would warn about goes to `warnings`.
/// Source: helm pkg/chartutil/dependencies.go.
Result<Instance> enable_dependencies(const Chart& chart, const Json& user_values,
                                     std::vector<std::string>& warnings);

}  // namespace spokelab::hub::helm
