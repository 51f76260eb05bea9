#include "sim/dialer.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/duration.h"

namespace spokelab::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::array<Nanos, 6> kSynAt{0s, 1s, 3s, 7s, 15s, 31s};  // Linux: 1 s doubling
constexpr Nanos kTlsTimeout = 10s;                                // Go's TLSHandshakeTimeout

/// The client's handle: the connection closes when the last share of the handle goes.
class SimConnection final : public HttpConnection {
 public:
  explicit SimConnection(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}
  ~SimConnection() override { connection_->close_by_client(); }
  Task<Result<HttpResponse>> send(HttpRequest request, RunTime deadline) override {
    return connection_->exchange(std::move(request), deadline);
  }
  bool alive() const noexcept override { return connection_->alive(); }
  void close() override { connection_->close_by_client(); }

 private:
  std::shared_ptr<Connection> connection_;
};

std::optional<std::string> certificate_problem(const TlsIdentity& identity,
                                               const HttpEndpoint& endpoint, WallTime now) {
  if (endpoint.insecure) return std::nullopt;
  if (now < identity.not_before || now > identity.not_after) {
    const bool early = now < identity.not_before;
    return fmt::format(
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: "
        "current "
        "time {} is {} {}",
        format_rfc3339(now), early ? "before" : "after",
        format_rfc3339(early ? identity.not_before : identity.not_after));
  }
  if (endpoint.ca_pem != identity.ca_pem) {
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  }
  const auto& expected = endpoint.server_name.empty() ? endpoint.host : endpoint.server_name;
  if (!identity.names.contains(expected)) {
    std::string valid;
    for (const auto& name : identity.names) valid += (valid.empty() ? "" : ", ") + name;
    return fmt::format(
        "tls: failed to verify certificate: x509: certificate is valid for {}, not {}", valid,
        expected);
  }
  return std::nullopt;
}

}  // namespace

Task<Result<std::shared_ptr<HttpConnection>>> SimDialer::dial(HttpEndpoint endpoint,
                                                              RunTime deadline) {
  const auto server = network_->resolve(endpoint.host);
  if (server.empty()) {
    co_return Error(Errc::no_such_host,
                    fmt::format("dial tcp: lookup {}: no such host", endpoint.host));
  }
  const auto lot = ++network_->last_lot;
  ++network_->dials[{node_, server}];
  if (network_->on_dial) network_->on_dial(node_, server);
  auto connected = co_await connect(server, endpoint.port, deadline, lot);
  if (!connected) co_return connected.error();
  const auto& listener = network_->listeners.at({server, endpoint.port});
  if (endpoint.tls && !listener.identity) {
    co_return Error(Errc::tls, "http: server gave HTTP response to HTTPS client");
  }
  if (endpoint.tls) {
    auto secured = co_await shake_hands(server, endpoint, deadline, lot);
    if (!secured) co_return secured.error();
  }
  auto connection = std::make_shared<Connection>(network_, node_, server, endpoint.port, lot, as_);
  network_->connections.emplace(network_->last_connection, connection);
  std::shared_ptr<HttpConnection> handle = std::make_shared<SimConnection>(std::move(connection));
  co_return handle;
}

Task<Result<void>> SimDialer::connect(std::string server, std::uint16_t port, RunTime deadline,
                                      Paths::Lot lot) {
  const auto started = clock_.now();
  const auto target = fmt::format("{}:{}", network_->paths.address_of(server), port);
  for (const auto offset : kSynAt) {
    const auto at = started + offset;
    if (at >= deadline) break;
    co_await sleep_until(clock_, at);
    const auto out = network_->paths.send(node_, server, 60, lot);
    const auto back = network_->paths.send(server, node_, 60, lot);
    if (out.cut == Cut::blackhole || back.cut == Cut::blackhole) continue;
    const auto answered = clock_.now() + out.latency + back.latency;
    if (answered > deadline) break;
    co_await sleep_until(clock_, answered);
    if (out.cut == Cut::reset) {
      co_return Error(Errc::reset,
                      fmt::format("dial tcp {}: connect: connection reset by peer", target));
    }
    const auto listener = network_->listeners.find({server, port});
    if (out.cut == Cut::refuse || listener == network_->listeners.end() || !listener->second.up) {
      co_return Error(Errc::refused,
                      fmt::format("dial tcp {}: connect: connection refused", target));
    }
    co_return Result<void>();
  }
  co_await sleep_until(clock_, deadline);
  co_return Error(Errc::timeout, fmt::format("dial tcp {}: i/o timeout", target));
}

Task<Result<void>> SimDialer::shake_hands(std::string server, HttpEndpoint endpoint,
                                          RunTime deadline, Paths::Lot lot) {
  const auto started = clock_.now();
  const auto out = network_->paths.send(node_, server, 500, lot);
  const auto back = network_->paths.send(server, node_, 4'000, lot);
  if (out.cut != Cut::none || back.cut != Cut::none) {
    if (out.cut != Cut::blackhole && back.cut != Cut::blackhole) {
      co_return Error(Errc::reset, "read: connection reset by peer");
    }
    const auto end = std::min(deadline, started + kTlsTimeout);
    co_await sleep_until(clock_, end);
    co_return Error(Errc::timeout, "net/http: TLS handshake timeout");
  }
  const auto done = std::min(deadline, started + out.latency + back.latency);
  co_await sleep_until(clock_, done);
  auto& listener = network_->listeners.at({server, endpoint.port});
  if (!listener.identity) co_return Error(Errc::reset, "read: connection reset by peer");
  if (auto problem = certificate_problem(*listener.identity, endpoint, clock_.wall_now())) {
    ++listener.handshakes_failed;
    co_return Error(Errc::tls, std::move(*problem));
  }
  co_return Result<void>();
}

}  // namespace spokelab::sim
