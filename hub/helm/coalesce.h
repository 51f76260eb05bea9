// How user values and chart defaults become the values of one rendering.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "hub/helm/chart_parts.h"

namespace spokelab::hub::helm {

/// A chart as one rendering sees it: without its disabled subcharts, with imported values.
struct Instance {
  const Chart::Parts* parts = nullptr;
  Json values;  ///< Defaults, with imported values.
  std::vector<Instance> subcharts;
  bool complete = true;  ///< Nothing in it is disabled.
};

/// Applies conditions, tags and import-values. Source: helm pkg/chartutil/dependencies.go.
Result<Instance> enable_dependencies(const Chart& chart, const Json& user_values);

/// User values over defaults, for the chart and all its subcharts; globals go down, null deletes.
/// Source: helm pkg/chartutil/coalesce.go. Errors: "type mismatch on sub: ...".
Result<Json> coalesce(const Instance& chart, Json user_values);

}  // namespace spokelab::hub::helm
