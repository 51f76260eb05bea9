// Budgets: what a run may cost, as scenarios write it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harness/scenario/scenario.h"

namespace spokelab::harness {

/// One thing that budgets can bound.
struct Measure {
  std::string_view name;  ///< "requests"
  /// What the second part of a key names: "cluster", "app", "traffic"; empty: there is none.
  std::string_view of;
  std::string_view doc;
};
/// All of them, in the order in which they are documented.
const std::vector<Measure>& measures();

/// "requests.prod" and "600/m" as a budget. Errors: bad_input, one sentence with the fix. Whether
/// there is such a cluster is not asked here.
Result<Budget> parse_budget(std::string_view key, std::string_view text);

}  // namespace spokelab::harness
