// Client: one API server as its clients see it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/http.h"
#include "base/json_fwd.h"
#include "kube/resource.h"

namespace spokelab::kube {

struct ClientConfig {
  HttpEndpoint endpoint;
  std::string bearer_token;  ///< Empty: none.
  std::string user_agent = "spokelab";
  Nanos dial_timeout = std::chrono::seconds(30);
  Nanos request_timeout{0};  ///< For a whole request other than a watch; 0: none.
  Nanos read_idle = std::chrono::seconds(30);     ///< HTTP/2: silence before a ping is sent.
  Nanos ping_timeout = std::chrono::seconds(15);  ///< Without an answer to it the connection is dead.
};

struct ListOptions {
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;  ///< "": most recent; "0": any.
  std::int64_t limit = 0;        ///< Page size; list() follows `continue` to the end by itself.
};

struct ObjectList {
  std::string resource_version;
  std::vector<JsonRef> items;
};

enum class WatchEventType { added, modified, deleted, bookmark };

struct WatchEvent {
  WatchEventType type = WatchEventType::added;
  JsonRef object;
};

/// A running watch. Dropping it closes the stream.
class Watch {
 public:
  Watch(Clock& clock, std::shared_ptr<ChunkPipe> stream) : clock_(&clock), stream_(std::move(stream)) {}
  ~Watch() { if (stream_) stream_->close(); }
  Watch(Watch&&) = default;
  Watch(const Watch&) = delete;
  /// The next event. Errors: gone (in-stream 410 or its Status twin: list again), closed (the server
  /// ended the watch: watch again from the last resourceVersion), reset, timeout at `deadline`.
  Task<Result<WatchEvent>> next(RunTime deadline = kNever);

 private:
  Clock* clock_;
  std::shared_ptr<ChunkPipe> stream_;
};

enum class PatchType { json, merge, strategic, apply };

struct WriteOptions {
  std::string field_manager;
  bool force = false;  ///< Server-side apply: take over fields in conflict.
  bool dry_run = false;
};

struct DeleteOptions {
  std::string propagation = "Background";  ///< "Background", "Foreground" or "Orphan".
  std::string precondition_uid;            ///< Empty: none.
};

/// Keeps one connection (requests are multiplexed on it), redials when it is dead. Every call may end
/// in the transport's errors (refused, timeout, reset, tls, no_such_host), worded as client-go words them:
/// `Get "https://host/api/...": dial tcp 10.0.0.1:443: connect: connection refused`; or in the server's
/// Status, as Errc by its code and with its message. The clock and dialer must outlive the client, and the
/// client must outlive its calls.
class Client {
 public:
  Client(Clock& clock, HttpDialer& dialer, ClientConfig config);

  Task<Result<JsonRef>> get(ResourceType type, std::string ns, std::string name);
  Task<Result<ObjectList>> list(ResourceType type, std::string ns, ListOptions options);
  /// Watches from `resource_version`; bookmarks are asked for. `timeout` goes to the server
  /// (timeoutSeconds); 0: its own choice.
  Task<Result<std::unique_ptr<Watch>>> watch(ResourceType type, std::string ns, std::string resource_version,
                                             ListOptions options, Nanos timeout);
  Task<Result<JsonRef>> create(ResourceType type, std::string ns, JsonRef object, WriteOptions options);
  /// Replaces; `subresource` may be "" or "status". A stale metadata.resourceVersion is Errc::conflict.
  Task<Result<JsonRef>> update(ResourceType type, std::string ns, std::string name, JsonRef object,
                               std::string subresource, WriteOptions options);
  Task<Result<JsonRef>> patch(ResourceType type, std::string ns, std::string name, PatchType kind,
                              JsonRef patch, std::string subresource, WriteOptions options);
  /// The last state of the object, or a Status.
  Task<Result<JsonRef>> remove(ResourceType type, std::string ns, std::string name, DeleteOptions options);

  /// GET /version -> "v1.32.0".
  Task<Result<std::string>> server_version();
  /// All served types that support list and watch, preferred version of each, sorted.
  Task<Result<std::vector<ResourceType>>> discover();
  /// Any request; used where no verb above fits.
  Task<Result<HttpResponse>> send(HttpRequest request, RunTime deadline);
  /// Drops the connection; the next call dials anew.
  void disconnect();
  const ClientConfig& config() const noexcept { return config_; }
  /// Instant of the last answer of any kind from the server; nullopt before the first.
  std::optional<RunTime> last_answer() const noexcept { return last_answer_; }

 private:
  Task<Result<JsonRef>> call(std::string method, std::string target, JsonRef body, std::string content_type);
  Task<Result<std::shared_ptr<HttpConnection>>> connection(RunTime deadline);

  Clock* clock_;
  HttpDialer* dialer_;
  ClientConfig config_;
  std::shared_ptr<HttpConnection> live_;
  std::optional<OneShot<bool>> dialing_;  // set while one caller dials; the others wait for it
  std::optional<RunTime> last_answer_;
};

}  // namespace spokelab::kube
