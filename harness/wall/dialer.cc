// Dialling, and the sockets behind a connection.
#include "harness/wall/dialer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <chrono>
#include <utility>

#include "base/task_group.h"
#include "harness/wall/client_socket.h"

namespace spokelab::harness {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using Socket = std::shared_ptr<ClientSocket>;

constexpr std::size_t kIdleMax = 8;
constexpr Nanos kTlsTimeout = std::chrono::seconds(10);  // Go's TLSHandshakeTimeout

}  // namespace

/// Shared by the dialer and all that it has opened.
struct WallDialer::Parts {
  Parts(Pace& pace_in, Callers& callers_in, std::string node_in, Clock& clock_in)
      : pace(pace_in),
        callers(callers_in),
        node(std::move(node_in)),
        clock(clock_in),
        errands(pace_in.io().get_executor()) {}

  /// What the socket side has found out is told inside the world, as of now.
  template <class T>
  void tell(OneShot<T>& waiting, T news) {
    pace.catch_up();
    waiting.resolve(std::move(news));
  }
  void remember(const Socket& socket) {
    std::erase_if(sockets, [](const auto& one) { return one.expired(); });
    sockets.push_back(socket);
  }

  Pace& pace;
  Callers& callers;
  std::string node;
  Clock& clock;
  TaskGroup errands;  // on the io_context: world events never touch a socket but to close it
  std::vector<std::weak_ptr<ClientSocket>> sockets;
  bool closed = false;
};

namespace wall {

using SharedParts = std::shared_ptr<WallDialer::Parts>;

/// Cuts a socket whose user gives up, cancellation included.
struct CutUnlessKept {
  Socket socket;
  ~CutUnlessKept() {
    if (socket) socket->close(Error(Errc::closed, "use of closed network connection"));
  }
};

Task<void> connect_there(SharedParts parts, Socket socket, HttpEndpoint endpoint,
                         OneShot<Result<void>> done) {
  co_await asio::post(parts->pace.io(), asio::use_awaitable);
  error_code bad;
  tcp::endpoint to(asio::ip::make_address(endpoint.host, bad), endpoint.port);
  if (bad) {
    tcp::resolver resolver(parts->pace.io());
    bad = {};
    const auto found =
        co_await resolver.async_resolve(endpoint.host, std::to_string(endpoint.port),
                                        asio::redirect_error(asio::use_awaitable, bad));
    if (bad || found.empty()) {
      parts->tell(done, Result<void>(Error(
                            Errc::no_such_host,
                            fmt::format("dial tcp: lookup {}: no such host", endpoint.host))));
      co_return;
    }
    to = found.begin()->endpoint();
  }
  std::uint16_t port = 0;
  if (to.address().is_loopback()) {
    const auto bound = socket->bind(to.protocol());
    if (!bound) {
      parts->tell(done, Result<void>(bound.error()));
      co_return;
    }
    port = *bound;
    parts->callers.add(port, parts->node);
  }
  auto result = co_await socket->connect(to);
  if (!result && port != 0) parts->callers.remove(port);
  parts->tell(done, std::move(result));
}

Task<void> secure_there(SharedParts parts, Socket socket, HttpEndpoint endpoint, WallTime now,
                        OneShot<Result<void>> done) {
  co_await asio::post(parts->pace.io(), asio::use_awaitable);
  auto result = co_await socket->secure(std::move(endpoint), now);
  parts->tell(done, std::move(result));
}

Task<void> exchange_there(SharedParts parts, Socket socket, HttpRequest request,
                          OneShot<Result<HttpResponse>> done) {
  co_await asio::post(parts->pace.io(), asio::use_awaitable);
  auto result = co_await socket->exchange(std::move(request));
  const auto pipe = result ? result->stream : nullptr;
  parts->tell(done, std::move(result));
  if (pipe) co_await socket->pump(pipe);
}

/// A socket that is connected and, where asked for, secured.
Task<Result<Socket>> open_socket(SharedParts parts, HttpEndpoint endpoint, RunTime deadline) {
  if (parts->closed) co_return Error(Errc::closed, "use of closed network connection");
  auto socket = std::make_shared<ClientSocket>(parts->pace.io());
  parts->remember(socket);
  CutUnlessKept guard{socket};
  OneShot<Result<void>> connected;
  parts->errands.spawn(connect_there(parts, socket, endpoint, connected));
  auto reached = co_await connected.wait_until(parts->clock, deadline);
  if (!reached) {
    co_return Error(Errc::timeout,
                    fmt::format("dial tcp {}:{}: i/o timeout", endpoint.host, endpoint.port));
  }
  if (!*reached) co_return reached->error();
  if (endpoint.tls) {
    OneShot<Result<void>> secured;
    const auto now = parts->clock.wall_now();
    const auto until = std::min(deadline, parts->clock.now() + kTlsTimeout);
    parts->errands.spawn(secure_there(parts, socket, endpoint, now, secured));
    auto shaken = co_await secured.wait_until(parts->clock, until);
    if (!shaken) co_return Error(Errc::timeout, "net/http: TLS handshake timeout");
    if (!*shaken) co_return shaken->error();
  }
  guard.socket = nullptr;
  co_return socket;
}

/// One connection to a server's address, made of as many sockets as requests are under way.
class WallConnection final : public HttpConnection {
 public:
  WallConnection(SharedParts parts, HttpEndpoint endpoint, Socket first)
      : parts_(std::move(parts)), endpoint_(std::move(endpoint)) {
    idle_.push_back(first);
    all_.push_back(first);
  }
  ~WallConnection() override { WallConnection::close(); }

  Task<Result<HttpResponse>> send(HttpRequest request, RunTime deadline) override {
    if (closed_) co_return Error(Errc::closed, "use of closed network connection");
    std::erase_if(idle_, [](const Socket& socket) { return socket->spoilt(); });
    std::erase_if(all_, [](const auto& socket) { return socket.expired(); });
    Socket socket;
    if (!idle_.empty()) {
      socket = std::move(idle_.back());
      idle_.pop_back();
    } else {
      auto opened = co_await open_socket(parts_, endpoint_, deadline);
      if (!opened) co_return opened.error();
      socket = std::move(*opened);
      all_.push_back(socket);
    }
    CutUnlessKept guard{socket};
    OneShot<Result<HttpResponse>> done;
    parts_->errands.spawn(exchange_there(parts_, socket, std::move(request), done));
    auto result = co_await done.wait_until(parts_->clock, deadline);
    if (!result) co_return Error(Errc::timeout, "context deadline exceeded");
    if (*result) {
      guard.socket = nullptr;
      const bool wanted = !closed_ && idle_.size() < kIdleMax;
      if (!(*result)->stream && wanted && socket->alive())
        idle_.push_back(socket);
      else if (!(*result)->stream)
        guard.socket = socket;  // one of many that a burst of requests has opened
    }
    co_return std::move(*result);
  }

  bool alive() const noexcept override {
    return !closed_ && std::any_of(all_.begin(), all_.end(), [](const auto& socket) {
      const auto held = socket.lock();
      return held && held->alive();
    });
  }

  void close() override {
    closed_ = true;
    idle_.clear();
    for (const auto& socket : std::exchange(all_, {})) {
      if (const auto held = socket.lock())
        held->close(Error(Errc::closed, "use of closed network connection"));
    }
  }

 private:
  SharedParts parts_;
  HttpEndpoint endpoint_;
  std::vector<Socket> idle_;
  std::vector<std::weak_ptr<ClientSocket>> all_;
  bool closed_ = false;
};

}  // namespace wall

WallDialer::WallDialer(Pace& pace, Callers& callers, std::string node, Clock& clock)
    : parts_(std::make_shared<Parts>(pace, callers, std::move(node), clock)) {}

WallDialer::~WallDialer() { close(); }

Task<Result<std::shared_ptr<HttpConnection>>> WallDialer::dial(HttpEndpoint endpoint,
                                                               RunTime deadline) {
  auto socket = co_await wall::open_socket(parts_, endpoint, deadline);
  if (!socket) co_return socket.error();
  std::shared_ptr<HttpConnection> connection =
      std::make_shared<wall::WallConnection>(parts_, std::move(endpoint), std::move(*socket));
  co_return connection;
}

void WallDialer::close() {
  if (parts_->closed) return;
  parts_->closed = true;
  // Within a handler: a cancellation that is posted instead may come after its coroutine has ended.
  asio::post(parts_->pace.io(), [parts = parts_] {
    parts->errands.cancel();
    for (const auto& socket : parts->sockets) {
      if (const auto held = socket.lock())
        held->close(Error(Errc::closed, "use of closed network connection"));
    }
  });
  const auto over = [this] { return parts_->errands.live() == 0; };
  SPOKELAB_CHECK(parts_->pace.run_until(over, std::chrono::seconds(5)));
}

}  // namespace spokelab::harness
