// Client: one API server as its clients see it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/http.h"
#include "base/json_fwd.h"
#include "kube/resource.h"

namespace spokelab::kube {

struct ClientConfig {
  HttpEndpoint endpoint;
  std::string
      base_url;  ///< As error texts print the server, with its path; empty: "https://host:port".
  std::string
      path_prefix;  ///< In front of every path, for servers behind a proxy: "/k8s/clusters/c1".
  std::string bearer_token;  ///< Empty: none.
  std::string username;      ///< Basic authentication, when there is no bearer token; empty: none.
  std::string password;
  std::string user_agent = "spokelab";
  Nanos dial_timeout = std::chrono::seconds(30);
  Nanos request_timeout{0};                    ///< For a whole request other than a watch; 0: none.
  Nanos read_idle = std::chrono::seconds(30);  ///< HTTP/2: silence before a ping is sent.
  Nanos ping_timeout =
      std::chrono::seconds(15);  ///< Without an answer to it the connection is dead.
  /// How often a request is sent again, as client-go does (rest/with_retry.go): 429 and 5xx with
  /// Retry-After, and a GET whose connection was reset.
  int retries_max = 10;
};

struct ListOptions {
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;  ///< "": most recent; "0": any.
  std::int64_t limit = 0;        ///< Page size; list() follows `continue` to the end by itself.
};

struct ObjectList {
  std::string resource_version;
  std::vector<JsonRef>
      items;  ///< Each with apiVersion and kind; views into the answer where it has these.
};

enum class WatchEventType { added, modified, deleted, bookmark };

struct WatchEvent {
  WatchEventType type = WatchEventType::added;
  JsonRef object;  ///< A view into the event as it came.
};

/// What a server serves, from its discovery documents.
struct Discovery {
  std::vector<ResourceType>
      types;  ///< With verbs list and watch, preferred version of each, sorted.
  std::vector<std::string>
      api_versions;  ///< "v1", "apps/v1", "apps/v1/Deployment", ...: all, sorted.
};

namespace detail {
struct Link;
struct ClientState;
}  // namespace detail

/// A running watch. Dropping it closes the stream.
class Watch {
 public:
  Watch(Clock& clock, std::shared_ptr<ChunkPipe> stream, std::shared_ptr<detail::Link> link);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  /// The next event. Errors: gone (in-stream 410 or its Status twin: list again), closed (the
  /// server ended the watch: watch again from the last resourceVersion), reset, timeout at
  /// `deadline`; another in-stream Status by its code; bad_input for what is no watch event.
  Task<Result<WatchEvent>> next(RunTime deadline = kNever);

 private:
  Result<std::optional<JsonRef>> buffered();

  Clock* clock_;
  std::shared_ptr<ChunkPipe> stream_;
  std::shared_ptr<detail::Link> link_;
  std::string bytes_;  ///< Read but not yet a whole line, where the transport carries bytes.
};

enum class PatchType { json, merge, strategic, apply };

struct WriteOptions {
  std::string field_manager;
  bool force = false;  ///< Server-side apply: take over fields in conflict.
  bool dry_run = false;
  Nanos timeout{
      0};  ///< For this request, where shorter than ClientConfig::request_timeout; 0: only that.
};

struct DeleteOptions {
  std::string propagation = "Background";  ///< "Background", "Foreground" or "Orphan".
  std::string precondition_uid;            ///< Empty: none.
};

/// Keeps one connection (requests are multiplexed on it), redials when it is dead. Every call may
/// end in the transport's errors (refused, timeout, reset, tls, no_such_host), worded as client-go
/// words them: `Get "https://host/api/...": dial tcp 10.0.0.1:443: connect: connection refused`; or
/// in the server's Status, as Errc by its code and with its message. The clock and dialer must
/// outlive the client, and the client must outlive its calls.
class Client {
 public:
  Client(Clock& clock, HttpDialer& dialer, ClientConfig config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Watches over the connection until cancelled: run it as one task wherever watches or requests
  /// without a deadline are used. When a request or watch is open and the server has been silent
  /// for `read_idle`, it sends a ping (`GET /livez`, since the port knows no HTTP/2 frames: any
  /// answer at all counts); without an answer within `ping_timeout` the connection is cut and
  /// everything on it ends with Errc::reset, "http2: client connection lost" (x/net/http2
  /// Transport.ReadIdleTimeout). Without this task a silently dead connection is found only by a
  /// request that times out after `read_idle` + `ping_timeout` of silence.
  Task<void> keep_alive();

  /// `timeout` as in WriteOptions.
  Task<Result<JsonRef>> get(ResourceType type, std::string ns, std::string name,
                            Nanos timeout = Nanos{0});
  Task<Result<ObjectList>> list(ResourceType type, std::string ns, ListOptions options);
  /// Watches from `resource_version`; bookmarks are asked for. `timeout` goes to the server
  /// (timeoutSeconds); 0: its own choice.
  Task<Result<std::unique_ptr<Watch>>> watch(ResourceType type, std::string ns,
                                             std::string resource_version, ListOptions options,
                                             Nanos timeout);
  Task<Result<JsonRef>> create(ResourceType type, std::string ns, JsonRef object,
                               WriteOptions options);
  /// Replaces; `subresource` may be "" or "status". A stale metadata.resourceVersion is
  /// Errc::conflict.
  Task<Result<JsonRef>> update(ResourceType type, std::string ns, std::string name, JsonRef object,
                               std::string subresource, WriteOptions options);
  Task<Result<JsonRef>> patch(ResourceType type, std::string ns, std::string name, PatchType kind,
                              JsonRef patch, std::string subresource, WriteOptions options);
  /// The last state of the object, or a Status.
  Task<Result<JsonRef>> remove(ResourceType type, std::string ns, std::string name,
                               DeleteOptions options);

  /// GET /version -> "v1.32.0".
  Task<Result<std::string>> server_version();
  /// One GET /version, never sent again on failure, that must be answered by `deadline`: a probe.
  Task<Result<std::string>> probe(RunTime deadline);
  /// All served types that support list and watch, preferred version of each, sorted.
  Task<Result<std::vector<ResourceType>>> discover();
  /// The discovery documents, aggregated where the server can, else group by group. Groups that do
  /// not answer are left out, unless none answers.
  Task<Result<Discovery>> discovery();
  /// Any request, sent once; used where no verb above fits. An HTTP error status is no error here.
  /// A header Authorization of its own stands.
  Task<Result<HttpResponse>> send(HttpRequest request, RunTime deadline);
  /// Drops the connection; the next call dials anew.
  void disconnect();
  const ClientConfig& config() const noexcept { return config_; }
  /// How many requests of each method ended with each HTTP status, watches included; status 0: with
  /// no answer at all.
  using RequestCounts = std::map<std::pair<std::string, int>, std::uint64_t>;
  const RequestCounts& request_counts() const noexcept;
  /// Instant of the last answer of any kind from the server, watch events included; nullopt before
  /// the first.
  std::optional<RunTime> last_answer() const noexcept;

 private:
  /// `used`, when given, learns the connection that carried the answer.
  Task<Result<HttpResponse>> exchange(HttpRequest request, RunTime deadline,
                                      std::shared_ptr<detail::Link>* used = nullptr);
  Task<Result<HttpResponse>> retried(HttpRequest request, RunTime deadline);
  Task<Result<JsonRef>> call(std::string method, std::string target, JsonRef body,
                             std::string content_type, Nanos timeout = Nanos{0});
  Task<Result<JsonRef>> fetch(std::string target, std::string accept);
  Task<Result<std::shared_ptr<detail::Link>>> connection(RunTime deadline);
  Task<Result<std::shared_ptr<detail::Link>>> dial(RunTime deadline);
  Task<Result<Discovery>> legacy_discovery(JsonRef core, JsonRef groups);
  Task<void> ping(std::shared_ptr<detail::Link> link);
  void authorize(HttpRequest& request) const;
  RunTime request_deadline(Nanos limit) const;
  std::string url_of(std::string_view target) const;

  Clock* clock_;
  HttpDialer* dialer_;
  ClientConfig config_;
  std::shared_ptr<detail::ClientState> state_;
};

/// A failed answer as client-go words it: the Status' message; for any other body a text made from
/// the code, `verb` and `resource` ("get", "pods web").
Error error_of(const HttpResponse& response, std::string_view verb, std::string_view resource);

/// Escapes a query value as Go's url.QueryEscape.
std::string query_escape(std::string_view text);

}  // namespace spokelab::kube
