// Faults of whole places and of nodes.
#include <utility>

#include "base/json.h"
#include "harness/run/faults/active_fault.h"
#include "harness/scenario/zones.h"

namespace spokelab::harness {

namespace {

/// Everything in a cluster, or in all that stands in a region, loses power: no packet in or out,
/// API server and nodes dead. After its end the machines start again: containers come up anew,
/// stored objects are as they were.
class RegionLoss final : public ActiveFault {
 public:
  RegionLoss(const Fault& fault, FaultContext context)
      : context_(context), clusters_(clusters_of(fault, context.lab)) {
    auto& lab = context_.lab;
    for (const auto& place : fault.on) {
      for (const auto& node : nodes_of(place, lab, true)) nodes_.insert(node);
    }
    spare_who_stands_elsewhere();
    for (const auto& name : clusters_) {
      for (const auto& node : lab.site(name).controllers->nodes()) {
        if (lab.take_node_down(name, node)) machines_.emplace_back(name, node);
      }
      lab.take_api_down(name);
    }
    for (auto& [name, replica] : lab.replicas()) {
      if (!nodes_.contains(name)) continue;
      lab.take_replica_down(name);
      replicas_.insert(name);
    }
    sim::NetworkRule in;
    in.to = nodes_;
    in.cut = sim::Cut::blackhole;
    sim::NetworkRule out;
    out.from = nodes_;
    out.cut = sim::Cut::blackhole;
    rules_ = {lab.network().add_rule(std::move(in)), lab.network().add_rule(std::move(out))};
  }
  ~RegionLoss() override {
    auto& lab = context_.lab;
    for (const auto id : rules_) lab.network().remove_rule(id);
    for (const auto& name : clusters_) lab.bring_api_up(name);
    for (const auto& [cluster, node] : machines_) lab.bring_node_up(cluster, node);
    for (const auto& name : replicas_) lab.bring_replica_up(name);
  }
  std::uint64_t hits() const override {
    std::uint64_t sum = machines_.size() + replicas_.size();
    for (const auto id : rules_) sum += context_.lab.network().hits(id);
    return sum;
  }

 private:
  /// A region is data centres: its users sit outside of them, and a service of many regions goes on
  /// in the others.
  void spare_who_stands_elsewhere() {
    for (const auto& [name, traffic] : context_.lab.traffic()) {
      for (const auto& node : traffic->user_nodes()) nodes_.erase(node);
      if (traffic->falls_with_region()) continue;
      nodes_.erase(traffic->router_node());
      nodes_.erase(sender_node(name));
    }
  }

  FaultContext context_;
  std::vector<std::string> clusters_;
  std::set<std::string> nodes_;
  std::set<std::string> replicas_;
  std::vector<sim::Network::RuleId> rules_;
  std::vector<std::pair<std::string, std::string>> machines_;  // cluster, node
};

/// Some nodes of a cluster, or all of one zone, lose power.
class NodeLoss final : public ActiveFault {
 public:
  NodeLoss(const Fault& fault, FaultContext context) : context_(context) {
    auto& lab = context_.lab;
    auto rng = lab.stream("fault/" + fault.name);
    for (const auto& name : clusters_of(fault, lab)) {
      auto& controllers = *lab.site(name).controllers;
      auto victims = fault.what == "zone-loss"
                         ? in_zone(lab.site(name), fault.parameters.text("zone"))
                         : controllers.nodes();
      if (fault.what == "node-loss") {
        const auto wanted = static_cast<std::size_t>(fault.parameters.count("nodes", 1));
        while (victims.size() > wanted) {
          const auto spared = rng.below(victims.size());
          victims.erase(victims.begin() + static_cast<std::ptrdiff_t>(spared));
        }
      }
      for (const auto& node : victims) {
        if (lab.take_node_down(name, node)) lost_.emplace_back(name, node);
      }
    }
  }
  ~NodeLoss() override {
    for (const auto& [cluster, node] : lost_) context_.lab.bring_node_up(cluster, node);
  }
  std::uint64_t hits() const override { return lost_.size(); }

 private:
  static std::vector<std::string> in_zone(Site& site, const std::string& zone) {
    std::vector<std::string> names;
    const auto label = site.region + zone_letter(zone, site.region);
    for (const auto& node : site.api->list("nodes")) {
      if (text_at(*node, {"metadata", "labels", "topology.kubernetes.io/zone"}) == label)
        names.push_back(text_at(*node, {"metadata", "name"}));
    }
    return names;
  }
  FaultContext context_;
  std::vector<std::pair<std::string, std::string>> lost_;
};

}  // namespace

std::unique_ptr<ActiveFault> start_region_loss(const Fault& fault, FaultContext context) {
  return std::make_unique<RegionLoss>(fault, context);
}

std::unique_ptr<ActiveFault> start_node_loss(const Fault& fault, FaultContext context) {
  return std::make_unique<NodeLoss>(fault, context);
}

}  // namespace spokelab::harness
