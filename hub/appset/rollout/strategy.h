// Strategy: `spec.strategy` of an ApplicationSet, and which step an Application belongs to.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "hub/app/field_reader.h"

namespace spokelab::hub {

/// One of a step's `matchExpressions`.
struct StepExpression {
  std::string key;
  std::string op;  ///< "In" or "NotIn"; any other matches no Application that has the label.
  std::vector<std::string> values;
};

/// `maxUpdate`: a number, or a text such as "10%".
struct MaxUpdate {
  std::optional<std::int64_t> number;
  std::string text;

  /// How many of `total` Applications may be updated at a time. Texts round down, yet every text
  /// but "0%" is at least 1, even one that is no percentage.
  std::int64_t allowed(std::int64_t total) const;
};

struct RolloutStep {
  std::vector<StepExpression> expressions;  ///< All must hold; none: every Application.
  std::optional<MaxUpdate> max_update;      ///< Absent: no limit.

  bool selects(const std::map<std::string, std::string>& labels) const;
};

struct RolloutStrategy {
  std::string type;  ///< "", "AllAtOnce" or "RollingSync".
  bool has_rolling_sync = false;
  std::vector<RolloutStep> steps;
  std::string deletion_order;

  /// RollingSync, with steps or without.
  bool is_rolling() const { return type == "RollingSync" && has_rolling_sync; }
  /// RollingSync that has something to do.
  bool rolls() const { return is_rolling() && !steps.empty(); }
  /// `deletionOrder: Reverse`, in any case of letters.
  bool deletes_in_reverse() const;
};

/// Reads `spec.strategy`; faults go to the reader.
RolloutStrategy read_strategy(FieldReader& spec);

/// Which generated Applications each step has, and each Application's own step: the first that
/// selects it (applicationset/progressivesync, buildAppDependencyList).
struct StepPlan {
  std::vector<std::vector<std::string>> members;  ///< By step; in all that select it.
  std::map<std::string, std::size_t> step_of;     ///< Counted from 0.

  /// As the status has it: counted from 1, "-1" for an Application that no step selects.
  std::string step_text(const std::string& app) const;
};

StepPlan plan_steps(const RolloutStrategy& strategy, const std::vector<const Json*>& apps);

}  // namespace spokelab::hub
