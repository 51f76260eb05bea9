// HTTP/1.1 on one connection: requests one after the other, streams, and clients that leave.
#include "harness/wall/session.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "base/json.h"
#include "kube/status.h"

namespace spokelab::harness {

namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kWriteBytes = 64 * 1024;
constexpr auto kDialPatience = std::chrono::seconds(127);  // as Linux, whose SYNs end then

/// Ends a connection with a reset instead of an orderly close.
void reset(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

std::int64_t unix_now(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.wall_now().time_since_epoch())
      .count();
}

/// For the Date header: caches of clients compare it with a real clock, however fast the lab's is.
std::string real_date() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return http_date(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

bool lists_token(std::string_view list, std::string_view token) {
  for (const auto& part : http::token_list(boost::beast::string_view(list.data(), list.size()))) {
    if (boost::beast::iequals(part, boost::beast::string_view(token.data(), token.size())))
      return true;
  }
  return false;
}

HttpResponse plain_text(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = Body(std::move(text));
  return response;
}

HttpResponse too_large() {
  HttpResponse response;
  response.status = 413;
  response.headers.set("Content-Type", "application/json");
  response.body = Body(freeze(kube::too_large().to_json()));
  return response;
}

/// One side of the simulated connection, driven from here. Its coroutines run in the world.
class Inside {
 public:
  Inside(SessionRoom& room, std::unique_ptr<HttpDialer> dialer)
      : room_(&room), dialer_(std::move(dialer)) {}

  Task<Result<void>> dial(HttpEndpoint to) {
    OneShot<Result<std::shared_ptr<HttpConnection>>> done;
    room_->pace.catch_up();
    room_->errands.spawn(dial_there(dialer_, room_->pace.world().now() + kDialPatience, to, done));
    auto dialed = co_await done.wait();
    if (!dialed) co_return dialed.error();
    connection_ = std::move(*dialed);
    co_return Result<void>();
  }
  Task<Result<HttpResponse>> send(HttpRequest request) {
    OneShot<Result<HttpResponse>> done;
    room_->pace.catch_up();
    room_->errands.spawn(send_there(connection_, std::move(request), done));
    auto answer = co_await done.wait();
    co_return answer;
  }
  void close() {
    if (connection_) connection_->close();
  }

 private:
  /// Outlives a session whose client has left: it shares what it needs.
  static Task<void> dial_there(std::shared_ptr<HttpDialer> dialer, RunTime deadline,
                               HttpEndpoint to,
                               OneShot<Result<std::shared_ptr<HttpConnection>>> done) {
    auto result = co_await dialer->dial(std::move(to), deadline);
    done.resolve(std::move(result));
  }
  static Task<void> send_there(std::shared_ptr<HttpConnection> connection, HttpRequest request,
                               OneShot<Result<HttpResponse>> done) {
    auto result = co_await connection->send(std::move(request), kNever);
    done.resolve(std::move(result));
  }

  SessionRoom* room_;
  std::shared_ptr<HttpDialer> dialer_;
  std::shared_ptr<HttpConnection> connection_;
};

template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(SessionRoom& room, Stream stream, std::unique_ptr<HttpDialer> dialer)
      : room_(room),
        stream_(std::move(stream)),
        inside_(room, std::move(dialer)),
        watchdog_(room.pace.io()) {}

  tcp::socket& socket() {
    if constexpr (std::is_same_v<Stream, tcp::socket>) {
      return stream_;
    } else {
      return stream_.next_layer();
    }
  }
  Stream& stream() { return stream_; }
  Inside& inside() { return inside_; }

  /// The whole life of the connection once it stands.
  Task<void> run() {
    for (;;) {
      auto request = co_await read_request();
      if (!request) break;
      if (!co_await answer(std::move(*request))) break;
    }
    end();
  }
  /// Lets go of everything; what is still under way ends soon.
  void end() {
    watchdog_.cancel();
    inside_.close();
    if (pipe_) pipe_->close();
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_both, ignored);
    socket().close(ignored);
  }
  /// Whatever the connection waits for must come within `span` of real time, or it is cut; between
  /// two requests it is closed in order.
  void expect_within(std::chrono::nanoseconds span) {
    watchdog_.expires_after(span);
    watchdog_.async_wait([self = this->shared_from_this()](error_code stopped) {
      if (stopped) return;
      if (!self->idle_) return reset(self->socket());
      error_code ignored;
      self->socket().shutdown(tcp::socket::shutdown_both, ignored);
      self->socket().close(ignored);
    });
  }
  void relax() { watchdog_.cancel(); }

 private:
  struct Request {
    HttpRequest http;
    Framing framing;
  };

  /// Keeps one read under way: it brings the next bytes, or the news that the client has left.
  void listen() {
    if (reading_ || gone_ || buffer_.size() >= room_.limits.header_bytes) return;
    reading_ = true;
    stream_.async_read_some(buffer_.prepare(kReadBytes),
                            [self = this->shared_from_this()](error_code bad, std::size_t size) {
                              self->reading_ = false;
                              self->buffer_.commit(size);
                              if (bad) self->leave();
                              self->heard_.notify();
                            });
  }
  void leave() {
    gone_ = true;
    if (pipe_) pipe_->close();
    if (busy_) inside_.close();
  }

  Task<std::optional<Request>> read_request() {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    parser.header_limit(static_cast<std::uint32_t>(room_.limits.header_bytes));
    parser.body_limit(room_.limits.body_bytes);
    bool continued = false;
    idle_ = true;
    expect_within(room_.limits.idle);
    while (!parser.is_done()) {
      if (buffer_.size() > 0) {
        if (std::exchange(idle_, false)) expect_within(room_.limits.request);
        error_code bad;
        const auto used = parser.put(buffer_.data(), bad);
        buffer_.consume(used);
        if (bad && bad != http::error::need_more) {
          co_await refuse(bad);
          co_return std::nullopt;
        }
        if (parser.is_header_done() && !continued && !parser.is_done() &&
            lists_token(view(parser.get()[http::field::expect]), "100-continue")) {
          continued = true;
          if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return std::nullopt;
        }
        if (parser.is_done()) break;
        if (!bad && used > 0 && buffer_.size() > 0) continue;
      }
      if (gone_) co_return std::nullopt;
      listen();
      if (!reading_) {  // more than a head may hold, and still no head
        co_await refuse(http::error::header_limit);
        co_return std::nullopt;
      }
      co_await heard_.wait();
    }
    relax();
    co_return understand(parser.release());
  }

  static std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
  }

  Request understand(http::request<http::string_body> parsed) {
    Request request;
    request.framing.http_1_0 = parsed.version() < 11;
    request.framing.close = !parsed.keep_alive();
    request.framing.head = parsed.method() == http::verb::head;
    request.framing.gzip = lists_token(view(parsed[http::field::accept_encoding]), "gzip");
    request.http.method = std::string(parsed.method_string());
    request.http.target = std::string(parsed.target());
    for (const auto& field : parsed.base())
      request.http.headers.add(std::string(field.name_string()), std::string(field.value()));
    if (!parsed.body().empty()) request.http.body = Body(std::move(parsed.body()));
    return request;
  }

  /// Answers what is no HTTP, as Go's server does, and what is too large.
  Task<void> refuse(error_code bad) {
    HttpResponse response = plain_text(400, "400 Bad Request");
    if (bad == http::error::body_limit) response = too_large();
    if (bad == http::error::header_limit)
      response = plain_text(431, "431 Request Header Fields Too Large");
    Framing framing;
    framing.close = true;
    co_await say(response, framing);
    // Bytes that nobody reads would turn the close into a reset, and the answer be lost.
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    expect_within(std::chrono::seconds(1));
    std::size_t drained = 0;
    while (!gone_ && drained < 2 * room_.limits.body_bytes) {
      drained += buffer_.size();
      buffer_.consume(buffer_.size());
      listen();
      co_await heard_.wait();
    }
    relax();
  }

  /// False once the connection is over.
  Task<bool> answer(Request request) {
    if (!request.framing.http_1_0 && request.http.headers.find("Host") == nullptr) {
      const auto missing = plain_text(400, "400 Bad Request: missing required Host header");
      request.framing.close = true;
      co_await say(missing, request.framing);
      co_return false;
    }
    busy_ = true;
    listen();
    auto response = co_await inside_.send(std::move(request.http));
    busy_ = false;
    if (!response || gone_) {
      if (!gone_) reset(socket());
      if (response && response->stream) response->stream->close();
      co_return false;
    }
    if (response->stream) co_return co_await stream_out(*response, request.framing);
    const bool said = co_await say(*response, request.framing);
    co_return said && !request.framing.close;
  }

  Task<bool> say(const HttpResponse& response, Framing framing) {
    const auto date = real_date();
    framing.date = date;
    std::string text = print_answer(response, framing, room_.printer);
    const bool written = co_await write(std::move(text));
    co_return written;
  }

  Task<bool> write(std::string text) {
    expect_within(room_.limits.write);
    error_code bad;
    co_await asio::async_write(stream_, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, bad));
    relax();
    co_return !bad;
  }

  /// Chunks as they come. The head goes out at once: clients wait for it before the first event.
  Task<bool> stream_out(HttpResponse& response, Framing framing) {
    pipe_ = std::move(response.stream);
    const auto date = real_date();
    framing.date = date;
    framing.close = framing.close || framing.http_1_0;
    bool sound = co_await write(print_stream_head(response, framing));
    while (sound) {
      auto chunk = co_await pipe_->next(room_.pace.world(), kNever);
      if (!chunk) {
        sound = chunk.error().code() == Errc::closed && !gone_;
        break;
      }
      std::string text;
      append_chunk(text, *room_.printer.print(*chunk), framing.http_1_0);
      while (text.size() < kWriteBytes) {
        auto more = pipe_->take();
        if (!more) break;
        append_chunk(text, *room_.printer.print(*more), framing.http_1_0);
      }
      sound = co_await write(std::move(text));
    }
    pipe_->close();
    pipe_ = nullptr;
    if (!sound) {
      if (!gone_) reset(socket());
      co_return false;
    }
    if (!framing.http_1_0) sound = co_await write("0\r\n\r\n");
    co_return sound && !framing.close;
  }

  SessionRoom& room_;
  Stream stream_;
  Inside inside_;
  asio::steady_timer watchdog_;
  boost::beast::flat_buffer buffer_;
  bool reading_ = false;
  bool gone_ = false;
  bool busy_ = false;
  bool idle_ = false;  // between two requests
  Signal heard_;
  std::shared_ptr<ChunkPipe> pipe_;
};

/// What the client's certificate says, if a CA of ours has signed it.
void identify(SSL* ssl, HttpPeer& peer) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return;
  if (SSL_get_verify_result(ssl) != X509_V_OK) {
    peer.client_cert_rejected = true;
    return;
  }
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, i);
    const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    if (size < 0) continue;
    std::string value(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    if (nid == NID_commonName)
      peer.client_cert_common_name = std::move(value);
    else if (nid == NID_organizationName)
      peer.client_cert_organizations.push_back(std::move(value));
  }
}

/// Runs `life` and lets go of the session whichever way that ends.
template <class Stream>
Task<void> guarded(std::shared_ptr<Session<Stream>> session, Task<void> life) {
  try {
    co_await std::move(life);
  } catch (const boost::system::system_error&) {
    // The connection or the program ends: there is nobody to tell.
  }
  session->end();
}

template <class Stream>
Task<bool> reach_server(Session<Stream>& session, HttpEndpoint to) {
  const auto reached = co_await session.inside().dial(std::move(to));
  if (!reached) reset(session.socket());
  co_return reached.has_value();
}

/// `context` is held for as long as the stream that stands on it.
Task<void> tls_life(std::shared_ptr<Session<asio::ssl::stream<tcp::socket>>> session,
                    SessionRoom& room, [[maybe_unused]] std::shared_ptr<asio::ssl::context> context,
                    HttpEndpoint to, std::shared_ptr<HttpPeer> peer) {
  const bool reached = co_await reach_server(*session, std::move(to));
  if (!reached) co_return;
  // Clients' certificates are valid or not by the world's calendar, as servers' are.
  X509_VERIFY_PARAM_set_time(SSL_get0_param(session->stream().native_handle()),
                             static_cast<time_t>(unix_now(room.pace.world())));
  session->expect_within(room.limits.handshake);
  error_code bad;
  co_await session->stream().async_handshake(asio::ssl::stream_base::server,
                                             asio::redirect_error(asio::use_awaitable, bad));
  session->relax();
  if (bad.category() == asio::error::get_ssl_category() &&
      ERR_GET_REASON(static_cast<unsigned long>(bad.value())) == SSL_R_HTTP_REQUEST) {
    const std::string text =
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    co_await asio::async_write(session->socket(), asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, bad));
    co_return;
  }
  if (bad) co_return;
  identify(session->stream().native_handle(), *peer);
  co_await session->run();
}

Task<void> plain_life(std::shared_ptr<Session<tcp::socket>> session, HttpEndpoint to) {
  const bool reached = co_await reach_server(*session, std::move(to));
  if (reached) co_await session->run();
}

}  // namespace

Task<void> serve_tls(SessionRoom& room, tcp::socket socket,
                     std::shared_ptr<asio::ssl::context> context,
                     std::unique_ptr<HttpDialer> dialer, HttpEndpoint to,
                     std::shared_ptr<HttpPeer> peer) {
  auto session = std::make_shared<Session<asio::ssl::stream<tcp::socket>>>(
      room, asio::ssl::stream<tcp::socket>(std::move(socket), *context), std::move(dialer));
  auto life = tls_life(session, room, std::move(context), std::move(to), std::move(peer));
  co_await guarded(std::move(session), std::move(life));
}

Task<void> serve_plain(SessionRoom& room, tcp::socket socket, std::unique_ptr<HttpDialer> dialer,
                       HttpEndpoint to, std::shared_ptr<HttpPeer>) {
  auto session = std::make_shared<Session<tcp::socket>>(room, std::move(socket), std::move(dialer));
  auto life = plain_life(session, std::move(to));
  co_await guarded(std::move(session), std::move(life));
}

}  // namespace spokelab::harness
