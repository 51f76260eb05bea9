// Path: the weather on directed links: fair-weather latency, rules, and what they do to a packet.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "base/rng.h"
#include "sim/network.h"

namespace spokelab::sim {

/// Nodes, links and rules. No connections: see connection.h.
class Paths {
 public:
  explicit Paths(Rng rng) : rng_(rng) {}
  /// What a rule with a share goes by: a number that each connection draws for its life.
  using Lot = std::uint64_t;
  void add_node(const std::string& name, const std::string& region);
  bool knows(const std::string& node) const { return nodes_.contains(node); }
  const std::string& address_of(const std::string& node) const;
  void set_link(const std::string& region_a, const std::string& region_b, LinkQuality quality);
  Network::RuleId add_rule(NetworkRule rule);
  void remove_rule(Network::RuleId id);
  std::uint64_t hits(Network::RuleId id) const;

  /// The truth, without touching counters or chance.
  Cut cut(const std::string& from, const std::string& to) const;
  /// The same for one connection.
  Cut cut(const std::string& from, const std::string& to, Lot lot) const;
  std::uint32_t loss(const std::string& from, const std::string& to) const;
  std::vector<PartialStrike> partial(const std::string& from, const std::string& to) const;
  Nanos base_latency(const std::string& from, const std::string& to) const;
  /// Sends a message of `bytes`: counts the rules it meets and draws its delay.
  Passage send(const std::string& from, const std::string& to, std::size_t bytes, Lot lot);
  bool is_disturbed(const std::string& from, const std::string& to) const;
  /// Whether any matching rule limits bandwidth: only then is a message's size worth finding out.
  bool bandwidth_matters(const std::string& from, const std::string& to) const;

 private:
  struct Node {
    std::size_t region;
    std::string address;
  };
  struct Placed {
    NetworkRule rule;
    std::uint64_t hits = 0;
    bool active = true;
  };
  std::size_t region(const std::string& name);
  LinkQuality link(const std::string& from, const std::string& to) const;
  static bool matches(const NetworkRule& rule, const std::string& from, const std::string& to);
  static bool strikes(const NetworkRule& rule, Lot lot);
  static bool strikes_all(const NetworkRule& rule);

  Rng rng_;
  std::unordered_map<std::string, Node> nodes_;  // looked up for each message, never walked
  std::map<std::string, std::size_t> regions_;
  std::map<std::pair<std::size_t, std::size_t>, LinkQuality> links_;
  std::map<Network::RuleId, Placed> rules_;
  std::set<Network::RuleId> active_;
  Network::RuleId last_rule_ = 0;
};

}  // namespace spokelab::sim
