#include "harness/run/traffic_site.h"

#include <algorithm>
#include <utility>

#include "harness/run/lab.h"
#include "harness/run/traffic_router.h"
#include "sim/traffic/dns_failover.h"

namespace spokelab::harness {

namespace traffic = sim::traffic;

namespace {

traffic::ClientHabits habits_of(const TrafficSpec& spec) {
  traffic::ClientHabits habits;
  for (const auto& [name, users] : spec.populations) {
    traffic::ClientKind kind;
    kind.name = name;
    kind.share = users.share.millionths;
    kind.names_for = users.names_for;
    kind.pinned = users.pinned;
    kind.pool_age = users.pool;
    kind.dead_after = users.dead_after;
    kind.retries = static_cast<std::uint32_t>(users.retries);
    kind.backoff = users.backoff;
    kind.retry_budget = users.retry_budget.millionths;
    kind.ttl_min = users.ttl_min;
    kind.ttl_max = users.ttl_max;
    kind.stale = users.serve_stale;
    habits.kinds.push_back(std::move(kind));
  }
  return habits;
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

TrafficSite::TrafficSite(std::string the_name, const TrafficSpec& the_spec, Lab& lab)
    : name(std::move(the_name)), spec(&the_spec) {
  for (const auto& cluster : spec->by.order) targets.push_back(cluster);
  for (const auto& [cluster, weight] : spec->by.weights) targets.push_back(cluster);
  for (const auto& target : targets) feed(lab, target);
  router =
      make_router(lab.world(), lab.history(), lab.stream("router/" + name), field, name, *spec);
}

void TrafficSite::start_users(Lab& lab) {
  traffic::PopulationSpec users;
  users.name = name;
  for (const auto& [region, share] : spec->from)
    users.from.push_back({user_node(region), share.millionths});
  users.rate.count = static_cast<std::uint64_t>(spec->users.count);
  users.rate.per = spec->users.per;
  users.request_timeout = spec->timeout;
  // A caller in a mesh is connected to its own proxy, which then waits for the cluster.
  const bool meshed = spec->by.mechanism == Mechanism::mesh;
  users.connect_timeout =
      std::min(meshed ? spec->by.sidecar.connect_timeout : spec->connect_timeout, spec->timeout);
  users.slo = std::min(spec->slow, spec->timeout);
  users.clients = habits_of(*spec);
  users.shares = std::any_of(lab.traffic().begin(), lab.traffic().end(), [&](const auto& other) {
    return other.second->spec->capacity && other.second->spec->service == spec->service;
  });
  population = std::make_unique<traffic::Population>(
      lab.world(), lab.history(), lab.stream("users/" + name), field, *router, users);
  if (spec->capacity) load_.start(*this, lab);
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
  for (const auto& strike : network.partial(from, to)) {
    if (strike.cut != sim::Cut::none) {
      way.cut_share = traffic::either(way.cut_share, strike.share_millionths);
      if (way.cut != traffic::Wire::blackhole) way.cut = wire_of(strike.cut);
    } else if (strike.latency > Nanos(0)) {
      way.slow_share = traffic::either(way.slow_share, strike.share_millionths);
      way.slow = std::max(way.slow, strike.latency);
    }
  }
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
  if (balanced()) {
    const auto sender = sender_node(name);
    field.set_way(sender, target, way(lab, sender, site.front_node));
  }
  const auto ready = site.controllers->endpoints(spec->service.ns, spec->service.name);
  traffic::Service service;
  service.ready_pods = ready.listed;
  // Endpoints that are listed and do not answer any more cost their share of the requests.
  const auto share = [](int part, int whole) {
    return whole > 0 ? static_cast<std::uint32_t>(std::int64_t{1'000'000} * part / whole) : 0;
  };
  const int heard = ready.listed - ready.silent;
  service.silent = share(ready.silent, ready.listed);
  service.errors = share(heard - ready.answering, heard);
  load(lab).weigh(target, service);
  field.set_service(target, service);
}

const ServiceLoad& TrafficSite::load(Lab& lab) const {
  if (spec->capacity) return load_;
  for (const auto& [other_name, other] : lab.traffic()) {
    if (other->load_.works() && other->spec->service == spec->service) return other->load_;
  }
  return load_;
}

bool TrafficSite::has_target(const std::string& cluster) const {
  return std::find(targets.begin(), targets.end(), cluster) != targets.end();
}

bool TrafficSite::serves(Lab& lab, const std::string& target) const {
  const auto& site = lab.site(target);
  const auto ready = site.controllers->endpoints(spec->service.ns, spec->service.name);
  if (ready.answering == 0) return false;
  const auto open = [&](const std::string& from) {
    return way(lab, from, site.front_node).wire == traffic::Wire::open;
  };
  // It serves where any of those who send it users' requests reaches it.
  const auto nodes = sending_nodes();
  return std::any_of(nodes.begin(), nodes.end(), open);
}

std::vector<std::pair<std::string, std::string>> TrafficSite::ways(Lab& lab) const {
  const bool through = balanced();  // otherwise users go to the clusters themselves
  std::vector<std::pair<std::string, std::string>> ways;
  if (through) {
    for (const auto& node : user_nodes()) ways.emplace_back(node, router_node());
  }
  for (const auto& target : targets) {
    const auto& front = lab.site(target).front_node;
    if (through || by_dns()) ways.emplace_back(router_node(), front);
    if (through) {
      ways.emplace_back(sender_node(name), front);
      continue;
    }
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

std::set<std::string> TrafficSite::sending_nodes() const {
  return balanced() ? std::set<std::string>{sender_node(name)} : user_nodes();
}

bool TrafficSite::falls_with_region() const {
  const auto* preset = preset_of("world/traffic/*/by", spec->by.kind);
  return preset != nullptr && preset->regional;
}

std::set<std::string> TrafficSite::user_nodes() const {
  std::set<std::string> nodes;
  for (const auto& [region, share] : spec->from) nodes.insert(user_node(region));
  return nodes;
}

}  // namespace spokelab::harness
