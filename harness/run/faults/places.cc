// Which clusters and network nodes a place of a scenario stands for.
#include <algorithm>

#include "harness/run/faults/active_fault.h"

namespace spokelab::harness {

std::vector<std::string> clusters_of(const Fault& fault, Lab& lab) {
  std::vector<std::string> names;
  for (const auto& place : fault.on) {
    switch (place.kind) {
      case Place::Kind::hub:
      case Place::Kind::cluster:
        names.push_back(place.name);
        break;
      case Place::Kind::region:
        for (const auto& [name, site] : lab.sites()) {
          if (site->region == place.name) names.push_back(name);
        }
        break;
      default:
        break;
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::set<std::string> nodes_of(const Place& place, Lab& lab, bool processes) {
  std::set<std::string> nodes;
  const auto add_site = [&](const std::string& name) {
    nodes.insert(lab.site(name).api_node);
    nodes.insert(lab.site(name).front_node);
  };
  switch (place.kind) {
    case Place::Kind::hub:
      add_site("hub");
      if (processes) {
        for (const auto& [name, replica] : lab.replicas()) nodes.insert(name);
      }
      break;
    case Place::Kind::replica:
      nodes.insert(place.name);
      break;
    case Place::Kind::owner:
      if (const auto owner = lab.owner_of(place.name); !owner.empty()) nodes.insert(owner);
      break;
    case Place::Kind::cluster:
      add_site(place.name);
      break;
    case Place::Kind::region:
      for (const auto& node : lab.nodes_in(place.name)) nodes.insert(node);
      break;
    case Place::Kind::users:
      for (const auto& [name, traffic] : lab.traffic()) {
        for (const auto& node : traffic->user_nodes()) nodes.insert(node);
        // Behind a balancer these are the requests that it sends on, and not its probes.
        nodes.merge(traffic->sending_nodes());
      }
      break;
    case Place::Kind::router:
      for (const auto& [name, traffic] : lab.traffic()) {
        nodes.insert(traffic->router_node());
        if (traffic->balanced()) nodes.insert(sender_node(name));
      }
      break;
    case Place::Kind::traffic:
      nodes.insert(lab.traffic().at(place.name)->router_node());
      if (lab.traffic().at(place.name)->balanced()) nodes.insert(sender_node(place.name));
      break;
    case Place::Kind::git:
      nodes.insert(std::string(kGitNode));
      break;
    case Place::Kind::repo:
      break;  // one of those behind the Git node; see start_git_fault
  }
  return nodes;
}

}  // namespace spokelab::harness
