// Network: named nodes, directed links between them, and HTTP messages that travel on them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/rng.h"
#include "base/run_time.h"
#include "sim/world.h"

namespace spokelab::sim {

/// One direction of a path in fair weather.
struct LinkQuality {
  Nanos latency = std::chrono::microseconds(500);  ///< One way.
  Nanos jitter{0};                                 ///< Added: uniform in [0, jitter].
};

struct NetworkState;

/// What a rule does to packets that are matched.
enum class Cut {
  none,
  blackhole,  ///< They vanish; nobody is told. TCP sends again, ever more rarely.
  refuse,     ///< New connections are refused after one round trip; live ones are reset.
  reset,      ///< As refuse, worded as a reset.
};

/// What a message sent now from one node to another meets.
struct Passage {
  Cut cut = Cut::none;
  Nanos latency{0};  ///< One way, jitter, loss and bandwidth drawn in.
};

/// Bad weather on every directed link from a node in `from` to a node in `to`; an empty set means
/// any node. Rules add up: every matching rule's delay and loss, and the worst cut. A rule with a
/// share strikes that share of the connections, each of them wholly or not at all.
struct NetworkRule {
  std::set<std::string> from;
  std::set<std::string> to;
  Cut cut = Cut::none;
  Nanos latency{0};
  Nanos jitter{0};
  std::uint32_t loss_millionths = 0;  ///< Of packets, each way. On a stream loss shows as delay.
  std::int64_t bytes_per_second = 0;  ///< 0: no limit.
  std::uint32_t share_millionths = 1'000'000;  ///< Of the connections.
  /// Rules of one draw and one share strike the same connections; 0: a draw of its own.
  std::uint64_t draw = 0;
};

/// What strikes a share of the connections between two nodes, each of them wholly or not at all.
struct PartialStrike {
  std::uint32_t share_millionths = 0;
  Cut cut = Cut::none;
  Nanos latency{0};  ///< Of a round trip.
};

/// A server certificate as the simulation knows it: what can be wrong with it.
struct TlsIdentity {
  std::string ca_pem;           ///< The CA that signed it, compared as text.
  std::set<std::string> names;  ///< Subject alternative names: host names and addresses.
  WallTime not_before{};
  WallTime not_after = WallTime::max();
};

/// TCP and TLS are modelled where they show: handshakes cost round trips; a black hole swallows
/// SYNs, which go out at 0, 1, 3, 7, 15 s, until the dial timer ends; a live connection is reset,
/// or silently dead, and what was sent on it arrives after the path has healed, at TCP's next
/// retransmission (200 ms doubling to 120 s; after 15 of them the connection is dead). Messages of
/// one connection and direction arrive in order.
class Network {
 public:
  using RuleId = std::uint64_t;

  Network(World& world, Rng rng);
  ~Network();
  Network(const Network&) = delete;

  /// Adds a host; it answers to its name and to an address in 10.0.0.0/8 made from its position.
  void add_node(const std::string& name, const std::string& region);
  /// Lets `host` (a DNS name) resolve to `node`. Replaces an older entry.
  void add_name(const std::string& host, const std::string& node);
  void remove_name(const std::string& host);
  const std::string& address_of(const std::string& node) const;
  /// Both directions; the same name twice: within that region. Unset pairs: 0.5 ms within, 40 ms
  /// between.
  void set_link(const std::string& region_a, const std::string& region_b, LinkQuality quality);

  RuleId add_rule(NetworkRule rule);
  void remove_rule(RuleId id);
  /// How many dials and messages the rule has touched so far (also after its removal).
  std::uint64_t hits(RuleId id) const;
  /// How often `from` has tried to connect to `to` so far, whatever came of it.
  std::uint64_t dials(const std::string& from, const std::string& to) const;
  /// Live connections, counted by client and server.
  std::map<std::pair<std::string, std::string>, std::size_t> connections() const;
  /// Truth: packets from `from` reach `to` now. Here and below, rules for a share of the
  /// connections do not count.
  bool passes(const std::string& from, const std::string& to) const;
  /// Truth: what becomes of packets from `from` to `to` now, and what share of them is lost
  /// (millionths).
  Cut cut(const std::string& from, const std::string& to) const;
  std::uint32_t loss(const std::string& from, const std::string& to) const;
  /// Truth: what strikes a share of the connections between the two, in either direction; those
  /// that are drawn apart are listed apart.
  std::vector<PartialStrike> partial(const std::string& from, const std::string& to) const;
  /// Truth: fair-weather latency plus rules' fixed latency, one way.
  Nanos latency(const std::string& from, const std::string& to) const;
  /// Whether any rule touches packets from `from` to `to` now.
  bool is_disturbed(const std::string& from, const std::string& to) const;
  /// A message that is not HTTP and that nobody is told of: counts as a hit of the rules it meets.
  Passage send(const std::string& from, const std::string& to, std::size_t bytes);
  /// Called for each attempt to connect, with client and server.
  void on_dial(std::function<void(const std::string&, const std::string&)> handler);
  /// Called after every change of rules.
  void on_change(std::function<void()> handler) { changed_.push_back(std::move(handler)); }

  /// Listens on a node. The handler must outlive the network. Without an identity: plain HTTP.
  void serve(const std::string& node, std::uint16_t port, HttpHandler& handler,
             std::optional<TlsIdentity> identity);
  /// The server process is there or not. While it is not, dials are refused and live connections
  /// reset.
  void set_up(const std::string& node, std::uint16_t port, bool up);
  bool is_up(const std::string& node, std::uint16_t port) const;
  /// Replaces the certificate; live connections go on.
  void set_identity(const std::string& node, std::uint16_t port, TlsIdentity identity);
  /// The certificate shown now; nullptr: plain HTTP, or nobody listens there.
  const TlsIdentity* identity(const std::string& node, std::uint16_t port) const;
  /// How many TLS handshakes the certificate of a node has spoilt so far.
  std::uint64_t handshakes_failed(const std::string& node, std::uint16_t port) const;
  /// Cuts live connections between a node of `clients` and one of `servers`: every one, or a drawn
  /// share of them. Empty sets mean any node. Returns how many.
  std::size_t reset_connections(const std::set<std::string>& clients,
                                const std::set<std::string>& servers,
                                std::uint32_t millionths = 1'000'000);
  /// Live connections between a node of `clients` and one of `servers` fall silent for ever; new
  /// ones work. Empty sets mean any node. Returns how many.
  std::size_t silence_connections(const std::set<std::string>& clients,
                                  const std::set<std::string>& servers);

  /// Dials from `node`. Wall time for certificates comes from `clock`. Both must outlive the
  /// dialer's users. `as`: what servers are told of the client, read anew with each request; null:
  /// the node's name and no more.
  std::unique_ptr<HttpDialer> dialer(const std::string& node, Clock& clock,
                                     std::shared_ptr<const HttpPeer> as = nullptr);

  std::uint64_t messages() const noexcept;

 private:
  std::shared_ptr<NetworkState> state_;
  std::vector<std::function<void()>> changed_;
};

}  // namespace spokelab::sim
