#include "sim/path.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "base/check.h"

namespace spokelab::sim {

using namespace std::chrono_literals;

void Paths::add_node(const std::string& name, const std::string& region) {
  const auto n = nodes_.size() + 1;
  SPOKELAB_CHECK(n < 65'536);
  nodes_.emplace(name, Node{this->region(region), fmt::format("10.{}.{}.1", n / 256, n % 256)});
}

std::size_t Paths::region(const std::string& name) {
  return regions_.emplace(name, regions_.size()).first->second;
}

const std::string& Paths::address_of(const std::string& node) const {
  return nodes_.at(node).address;
}

void Paths::set_link(const std::string& region_a, const std::string& region_b,
                     LinkQuality quality) {
  const auto a = region(region_a);
  const auto b = region(region_b);
  links_[{a, b}] = quality;
  links_[{b, a}] = quality;
}

Network::RuleId Paths::add_rule(NetworkRule rule) {
  const auto id = ++last_rule_;
  if (rule.draw == 0) rule.draw = id;
  rules_[id].rule = std::move(rule);
  active_.insert(id);
  return id;
}

void Paths::remove_rule(Network::RuleId id) { active_.erase(id); }

std::uint64_t Paths::hits(Network::RuleId id) const {
  const auto hit = rules_.find(id);
  return hit == rules_.end() ? 0 : hit->second.hits;
}

bool Paths::matches(const NetworkRule& rule, const std::string& from, const std::string& to) {
  return (rule.from.empty() || rule.from.contains(from)) &&
         (rule.to.empty() || rule.to.contains(to));
}

bool Paths::strikes_all(const NetworkRule& rule) { return rule.share_millionths >= 1'000'000; }

/// Each draw decides anew which connections are struck, and stays with that.
bool Paths::strikes(const NetworkRule& rule, Lot lot) {
  if (strikes_all(rule)) return true;
  auto mixed = lot * 0x9E3779B97F4A7C15ULL + rule.draw * 0xD1B54A32D192ED03ULL;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return (mixed ^ (mixed >> 31)) % 1'000'000 < rule.share_millionths;
}

Cut Paths::cut(const std::string& from, const std::string& to) const {
  Cut worst = Cut::none;
  for (const auto id : active_) {
    const auto& rule = rules_.at(id).rule;
    if (rule.cut == Cut::none || !strikes_all(rule) || !matches(rule, from, to)) continue;
    // A black hole wins: nothing gets far enough to be refused.
    if (worst != Cut::blackhole) worst = rule.cut;
  }
  return worst;
}

Cut Paths::cut(const std::string& from, const std::string& to, Lot lot) const {
  Cut worst = Cut::none;
  for (const auto id : active_) {
    const auto& rule = rules_.at(id).rule;
    if (rule.cut == Cut::none || !matches(rule, from, to) || !strikes(rule, lot)) continue;
    // A black hole wins: nothing gets far enough to be refused.
    if (worst != Cut::blackhole) worst = rule.cut;
  }
  return worst;
}

std::vector<PartialStrike> Paths::partial(const std::string& from, const std::string& to) const {
  std::map<std::pair<std::uint64_t, std::uint32_t>, PartialStrike> strikes;
  for (const auto id : active_) {
    const auto& rule = rules_.at(id).rule;
    if (strikes_all(rule)) continue;
    const bool there = matches(rule, from, to);
    const bool back = matches(rule, to, from);
    if (!there && !back) continue;
    auto& strike = strikes[{rule.draw, rule.share_millionths}];
    strike.share_millionths = rule.share_millionths;
    if (rule.cut != Cut::none && strike.cut != Cut::blackhole) strike.cut = rule.cut;
    strike.latency += rule.latency * ((there ? 1 : 0) + (back ? 1 : 0));
  }
  std::vector<PartialStrike> out;
  for (const auto& [draw, strike] : strikes) out.push_back(strike);
  return out;
}

LinkQuality Paths::link(const std::string& from, const std::string& to) const {
  if (from == to) return LinkQuality{20us, 0us};
  const auto a = nodes_.at(from).region;
  const auto b = nodes_.at(to).region;
  const auto set = links_.find({a, b});
  if (set != links_.end()) return set->second;
  return a == b ? LinkQuality{500us, 200us} : LinkQuality{40ms, 4ms};
}

Nanos Paths::base_latency(const std::string& from, const std::string& to) const {
  Nanos total = link(from, to).latency;
  for (const auto id : active_) {
    const auto& rule = rules_.at(id).rule;
    if (strikes_all(rule) && matches(rule, from, to)) total += rule.latency;
  }
  return total;
}

std::uint32_t Paths::loss(const std::string& from, const std::string& to) const {
  std::uint64_t kept = 1'000'000;
  for (const auto id : active_) {
    const auto& rule = rules_.at(id).rule;
    if (strikes_all(rule) && matches(rule, from, to))
      kept = kept * (1'000'000 - rule.loss_millionths) / 1'000'000;
  }
  return static_cast<std::uint32_t>(1'000'000 - kept);
}

bool Paths::is_disturbed(const std::string& from, const std::string& to) const {
  return std::any_of(active_.begin(), active_.end(),
                     [&](auto id) { return matches(rules_.at(id).rule, from, to); });
}

bool Paths::bandwidth_matters(const std::string& from, const std::string& to) const {
  return std::any_of(active_.begin(), active_.end(), [&](auto id) {
    const auto& rule = rules_.at(id).rule;
    return rule.bytes_per_second > 0 && matches(rule, from, to);
  });
}

Passage Paths::send(const std::string& from, const std::string& to, std::size_t bytes, Lot lot) {
  const auto quality = link(from, to);
  Passage passage{Cut::none, quality.latency};
  if (quality.jitter > 0ns) passage.latency += rng_.between(Nanos(0), quality.jitter);
  for (const auto id : active_) {
    auto& placed = rules_.at(id);
    const auto& rule = placed.rule;
    if (!matches(rule, from, to) || !strikes(rule, lot)) continue;
    ++placed.hits;
    if (rule.cut != Cut::none && passage.cut != Cut::blackhole) passage.cut = rule.cut;
    passage.latency += rule.latency;
    if (rule.jitter > 0ns) passage.latency += rng_.between(Nanos(0), rule.jitter);
    if (rule.bytes_per_second > 0) {
      const auto nanos = static_cast<__int128>(bytes) * 1'000'000'000 / rule.bytes_per_second;
      passage.latency += Nanos(static_cast<std::int64_t>(nanos));
    }
    // Each lost packet costs a retransmission timeout: 200 ms, doubling.
    Nanos timeout = 200ms;
    for (int lost = 0; lost < 15 && rng_.chance(rule.loss_millionths); ++lost) {
      passage.latency += timeout;
      timeout = std::min<Nanos>(timeout * 2, 120s);
    }
  }
  return passage;
}

}  // namespace spokelab::sim
