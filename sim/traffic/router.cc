// Router: what load balancers and DNS have in common.
#include "sim/traffic/router.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/duration.h"

namespace spokelab::sim::traffic {

namespace {

std::string ordinal(std::uint32_t n) {
  const auto last = n % 10;
  const bool teen = n / 10 % 10 == 1;
  if (!teen && last == 1) return fmt::format("{}st", n);
  if (!teen && last == 2) return fmt::format("{}nd", n);
  if (!teen && last == 3) return fmt::format("{}rd", n);
  return fmt::format("{}th", n);
}

std::string_view result_word(const Flip& flip) {
  return flip.now == Health::healthy ? "good" : "failed";
}

std::string probe_of(const std::string& path) {
  return path.empty() ? "TCP probe" : "probe of " + path;
}

/// Parts of 1,000,000 in proportion; what rounding leaves over goes to the first.
Weights in_proportion(const std::vector<std::uint64_t>& parts) {
  std::uint64_t total = 0;
  for (const auto part : parts) total += part;
  Weights weights(parts.size(), 0);
  if (total == 0) return weights;
  std::uint32_t given = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    weights[i] = static_cast<std::uint32_t>(parts[i] * 1'000'000 / total);
    given += weights[i];
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == 0) continue;
    weights[i] += 1'000'000 - given;
    break;
  }
  return weights;
}

}  // namespace

Weights share_out(const std::vector<Target>& targets, Policy policy,
                  const std::vector<bool>& healthy, Fallback fallback) {
  SPOKELAB_CHECK(targets.size() == healthy.size());
  std::vector<std::uint64_t> parts(targets.size(), 0);
  const auto share = [&](const std::vector<bool>& taken, bool first_only) {
    bool any = false;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (!taken[i] || (any && first_only)) continue;
      parts[i] = policy == Policy::weights ? targets[i].weight : 1;
      any = any || parts[i] != 0;
    }
    return any;
  };
  if (!share(healthy, policy == Policy::order)) {
    const std::vector<bool> everyone(targets.size(), true);
    if (fallback == Fallback::all) share(everyone, false);
    if (fallback == Fallback::usual) share(everyone, policy == Policy::order);
    if (fallback == Fallback::last) parts.back() = 1;
  }
  return in_proportion(parts);
}

std::string describe(const std::vector<Target>& targets, const Weights& weights) {
  std::string text;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (weights[i] == 1'000'000) return targets[i].name;
    if (weights[i] == 0) continue;
    // Rounded, since a third is 333,333 millionths.
    text += fmt::format("{}{} {}%", text.empty() ? "" : ", ", targets[i].name,
                        (weights[i] + 5'000) / 10'000);
  }
  return text.empty() ? "nobody" : text;
}

void tell_flip(const Flip& flip, const std::string& path, Event& event) {
  event.message =
      fmt::format("{} {} {} in a row: {} (first sent at {}, this one at {})",
                  ordinal(flip.in_a_row), result_word(flip), probe_of(path), words_for(flip.ending),
                  format_run_time(flip.first_sent), format_run_time(flip.last_sent));
  event.numbers.emplace_back("in_a_row", flip.in_a_row);
  event.numbers.emplace_back("first_sent", flip.first_sent.time_since_epoch().count());
  event.numbers.emplace_back("first_known", flip.first_known.time_since_epoch().count());
  event.numbers.emplace_back("last_sent", flip.last_sent.time_since_epoch().count());
}

std::vector<Step> steps_of(const Flip& flip, const std::string& path) {
  std::vector<Step> steps;
  if (flip.in_a_row == 0) return steps;
  const auto word = result_word(flip);
  steps.push_back({flip.first_sent, fmt::format("first {} {} sent", word, probe_of(path))});
  if (flip.in_a_row > 1) {
    steps.push_back({flip.last_sent, fmt::format("{} {} {} in a row sent", ordinal(flip.in_a_row),
                                                 word, probe_of(path))});
  }
  steps.push_back({flip.decided, fmt::format("its result known: {}", words_for(flip.ending))});
  return steps;
}

}  // namespace spokelab::sim::traffic
