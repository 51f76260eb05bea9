#include "harness/run/truth.h"

#include <fmt/format.h>

#include "hub/cluster/cluster_set.h"

namespace spokelab::harness {

Truths::Truths(Lab& lab) : lab_(lab) {
  lab_.network().on_change([this] { update(); });
  for (const auto& [name, site] : lab_.sites()) {
    site->controllers->on_ready_change([this](const auto&...) { update(); });
  }
}

void Truths::set_api_broken(const std::string& cluster, bool broken) {
  broken_[cluster] += broken ? 1 : -1;
  update();
}

bool Truths::is_reachable(const Site& site) const {
  const auto broken = broken_.find(site.name);
  if (broken != broken_.end() && broken->second > 0) return false;
  auto& network = lab_.network();
  if (!network.is_up(site.api_node, port_of(site))) return false;
  bool anyone = false;
  for (const auto& [name, replica] : lab_.replicas()) {
    // One that is being killed has not unwound yet.
    if (!replica->running() || replica->paused() || lab_.is_held_down(name)) continue;
    anyone = true;
    if (network.passes(name, site.api_node) && network.passes(site.api_node, name)) return true;
  }
  // Where no replica lives, nobody is there for whom a cluster could be out of reach.
  return !anyone;
}

void Truths::tell(const std::string& subject, bool value, const std::string& cluster) {
  const auto known = told_.find(subject);
  if (known != told_.end() && known->second == value) return;
  told_[subject] = value;
  Event event;
  event.kind = EventKind::truth;
  event.who = "world";
  event.subject = subject;
  event.value = value ? "true" : "false";
  event.cluster = cluster;
  lab_.history().add(std::move(event));
}

void Truths::update() {
  for (const auto& [name, site] : lab_.sites()) {
    // The hub knows its own cluster by this name.
    const auto called = name == "hub" ? std::string(hub::kInClusterName) : name;
    tell(fmt::format("truth.cluster.{}.reachable", called), is_reachable(*site), called);
  }
  std::map<std::string, bool> serving;
  for (const auto& [name, traffic] : lab_.traffic()) {
    for (const auto& target : traffic->targets) {
      const bool serves = traffic->serves(lab_, target);
      traffic->feed(lab_, target);
      tell(fmt::format("truth.traffic.{}.{}", name, target), serves, target);
      const auto [at, first] = serving.emplace(target, serves);
      if (!first) at->second = at->second && serves;
    }
  }
  for (const auto& [cluster, serves] : serving)
    tell(fmt::format("truth.cluster.{}.serving", cluster), serves, cluster);
}

}  // namespace spokelab::harness
