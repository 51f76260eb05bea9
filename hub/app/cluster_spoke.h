// ClusterSpoke: a served cluster as syncs write to it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "hub/cluster/cluster_set.h"
#include "hub/metrics/hub_metrics.h"
#include "hub/sync/spoke.h"

namespace spokelab::hub {

/// What was written lately, laid over the mirror until the mirror has seen it: whoever has just
/// applied an object must not take its old state for the outcome. One per application.
class WrittenObjects {
 public:
  /// A write is believed for so long without an echo.
  static constexpr Nanos kBelieved = std::chrono::seconds(10);

  explicit WrittenObjects(Clock& clock) : clock_(&clock) {}
  /// An object as the server returned it.
  void wrote(JsonRef object);
  /// The object is on its way out; what the mirror shows counts.
  void forget(const kube::ObjectKey& key) { written_.erase(key); }
  /// The object is gone; the mirror may go on showing `last` for a while.
  void removed(const kube::ObjectKey& key, JsonRef last);
  void clear() { written_.clear(); }
  /// The newer of `mirrored` and what was written.
  JsonRef latest(const kube::ObjectKey& key, JsonRef mirrored) const;

 private:
  struct Written {
    JsonRef object;
    RunTime at{};
    bool gone = false;  ///< `object` is how the mirror last showed it.
  };
  Clock* clock_;
  mutable std::map<kube::ObjectKey, Written> written_;
};

/// True when `a` carries a higher metadata.resourceVersion than `b` (numbers, as etcd's revisions
/// are).
bool newer(const Json& a, const Json& b);

/// Who asks, for the hub's metrics.
struct RequestTally {
  HubMetrics* metrics = nullptr;  ///< nullptr: nothing is counted.
  std::string ns;                 ///< Of the Application.
  std::string name;
  std::string project;
  bool dry_run = false;
};

/// Asks ClusterSet anew for every call, so that it never uses a cluster that this replica has given
/// up.
class ClusterSpoke final : public Spoke {
 public:
  /// `ask_server`: look kinds up at the server for each attempt, as Argo CD does, rather than in
  /// the mirror. `as_user`: what all is asked through, in the name of somebody else.
  ClusterSpoke(Clock& clock, ClusterSet& clusters, std::string server, WrittenObjects& written,
               bool ask_server, RequestTally tally = {},
               std::shared_ptr<kube::Client> as_user = nullptr)
      : clock_(clock),
        clusters_(clusters),
        server_(std::move(server)),
        written_(written),
        ask_server_(ask_server),
        tally_(std::move(tally)),
        as_user_(std::move(as_user)) {}

  Task<Result<kube::ResourceType>> type_of(std::string group, std::string version,
                                           std::string kind) override;
  JsonRef live(const kube::ObjectKey& key) const override;
  Task<Result<JsonRef>> get(kube::ResourceType type, std::string ns, std::string name) override;
  Task<Result<JsonRef>> create(kube::ResourceType type, std::string ns, JsonRef object) override;
  Task<Result<JsonRef>> update(kube::ResourceType type, std::string ns, std::string name,
                               JsonRef object) override;
  Task<Result<JsonRef>> patch(kube::ResourceType type, std::string ns, std::string name,
                              kube::PatchType kind, JsonRef patch, bool force) override;
  Task<Result<JsonRef>> patch_as(std::string manager, kube::ResourceType type, std::string ns,
                                 std::string name, kube::PatchType kind, JsonRef patch) override;
  Task<Result<JsonRef>> remove(kube::ResourceType type, std::string ns, std::string name,
                               kube::DeleteOptions options) override;
  void running(std::string_view command, int by) override;

 private:
  /// The client, or why nothing may be written now.
  Result<std::shared_ptr<kube::Client>> writer() const;
  Result<JsonRef> noted(Result<JsonRef> answer);
  void count(const char* verb, const kube::ResourceType& type, const std::string& ns,
             const Result<JsonRef>& answer);
  Task<Result<kube::ResourceType>> discover(std::string group, std::string version,
                                            std::string kind);

  Clock& clock_;
  ClusterSet& clusters_;
  std::string server_;
  WrittenObjects& written_;
  bool ask_server_;
  RequestTally tally_;
  std::shared_ptr<kube::Client> as_user_;
  std::map<std::string, JsonRef> discovered_;  // APIResourceList by "group/version"
};

}  // namespace spokelab::hub
