// Faults of paths and connections.
#include <utility>

#include "harness/run/faults/active_fault.h"

namespace spokelab::harness {

namespace {

/// The two ends of a fault's path. An empty set means "any node".
struct Ends {
  std::set<std::string> from;
  std::set<std::string> to;
};

Ends ends_of(const Fault& fault, Lab& lab) {
  Ends ends;
  if (!fault.from.empty()) {
    for (const auto& place : fault.from) ends.from.merge(nodes_of(place, lab, true));
    for (const auto& place : fault.to) ends.to.merge(nodes_of(place, lab, true));
    // An empty set would mean every node.
    if (ends.from.empty()) ends.from.insert("nobody");
    if (ends.to.empty()) ends.to.insert("nobody");
    return ends;
  }
  // `on`: the API servers, against everybody.
  for (const auto& cluster : clusters_of(fault, lab)) ends.to.insert(lab.site(cluster).api_node);
  return ends;
}

class PathFault final : public ActiveFault {
 public:
  PathFault(Lab& lab, sim::NetworkRule rule, bool both_ways) : lab_(lab) {
    auto back = rule;
    std::swap(back.from, back.to);
    ways_ = users_ways(rule);
    if (both_ways && ways_ == 0) ways_ = users_ways(back);
    rules_.push_back(lab_.network().add_rule(std::move(rule)));
    if (both_ways) rules_.push_back(lab_.network().add_rule(std::move(back)));
  }
  ~PathFault() override {
    for (const auto id : rules_) lab_.network().remove_rule(id);
  }
  std::uint64_t hits() const override {
    std::uint64_t sum = ways_;
    for (const auto id : rules_) sum += lab_.network().hits(id);
    return sum;
  }

 private:
  /// How many ways of users and probes the rule lies on: those are not sent as messages.
  std::uint64_t users_ways(const sim::NetworkRule& rule) const {
    const auto lies_on = [&](const std::string& from, const std::string& to) {
      const auto has = [](const std::set<std::string>& side, const std::string& node) {
        return side.empty() || side.contains(node);
      };
      return (has(rule.from, from) && has(rule.to, to)) ||
             (has(rule.from, to) && has(rule.to, from));
    };
    std::uint64_t sum = 0;
    for (const auto& [name, traffic] : lab_.traffic()) {
      for (const auto& [from, to] : traffic->ways(lab_)) sum += lies_on(from, to) ? 1 : 0;
    }
    return sum;
  }

  Lab& lab_;
  std::uint64_t ways_ = 0;
  std::vector<sim::Network::RuleId> rules_;
};

/// Resets or silences live connections, once or again and again.
class ConnectionFault final : public ActiveFault {
 public:
  ConnectionFault(const Fault& fault, Lab& lab)
      : lab_(lab),
        ends_(ends_of(fault, lab)),
        silent_(fault.what == "half-open"),
        both_(fault.both_ways),
        share_(fault.parameters.share("share")),
        every_(fault.parameters.duration("every")) {
    strike();
  }
  std::uint64_t hits() const override { return hits_; }

 private:
  void strike() {
    strike(ends_.from, ends_.to);
    if (both_) strike(ends_.to, ends_.from);
    if (every_ > Nanos(0)) {
      timer_ = Timer(lab_.world(), lab_.world().now() + every_, [this] { strike(); });
    }
  }
  void strike(const std::set<std::string>& clients, const std::set<std::string>& servers) {
    hits_ += silent_ ? lab_.network().silence_connections(clients, servers)
                     : lab_.network().reset_connections(clients, servers, share_.millionths);
  }
  Lab& lab_;
  Ends ends_;
  bool silent_;
  bool both_;
  Share share_;
  Nanos every_;
  std::uint64_t hits_ = 0;
  Timer timer_;
};

}  // namespace

std::unique_ptr<ActiveFault> start_path_fault(const Fault& fault, FaultContext context) {
  auto ends = ends_of(fault, context.lab);
  sim::NetworkRule rule;
  rule.from = std::move(ends.from);
  rule.to = std::move(ends.to);
  bool both = fault.both_ways || fault.from.empty();
  // Of lost packets the share is their own; of all else it is that of the connections.
  if (fault.what != "loss") rule.share_millionths = fault.parameters.share("share").millionths;
  // Both directions strike the same connections, and so do the steps of a ramp.
  rule.draw = context.lab.stream("fault/" + fault.name).next() | 1U;
  if (fault.what == "partition" || fault.what == "blackhole") {
    rule.cut = sim::Cut::blackhole;
  } else if (fault.what == "refused") {
    rule.cut = sim::Cut::refuse;
    both = fault.both_ways;  // the refusal itself must get back
  } else if (fault.what == "latency") {
    rule.latency = fault.parameters.duration("latency");
    rule.jitter = fault.parameters.duration("jitter");
  } else if (fault.what == "loss") {
    rule.loss_millionths = fault.parameters.share("share").millionths;
  } else if (fault.what == "bandwidth") {
    const auto* rate = fault.parameters.find<Bytes>("rate");
    rule.bytes_per_second = rate != nullptr ? static_cast<std::int64_t>(rate->count) : 0;
  }
  return std::make_unique<PathFault>(context.lab, std::move(rule), both);
}

std::unique_ptr<ActiveFault> start_connection_fault(const Fault& fault, FaultContext context) {
  return std::make_unique<ConnectionFault>(fault, context.lab);
}

}  // namespace spokelab::harness
