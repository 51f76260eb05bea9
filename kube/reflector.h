// Reflector: keeps a copy of all objects of one type, by list and watch.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json_fwd.h"
#include "base/rng.h"
#include "kube/client.h"
#include "kube/resource.h"

namespace spokelab::kube {

struct ReflectorOptions {
  std::string ns;  ///< Empty: all namespaces.
  std::string label_selector;
  std::string field_selector;
  Nanos backoff_first =
      std::chrono::milliseconds(800);  ///< Doubled up to the maximum; waits [d, 2d).
  Nanos backoff_max = std::chrono::seconds(30);
  Nanos backoff_reset =
      std::chrono::minutes(2);                ///< Without a failure for so long, it starts anew.
  Nanos watch_min = std::chrono::minutes(5);  ///< A watch is asked to last this to twice this.
  /// Lists this often although its watches go well, so that an event that was lost is not missed
  /// for ever; 0: never, as client-go.
  Nanos list_every{0};
  std::int64_t page = 500;
};

/// client-go tools/cache Reflector with its store: lists, watches from the list's resourceVersion,
/// goes on from the last one seen when a watch ends, and lists again when that is gone (410). The
/// clock and client must outlive it; it must outlive run().
class Reflector {
 public:
  /// Namespace and name.
  using Key = std::pair<std::string, std::string>;
  using Store = std::map<Key, JsonRef>;

  /// Called right after the store changed, in order; a list tells its differences and then
  /// `replaced`. Each may be empty. They must not destroy the reflector.
  struct Handler {
    std::function<void(const JsonRef& now)> added;
    std::function<void(const JsonRef& before, const JsonRef& now)> modified;
    std::function<void(const JsonRef& last)> deleted;
    std::function<void()> replaced;  ///< A whole list was taken over.
  };

  Reflector(Clock& clock, Rng rng, Client& client, ResourceType type, ReflectorOptions options,
            Handler handler);

  /// Runs until cancelled.
  Task<void> run();
  const Store& store() const noexcept { return store_; }
  /// nullptr when absent.
  JsonRef get(const std::string& ns, const std::string& name) const;
  /// True once the first list has been taken over.
  bool synced() const noexcept { return synced_; }
  Task<void> wait_synced();
  /// Why the last list or watch failed; nullopt while all is well.
  const std::optional<Error>& last_error() const noexcept { return last_error_; }

 private:
  Task<bool> list();
  Task<bool> follow();
  Task<void> back_off(Error why);
  void replace(const ObjectList& list);
  void apply(const WatchEvent& event);
  void put(JsonRef object);
  void drop(const Key& key);

  Clock* clock_;
  Rng rng_;
  Client* client_;
  ResourceType type_;
  ReflectorOptions options_;
  Handler handler_;
  Store store_;
  std::string version_;  ///< Last resourceVersion seen.
  RunTime listed_at_{};
  bool version_gone_ = false;
  bool synced_ = false;
  Signal synced_signal_;
  std::optional<Error> last_error_;
  Nanos delay_{0};
  RunTime failed_at_{};
};

}  // namespace spokelab::kube
