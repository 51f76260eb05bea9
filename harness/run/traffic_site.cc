#include "harness/run/traffic_site.h"

#include <utility>

#include "harness/run/lab.h"
#include "sim/traffic/dns_failover.h"
#include "sim/traffic/nlb.h"

namespace spokelab::harness {

namespace traffic = sim::traffic;

namespace {

void fill(traffic::WatchSpec& watch, const std::string& name, const TrafficSpec& spec) {
  const auto& by = spec.by;
  watch.name = name;
  if (by.weights.empty()) {
    watch.policy = traffic::Policy::order;
    for (const auto& cluster : by.order) watch.targets.push_back({cluster, 0});
  } else {
    watch.policy = traffic::Policy::weights;
    for (const auto& [cluster, weight] : by.weights) {
      watch.targets.push_back({cluster, static_cast<std::uint32_t>(weight)});
    }
  }
  watch.probe.path = by.probe.kind == "tcp" ? "" : by.probe.path;
  watch.probe.every = by.probe.every;
  watch.probe.timeout = by.probe.timeout;
  watch.probe.unhealthy = static_cast<std::uint32_t>(by.probe.unhealthy);
  watch.probe.healthy = static_cast<std::uint32_t>(by.probe.healthy);
  watch.checkers = static_cast<std::uint32_t>(by.probe.checkers);
  watch.hold = by.hold;
  watch.fail_open = by.fail_open;
}

std::unique_ptr<traffic::WatchedRouter> make_router(const std::string& name,
                                                    const TrafficSpec& spec, Lab& lab,
                                                    traffic::Field& field) {
  const auto rng = lab.stream("router/" + name);
  if (spec.by.kind == "nlb") {
    traffic::NlbSpec nlb;
    fill(nlb, name, spec);
    nlb.cut = spec.by.cut;
    nlb.at = router_node(name);
    return std::make_unique<traffic::Nlb>(lab.world(), lab.history(), rng, field, nlb);
  }
  traffic::DnsFailoverSpec dns;
  fill(dns, name, spec);
  dns.ttl = spec.by.ttl;
  dns.propagation = spec.by.propagation;
  dns.from = {router_node(name)};
  return std::make_unique<traffic::DnsFailover>(lab.world(), lab.history(), rng, field, dns);
}

traffic::ClientHabits habits_of(const TrafficSpec& spec) {
  traffic::ClientHabits habits;
  for (const auto& [kind, share] : spec.clients) {
    if (kind == "browser") habits.kinds.push_back(traffic::ClientHabits::browser(share.millionths));
    if (kind == "jvm") habits.kinds.push_back(traffic::ClientHabits::jvm(share.millionths));
    if (kind == "pooled") habits.kinds.push_back(traffic::ClientHabits::pooled(share.millionths));
    if (kind == "pinned") habits.kinds.push_back(traffic::ClientHabits::pinned(share.millionths));
  }
  return habits;  // the rest are "fresh"
}

traffic::Wire wire_of(sim::Cut cut) {
  switch (cut) {
    case sim::Cut::none:
      break;
    case sim::Cut::blackhole:
      return traffic::Wire::blackhole;
    case sim::Cut::refuse:
      return traffic::Wire::refused;
    case sim::Cut::reset:
      return traffic::Wire::reset;
  }
  return traffic::Wire::open;
}

}  // namespace

std::string user_node(const std::string& region) { return "users." + region; }
std::string router_node(const std::string& traffic) { return "router." + traffic; }

TrafficSite::TrafficSite(std::string the_name, const TrafficSpec& the_spec, Lab& lab)
    : name(std::move(the_name)), spec(&the_spec) {
  for (const auto& cluster : spec->by.order) targets.push_back(cluster);
  for (const auto& [cluster, weight] : spec->by.weights) targets.push_back(cluster);
  for (const auto& target : targets) feed(lab, target);
  router = make_router(name, *spec, lab, field);
}

void TrafficSite::start_users(Lab& lab) {
  traffic::PopulationSpec users;
  users.name = name;
  for (const auto& [region, share] : spec->from)
    users.from.push_back({user_node(region), share.millionths});
  users.rate.count = static_cast<std::uint64_t>(spec->users.count);
  users.rate.per = spec->users.per;
  users.request_timeout = spec->timeout;
  users.connect_timeout = std::min(users.connect_timeout, spec->timeout);
  users.slo = std::min(users.slo, spec->timeout);
  users.retries = static_cast<std::uint32_t>(spec->retries);
  users.clients = habits_of(*spec);
  population = std::make_unique<traffic::Population>(
      lab.world(), lab.history(), lab.stream("users/" + name), field, *router, users);
}

traffic::Way TrafficSite::way(Lab& lab, const std::string& from, const std::string& to) const {
  auto& network = lab.network();
  traffic::Way way;
  const auto there = network.cut(from, to);
  const auto back = network.cut(to, from);
  // A black hole in either direction leaves the caller without an answer.
  way.wire = wire_of(there == sim::Cut::blackhole || back == sim::Cut::none ? there : back);
  way.rtt = network.latency(from, to) + network.latency(to, from);
  const std::uint64_t kept = std::uint64_t{1'000'000 - network.loss(from, to)} *
                             (1'000'000 - network.loss(to, from)) / 1'000'000;
  way.loss =
      static_cast<std::uint32_t>((1'000'000 - kept) / 2);  // the model takes it for each direction
  return way;
}

void TrafficSite::feed(Lab& lab, const std::string& target) {
  const auto& site = lab.site(target);
  const auto& router_at = router_node();
  for (const auto& [region, share] : spec->from) {
    field.set_way(user_node(region), target, way(lab, user_node(region), site.front_node));
    field.set_way(user_node(region), router_at, way(lab, user_node(region), router_at));
  }
  field.set_way(router_at, target, way(lab, router_at, site.front_node));
  const auto ready = site.controllers->endpoints(spec->service.ns, spec->service.name);
  traffic::Service service;
  service.ready_pods = ready.listed;
  // Endpoints that are listed and do not answer any more cost their share of the requests.
  if (ready.listed > 0) {
    service.errors = static_cast<std::uint32_t>(std::int64_t{1'000'000} *
                                                (ready.listed - ready.answering) / ready.listed);
  }
  field.set_service(target, service);
}

bool TrafficSite::serves(Lab& lab, const std::string& target) const {
  const auto& site = lab.site(target);
  const auto ready = site.controllers->endpoints(spec->service.ns, spec->service.name);
  if (ready.answering == 0) return false;
  return way(lab, router_node(), site.front_node).wire == traffic::Wire::open;
}

std::vector<std::pair<std::string, std::string>> TrafficSite::ways(Lab& lab) const {
  const bool through = spec->by.kind == "nlb";  // otherwise users go to the clusters themselves
  std::vector<std::pair<std::string, std::string>> ways;
  if (through) {
    for (const auto& node : user_nodes()) ways.emplace_back(node, router_node());
  }
  for (const auto& target : targets) {
    const auto& front = lab.site(target).front_node;
    ways.emplace_back(router_node(), front);
    if (through) continue;
    for (const auto& node : user_nodes()) ways.emplace_back(node, front);
  }
  return ways;
}

traffic::Weights TrafficSite::only(const std::string& target) const {
  traffic::Weights weights(targets.size(), 0);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == target) weights[i] = kWhole.millionths;
  }
  return weights;
}

void TrafficSite::apply_overlays() {
  router->pretend(pretences.top());
  auto* dns = dynamic_cast<traffic::DnsFailover*>(router.get());
  if (dns == nullptr) return;
  dns->set_answering(names_silent == 0);
  if (const auto record = records.top()) {
    dns->set_override(record->answer, record->share.millionths);
  } else {
    dns->set_override(std::nullopt);
  }
}

std::set<std::string> TrafficSite::user_nodes() const {
  std::set<std::string> nodes;
  for (const auto& [region, share] : spec->from) nodes.insert(user_node(region));
  return nodes;
}

}  // namespace spokelab::harness
