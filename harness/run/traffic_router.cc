#include "harness/run/traffic_router.h"

#include <utility>

#include "sim/traffic/callers/direct.h"
#include "sim/traffic/callers/mesh.h"
#include "sim/traffic/dns_failover.h"
#include "sim/traffic/nlb.h"

namespace spokelab::harness {

namespace traffic = sim::traffic;

namespace {

template <class Spec>
void set_targets(Spec& out, const std::string& name, const RouterSpec& by) {
  out.name = name;
  if (by.weights.empty()) {
    out.policy = traffic::Policy::order;
    for (const auto& cluster : by.order) out.targets.push_back({cluster, 0});
  } else {
    out.policy = traffic::Policy::weights;
    for (const auto& [cluster, weight] : by.weights) {
      out.targets.push_back({cluster, static_cast<std::uint32_t>(weight)});
    }
  }
}

traffic::Fallback fallback_of(const std::string& word) {
  if (word == "nobody") return traffic::Fallback::nobody;
  if (word == "usual") return traffic::Fallback::usual;
  return word == "last" ? traffic::Fallback::last : traffic::Fallback::all;
}

traffic::ProbeSpec probe_of(const ProbeSpec& probe) {
  const auto count = [](int number) { return static_cast<std::uint32_t>(number); };
  traffic::ProbeSpec out;
  out.path = probe.kind == "tcp" ? "" : probe.path;
  out.every = probe.every;
  out.timeout = probe.timeout;
  out.answer = probe.answer;
  out.unhealthy = count(probe.unhealthy);
  out.healthy = count(probe.healthy);
  out.retries = count(probe.retries);
  out.samples = count(probe.samples);
  out.successes = count(probe.successes);
  out.silence = probe.silence;
  out.watches = probe.kind == "endpoints";
  out.from_answer = probe.spacing == "answer";
  out.starts_healthy = probe.begins == "healthy";
  return out;
}

void fill(traffic::WatchSpec& watch, const std::string& name, const RouterSpec& by) {
  set_targets(watch, name, by);
  watch.probe = probe_of(by.probe);
  watch.checkers = static_cast<std::uint32_t>(by.probe.checkers);
  watch.quorum = by.probe.quorum.millionths;
  watch.regions = static_cast<std::uint32_t>(by.probe.regions);
  watch.hold = by.hold;
  watch.fallback = fallback_of(by.fallback);
}

std::unique_ptr<traffic::Router> make_mesh(const std::string& name, const TrafficSpec& spec,
                                           Clock& clock, History& history, Rng rng,
                                           traffic::Field& field) {
  const auto& by = spec.by;
  traffic::MeshSpec mesh;
  set_targets(mesh, name, by);
  mesh.fallback = fallback_of(by.fallback);
  mesh.outlier.proxies = static_cast<std::uint32_t>(by.sidecar.proxies);
  mesh.outlier.errors = static_cast<std::uint32_t>(by.sidecar.errors);
  mesh.outlier.sweep = by.sidecar.sweep;
  mesh.outlier.ejection = by.sidecar.ejection;
  mesh.outlier.ejection_max = by.sidecar.ejection_max;
  mesh.outlier.connect_timeout = by.sidecar.connect_timeout;
  for (const auto& [region, share] : spec.from) mesh.from.push_back(user_node(region));
  mesh.rate.count = static_cast<std::uint64_t>(spec.users.count);
  mesh.rate.per = spec.users.per;
  mesh.request_timeout = spec.timeout;
  return std::make_unique<traffic::Mesh>(clock, history, rng, field, std::move(mesh));
}

}  // namespace

std::string user_node(const std::string& region) { return "users." + region; }
std::string sender_node(const std::string& traffic) { return "sender." + traffic; }
std::string router_node(const std::string& traffic) { return "router." + traffic; }

std::unique_ptr<traffic::Router> make_router(Clock& clock, History& history, Rng rng,
                                             traffic::Field& field, const std::string& name,
                                             const TrafficSpec& spec) {
  const auto& by = spec.by;
  switch (by.mechanism) {
    case Mechanism::balancer: {
      traffic::NlbSpec nlb;
      fill(nlb, name, by);
      nlb.cut = by.cut;
      nlb.by_request = by.by_request;
      nlb.at = router_node(name);
      nlb.sends_from = sender_node(name);
      return std::make_unique<traffic::Nlb>(clock, history, rng, field, nlb);
    }
    case Mechanism::names: {
      traffic::DnsFailoverSpec dns;
      fill(dns, name, by);
      dns.ttl = by.ttl;
      dns.propagation = by.propagation;
      dns.from = {router_node(name)};
      return std::make_unique<traffic::DnsFailover>(clock, history, rng, field, dns);
    }
    case Mechanism::mesh:
      return make_mesh(name, spec, clock, history, rng, field);
    case Mechanism::direct:
      break;
  }
  traffic::DirectSpec direct;
  set_targets(direct, name, by);
  return std::make_unique<traffic::Direct>(std::move(direct));
}

}  // namespace spokelab::harness
