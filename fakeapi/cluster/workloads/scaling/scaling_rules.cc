// The rules of autoscaling: windows, policies, bounds.
#include "fakeapi/cluster/workloads/scaling/scaling_rules.h"

#include <algorithm>
#include <optional>

#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kMemory = std::chrono::hours(1);

/// spec.behavior's half for one direction, with the API's defaults.
struct Rules {
  Nanos window{0};
  std::string select = "Max";
  Json policies;
};

Rules rules_of(const Json& spec, bool up) {
  const Json& given = object_at(spec, {"behavior", up ? "scaleUp" : "scaleDown"});
  Rules rules;
  rules.window = std::chrono::seconds(int_at(given, {"stabilizationWindowSeconds"}, up ? 0 : 300));
  rules.select = text_at(given, {"selectPolicy"}, "Max");
  rules.policies = array_at(given, {"policies"});
  if (!rules.policies.empty()) return rules;
  if (up) rules.policies.push_back({{"type", "Pods"}, {"value", 4}, {"periodSeconds", 15}});
  rules.policies.push_back({{"type", "Percent"}, {"value", 100}, {"periodSeconds", 15}});
  return rules;
}

/// The size from which a policy's period counts.
std::int64_t size_before(const AutoscalerMemory& memory, std::int64_t current, Nanos period,
                         RunTime now) {
  std::int64_t size = current;
  for (const auto& [at, change] : memory.changes) {
    if (at > now - period) size -= change;
  }
  return size;
}

std::int64_t limit_of(const Rules& rules, const AutoscalerMemory& memory, std::int64_t current,
                      bool up, RunTime now) {
  if (rules.select == "Disabled") return current;
  std::optional<std::int64_t> limit;
  // Max means the biggest change; that is the smallest size on the way down.
  const bool biggest = (rules.select != "Min") == up;
  for (const Json& policy : rules.policies) {
    const Nanos period = std::chrono::seconds(int_at(policy, {"periodSeconds"}, 15));
    const std::int64_t from = size_before(memory, current, period, now);
    const std::int64_t value = int_at(policy, {"value"});
    std::int64_t size = 0;
    if (text_at(policy, {"type"}) == "Pods") {
      size = up ? from + value : from - value;
    } else {
      size = up ? (from * (100 + value) + 99) / 100 : from * (100 - value) / 100;
    }
    if (!limit)
      limit = size;
    else
      limit = biggest ? std::max(*limit, size) : std::min(*limit, size);
  }
  return limit.value_or(current);
}

}  // namespace

ScaleDecision decide_scale(const Json& spec, AutoscalerMemory& memory, std::int64_t current,
                           std::int64_t wanted, RunTime now) {
  ScaleDecision decision;
  const Rules up = rules_of(spec, true), down = rules_of(spec, false);
  std::int64_t lowest = wanted, highest = wanted;
  for (const auto& [at, value] : memory.wanted) {
    if (at > now - up.window) lowest = std::min(lowest, value);
    if (at > now - down.window) highest = std::max(highest, value);
  }
  memory.wanted[now] = wanted;
  memory.wanted.erase(memory.wanted.begin(), memory.wanted.lower_bound(now - kMemory));
  memory.changes.erase(memory.changes.begin(), memory.changes.lower_bound(now - kMemory));
  std::int64_t size = current;
  if (size < lowest) size = lowest;
  if (size > highest) size = highest;
  if (size > wanted) {
    decision.able_reason = "ScaleDownStabilized";
    decision.able_message =
        "recent recommendations were higher than current one, applying the highest recent "
        "recommendation";
  } else if (size < wanted) {
    decision.able_reason = "ScaleUpStabilized";
    decision.able_message =
        "recent recommendations were lower than current one, applying the lowest recent "
        "recommendation";
  }
  const std::int64_t least = int_at(spec, {"minReplicas"}, 1);
  const std::int64_t most = int_at(spec, {"maxReplicas"}, least);
  const auto limit = [&](std::int64_t to, std::string_view reason, std::string_view message) {
    size = to;
    decision.limited = "True";
    decision.limited_reason = reason;
    decision.limited_message = message;
  };
  if (size > current) {
    // Without a behavior of its own an autoscaler may at once go to four, or double.
    std::int64_t fastest = find(spec, {"behavior"}) == nullptr
                               ? std::max<std::int64_t>(2 * current, 4)
                               : limit_of(up, memory, current, true, now);
    fastest = std::max(fastest, current);
    if (size > std::min(fastest, most)) {
      if (fastest < most)
        limit(fastest, "ScaleUpLimit",
              "the desired replica count is increasing faster than the maximum scale rate");
      else
        limit(most, "TooManyReplicas",
              "the desired replica count is more than the maximum replica count");
    }
  } else if (size < current) {
    const std::int64_t fastest = std::min(limit_of(down, memory, current, false, now), current);
    if (size < std::max(fastest, least)) {
      if (fastest > least)
        limit(fastest, "ScaleDownLimit",
              "the desired replica count is decreasing faster than the maximum scale rate");
      else
        limit(least, "TooFewReplicas",
              "the desired replica count is less than the minimum replica count");
    }
  } else if (wanted < least) {
    limit(std::max(size, least), "TooFewReplicas",
          "the desired replica count is less than the minimum replica count");
  } else if (wanted > most) {
    limit(std::min(size, most), "TooManyReplicas",
          "the desired replica count is more than the maximum replica count");
  }
  decision.replicas = size;
  return decision;
}

}  // namespace spokelab::fakeapi
