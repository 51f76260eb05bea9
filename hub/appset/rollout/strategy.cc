// Strategy: reading it, and sorting Applications into steps.
#include "hub/appset/rollout/strategy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/json.h"

namespace spokelab::hub {

namespace {

constexpr std::size_t kStepsMax = 1'000;

std::map<std::string, std::string> labels_of(const Json& app) {
  std::map<std::string, std::string> labels;
  const Json* found = find(app, {"metadata", "labels"});
  if (found == nullptr || !found->is_object()) return labels;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  }
  return labels;
}

bool holds(const StepExpression& expression, const std::map<std::string, std::string>& labels) {
  const auto label = labels.find(expression.key);
  if (label == labels.end()) return expression.op != "In";
  const bool listed = std::find(expression.values.begin(), expression.values.end(),
                                label->second) != expression.values.end();
  if (expression.op == "In") return listed;
  if (expression.op == "NotIn") return !listed;
  return false;
}

RolloutStep read_step(FieldReader& reader) {
  RolloutStep step;
  reader.each("matchExpressions", [&step](FieldReader& one) {
    step.expressions.push_back(
        StepExpression{one.text("key"), one.text("operator"), one.texts("values")});
  });
  const Json* written = find(reader.json(), {"maxUpdate"});
  if (written == nullptr || written->is_null()) return step;
  if (written->is_number_integer()) {
    step.max_update = MaxUpdate{written->get<std::int64_t>(), ""};
  } else if (written->is_string()) {
    step.max_update = MaxUpdate{std::nullopt, written->get<std::string>()};
  } else {
    reader.fail("maxUpdate", "Invalid value: must be an integer or a text such as \"10%\"");
  }
  return step;
}

}  // namespace

std::int64_t MaxUpdate::allowed(std::int64_t total) const {
  if (number) return *number;
  std::int64_t percent = 0;
  std::int64_t share = 0;
  if (text.ends_with('%')) {
    const char* end = text.data() + text.size() - 1;
    const auto parsed = std::from_chars(text.data(), end, percent);
    constexpr std::int64_t kPercentMax = 1'000'000;
    if (parsed.ec == std::errc{} && parsed.ptr == end) {
      share = std::clamp(percent, -kPercentMax, kPercentMax) * total / 100;
    }
  }
  return text == "0%" ? share : std::max<std::int64_t>(share, 1);
}

bool RolloutStep::selects(const std::map<std::string, std::string>& labels) const {
  return std::all_of(expressions.begin(), expressions.end(),
                     [&](const StepExpression& one) { return holds(one, labels); });
}

bool RolloutStrategy::deletes_in_reverse() const {
  constexpr std::string_view kReverse = "reverse";
  return rolls() &&
         std::equal(deletion_order.begin(), deletion_order.end(), kReverse.begin(), kReverse.end(),
                    [](char a, char b) {
                      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
                    });
}

RolloutStrategy read_strategy(FieldReader& spec) {
  RolloutStrategy strategy;
  spec.within("strategy", [&strategy](FieldReader& reader) {
    strategy.type = reader.text("type");
    strategy.deletion_order = reader.text("deletionOrder");
    reader.within("rollingSync", [&strategy](FieldReader& rolling) {
      strategy.has_rolling_sync = true;
      rolling.each("steps",
                   [&strategy](FieldReader& step) { strategy.steps.push_back(read_step(step)); });
      if (strategy.steps.size() > kStepsMax) {
        rolling.fail("steps", fmt::format("Too many: must have at most {} items", kStepsMax));
        strategy.steps.clear();
      }
    });
  });
  return strategy;
}

std::string StepPlan::step_text(const std::string& app) const {
  const auto hit = step_of.find(app);
  return hit == step_of.end() ? "-1" : std::to_string(hit->second + 1);
}

StepPlan plan_steps(const RolloutStrategy& strategy, const std::vector<const Json*>& apps) {
  StepPlan plan;
  if (!strategy.rolls()) return plan;
  plan.members.resize(strategy.steps.size());
  for (const Json* app : apps) {
    const std::string name = text_at(*app, {"metadata", "name"});
    const auto labels = labels_of(*app);
    for (std::size_t step = 0; step < strategy.steps.size(); ++step) {
      if (!strategy.steps[step].selects(labels)) continue;
      plan.members[step].push_back(name);
      plan.step_of.emplace(name, step);
    }
  }
  return plan;
}

}  // namespace spokelab::hub
