// Matching of fault rules.
#include "fakeapi/faults.h"

#include <algorithm>
#include <utility>

namespace spokelab::fakeapi {

namespace {

bool fits(const std::string& pattern, std::string_view text) {
  if (pattern.empty()) return true;
  if (pattern.back() != '*') return pattern == text;
  const std::string_view prefix(pattern.data(), pattern.size() - 1);
  return text.substr(0, prefix.size()) == prefix;
}

bool fits(const FaultMatch& match, const FaultQuery& query) {
  return fits(match.verb, query.verb) && fits(match.resource, query.resource) &&
         fits(match.ns, query.ns) && fits(match.name, query.name) && fits(match.user, query.user) &&
         fits(match.user_agent, query.user_agent);
}

}  // namespace

bool Faults::add(FaultRule rule) {
  remove(rule.name);
  if (rules_.size() >= kRulesMax) return false;
  const bool known = std::any_of(hits_.begin(), hits_.end(),
                                 [&](const Hit& hit) { return hit.name == rule.name; });
  if (!known) hits_.push_back({rule.name, 0});
  rules_.push_back(std::move(rule));
  return true;
}

bool Faults::remove(std::string_view name) {
  return std::erase_if(rules_, [&](const FaultRule& rule) { return rule.name == name; }) > 0;
}

std::optional<FaultEffect> Faults::decide(const FaultQuery& query) {
  std::optional<FaultEffect> joint;
  for (const FaultRule& rule : rules_) {
    if (!fits(rule.match, query)) continue;
    if (rule.millionths < 1'000'000 && !rng_.chance(rule.millionths)) continue;
    for (Hit& hit : hits_) {
      if (hit.name == rule.name) ++hit.count;
    }
    if (!joint) joint.emplace();
    Nanos delay = rule.effect.delay_min;
    if (rule.effect.delay_max > delay) delay = rng_.between(delay, rule.effect.delay_max);
    joint->delay_min += delay;
    const auto& past = rule.effect.past;
    if (past && (!joint->past || past->revision < joint->past->revision)) joint->past = past;
    if (joint->status != 0 || joint->hang || joint->reset) continue;
    joint->status = rule.effect.status;
    joint->message = rule.effect.message;
    joint->retry_after_seconds = rule.effect.retry_after_seconds;
    joint->hang = rule.effect.hang;
    joint->reset = rule.effect.reset;
  }
  if (joint) joint->delay_max = joint->delay_min;
  return joint;
}

}  // namespace spokelab::fakeapi
