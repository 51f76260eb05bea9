// Store: the objects of one cluster, their revisions, and the recent events that watches resume
// from.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"

namespace spokelab::fakeapi {

using Revision = std::uint64_t;

enum class EventType : std::uint8_t { added, modified, deleted };
/// "ADDED", "MODIFIED", "DELETED".
const char* name_of(EventType type) noexcept;

/// One committed change of one object. The watch event is a finished document that all watchers
/// share; the stored object is a part of it, so that neither is ever copied.
class Record {
 public:
  Revision revision = 0;
  RunTime at{};
  EventType type = EventType::added;
  JsonRef event;   ///< {"type": ..., "object": ...}
  JsonRef before;  ///< State before the change; nullptr for a creation.

  JsonRef object() const;
  /// For a watcher whose selector only now matches, or no longer does. Made once, on first use.
  JsonRef event_as_added() const;
  JsonRef event_as_deleted() const;

 private:
  mutable JsonRef as_added_;
  mutable JsonRef as_deleted_;
};

struct StoreLimits {
  std::size_t objects_max = 1'000'000;  ///< In the whole cluster.
  std::size_t window_events_min = 100;  ///< Events kept for each resource, whatever their age.
  std::size_t window_events_max = 102'400;
  Nanos window_span =
      std::chrono::seconds(75);  ///< Younger events are kept up to window_events_max.
};

class Store;

/// All objects of one resource, whatever its versions. Keys are "namespace/name", or "name".
class Bucket {
 public:
  Bucket(Store& store, std::string group_resource);
  Bucket(const Bucket&) = delete;

  const std::string& group_resource() const noexcept { return group_resource_; }
  /// nullptr when absent.
  JsonRef get(std::string_view ns, std::string_view name) const;
  std::size_t size() const noexcept { return objects_.size(); }
  /// In order of the keys; all when `ns` is empty. `visit` returns false to stop.
  void each(std::string_view ns,
            const std::function<bool(const std::string& key, const JsonRef&)>& visit,
            std::string_view after_key = "") const;
  /// Revision of the last change here.
  Revision revision() const noexcept { return revision_; }
  /// Events up to this revision are no longer known.
  Revision compacted() const noexcept { return compacted_; }
  const std::deque<Record>& log() const noexcept { return log_; }
  /// Forgets all events, as after an etcd compaction.
  void compact();

 private:
  friend class Store;
  Store* store_;
  std::string group_resource_;
  std::map<std::string, JsonRef, std::less<>> objects_;
  std::deque<Record> log_;
  Revision revision_ = 0;
  Revision compacted_ = 0;
};

/// One counter for the whole cluster, as etcd's revision. Nothing here judges a change: admission
/// does.
/// The objects of all resources as they were at one instant; shares them with the store.
struct StoreSnapshot {
  Revision revision = 0;
  struct Table {
    Revision revision = 0;
    std::map<std::string, JsonRef, std::less<>> objects;
  };
  std::map<std::string, Table, std::less<>> tables;  ///< By group-resource.
};

class Store {
 public:
  using Watcher = std::function<void(Bucket&, const Record&)>;

  Store(const Clock& clock, StoreLimits limits);
  Store(const Store&) = delete;

  Bucket& bucket(std::string_view group_resource);
  const Bucket* find_bucket(std::string_view group_resource) const;
  const std::map<std::string, std::unique_ptr<Bucket>, std::less<>>& buckets() const noexcept {
    return buckets_;
  }
  Revision revision() const noexcept { return revision_; }
  std::size_t size() const noexcept { return size_; }
  bool full() const noexcept { return size_ >= limits_.objects_max; }
  /// Puts the object in place of whatever stands under its key, stamps metadata.resourceVersion,
  /// and tells the watchers. Returns the stored object.
  JsonRef put(Bucket& bucket, Json object);
  /// Removes an object. `last` is its final state, which watchers see with the removal's revision.
  JsonRef erase(Bucket& bucket, std::string_view ns, std::string_view name, Json last);
  /// Called after each commit, in order of subscription, as long as the store lives.
  void subscribe(Watcher watcher) { watchers_.push_back(std::move(watcher)); }
  /// Jumps the counter, as a restore from a backup or an upgrade would.
  void set_revision(Revision revision) { revision_ = revision; }
  /// Forgets the events of every resource.
  void compact();

  std::shared_ptr<const StoreSnapshot> snapshot() const;
  /// While it lives, the store shows an earlier state, as a server does that is behind the others.
  /// nullptr: the present one. Nothing may be written meanwhile.
  class LookBack {
   public:
    LookBack(Store& store, const std::shared_ptr<const StoreSnapshot>& past);
    ~LookBack();
    LookBack(const LookBack&) = delete;

   private:
    Store* store_ = nullptr;
    std::shared_ptr<const StoreSnapshot> present_;
  };

 private:
  void show(const StoreSnapshot& state);
  void trim(Bucket& bucket);
  const Clock* clock_;
  StoreLimits limits_;
  std::map<std::string, std::unique_ptr<Bucket>, std::less<>> buckets_;
  std::vector<Watcher> watchers_;
  Revision revision_ = 1;
  std::size_t size_ = 0;
};

/// "namespace/name", or "name" for an empty namespace.
std::string store_key(std::string_view ns, std::string_view name);

}  // namespace spokelab::fakeapi
