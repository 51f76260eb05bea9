// Connection: one simulated TCP (and TLS) connection that carries HTTP messages both ways.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/http.h"
#include "sim/network.h"
#include "sim/path.h"

namespace spokelab::sim {

/// A server's listening port.
struct Listener {
  HttpHandler* handler = nullptr;
  std::optional<TlsIdentity> identity;
  bool up = true;
  int incarnation = 1;  ///< Grows when the server process starts again.
  std::uint64_t handshakes_failed = 0;
};

class Connection;

/// What all connections of a network share.
struct NetworkState {
  NetworkState(World& w, Rng rng)
      : world(w), chance(rng.stream("chance")), paths(rng.stream("paths")) {}
  World& world;
  Rng chance;
  Paths paths;
  std::map<std::string, std::string> names;  // DNS: host -> node
  std::map<std::pair<std::string, std::uint16_t>, Listener> listeners;
  std::map<std::uint64_t, std::weak_ptr<Connection>> connections;
  std::map<std::pair<std::string, std::string>, std::uint64_t> dials;  // client, server
  std::function<void(const std::string&, const std::string&)> on_dial;
  std::uint64_t last_connection = 0;
  Paths::Lot last_lot = 0;
  std::uint64_t messages = 0;

  /// The node of a DNS name, address or node name; "" when there is none.
  std::string resolve(const std::string& host) const;
};

/// Both ends of one connection. Kept alive by its client handle and by messages under way.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<NetworkState> network, std::string client, std::string server,
             std::uint16_t port, Paths::Lot lot, std::shared_ptr<const HttpPeer> as);
  ~Connection();

  Task<Result<HttpResponse>> exchange(HttpRequest request, RunTime deadline);
  bool alive() const noexcept { return alive_; }
  /// The client has closed; the server learns of it when the packet gets through.
  void close_by_client();
  /// The network or the server's death cut it: both ends learn at once what can reach them.
  void cut(const Error& reason);
  /// From now on nothing gets through, and nobody is told (a state table that forgot the
  /// connection).
  void silence() { silent_ = true; }
  /// Tries again at once to send what a black hole has held back, at TCP's next retransmission.
  void path_changed();

  const std::string& client() const noexcept { return client_; }
  const std::string& server() const noexcept { return server_; }
  std::uint16_t port() const noexcept { return port_; }
  Paths::Lot lot() const noexcept { return lot_; }

 private:
  enum Direction { to_server, to_client };
  struct Held {
    RunTime sent;
    std::size_t bytes;
    std::function<void()> deliver;
  };
  struct Stream {
    std::shared_ptr<ChunkPipe> source;  // the server's end
    std::shared_ptr<ChunkPipe> sink;    // the client's end
  };

  const std::string& from(Direction d) const { return d == to_server ? client_ : server_; }
  const std::string& to(Direction d) const { return d == to_server ? server_ : client_; }
  Error reset_by_peer() const;
  std::size_t size_of(Direction d, const Body& body) const;
  void transmit(Direction d, std::size_t bytes, std::function<void()> deliver);
  void transmit_now(Direction d, std::size_t bytes, std::function<void()> deliver);
  void arm_retransmission(Direction d);
  void serve(std::uint64_t id, const HttpRequest& request);
  void answer(std::uint64_t id, HttpResponse response);
  void open_stream(std::uint64_t id, HttpResponse& response);
  void pump(std::uint64_t id);
  void finish(const Error& reason);

  std::shared_ptr<NetworkState> network_;  // messages under way may outlive the Network
  std::string client_;
  std::string server_;
  std::uint16_t port_;
  Paths::Lot lot_;
  std::shared_ptr<const HttpPeer> as_;  // what the server is told of the client; null: its node
  std::uint64_t id_;
  int incarnation_;  // the server process it was opened to
  bool alive_ = true;
  bool silent_ = false;
  std::uint64_t last_request_ = 0;
  std::map<std::uint64_t, OneShot<Result<HttpResponse>>> waiting_;
  std::map<std::uint64_t, Stream> streams_;
  RunTime arrived_[2]{};       // nothing may overtake
  std::vector<Held> held_[2];  // behind a black hole, in order
  Timer retransmission_[2];
};

}  // namespace spokelab::sim
