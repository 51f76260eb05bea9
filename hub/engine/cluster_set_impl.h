// ClusterSetImpl: the clusters of one replica: known by the registry, shared out by shards, and
// served.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/http.h"
#include "base/rng.h"
#include "base/task_group.h"
#include "hub/cluster/cluster_set.h"
#include "hub/cluster/connection.h"
#include "hub/cluster/registry.h"
#include "hub/components.h"
#include "hub/engine/dynamic/dynamic_shards.h"
#include "hub/engine/shards.h"
#include "hub/metrics/hub_metrics.h"
#include "hub/profile.h"
#include "hub/settings/settings_watch.h"
#include "kube/client.h"

namespace spokelab::hub {

/// Serving a cluster is a client, a live cache and a prober, in tasks that stop when the cluster is
/// no longer ours. A ServedCluster once handed out stays valid as long as the set, though it is
/// empty after that. All ports must outlive the set, and the set must outlive run().
class ClusterSetImpl final : public ClusterSet {
 public:
  struct Ports {
    Clock& clock;
    HttpDialer& dialer;
    History& history;
    kube::Client& hub;
    const Profile& profile;
    std::string ns;
    std::string who;
    int replicas = 1;                   ///< That static shards divide the clusters by.
    Components* components = nullptr;   ///< nullptr: all up, always.
    SettingsWatch* settings = nullptr;  ///< What caches follow; nullptr: the stock rules.
    HubMetrics* metrics = nullptr;      ///< nullptr: nothing is counted.
  };

  ClusterSetImpl(Ports ports, Rng rng);
  ~ClusterSetImpl() override;

  /// Until cancelled.
  Task<void> run();
  /// Until the registrations have been read once.
  Task<void> wait_ready() { return registry_.wait_synced(); }
  /// Whether this replica runs the ApplicationSet controller now.
  bool leads() const { return shards_.leads(); }
  /// Returns when leads() is no longer `was`.
  Task<void> wait_leadership_change(bool was);

  std::vector<const ClusterInfo*> all() const override { return registry_.all(); }
  Result<const ClusterInfo*> resolve(const std::string& server,
                                     const std::string& name) const override {
    return registry_.resolve(server, name);
  }
  ServedCluster* served(const std::string& server) override;
  bool may_write(const std::string& server) const override;
  void listen(Listener listener) override { listeners_.push_back(std::move(listener)); }
  void count_applications(std::map<std::string, std::int64_t> by_server) override;
  /// Adds what can be said of the served clusters now (Argo CD controller/metrics,
  /// clustercollector.go; there it is as of up to 30 s ago).
  void collect(metrics::Exposition& page) const;

 private:
  struct Serving;

  void registrations_changed();
  void shards_changed();
  Task<void> keep_serving();
  void serve_what_is_ours();
  bool ours(const ClusterInfo& info) const;
  int replicas() const;
  int own_shard() const;
  void start(const ClusterInfo& info);
  void stop(const std::string& server);
  void refresh(Serving& serving, const ClusterInfo& info);
  Task<void> serve(Serving& serving);
  Task<void> update_cluster_infos();
  Task<void> forget_cluster_infos();
  bool cluster_infos_kept() const {
    return ports_.components == nullptr || ports_.components->up(Component::redis);
  }
  void settings_changed();

  Ports ports_;
  Rng rng_;
  Registry registry_;
  Shards shards_;
  DynamicShards dynamic_;
  std::vector<Listener> listeners_;
  std::map<std::string, std::unique_ptr<Serving>> serving_;  // by server
  std::vector<std::unique_ptr<Serving>> retired_;
  TaskGroup* tasks_ = nullptr;                        // while run() runs
  std::map<std::string, std::int64_t> applications_;  // by server
  std::map<std::string, int> static_shards_;          // by server; without takeover
  bool changed_ = false;
  Signal change_;
  Signal leadership_;
};

}  // namespace spokelab::hub
