#include "harness/wall/client_socket.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

namespace spokelab::harness {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::uint32_t kHeaderBytesMax = 1024 * 1024;

std::string print_request(const HttpRequest& request, const std::string& host) {
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  bool has_host = false;
  bool has_type = false;
  for (const auto& [name, value] : request.headers.all()) {
    out.append(name).append(": ").append(value).append("\r\n");
    has_host = has_host || boost::beast::iequals(name, "Host");
    has_type = has_type || boost::beast::iequals(name, "Content-Type");
  }
  if (!has_host) out += "Host: " + host + "\r\n";
  const auto body = request.body.bytes();
  if (!body.empty() && !has_type) out += "Content-Type: application/json\r\n";
  if (!body.empty() || request.method == "POST" || request.method == "PUT")
    out += fmt::format("Content-Length: {}\r\n", body.size());
  return out + "\r\n" + body;
}

}  // namespace

/// An answer whose body comes in chunks that are handed on one by one.
struct ClientSocket::Streaming {
  explicit Streaming(http::response_parser<http::empty_body>&& header)
      : parser(std::move(header)) {}
  http::response_parser<http::buffer_body> parser;
};

std::string ClientSocket::target() const {
  return fmt::format("{}:{}", to_.address().to_string(), to_.port());
}

Result<std::uint16_t> ClientSocket::bind(const tcp& protocol) {
  error_code bad;
  plain_.open(protocol, bad);
  const auto any = protocol == tcp::v4() ? asio::ip::address(asio::ip::address_v4::loopback())
                                         : asio::ip::address(asio::ip::address_v6::loopback());
  if (!bad) plain_.bind(tcp::endpoint(any, 0), bad);
  if (bad) return Error(Errc::refused, fmt::format("dial tcp: bind: {}", bad.message()));
  return plain_.local_endpoint().port();
}

Error ClientSocket::failure(const error_code& bad) const {
  if (closed_) return *closed_;
  if (bad == asio::error::eof || bad == asio::ssl::error::stream_truncated ||
      bad == http::error::end_of_stream || bad == http::error::partial_message)
    return Error(Errc::reset, "EOF");
  if (bad == asio::error::connection_reset || bad == asio::error::broken_pipe) {
    return Error(Errc::reset, fmt::format("read tcp {}: read: connection reset by peer", target()));
  }
  if (bad == asio::error::timed_out)
    return Error(Errc::reset, fmt::format("read tcp {}: read: connection timed out", target()));
  return Error(Errc::reset, fmt::format("read tcp {}: {}", target(), bad.message()));
}

Task<Result<void>> ClientSocket::connect(tcp::endpoint to) {
  to_ = to;
  error_code bad;
  if (!plain_.is_open()) plain_.open(to.protocol(), bad);
  co_await plain_.async_connect(to, asio::redirect_error(asio::use_awaitable, bad));
  if (closed_) co_return *closed_;
  if (bad == asio::error::connection_refused) {
    co_return Error(Errc::refused,
                    fmt::format("dial tcp {}: connect: connection refused", target()));
  }
  if (bad == asio::error::timed_out)
    co_return Error(Errc::timeout, fmt::format("dial tcp {}: i/o timeout", target()));
  if (bad) {
    co_return Error(Errc::reset, fmt::format("dial tcp {}: connect: {}", target(), bad.message()));
  }
  plain_.set_option(tcp::no_delay(true), bad);
  co_return Result<void>();
}

Task<Result<void>> ClientSocket::secure(HttpEndpoint endpoint, WallTime now) {
  auto context = client_context(endpoint);
  if (!context) co_return context.error();
  context_ = std::move(*context);
  tls_.emplace(std::move(plain_), *context_);
  prepare(*tls_, endpoint, now);
  error_code bad;
  co_await tls_->async_handshake(asio::ssl::stream_base::client,
                                 asio::redirect_error(asio::use_awaitable, bad));
  if (closed_) co_return *closed_;
  if (bad.category() == asio::error::get_ssl_category()) {
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(bad.value()));
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)
      co_return Error(Errc::tls, "http: server gave HTTP response to HTTPS client");
    co_return Error(Errc::tls, fmt::format("remote error: tls: {}", bad.message()));
  }
  if (bad) co_return failure(bad);
  if (auto problem = certificate_problem(*tls_, endpoint, now))
    co_return Error(Errc::tls, std::move(*problem));
  co_return Result<void>();
}

Task<std::size_t> ClientSocket::read_some(error_code& bad) {
  const auto space = buffer_.prepare(kReadBytes);
  std::size_t size = 0;
  if (tls_) {
    size = co_await tls_->async_read_some(space, asio::redirect_error(asio::use_awaitable, bad));
  } else {
    size = co_await plain_.async_read_some(space, asio::redirect_error(asio::use_awaitable, bad));
  }
  buffer_.commit(size);
  co_return size;
}

Task<Result<HttpResponse>> ClientSocket::exchange(HttpRequest request) {
  const bool takes_stream = request.takes_stream;
  const bool head = request.method == "HEAD";
  const std::string text = print_request(request, target());
  error_code bad;
  if (tls_) {
    co_await asio::async_write(*tls_, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, bad));
  } else {
    co_await asio::async_write(plain_, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, bad));
  }
  // A server may have answered, and closed, before it had read everything.
  http::response_parser<http::empty_body> header;
  header.header_limit(kHeaderBytesMax);
  header.body_limit(boost::none);
  if (head) header.skip(true);
  bool any = false;
  while (!header.is_header_done()) {
    error_code broken;
    if (buffer_.size() > 0) {
      buffer_.consume(header.put(buffer_.data(), broken));
      if (broken && broken != http::error::need_more) {
        alive_ = false;
        co_return Error(Errc::bad_input,
                        fmt::format("malformed HTTP response: {}", broken.message()));
      }
      // 1xx answers come before the one that counts.
      if (header.is_header_done()) break;
    }
    broken = {};
    const auto size = co_await read_some(broken);
    any = any || size > 0;
    if (broken) {
      alive_ = false;
      co_return failure(bad && !any ? bad : broken);
    }
  }
  HttpResponse response;
  response.status = header.get().result_int();
  for (const auto& field : header.get().base())
    response.headers.add(std::string(field.name_string()), std::string(field.value()));
  const bool keep = header.get().keep_alive();
  if (takes_stream && header.chunked() && response.status == 200) {
    streaming_ = std::make_shared<Streaming>(std::move(header));
    response.stream = std::make_shared<ChunkPipe>();
    co_return response;
  }
  http::response_parser<http::string_body> body(std::move(header));
  body.body_limit(kBodyBytesMax);
  while (!body.is_done()) {
    error_code broken;
    if (buffer_.size() > 0) {
      buffer_.consume(body.put(buffer_.data(), broken));
      if (body.is_done()) break;
      if (broken && broken != http::error::need_more) {
        alive_ = false;
        if (broken == http::error::body_limit)
          co_return Error(Errc::limit, "an answer's body is larger than 256 MiB");
        co_return Error(Errc::bad_input,
                        fmt::format("malformed HTTP response: {}", broken.message()));
      }
      if (!broken) continue;
    }
    broken = {};
    co_await read_some(broken);
    if (broken == asio::error::eof && body.need_eof()) {
      body.put_eof(broken);
      break;
    }
    if (broken) {
      alive_ = false;
      co_return failure(broken);
    }
  }
  if (!keep) alive_ = false;
  if (!body.get().body().empty()) response.body = Body(std::move(body.get().body()));
  co_return response;
}

Task<void> ClientSocket::pump(std::shared_ptr<ChunkPipe> pipe) {
  auto streaming = std::exchange(streaming_, nullptr);
  auto& parser = streaming->parser;
  std::string data(kReadBytes, '\0');
  // The reader may outlive this socket, and this coroutine may end at any wait.
  struct Hook {
    ChunkPipe& pipe;
    ~Hook() {
      pipe.on_change(nullptr);
      pipe.end(Error(Errc::closed, "use of closed network connection"));
    }
  } hook{*pipe};
  pipe->on_change([this, pipe = std::weak_ptr<ChunkPipe>(pipe)] {
    const auto here = pipe.lock();
    if (here && here->closed_by_reader()) close(Error(Errc::closed, "stream closed by its reader"));
  });
  Error reason(Errc::closed, "EOF");
  while (!parser.is_done()) {
    error_code bad;
    if (buffer_.size() > 0) {
      parser.get().body().data = data.data();
      parser.get().body().size = data.size();
      parser.get().body().more = true;
      buffer_.consume(parser.put(buffer_.data(), bad));
      const auto got = data.size() - parser.get().body().size;
      if (got > 0 && !pipe->push(Body(data.substr(0, got)))) break;
      if (parser.is_done()) break;
      if (bad && bad != http::error::need_more && bad != http::error::need_buffer) {
        reason = Error(Errc::bad_input, fmt::format("malformed HTTP response: {}", bad.message()));
        break;
      }
      if (!bad || bad == http::error::need_buffer) continue;
    }
    bad = {};
    co_await read_some(bad);
    if (bad) {
      reason = closed_ ? *closed_ : Error(Errc::reset, "unexpected EOF");
      break;
    }
  }
  pipe->end(reason);
  close(Error(Errc::closed, "the stream is over"));
}

void ClientSocket::close(Error reason) {
  alive_ = false;
  if (!closed_) closed_ = std::move(reason);
  error_code ignored;
  auto& socket = tls_ ? tls_->next_layer() : plain_;
  socket.close(ignored);
}

bool ClientSocket::spoilt() {
  if (!alive_ || buffer_.size() > 0) return true;
  auto& socket = tls_ ? tls_->next_layer() : plain_;
  error_code bad;
  char byte = 0;
  socket.non_blocking(true, bad);
  if (bad) return true;
  const auto size = socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, bad);
  if (bad == asio::error::would_block) return false;
  // TLS 1.3 servers send session tickets after the handshake: bytes are no harm, an end is.
  return bad || size == 0;
}

}  // namespace spokelab::harness
