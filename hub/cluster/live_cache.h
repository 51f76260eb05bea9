// LiveCache: the hub's mirror of one cluster, kept by list and watch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/history.h"
#include "base/rng.h"
#include "hub/app/compare/tracking.h"
#include "hub/profile.h"
#include "hub/settings/resource_filter.h"
#include "hub/settings/respect_rbac.h"
#include "kube/client.h"
#include "kube/resource.h"

namespace spokelab::hub {

/// What settings say about caches. Those of a hub without settings are Argo CD's stock ones.
struct CacheRules {
  Tracking tracking;  ///< Whose an object is.
  ResourceFilter filter{stock_exclusions(), {}};
  std::string server;  ///< As the filter's entries name the cluster.
  RespectRbac respect_rbac = RespectRbac::off;
  friend bool operator==(const CacheRules&, const CacheRules&) = default;
};

/// Mirrors every kind the cluster serves with list and watch (gitops-engine pkg/cache). Stale while
/// the cluster is away: evidence() tells how old what it says may be.
class LiveCache {
 public:
  struct Listener {
    /// An object changed; `app` is the application whose tracking id it carries (before or after),
    /// "" if none.
    std::function<void(const kube::ObjectKey& key, const std::string& app)> changed;
    /// A full (re)load ended; the error if it failed.
    std::function<void(const std::optional<Error>& error)> synced;
  };

  LiveCache(Clock& clock, Rng rng, const Profile& profile, kube::Client& client, History& history,
            std::string who, std::string cluster);
  ~LiveCache();
  LiveCache(const LiveCache&) = delete;
  LiveCache& operator=(const LiveCache&) = delete;

  /// Loads, then follows until cancelled. Run it as one task. Under Profile::cache_on_demand it
  /// waits until somebody first calls ensure_synced().
  Task<void> run();
  void listen(Listener listener);
  /// Mirrors these namespaces only, and cluster-scoped kinds if told so. Call before run().
  void restrict_to(std::vector<std::string> namespaces, bool cluster_resources);
  /// Takes over rules; when they are others than before, everything is forgotten and loaded again.
  void configure(CacheRules rules);

  /// Waits until a full sync has been tried since the last invalidation; then its error, if any, as
  /// gitops-engine words it (without "error synchronizing cache state : ", which is the caller's).
  /// Under a profile whose cache does not retry by itself, a call at least Profile::cache_retry
  /// after a failure makes it try again, and waits for that.
  Task<Result<void>> ensure_synced();
  /// Forgets everything and loads again at once.
  void invalidate();
  /// Ends the wait after a failed sync, and that of watches which could not be opened again.
  void retry_now();

  /// The last full sync that ended, and whether one is under way.
  struct Attempt {
    bool tried = false;
    bool running = false;
    std::optional<Error> error;
    RunTime ended{};
  };
  const Attempt& last_attempt() const noexcept;
  /// Waits until no full sync is under way.
  Task<void> wait_idle();
  bool synced() const noexcept;
  /// Whether the cluster is mirrored, or would be if it could.
  bool monitored() const noexcept;
  /// When the cluster last said anything (an answer, a watch event or a bookmark); nullopt: never.
  std::optional<RunTime> evidence() const noexcept;

  /// Why objects of a kind are not known, though the cluster serves it: it answers lists of it with
  /// errors. nullopt: they are known. Always so unless Profile::narrow_unreadable_kinds.
  std::optional<Error> unreadable(const std::string& group, const std::string& kind) const;
  /// nullptr when absent or not mirrored.
  JsonRef get(const kube::ObjectKey& key) const;
  /// Whether the kind's objects are mirrored: a kind whose watch was answered 404 is not any more.
  bool follows(const std::string& group, const std::string& kind) const;
  /// Objects that say they belong to the application, by the tracking of CacheRules.
  std::vector<JsonRef> tracked_by(const std::string& app) const;
  /// Objects whose ownerReferences name `uid`.
  std::vector<JsonRef> children_of(const std::string& uid) const;
  /// Objects of a namespace without an owner.
  std::vector<JsonRef> top_level(const std::string& ns) const;
  /// The served type of a kind, mirrored or not; nullptr when the cluster does not serve it. Valid
  /// as long as this object lives.
  const kube::ResourceType* type_of(const std::string& group, const std::string& kind) const;
  const std::string& server_version() const noexcept;
  std::vector<std::string> api_versions()
      const;  ///< "v1", "apps/v1", "apps/v1/Deployment", ...: for Helm's Capabilities.
  std::size_t resources() const noexcept;
  std::size_t apis() const noexcept;
  /// How many watch events each kind has had.
  void each_kind_with_events(
      const std::function<void(const kube::ResourceType&, std::uint64_t)>& visit) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace spokelab::hub
