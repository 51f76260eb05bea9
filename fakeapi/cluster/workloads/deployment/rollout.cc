// The arithmetic of rolling updates.
#include "fakeapi/cluster/workloads/deployment/rollout.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/json.h"

namespace spokelab::fakeapi {

std::int64_t int_or_percent(const Json* value, std::int64_t total, bool round_up,
                            int fallback_percent) {
  // Percentages of int32 counts stay far below the limits of int64; bigger numbers are cut.
  constexpr std::int64_t kMost = 2'147'483'647;
  if (value != nullptr && value->is_number_integer()) {
    return std::clamp<std::int64_t>(value->get<std::int64_t>(), 0, kMost);
  }
  std::int64_t percent = fallback_percent;
  if (value != nullptr && value->is_string()) {
    const std::string& text = value->get_ref<const std::string&>();
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error == std::errc{} && *end == '%') percent = std::clamp<std::int64_t>(parsed, 0, kMost);
  }
  return std::min(kMost, (percent * total + (round_up ? 99 : 0)) / 100);
}

RollingBounds rolling_bounds(const Json& deployment_spec, std::int64_t replicas) {
  if (text_at(deployment_spec, {"strategy", "type"}, "RollingUpdate") != "RollingUpdate") return {};
  RollingBounds bounds;
  bounds.surge = int_or_percent(find(deployment_spec, {"strategy", "rollingUpdate", "maxSurge"}),
                                replicas, true, 25);
  bounds.unavailable = int_or_percent(
      find(deployment_spec, {"strategy", "rollingUpdate", "maxUnavailable"}), replicas, false, 25);
  if (bounds.surge == 0 && bounds.unavailable == 0) bounds.unavailable = 1;
  bounds.unavailable = std::min(bounds.unavailable, replicas);
  return bounds;
}

std::int64_t new_set_size(std::int64_t wanted, std::int64_t surge, std::int64_t all,
                          std::int64_t own) {
  if (own >= wanted) return wanted;
  const std::int64_t room = wanted + surge - all;
  return room <= 0 ? own : own + std::min(room, wanted - own);
}

std::vector<std::int64_t> old_set_sizes(std::int64_t wanted, std::int64_t unavailable,
                                        SetSize new_set, const std::vector<SetSize>& old_sets) {
  std::vector<std::int64_t> sizes;
  std::int64_t all = new_set.replicas;
  std::int64_t available = new_set.available;
  for (const SetSize& set : old_sets) {
    sizes.push_back(set.replicas);
    all += set.replicas;
    available += set.available;
  }
  const std::int64_t least = wanted - unavailable;
  std::int64_t spare = all - least - (new_set.replicas - new_set.available);
  if (spare <= 0) return sizes;
  for (std::size_t i = 0; i < sizes.size() && spare > 0; ++i) {
    const std::int64_t dead =
        std::min(spare, std::max<std::int64_t>(0, sizes[i] - old_sets[i].available));
    sizes[i] -= dead;
    spare -= dead;
  }
  std::int64_t more = available - least;
  for (std::size_t i = 0; i < sizes.size() && more > 0; ++i) {
    const std::int64_t fewer = std::min(more, sizes[i]);
    sizes[i] -= fewer;
    more -= fewer;
  }
  return sizes;
}

std::vector<std::int64_t> proportional_sizes(std::int64_t allowed,
                                             const std::vector<ScaledSet>& sets) {
  std::vector<std::int64_t> sizes;
  std::int64_t to_add = allowed;
  for (const ScaledSet& set : sets) to_add -= set.replicas;
  std::int64_t added = 0;
  for (const ScaledSet& set : sets) {
    const std::int64_t base = std::max<std::int64_t>(1, set.max_replicas);
    const std::int64_t share = (2 * set.replicas * allowed + base) / (2 * base) - set.replicas;
    const std::int64_t left = to_add - added;
    const std::int64_t part = to_add > 0   ? std::clamp<std::int64_t>(share, 0, left)
                              : to_add < 0 ? std::clamp<std::int64_t>(share, left, 0)
                                           : 0;
    sizes.push_back(set.replicas + part);
    added += part;
  }
  if (!sizes.empty()) sizes[0] = std::max<std::int64_t>(0, sizes[0] + to_add - added);
  return sizes;
}

}  // namespace spokelab::fakeapi
