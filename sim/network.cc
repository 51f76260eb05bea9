#include "sim/network.h"

#include <fmt/format.h>

#include "sim/connection.h"
#include "sim/dialer.h"

namespace spokelab::sim {

std::string NetworkState::resolve(const std::string& host) const {
  const auto named = names.find(host);
  if (named != names.end()) return named->second;
  return paths.knows(host) ? host : std::string();
}

Network::Network(World& world, Rng rng) : state_(std::make_shared<NetworkState>(world, rng)) {}
Network::~Network() = default;

void Network::add_node(const std::string& name, const std::string& region) {
  state_->paths.add_node(name, region);
  state_->names[state_->paths.address_of(name)] = name;
}

void Network::add_name(const std::string& host, const std::string& node) {
  state_->names[host] = node;
}
void Network::remove_name(const std::string& host) { state_->names.erase(host); }

const std::string& Network::address_of(const std::string& node) const {
  return state_->paths.address_of(node);
}

void Network::set_link(const std::string& region_a, const std::string& region_b,
                       LinkQuality quality) {
  state_->paths.set_link(region_a, region_b, quality);
}

namespace {

std::vector<std::shared_ptr<Connection>> live(
    const std::map<std::uint64_t, std::weak_ptr<Connection>>& all) {
  std::vector<std::shared_ptr<Connection>> found;
  for (const auto& [id, weak] : all) {
    if (auto connection = weak.lock(); connection && connection->alive()) {
      found.push_back(std::move(connection));
    }
  }
  return found;
}

}  // namespace

Network::RuleId Network::add_rule(NetworkRule rule) {
  const auto cut = rule.cut;
  const auto id = state_->paths.add_rule(std::move(rule));
  if (cut == Cut::refuse || cut == Cut::reset) {
    for (const auto& connection : live(state_->connections)) {
      const auto& client = connection->client();
      const auto& server = connection->server();
      const auto there = state_->paths.cut(client, server, connection->lot());
      const auto back = state_->paths.cut(server, client, connection->lot());
      if (there == Cut::blackhole || back == Cut::blackhole) continue;
      if (there == Cut::none && back == Cut::none) continue;
      connection->cut(Error(Errc::reset, "read: connection reset by peer"));
    }
  }
  for (const auto& handler : changed_) handler();
  return id;
}

void Network::remove_rule(RuleId id) {
  state_->paths.remove_rule(id);
  for (const auto& connection : live(state_->connections)) connection->path_changed();
  for (const auto& handler : changed_) handler();
}

std::uint64_t Network::hits(RuleId id) const { return state_->paths.hits(id); }

std::uint64_t Network::dials(const std::string& from, const std::string& to) const {
  const auto known = state_->dials.find({from, to});
  return known == state_->dials.end() ? 0 : known->second;
}

std::map<std::pair<std::string, std::string>, std::size_t> Network::connections() const {
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  for (const auto& connection : live(state_->connections))
    ++counts[{connection->client(), connection->server()}];
  return counts;
}

void Network::on_dial(std::function<void(const std::string&, const std::string&)> handler) {
  state_->on_dial = std::move(handler);
}

bool Network::passes(const std::string& from, const std::string& to) const {
  return state_->paths.cut(from, to) == Cut::none;
}

Nanos Network::latency(const std::string& from, const std::string& to) const {
  return state_->paths.base_latency(from, to);
}

void Network::serve(const std::string& node, std::uint16_t port, HttpHandler& handler,
                    std::optional<TlsIdentity> identity) {
  state_->listeners[{node, port}] = Listener{&handler, std::move(identity)};
}

void Network::set_up(const std::string& node, std::uint16_t port, bool up) {
  auto& listener = state_->listeners.at({node, port});
  if (listener.up == up) return;
  listener.up = up;
  if (up) ++listener.incarnation;
  if (!up) {
    for (const auto& connection : live(state_->connections)) {
      if (connection->server() != node || connection->port() != port) continue;
      // The reset of a dying server does not cross a black hole: the client must find out by
      // itself.
      if (!passes(node, connection->client())) continue;
      connection->cut(Error(Errc::reset, "read: connection reset by peer"));
    }
  }
  for (const auto& handler : changed_) handler();
}

bool Network::is_up(const std::string& node, std::uint16_t port) const {
  const auto listener = state_->listeners.find({node, port});
  return listener != state_->listeners.end() && listener->second.up;
}

void Network::set_identity(const std::string& node, std::uint16_t port, TlsIdentity identity) {
  state_->listeners.at({node, port}).identity = std::move(identity);
}

const TlsIdentity* Network::identity(const std::string& node, std::uint16_t port) const {
  const auto listener = state_->listeners.find({node, port});
  if (listener == state_->listeners.end() || !listener->second.identity) return nullptr;
  return &*listener->second.identity;
}

std::uint64_t Network::handshakes_failed(const std::string& node, std::uint16_t port) const {
  return state_->listeners.at({node, port}).handshakes_failed;
}

namespace {

bool is_between(const Connection& connection, const std::set<std::string>& clients,
                const std::set<std::string>& servers) {
  return (clients.empty() || clients.contains(connection.client())) &&
         (servers.empty() || servers.contains(connection.server()));
}

}  // namespace

std::size_t Network::reset_connections(const std::set<std::string>& clients,
                                       const std::set<std::string>& servers,
                                       std::uint32_t millionths) {
  std::size_t hit = 0;
  for (const auto& connection : live(state_->connections)) {
    if (!is_between(*connection, clients, servers) || !state_->chance.chance(millionths)) continue;
    connection->cut(Error(Errc::reset, "read: connection reset by peer"));
    ++hit;
  }
  return hit;
}

std::size_t Network::silence_connections(const std::set<std::string>& clients,
                                         const std::set<std::string>& servers) {
  std::size_t hit = 0;
  for (const auto& connection : live(state_->connections)) {
    if (!is_between(*connection, clients, servers)) continue;
    connection->silence();
    ++hit;
  }
  return hit;
}

Cut Network::cut(const std::string& from, const std::string& to) const {
  return state_->paths.cut(from, to);
}

bool Network::is_disturbed(const std::string& from, const std::string& to) const {
  return state_->paths.is_disturbed(from, to);
}

Passage Network::send(const std::string& from, const std::string& to, std::size_t bytes) {
  return state_->paths.send(from, to, bytes, ++state_->last_lot);
}

std::uint32_t Network::loss(const std::string& from, const std::string& to) const {
  return state_->paths.loss(from, to);
}

std::vector<PartialStrike> Network::partial(const std::string& from, const std::string& to) const {
  return state_->paths.partial(from, to);
}

std::unique_ptr<HttpDialer> Network::dialer(const std::string& node, Clock& clock,
                                            std::shared_ptr<const HttpPeer> as) {
  return std::make_unique<SimDialer>(state_, node, clock, std::move(as));
}

std::uint64_t Network::messages() const noexcept { return state_->messages; }

}  // namespace spokelab::sim
