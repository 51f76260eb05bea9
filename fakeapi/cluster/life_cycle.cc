// LifeCycles: matching rules to pods and drawing from them.
#include "fakeapi/cluster/life_cycle.h"

#include <algorithm>

#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

namespace {

bool any_image(const Json& pod, std::string_view pattern) {
  for (const std::string_view list : {"containers", "initContainers"}) {
    for (const Json& container : array_at(pod, {"spec", list})) {
      if (glob_matches(pattern, text_at(container, {"image"}))) return true;
    }
  }
  return false;
}

}  // namespace

bool selects_pod(const PodSelector& selector, const Json& pod, std::string_view image) {
  const Name name = name_of(pod);
  if (!glob_matches(selector.ns, name.ns) || !glob_matches(selector.name, name.name)) return false;
  if (!selector.kind.empty()) {
    const Json* owner = controller_of(pod);
    if (selector.kind != (owner != nullptr ? text_at(*owner, {"kind"}) : "Pod")) return false;
  }
  const Json& labels = labels_of(pod);
  for (const auto& [key, value] : selector.labels) {
    const auto found = labels.find(key);
    if (found == labels.end() || *found != value) return false;
  }
  if (selector.image.empty()) return true;
  return image.empty() ? any_image(pod, selector.image) : glob_matches(selector.image, image);
}

Nanos draw(Rng& rng, const DelayRange& range) { return rng.between(range.low, range.high); }

Outcome draw(Rng& rng, const OutcomeWeights& weights) {
  const std::uint64_t total =
      std::uint64_t{weights.ok} + weights.crash + weights.pull_fail + weights.unready;
  if (total == weights.ok) return Outcome::ok;
  std::uint64_t point = rng.below(total);
  if (point < weights.ok) return Outcome::ok;
  point -= weights.ok;
  if (point < weights.crash) return Outcome::crash;
  point -= weights.crash;
  return point < weights.pull_fail ? Outcome::pull_fail : Outcome::unready;
}

Result<void> LifeCycles::add(LifeCycleRule rule) {
  for (const auto& range : {rule.schedule, rule.pull, rule.start, rule.ready, rule.run,
                            rule.crash_after, rule.terminate}) {
    if (range && (range->low < Nanos{0} || range->high < range->low)) {
      return Error(Errc::bad_input,
                   "life-cycle rule '" + rule.name +
                       "': a range must begin at 0 or later and end after it begins");
    }
  }
  if (rule.outcome && rule.outcome->ok == 0 && rule.outcome->crash == 0 &&
      rule.outcome->pull_fail == 0 && rule.outcome->unready == 0) {
    return Error(Errc::bad_input,
                 "life-cycle rule '" + rule.name + "': at least one outcome needs a weight");
  }
  const auto same = std::find_if(rules_.begin(), rules_.end(),
                                 [&](const LifeCycleRule& each) { return each.name == rule.name; });
  if (same != rules_.end()) {
    *same = std::move(rule);
    return {};
  }
  if (rules_.size() >= kRulesMax) {
    return Error(Errc::limit, "more than " + std::to_string(kRulesMax) + " life-cycle rules");
  }
  rules_.push_back(std::move(rule));
  return {};
}

bool LifeCycles::remove(std::string_view name) {
  return std::erase_if(rules_, [&](const LifeCycleRule& each) { return each.name == name; }) > 0;
}

std::uint64_t LifeCycles::strikes(const std::string& rule) const {
  const auto found = strikes_.find(rule);
  return found == strikes_.end() ? 0 : found->second;
}

LifeCycle LifeCycles::of(const Json& pod, std::string_view image) const {
  LifeCycle life;
  for (const LifeCycleRule& rule : rules_) {
    if (!selects_pod(rule.selects, pod, image)) continue;
    if (rule.schedule) life.schedule = *rule.schedule;
    if (rule.pull) life.pull = *rule.pull;
    if (rule.start) life.start = *rule.start;
    if (rule.ready) life.ready = *rule.ready;
    if (rule.run) life.run = *rule.run;
    if (rule.crash_after) life.crash_after = *rule.crash_after;
    if (rule.terminate) life.terminate = *rule.terminate;
    if (!rule.outcome) continue;
    life.outcome = *rule.outcome;
    life.outcome_rule = rule.name;
  }
  return life;
}

}  // namespace spokelab::fakeapi
