// Registry: the clusters that the hub knows, from the cluster Secrets in its own API server.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/history.h"
#include "base/rng.h"
#include "hub/cluster/cluster_set.h"
#include "hub/profile.h"
#include "kube/client.h"
#include "kube/reflector.h"

namespace spokelab::hub {

/// Malformed Secrets are left out, with one history fact "cluster-secret.<name>" = "skipped" each
/// time one comes or changes. Of two Secrets for one server the first by name counts. All ports
/// must outlive it.
class Registry {
 public:
  Registry(Clock& clock, Rng rng, kube::Client& hub, History& history, const Profile& profile,
           std::string ns, std::string who);

  /// Follows the Secrets until cancelled.
  Task<void> run();
  /// Until the first list of Secrets has been read.
  Task<void> wait_synced();
  bool synced() const noexcept { return secrets_.synced(); }
  /// Called after each change; not before the first list has been read.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  /// Sorted by name, then server.
  std::vector<const ClusterInfo*> all() const;
  /// nullptr when unknown. What these calls return stays valid as long as the registry lives; an
  /// entry changes with its Secret, and stands still when that is gone.
  const ClusterInfo* by_server(const std::string& server) const;
  /// See ClusterSet::resolve.
  Result<const ClusterInfo*> resolve(const std::string& server, const std::string& name) const;

 private:
  void take(const JsonRef& secret);
  void rebuild();

  History* history_;
  kube::Client* hub_;
  const Profile* profile_;
  std::string who_;
  std::function<void()> changed_;
  std::map<std::string, ClusterInfo> by_secret_;
  std::map<std::string, std::unique_ptr<ClusterInfo>> by_server_;
  std::vector<std::unique_ptr<ClusterInfo>> removed_;
  kube::Reflector secrets_;
};

}  // namespace spokelab::hub
