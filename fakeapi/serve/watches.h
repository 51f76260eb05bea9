// Watches: the open event streams of one server.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/http.h"
#include "base/rng.h"
#include "fakeapi/serve/negotiate.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/store.h"
#include "kube/selector.h"

namespace spokelab::fakeapi {

struct WatchSettings {
  Nanos bookmark_interval = std::chrono::minutes(1);
  Nanos timeout_min = std::chrono::minutes(30);  ///< Without timeoutSeconds: drawn from here ...
  Nanos timeout_max = std::chrono::minutes(60);  ///< ... to here.
  std::size_t watches_max = 100'000;
};

/// What one watch wants to see.
struct WatchRequest {
  std::string ns;
  kube::LabelSelector labels;
  kube::FieldSelector fields;
  std::optional<Revision> from;  ///< Changes after this revision; nullopt: first the present state.
  bool initial_end_bookmark =
      false;  ///< sendInitialEvents: a marked bookmark follows the present state.
  bool bookmarks = false;
  Nanos timeout{0};       ///< 0: the server's choice.
  bool protobuf = false;  ///< Events go out as protobuf.
  std::string user;
  std::optional<Presenter> presenter;  ///< How objects are shown, if not as they are stored.
};

class Watches {
 public:
  Watches(Clock& clock, Rng rng, Store& store, WatchSettings settings);
  ~Watches();

  /// The answer to a watch request: 200 with a stream. A revision that is compacted away is told in
  /// the stream, as Kubernetes does. nullptr stream: too many watches.
  HttpResponse open(const ServedKind& kind, WatchRequest request);
  void on_commit(Bucket& bucket, const Record& record);

  /// Ends every stream as a cut connection does.
  void cut_all();
  /// Ends the streams of these resources ("pods", "deployments.apps"; none given: of all) in order;
  /// `expired`: with ERROR 410 first, since the history they need is gone.
  void end_all(bool expired, const std::vector<std::string>& resources = {});
  /// While stalled, the streams of these resources (none given: all) stay open and silent;
  /// afterwards each gets what it missed (or ERROR 410).
  using StallId = std::uint64_t;
  StallId stall(const std::vector<std::string>& resources = {});
  /// Ends one stall; others go on.
  void resume(StallId id);
  /// Streams that a stall has kept silent so far.
  std::uint64_t stalled(StallId id) const { return stalls_.at(id).streams; }
  /// From now on a share of the events of these resources (none given: all) never arrives; 0: none
  /// any more. Several such losses, told apart by name, strike one after the other.
  void lose(const std::string& name, std::uint32_t millionths,
            std::vector<std::string> resources = {});
  /// Events lost so far because of that one.
  std::uint64_t lost(const std::string& name) const;
  /// Open streams of these resources (none given: of all).
  std::size_t open_count(const std::vector<std::string>& resources = {}) const;

 private:
  struct Bookmark;
  struct Watcher;
  using Id = std::uint64_t;
  void deliver(Watcher& watcher, const Record& record);
  bool push(Watcher& watcher, JsonRef event);
  Body encoded(const JsonRef& event);
  void send_present_state(Watcher& watcher, const Bucket& bucket);
  void send_bookmark(Watcher& watcher, bool initial_end);
  void catch_up(Watcher& watcher, const Bucket& bucket);
  void end(Id id, Error reason);
  void sweep();
  void arm_bookmarks();

  Clock* clock_;
  Rng rng_;
  Store* store_;
  WatchSettings settings_;
  std::map<Id, std::unique_ptr<Watcher>> live_;
  std::map<std::string, std::vector<Watcher*>, std::less<>> by_resource_;
  Id next_id_ = 1;
  /// Which resources something is meant for.
  struct Scope {
    bool on = false;
    std::vector<std::string> resources;
    bool covers(std::string_view resource) const;
  };
  bool is_stalled(std::string_view resource) const;
  struct Stall {
    Scope scope;
    std::uint64_t streams = 0;
  };
  std::map<StallId, Stall> stalls_;
  StallId last_stall_ = 0;
  struct Loss {
    Scope scope;
    std::uint32_t millionths = 0;
    std::uint64_t lost = 0;
  };
  std::map<std::string, Loss> losses_;
  bool swept_ = true;     // nobody is marked dead
  JsonRef last_encoded_;  // the event that was last put into protobuf, and what became of it
  Body last_bytes_;
  Timer bookmark_timer_;
  bool bookmarks_armed_ = false;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Bookmark>> bookmarks_;
};

}  // namespace spokelab::fakeapi
