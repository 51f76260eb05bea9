// HTTP as messages: what clients send, what servers answer, and the port that carries them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/async.h"
#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab {

/// A message body: nothing, a JSON document (printed only when it meets a real wire), or bytes.
class Body {
 public:
  Body() = default;
  Body(JsonRef json) : value_(std::move(json)) {}
  Body(std::string bytes) : value_(std::make_shared<const std::string>(std::move(bytes))) {}
  bool empty() const noexcept { return std::holds_alternative<std::monostate>(value_); }
  /// The document, or nullptr when the body is empty or bytes.
  JsonRef json() const noexcept;
  /// The bytes as they would stand on the wire; a JSON body is printed.
  std::string bytes() const;

 private:
  std::variant<std::monostate, JsonRef, std::shared_ptr<const std::string>> value_;
};

/// Header names are compared without regard to case.
class Headers {
 public:
  void set(std::string name, std::string value);
  /// One more of that name; find() gives the first.
  void add(std::string name, std::string value) {
    all_.emplace_back(std::move(name), std::move(value));
  }
  /// The value, or nullptr.
  const std::string* find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const noexcept { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

struct HttpRequest {
  std::string method = "GET";  ///< Upper case.
  std::string target;          ///< Path and query, as on the request line: "/api/v1/pods?watch=1".
  Headers headers;
  Body body;
  /// The caller takes an answer that comes in chunks as a stream. Transports that see where a
  /// stream begins by themselves ignore it.
  bool takes_stream = false;
};

/// An endless answer, such as a watch: chunks pushed by the server, taken by the client. Each end
/// may close it. Both ends hold a share; nothing is ever resumed inside push(), end() or close().
class ChunkPipe {
 public:
  static constexpr std::size_t kChunksMax = 10'000;

  /// Server side: hands a chunk over. False, and no effect, when the pipe is closed or `kChunksMax`
  /// chunks wait unread; a server ends such a slow reader.
  bool push(Body chunk);
  /// Server side: no more chunks; the reader first gets those already pushed, then `reason`
  /// (Errc::closed for an orderly end, Errc::reset for a cut).
  void end(Error reason);
  /// Client side: the reader has left.
  void close();
  bool open() const noexcept { return !ended_ && !closed_; }
  bool closed_by_reader() const noexcept { return closed_; }

  /// Client side: the next chunk, or the reason why there are no more, or Errc::timeout when
  /// `deadline` passes first. One reader at a time.
  Task<Result<Body>> next(Clock& clock, RunTime deadline);

  /// For transports, which move chunks between two pipes: called after each push, end and close.
  void on_change(std::function<void()> hook) { changed_ = std::move(hook); }
  std::optional<Body> take();
  /// The reason given to end(), once all chunks are taken.
  std::optional<Error> drained() const;

 private:
  void tell();
  std::vector<Body> chunks_;  // [taken_, size) wait
  std::size_t taken_ = 0;
  std::optional<Error> ended_;
  bool closed_ = false;
  Signal readable_;
  std::function<void()> changed_;
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  Body body;
  std::shared_ptr<ChunkPipe> stream;  ///< Set instead of `body` when the answer is a stream.
};

/// Where to connect to, and what the client trusts and shows.
struct HttpEndpoint {
  std::string host;  ///< A name or an address.
  std::uint16_t port = 443;
  bool tls = true;
  std::string ca_pem;       ///< Trusted CA; empty: trust nothing unless `insecure`.
  std::string server_name;  ///< Expected in the certificate; empty: `host`.
  bool insecure = false;    ///< Skip certificate checks.
  std::string client_cert_pem;
  std::string client_key_pem;
};

/// One live connection. Any number of requests may be under way at once.
class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  /// Sends and waits for the answer's head (and its whole body unless it is a stream). Errors:
  /// timeout once `deadline` passed (the server may still act on the request), reset when the
  /// connection dies.
  virtual Task<Result<HttpResponse>> send(HttpRequest request, RunTime deadline) = 0;
  /// False once the connection is known to be dead.
  virtual bool alive() const noexcept = 0;
  /// Cuts the connection; requests and streams under way end with Errc::closed.
  virtual void close() = 0;
};

/// Opens connections (port). One for each process: it knows from where one dials.
class HttpDialer {
 public:
  virtual ~HttpDialer() = default;
  /// Errors, worded as Go's net package words them: no_such_host, refused, timeout ("i/o timeout"),
  /// tls.
  virtual Task<Result<std::shared_ptr<HttpConnection>>> dial(HttpEndpoint endpoint,
                                                             RunTime deadline) = 0;
};

/// Who sent a request, as the transport knows it.
struct HttpPeer {
  std::string address;                  ///< The client's node name, or IP and port.
  std::string client_cert_common_name;  ///< Empty without a verified client certificate.
  std::vector<std::string> client_cert_organizations;
  bool client_cert_rejected = false;  ///< It showed one that the server's CA has not signed.
};

/// A server's answer, and how long it takes to make it.
struct HttpReply {
  HttpResponse response;
  Nanos after{0};      ///< Held back for this long; the state change has already happened.
  bool never = false;  ///< The request is swallowed: no answer at all.
  bool reset = false;  ///< The connection is cut instead of an answer.
};

/// A server (port): answers requests; whoever calls it is not known to it beyond HttpPeer.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// Answers at once, without blocking.
  virtual HttpReply handle(const HttpRequest& request, const HttpPeer& peer) = 0;
};

}  // namespace spokelab
