// Accepting, certificates, and being refused.
#include "harness/wall/door.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.h"
#include "harness/wall/session.h"

namespace spokelab::harness {

namespace {

using boost::asio::ip::tcp;

/// Picks http/1.1 where the client offers protocols; h2 is never spoken.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// A client's certificate never ends a handshake: whether it is any good decides who asks.
int accept_any(int, X509_STORE_CTX*) { return 1; }

std::shared_ptr<asio::ssl::context> make_context(const KeyPair& shown, const std::string& ca_pem) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1);
  context->use_certificate_chain(asio::buffer(shown.cert_pem));
  context->use_private_key(asio::buffer(shown.key_pem), asio::ssl::context::pem);
  context->add_certificate_authority(asio::buffer(ca_pem));
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, accept_any);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>("spokelab"), 8);
  // Clients choose among their certificates by the authorities that a server names.
  if (X509_STORE* store = SSL_CTX_get_cert_store(raw)) {
    STACK_OF(X509)* all = X509_STORE_get1_all_certs(store);
    for (int i = 0; i < sk_X509_num(all); ++i) SSL_CTX_add_client_CA(raw, sk_X509_value(all, i));
    sk_X509_pop_free(all, X509_free);
  }
  return context;
}

bool same(const sim::TlsIdentity& a, const sim::TlsIdentity& b) {
  return a.ca_pem == b.ca_pem && a.names == b.names && a.not_before == b.not_before &&
         a.not_after == b.not_after;
}

}  // namespace

std::string Callers::take(std::uint16_t port) {
  auto known = nodes_.extract(port);
  return known.empty() ? kOutside : std::move(known.mapped());
}

struct Door::Parts {
  Parts(Pace& pace_in, sim::Network& network_in, Callers& callers_in,
        const CertificateAuthority& ca_in, Target target_in, DoorLimits limits)
      : pace(pace_in),
        network(network_in),
        callers(callers_in),
        ca(ca_in),
        target(std::move(target_in)),
        acceptor(pace_in.io()),
        sessions(pace_in.io().get_executor()),
        accepting(pace_in.io().get_executor()),
        room{pace_in, printer, limits, TaskGroup(pace_in.world().executor())} {}

  /// The server would answer a connection from outside.
  bool answers() const {
    if (!network.is_up(target.node, target.port)) return false;
    const auto cut = network.cut(kOutside, target.node);
    return cut != sim::Cut::refuse && cut != sim::Cut::reset;
  }

  boost::system::error_code listen(std::uint16_t port) {
    boost::system::error_code bad;
    const tcp::endpoint at(asio::ip::address_v4::loopback(), port);
    if (!bad) acceptor.open(at.protocol(), bad);
    if (!bad) acceptor.set_option(tcp::acceptor::reuse_address(true), bad);
    if (!bad) acceptor.bind(at, bad);
    if (!bad) acceptor.listen(asio::socket_base::max_listen_connections, bad);
    if (bad) {
      boost::system::error_code ignored;
      acceptor.close(ignored);
    }
    return bad;
  }

  /// The port is open exactly while somebody would answer there.
  void look(std::uint16_t port) {
    if (closing) return;
    if (acceptor.is_open() && !answers()) {
      boost::system::error_code ignored;
      acceptor.close(ignored);
      // Whom the system turns away at a closed port is not told: what cut the way counts that once.
      if (network.cut(kOutside, target.node) != sim::Cut::none)
        network.send(kOutside, target.node, 0);
    } else if (!acceptor.is_open() && answers()) {
      if (!listen(port)) accepting.spawn(accept());
    }
  }

  std::shared_ptr<asio::ssl::context> context() {
    const auto* identity = network.identity(target.node, target.port);
    SPOKELAB_CHECK(identity != nullptr);
    if (shown_context && same(*identity, shown)) return shown_context;
    // No end at all is no date: a year is as good.
    const auto now = pace.world().wall_now();
    ServerCertificate wanted{identity->names, now - std::chrono::hours(24),
                             now + std::chrono::hours(24 * 365)};
    if (identity->not_after != WallTime::max()) wanted.not_after = identity->not_after;
    if (identity->not_before != WallTime{}) wanted.not_before = identity->not_before;
    wanted.not_before = std::min(wanted.not_before, wanted.not_after - std::chrono::hours(24));
    const bool own = identity->ca_pem == ca.cert_pem();
    const auto pair = own ? ca.issue_server(wanted)
                          : CertificateAuthority("somebody else", now).issue_server(wanted);
    shown_context = make_context(pair, ca.cert_pem());
    shown = *identity;
    return shown_context;
  }

  Task<void> accept() {
    while (acceptor.is_open()) {
      tcp::socket socket(pace.io());
      boost::system::error_code bad;
      co_await acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, bad));
      if (bad == asio::error::operation_aborted) co_return;
      if (bad == asio::error::no_descriptors) {
        asio::steady_timer pause(pace.io(), std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::use_awaitable);
        continue;
      }
      if (bad || sessions.live() >= room.limits.connections) continue;
      enter(std::move(socket));
    }
  }

  void enter(tcp::socket socket) {
    boost::system::error_code bad;
    const auto client = socket.remote_endpoint(bad);
    if (bad) return;
    socket.set_option(tcp::no_delay(true), bad);
    auto peer = std::make_shared<HttpPeer>();
    peer->address = fmt::format("{}:{}", client.address().to_string(), client.port());
    pace.catch_up();
    auto dialer = network.dialer(callers.take(client.port()), pace.world(), peer);
    HttpEndpoint to;
    to.host = target.node;
    to.port = target.port;
    to.tls = false;  // TLS is real here, and this side of the simulated connection
    if (target.tls) {
      sessions.spawn(serve_tls(room, std::move(socket), context(), std::move(dialer), to, peer));
    } else {
      sessions.spawn(serve_plain(room, std::move(socket), std::move(dialer), to, peer));
    }
  }

  Pace& pace;
  sim::Network& network;
  Callers& callers;
  const CertificateAuthority& ca;
  Target target;
  tcp::acceptor acceptor;
  Printer printer;
  TaskGroup sessions;
  TaskGroup accepting;
  SessionRoom room;
  sim::TlsIdentity shown;
  std::shared_ptr<asio::ssl::context> shown_context;
  bool closing = false;
};

Door::Door(Pace& pace, sim::Network& network, Callers& callers, const CertificateAuthority& ca,
           Target target, DoorLimits limits)
    : parts_(std::make_shared<Parts>(pace, network, callers, ca, std::move(target), limits)) {}

Door::~Door() { close(); }

Result<void> Door::open(std::uint16_t port) {
  if (const auto bad = parts_->listen(port)) {
    return Error(Errc::refused, fmt::format("listen tcp 127.0.0.1:{}: {}", port, bad.message()));
  }
  port_ = parts_->acceptor.local_endpoint().port();
  parts_->accepting.spawn(parts_->accept());
  parts_->pace.each_turn([parts = std::weak_ptr<Parts>(parts_), port = port_] {
    if (const auto here = parts.lock()) here->look(port);
  });
  return {};
}

bool Door::is_open() const noexcept { return parts_->acceptor.is_open(); }

std::size_t Door::connections() const noexcept { return parts_->sessions.live(); }

void Door::close() {
  if (parts_->closing) return;
  parts_->closing = true;
  // Within a handler: a cancellation that is posted instead may come after its coroutine has ended.
  asio::post(parts_->pace.io(), [parts = parts_] {
    parts->accepting.cancel();
    parts->sessions.cancel();
    boost::system::error_code ignored;
    parts->acceptor.close(ignored);
  });
  const auto over = [this] {
    return parts_->sessions.live() == 0 && parts_->accepting.live() == 0 &&
           parts_->room.errands.live() == 0;
  };
  const auto all_ended = [this] {
    return parts_->sessions.live() == 0 && parts_->accepting.live() == 0;
  };
  parts_->pace.run_until(all_ended, std::chrono::seconds(5));
  parts_->room.errands.cancel();
  SPOKELAB_CHECK(parts_->pace.run_until(over, std::chrono::seconds(5)));
}

}  // namespace spokelab::harness
