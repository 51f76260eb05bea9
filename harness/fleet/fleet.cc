#include "harness/fleet/fleet.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <utility>

#include "base/base64.h"
#include "base/duration.h"
#include "base/json.h"
#include "harness/wall/token_signer.h"

namespace spokelab::harness {

namespace {

constexpr std::size_t kEventsKept = 200'000;
constexpr const char* kAdminUser = "kubernetes-admin";

using boost::asio::ip::tcp;

boost::system::error_code bind(tcp::acceptor& socket, std::uint16_t port) {
  boost::system::error_code bad;
  const tcp::endpoint at(boost::asio::ip::address_v4::loopback(), port);
  socket.open(at.protocol(), bad);
  if (!bad) socket.set_option(tcp::acceptor::reuse_address(true), bad);
  if (!bad) socket.bind(at, bad);
  return bad;
}

/// Keeps a port from everybody else: the socket is bound and does not listen, so that a door can,
/// whenever its server is up. 0: one of the system's choice. Errors: the system's.
boost::system::error_code reserve(tcp::acceptor& socket, std::uint16_t port) {
  if (port != 0) {
    tcp::acceptor probe(socket.get_executor());  // listening is what nobody else may do
    auto bad = bind(probe, port);
    if (!bad) probe.listen(1, bad);
    if (bad) return bad;
  }
  return bind(socket, port);
}

}  // namespace

Result<std::unique_ptr<Fleet>> Fleet::start(const Scenario& scenario, const Assets& assets,
                                            FleetOptions options) {
  std::map<std::string, std::string> settings;
  for (const auto& [name, value] : scenario.world.hub.settings) settings[name] = value.text;
  const std::string& wanted = scenario.world.hub.profile;
  auto profile = hub::make_profile(wanted, settings);
  if (!profile) return profile.error();
  std::unique_ptr<Fleet> fleet(new Fleet(options));
  LabOptions lab;
  lab.epoch = options.epoch;
  lab.outside = fleet.get();
  lab.hub = options.hub;
  lab.events_kept = kEventsKept;
  fleet->lab_ = std::make_unique<Lab>(scenario, assets, std::move(*profile), options.seed, lab);
  if (!fleet->trouble_.empty()) return Error(Errc::refused, fleet->trouble_);
  if (!fleet->lab_->failure().empty()) return Error(Errc::internal, fleet->lab_->failure());
  fleet->lab_->network().add_node(kOutside, kOutside);
  for (const auto& [name, site] : fleet->lab_->sites())
    fleet->lab_->network().set_link(kOutside, site->region, sim::LinkQuality{Nanos{0}, Nanos{0}});
  if (const auto opened = fleet->open_doors(); !opened) return opened.error();
  fleet->truths_ = std::make_unique<Truths>(*fleet->lab_);
  fleet->injected_ = std::make_unique<InjectedFaults>(*fleet->lab_, *fleet->truths_);
  fleet->lab_->start();
  return fleet;
}

Fleet::~Fleet() { stop(); }

void Fleet::stop() {
  if (std::exchange(stopped_, true) || !lab_) return;
  metrics_doors_.clear();
  for (auto& [name, gate] : gates_) gate.door.reset();
  injected_.reset();
  lab_->stop();
  // The world turns for the last time: whoever listens to it must still be there.
  for (auto* dialer : dialers_) dialer->close();
  truths_.reset();
}

void Fleet::begin(sim::World& world) { pace_ = std::make_unique<Pace>(world, io_, options_.speed); }

SiteAddress Fleet::address_of(const std::string& site) {
  const auto known = gates_.find(site);
  if (known != gates_.end()) return known->second.address;
  const auto wanted = options_.port_base == 0
                          ? std::uint16_t{0}
                          : static_cast<std::uint16_t>(options_.port_base + gates_.size());
  tcp::acceptor reserved(io_);
  const auto bad = reserve(reserved, wanted);
  if (bad) trouble_ = fmt::format("listen tcp 127.0.0.1:{}: {}", wanted, bad.message());
  CertificateAuthority ca("kubernetes", options_.epoch);
  SiteAddress address;
  address.host = "127.0.0.1";
  address.port = bad ? std::uint16_t{0} : reserved.local_endpoint().port();
  address.server = fmt::format("{}://127.0.0.1:{}", options_.tls ? "https" : "http", address.port);
  address.names = {"127.0.0.1",
                   "::1",
                   "localhost",
                   "kubernetes",
                   "kubernetes.default",
                   "kubernetes.default.svc",
                   "kubernetes.default.svc.cluster.local",
                   site};
  address.ca_pem = ca.cert_pem();
  address.tls = options_.tls;
  auto admin = ca.issue_client(kAdminUser, {"system:masters"}, options_.epoch);
  gates_.emplace(site,
                 Gate{std::move(ca), address, std::move(admin), std::move(reserved), nullptr});
  return address;
}

std::string Fleet::token_of(const std::string& user) {
  auto& token = tokens_[user];
  if (token.empty()) token = random_hex(24);
  return token;
}

fakeapi::TokenSigner Fleet::signer_of(const std::string&) { return make_token_signer(); }

std::unique_ptr<HttpDialer> Fleet::dialer(const std::string& node, Clock& clock) {
  auto made = std::make_unique<WallDialer>(*pace_, callers_, node, clock);
  dialers_.push_back(made.get());
  return made;
}

Result<void> Fleet::open_doors() {
  for (auto& [name, gate] : gates_) {
    auto& site = lab_->site(name);
    Door::Target target{site.api_node, port_of(site), options_.tls};
    gate.door = std::make_unique<Door>(*pace_, lab_->network(), callers_, gate.ca, target);
    if (const auto opened = gate.door->open(gate.address.port); !opened) return opened.error();
  }
  const auto hub = gates_.find("hub");
  for (const auto& [name, replica] : lab_->replicas()) {
    const Door::Target target{name, kMetricsPort, false};
    auto door = std::make_unique<Door>(*pace_, lab_->network(), callers_, hub->second.ca, target);
    const auto wanted = options_.port_base == 0
                            ? std::uint16_t{0}
                            : static_cast<std::uint16_t>(options_.port_base + gates_.size() +
                                                         metrics_doors_.size());
    if (const auto opened = door->open(wanted); !opened) return opened.error();
    metrics_doors_[name] = std::move(door);
  }
  return {};
}

std::vector<FleetMember> Fleet::metrics() const {
  std::vector<FleetMember> all;
  for (const auto& [name, door] : metrics_doors_)
    all.push_back({name, fmt::format("http://127.0.0.1:{}/metrics", door->port())});
  return all;
}

std::vector<FleetMember> Fleet::members() const {
  std::vector<FleetMember> all;
  for (const auto& [name, gate] : gates_) {
    const FleetMember member{name, gate.address.server};
    all.insert(name == "hub" ? all.begin() : all.end(), member);
  }
  return all;
}

Json Fleet::kubeconfig() const {
  Json clusters = Json::array();
  Json users = Json::array();
  Json contexts = Json::array();
  for (const auto& member : members()) {
    const auto& gate = gates_.at(member.name);
    Json cluster{{"server", member.server}};
    if (options_.tls) cluster["certificate-authority-data"] = base64(gate.address.ca_pem);
    clusters.push_back({{"name", member.name}, {"cluster", std::move(cluster)}});
    const auto admin = member.name + "-admin";
    const auto by_token = member.name + "-token";
    users.push_back({{"name", admin},
                     {"user",
                      {{"client-certificate-data", base64(gate.admin.cert_pem)},
                       {"client-key-data", base64(gate.admin.key_pem)}}}});
    const auto token = tokens_.find("admin-of-" + member.name);
    users.push_back({{"name", by_token}, {"user", {{"token", token->second}}}});
    contexts.push_back(
        {{"name", member.name},
         {"context", {{"cluster", member.name}, {"user", options_.tls ? admin : by_token}}}});
  }
  return Json{{"apiVersion", "v1"},
              {"kind", "Config"},
              {"preferences", Json::object()},
              {"clusters", std::move(clusters)},
              {"users", std::move(users)},
              {"contexts", std::move(contexts)},
              {"current-context", members().front().name}};
}

Result<std::string> Fleet::inject(const FaultOrder& order) {
  pace_->catch_up();
  return injected_->begin(order);
}

Result<std::vector<std::string>> Fleet::heal(const std::string& name) {
  pace_->catch_up();
  std::vector<std::string> healed;
  for (const auto& one : injected_->list()) {
    if (name.empty() || one.name == name) healed.push_back(one.name);
  }
  if (healed.empty() && !name.empty()) {
    return Error(Errc::not_found,
                 fmt::format("no fault called \"{}\" is in force: see spokelab status", name));
  }
  for (const auto& one : healed) injected_->end(one);
  return healed;
}

Json Fleet::status() const {
  Json clusters = Json::array();
  for (const auto& member : members()) {
    const auto& site = lab_->site(member.name);
    std::uint64_t requests = 0;
    for (const auto& [who, count] : site.api->request_counts()) requests += count;
    const auto& gate = gates_.at(member.name);
    clusters.push_back({{"name", member.name},
                        {"server", member.server},
                        {"up", lab_->network().is_up(site.api_node, port_of(site))},
                        {"port", gate.door && gate.door->is_open() ? "open" : "closed"},
                        {"connections", gate.door ? gate.door->connections() : 0},
                        {"watches", site.api->watches().open_count()},
                        {"requests", requests},
                        {"objects", site.api->store().size()},
                        {"revision", site.api->store().revision()}});
  }
  Json faults = Json::array();
  for (const auto& one : injected_->list()) {
    faults.push_back({{"name", one.name},
                      {"what", one.what},
                      {"scope", one.scope},
                      {"left", format_duration(std::chrono::ceil<std::chrono::seconds>(one.left))},
                      {"hits", one.hits}});
  }
  Json pages = Json::array();
  for (const auto& page : metrics())
    pages.push_back({{"replica", page.name}, {"url", page.server}});
  return Json{{"clusters", std::move(clusters)},
              {"faults", std::move(faults)},
              {"metrics", std::move(pages)},
              {"speed", options_.speed},
              {"time", format_rfc3339(lab_->world().wall_now())},
              {"registered", lab_->set_up_done()}};
}

}  // namespace spokelab::harness
