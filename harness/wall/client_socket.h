// ClientSocket: one real connection to a server, carrying one request at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/http.h"
#include "base/run_time.h"
#include "harness/wall/client_tls.h"

namespace spokelab::harness {

/// Lives on an io_context, where its coroutines run. Without deadlines of its own: whoever has had
/// enough calls close().
class ClientSocket {
 public:
  static constexpr std::size_t kBodyBytesMax = 256 * 1024 * 1024;

  explicit ClientSocket(boost::asio::io_context& io) : plain_(io) {}
  /// Takes a local port, so that it is known before the server sees it. Errors: refused.
  Result<std::uint16_t> bind(const boost::asio::ip::tcp& protocol);
  /// Connects. Errors: refused, timeout, reset, worded as Go's.
  Task<Result<void>> connect(boost::asio::ip::tcp::endpoint to);
  /// Shakes hands. `now`: the time at which the certificate must be valid. Errors: tls, reset.
  Task<Result<void>> secure(HttpEndpoint endpoint, WallTime now);
  /// Sends a request and reads its answer. A stream's chunks are those of the server; the caller
  /// runs pump() for them. Errors: reset, closed, bad_input (what comes is no HTTP), limit.
  Task<Result<HttpResponse>> exchange(HttpRequest request);
  /// Reads chunks into the last answer's stream until it ends. The socket is of no use afterwards.
  Task<void> pump(std::shared_ptr<ChunkPipe> pipe);
  /// Whatever is under way ends with `reason`.
  void close(Error reason);
  bool alive() const noexcept { return alive_; }
  /// The server has closed it, or sent what nobody asked for. Of an idle socket.
  bool spoilt();

 private:
  Task<std::size_t> read_some(boost::system::error_code& bad);
  Error failure(const boost::system::error_code& bad) const;
  std::string target() const;

  boost::asio::ip::tcp::socket plain_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<TlsStream> tls_;
  boost::asio::ip::tcp::endpoint to_;
  boost::beast::flat_buffer buffer_;
  bool alive_ = true;
  std::optional<Error> closed_;
  struct Streaming;
  std::shared_ptr<Streaming> streaming_;
};

}  // namespace spokelab::harness
