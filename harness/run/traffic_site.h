// TrafficSite: one traffic block of a scenario at work: its router, its users, and the truth they
// meet.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/run/overlay.h"
#include "harness/run/service_load.h"
#include "harness/run/traffic_router.h"
#include "harness/scenario/scenario.h"
#include "sim/traffic/backend.h"
#include "sim/traffic/population.h"
#include "sim/traffic/router.h"

namespace spokelab::harness {

class Lab;

class TrafficSite {
 public:
  /// The router begins to probe at once; users come with start_users().
  TrafficSite(std::string name, const TrafficSpec& spec, Lab& lab);

  void start_users(Lab& lab);
  /// Brings the model up to what network and cluster now are.
  void feed(Lab& lab, const std::string& target);
  /// Truth: users who come through the router to this target are answered.
  bool serves(Lab& lab, const std::string& target) const;
  std::set<std::string> user_nodes() const;
  /// Where users' requests to the clusters are sent from: the balancer, or the users themselves.
  std::set<std::string> sending_nodes() const;
  /// Whether its router falls with the region that it stands in. DNS and edge services stand in
  /// many.
  bool falls_with_region() const;
  /// The pairs of network nodes between which its users and probes go.
  std::vector<std::pair<std::string, std::string>> ways(Lab& lab) const;
  /// All users to one of the targets.
  sim::traffic::Weights only(const std::string& target) const;
  /// Brings the router to what the overlays below say.
  void apply_overlays();
  std::string router_node() const { return harness::router_node(name); }
  bool has_target(const std::string& cluster) const;
  bool balanced() const { return spec->by.mechanism == Mechanism::balancer; }
  bool by_dns() const { return spec->by.mechanism == Mechanism::names; }

  std::string name;
  const TrafficSpec* spec;
  std::vector<std::string> targets;  ///< Clusters.
  sim::traffic::Field field;
  std::unique_ptr<sim::traffic::Router> router;
  std::unique_ptr<sim::traffic::Population> population;  ///< Null until users come.

  // What faults do to the router, whatever the truth.
  struct Record {
    sim::traffic::Weights answer;
    Share share;  ///< Of the answers.
  };
  Overlay<Record> records;  ///< DNS only: what name servers answer.
  Overlay<bool> pretences;  ///< How all probes end.
  int names_silent = 0;     ///< DNS only: how many faults keep the name servers from answering.

 private:
  /// The load on the pods it calls: its own, or that of another traffic that says what they carry.
  const ServiceLoad& load(Lab& lab) const;
  ServiceLoad load_;
  sim::traffic::Way way(Lab& lab, const std::string& from, const std::string& to) const;
};

}  // namespace spokelab::harness
