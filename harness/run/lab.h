// Lab: the world of one run: clusters, hub replicas, repositories, users, all under one virtual
// clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"
#include "base/rng.h"
#include "fakeapi/api_server.h"
#include "fakeapi/cluster/controllers.h"
#include "harness/repo/scenario_repo.h"
#include "harness/run/alert_receiver.h"
#include "harness/run/assets.h"
#include "harness/run/metrics_page.h"
#include "harness/run/outside.h"
#include "harness/run/overlay.h"
#include "harness/run/replica_repos.h"
#include "harness/run/traffic_site.h"
#include "harness/scenario/scenario.h"
#include "hub/components.h"
#include "hub/engine/window.h"
#include "hub/profile.h"
#include "kube/client.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/world.h"

namespace spokelab::harness {

inline constexpr std::uint16_t kApiPort = 6443;

struct Site;
/// Where, in the simulated network, its API server listens: 443 at the hub (as
/// kubernetes.default.svc), 6443 elsewhere.
std::uint16_t port_of(const Site& site);

/// One Kubernetes cluster of the lab: its API server and what lives behind it.
struct Site {
  std::string name;  ///< "prod"; "hub" for the hub's own cluster.
  std::string region;
  std::string api_node;         ///< Network node of the API server: "prod.api".
  std::string front_node;       ///< Network node where users come in: "prod.front".
  std::string host;             ///< The API server's name or address for its clients,
  std::uint16_t port = 0;       ///< and its port,
  std::string server;           ///< and its URL.
  std::set<std::string> names;  ///< What its certificate is for.
  std::string ca_pem;
  bool tls = true;
  sim::ProcessClock clock;
  std::unique_ptr<fakeapi::ApiServer> api;
  std::unique_ptr<fakeapi::Controllers> controllers;
  int api_down = 0;                        ///< How many faults hold the API server's process down.
  std::map<std::string, int> nodes_down;   ///< How many faults hold a node down, by its name.
  Overlay<sim::TlsIdentity> certificates;  ///< What faults show instead of the right one.

  explicit Site(sim::World& world) : clock(world) {}
};

struct LabOptions {
  std::uint64_t events_per_instant_max = sim::World::kEventsPerInstantMax;
  WallTime epoch = sim::World::kDefaultEpoch;  ///< What the calendar says at the start.
  Outside* outside = nullptr;  ///< The lab's API servers are open to this machine's clients.
  bool hub = true;             ///< False: no hub cluster, and nobody who registers the others.
  std::size_t events_kept = History::kEventsMax;  ///< Of the history.
};

/// Everything of one run, made in order and torn down in reverse. Single-threaded, deterministic:
/// the same scenario, assets and seed give the same history.
class Lab {
 public:
  Lab(const Scenario& scenario, const Assets& assets, hub::Profile profile, std::uint64_t seed,
      LabOptions options = {});
  ~Lab();
  Lab(const Lab&) = delete;

  /// Starts hub replicas and routers, and the operator who registers clusters and applies
  /// manifests.
  void start();
  /// The operator has done everything that the scenario's world asks for.
  bool set_up_done() const noexcept { return set_up_done_; }
  /// Lets the users come.
  void start_users();
  /// Settles the last second of traffic. For the end of a run.
  void flush_users();
  /// Stops every process. Nothing may run afterwards.
  void stop();

  /// Runs an operator's task (registration, kubectl): at most one at a time is under way, others
  /// wait.
  void operate(Task<void> task);
  /// Registers a cluster as `argocd cluster add` does, with retries every 5 s until it works.
  Task<void> register_site(std::string cluster);
  Task<void> unregister_site(std::string cluster);
  /// The next three speak to argocd-server. Whoever asks it tries again every 5 s, a Git server
  /// does not.
  Task<void> sync_app(SyncStep step);
  Task<void> refresh_app(RefreshStep step);
  Task<void> tell_of_push(std::string repo, std::string branch, bool head);
  /// kubectl apply, at the API server of "hub" or a cluster; retried every 5 s until it works.
  Task<void> apply(std::string target, std::vector<JsonRef> objects);
  /// Changes labels of a cluster's Secret.
  Task<void> label(std::string cluster, std::map<std::string, std::optional<std::string>> labels);

  /// The operator's own way to a cluster's API, with every right. For tasks given to operate.
  kube::Client& admin(const std::string& site);
  Site& site(const std::string& name) { return *sites_.at(name); }
  const std::map<std::string, std::unique_ptr<Site>>& sites() const { return sites_; }
  /// The type a cluster serves for "deployment", "deployments.apps", ...; nullptr: none.
  /// The control plane of a cluster goes down, or comes back once everybody who took it down has
  /// said so.
  void take_api_down(const std::string& cluster);
  void bring_api_up(const std::string& cluster);
  /// The server certificate of a cluster when nothing is wrong with it.
  sim::TlsIdentity identity_of(const std::string& cluster) const;
  /// Lets the cluster's API server show what its `certificates` now say.
  void show_certificate(const std::string& cluster);
  /// A node of a cluster loses power, or starts again once everybody who took it down has said so.
  /// False when there is no such node.
  bool take_node_down(const std::string& cluster, const std::string& node);
  void bring_node_up(const std::string& cluster, const std::string& node);
  /// A hub replica is dead, or starts again once everybody who took it down has said so.
  void take_replica_down(const std::string& name);
  void bring_replica_up(const std::string& name);
  bool is_held_down(const std::string& replica) const {
    return holds_.contains(replica) && holds_.at(replica).down > 0;
  }
  /// The parts of a hub replica, which can be taken down one by one.
  hub::Components& components(const std::string& replica) { return components_.at(replica); }
  /// What a hub replica has in memory; nullptr while it is dead. Valid until the world turns.
  const hub::ReplicaView* view_of(const std::string& replica) const {
    const auto window = windows_.find(replica);
    return window == windows_.end() ? nullptr : window->second.view;
  }
  /// A hub replica stands still, until everybody who paused it has resumed it.
  void pause_replica(const std::string& name);
  void resume_replica(const std::string& name);
  /// The replica that looks after a cluster, as it told the history last; "" when none does.
  std::string owner_of(const std::string& cluster) const;
  /// Every network node of a region.
  std::vector<std::string> nodes_in(const std::string& region) const;
  /// Named totals for reports: requests, writes, messages, events.
  std::vector<std::pair<std::string, std::int64_t>> counters() const;
  const kube::ResourceType* type_of(const std::string& cluster, const std::string& kind) const;
  /// Told of what the hub's replicas spend, as it happens: "requests", "lists", "writes", "dials"
  /// with the cluster, and "fetches".
  using OnCost = std::function<void(std::string_view measure, std::string_view object)>;
  void on_cost(OnCost handler) { on_cost_ = std::move(handler); }
  /// What the hub's replicas have asked of a cluster's API server so far, and how often they have
  /// dialled it.
  std::uint64_t hub_requests(const std::string& cluster) const;
  std::uint64_t hub_dials(const std::string& cluster) const;

  const Scenario& scenario() const noexcept { return scenario_; }
  const Assets& assets() const noexcept { return assets_; }
  const hub::Profile& profile() const noexcept { return profile_; }
  sim::World& world() noexcept { return world_; }
  sim::Network& network() noexcept { return network_; }
  History& history() noexcept { return history_; }
  ScenarioRepos& repos() noexcept { return repos_; }
  std::map<std::string, std::unique_ptr<sim::Process>>& replicas() noexcept { return replicas_; }
  std::map<std::string, std::unique_ptr<TrafficSite>>& traffic() noexcept { return traffic_; }
  Rng stream(std::string_view name) const { return rng_.stream(name); }
  /// An unexpected end of a process: the run is worth nothing. Empty: none.
  const std::string& failure() const noexcept { return failure_; }

 private:
  void lay_network();
  void add_node(const std::string& name, const std::string& region);
  void tell_replica(const std::string& name, std::string state);
  void add_site(const std::string& name, const std::string& region, int nodes, int zones);
  void install_hub();
  void add_replica(int number);
  void watch_costs();
  void add_traffic(const std::string& name, const TrafficSpec& spec);
  bool server_answers();
  Task<void> wait_for_server();
  void tell_of_order(const std::string& subject, const Result<void>& outcome);
  Task<void> operator_main();
  Task<void> set_up();
  std::string admin_token(const std::string& site) const;
  std::string replica_token(const std::string& replica) const;
  std::unique_ptr<HttpDialer> dialer_of(const std::string& node, Clock& clock);

  const Scenario& scenario_;
  const Assets& assets_;
  hub::Profile profile_;
  LabOptions options_;
  Rng rng_;
  sim::World world_;
  History history_;
  // These outlive the network they listen in.
  AlertReceiver alerts_;
  std::map<std::string, hub::Window> windows_;                         // by replica
  std::map<std::string, std::unique_ptr<MetricsPage>> metrics_pages_;  // by replica
  sim::Network network_;
  ScenarioRepos repos_;
  std::map<std::string, std::string> nodes_;  // network node -> region
  std::map<std::string, std::unique_ptr<Site>> sites_;
  std::map<std::string, std::unique_ptr<HttpDialer>> dialers_;
  std::map<std::string, std::unique_ptr<ReplicaRepos>> replica_repos_;
  std::map<std::string, hub::Components> components_;
  std::map<std::string, std::unique_ptr<sim::Process>> replicas_;
  std::map<std::string, std::unique_ptr<TrafficSite>> traffic_;
  std::map<std::string, std::unique_ptr<kube::Client>> admins_;
  std::map<std::string, std::string> owners_;  // by cluster
  OnCost on_cost_;
  std::map<std::string, std::uint64_t> hub_requests_;    // by cluster
  std::map<std::string, std::string> clusters_by_node_;  // by the node of the API server
  /// How many faults keep a replica from running.
  struct Holds {
    int down = 0;
    int paused = 0;
  };
  std::map<std::string, Holds> holds_;  // by replica
  std::unique_ptr<sim::Process> operator_;
  std::vector<Task<void>> orders_;
  Signal ordered_;
  bool set_up_done_ = false;
  bool stopping_ = false;
  std::string failure_;
};

}  // namespace spokelab::harness
