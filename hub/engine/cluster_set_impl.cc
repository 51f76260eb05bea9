// ClusterSetImpl: starting and stopping to serve clusters.
#include "hub/engine/cluster_set_impl.h"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/duration.h"
#include "hub/cluster/secret.h"
#include "hub/engine/shard_plan.h"
#include "hub/metrics/client_requests.h"

namespace spokelab::hub {

namespace {

CacheRules rules_for(const SettingsWatch* settings, const std::string& server) {
  CacheRules rules;
  rules.server = server;
  if (settings == nullptr) return rules;
  rules.tracking = settings->now()->tracking;
  rules.filter = settings->now()->filter;
  rules.respect_rbac = settings->now()->respect_rbac;
  return rules;
}

std::string annotation(const ClusterInfo& info, std::string_view name) {
  const auto hit = info.annotations.find(std::string(name));
  return hit == info.annotations.end() ? "" : hit->second;
}

/// Whether a new client and cache are needed. Labels, annotations and names do not matter
/// (Argo CD controller/cache: handleModEvent).
bool needs_restart(const ClusterInfo& before, const ClusterInfo& after) {
  const auto& a = before.access;
  const auto& b = after.access;
  return a.endpoint.host != b.endpoint.host || a.endpoint.port != b.endpoint.port ||
         a.endpoint.tls != b.endpoint.tls || a.endpoint.ca_pem != b.endpoint.ca_pem ||
         a.endpoint.server_name != b.endpoint.server_name ||
         a.endpoint.insecure != b.endpoint.insecure ||
         a.endpoint.client_cert_pem != b.endpoint.client_cert_pem ||
         a.endpoint.client_key_pem != b.endpoint.client_key_pem || a.path_prefix != b.path_prefix ||
         a.bearer_token != b.bearer_token || a.username != b.username || a.password != b.password ||
         before.namespaces != after.namespaces ||
         before.cluster_resources != after.cluster_resources || before.name != after.name;
}

}  // namespace

struct ClusterSetImpl::Serving {
  Serving(const Ports& ports, Rng rng, const ClusterInfo& info, std::function<void(bool)> changed)
      : cluster(ports, rng, info),
        belief(ports.clock, cluster, ports.history, ports.who, std::move(changed)),
        probe_rng(rng.stream("probe")) {}

  /// A ServedCluster with its parts made.
  struct Made : ServedCluster {
    Made(const Ports& ports, Rng rng, const ClusterInfo& from) {
      info = from;
      client = std::make_unique<kube::Client>(ports.clock, ports.dialer, from.access);
      cache = std::make_unique<LiveCache>(ports.clock, rng.stream("cache"), ports.profile, *client,
                                          ports.history, ports.who, from.name);
      cache->restrict_to(from.namespaces, from.cluster_resources);
      cache->configure(rules_for(ports.settings, from.server));
    }
  };
  Made cluster;
  ConnectionBelief belief;
  Rng probe_rng;
  TaskGroup* tasks = nullptr;  // while serve() runs
  bool stopped = false;
};

ClusterSetImpl::ClusterSetImpl(Ports ports, Rng rng)
    : ports_(std::move(ports)),
      rng_(rng),
      registry_(ports_.clock, rng.stream("registry"), ports_.hub, ports_.history, ports_.profile,
                ports_.ns, ports_.who),
      shards_(ports_.clock, rng.stream("shards"), ports_.hub, ports_.history, ports_.profile,
              ports_.ns, ports_.who),
      dynamic_(ports_.clock, ports_.hub, ports_.history, ports_.profile, ports_.ns, ports_.who,
               replicas()) {
  registry_.on_change([this] { registrations_changed(); });
  shards_.on_change([this] { shards_changed(); });
  dynamic_.on_change([this] { shards_changed(); });
  if (ports_.settings != nullptr) ports_.settings->listen([this] { settings_changed(); });
}

ClusterSetImpl::~ClusterSetImpl() = default;

Task<void> ClusterSetImpl::run() {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup tasks(executor);
  tasks_ = &tasks;
  tasks.spawn(registry_.run());
  tasks.spawn(shards_.run());
  tasks.spawn(keep_serving());
  if (ports_.profile.dynamic_distribution && replicas() > 1) tasks.spawn(dynamic_.run());
  if (!ports_.profile.probe_actively) {
    tasks.spawn(update_cluster_infos());
    if (ports_.components != nullptr) tasks.spawn(forget_cluster_infos());
  }
  co_await tasks.join();
}

Task<void> ClusterSetImpl::wait_leadership_change(bool was) {
  while (leads() == was) co_await leadership_.wait();
}

void ClusterSetImpl::registrations_changed() {
  std::vector<Shards::Cluster> clusters;
  if (ports_.profile.takeover) {
    for (const auto* info : registry_.all()) {
      if (!info->skips_reconcile()) clusters.push_back({info->name, info->server});
    }
  }
  shards_.set_clusters(clusters);
  changed_ = true;
  change_.notify();
  for (const auto& listener : listeners_) {
    if (listener.registrations_changed) listener.registrations_changed();
  }
}

void ClusterSetImpl::shards_changed() {
  changed_ = true;
  change_.notify();
  leadership_.notify();
}

bool ClusterSetImpl::ours(const ClusterInfo& info) const {
  if (info.skips_reconcile()) return false;
  if (ports_.profile.plants.has(Plant::double_owner) && serving_.contains(info.server)) return true;
  if (ports_.profile.takeover) return shards_.owns(info.server);
  const auto shard = static_shards_.find(info.server);
  return shard != static_shards_.end() && (replicas() <= 1 || shard->second == own_shard());
}

/// -1: none. A static shard beyond the last is shard 0 (controller/sharding GetClusterSharding).
int ClusterSetImpl::own_shard() const {
  if (ports_.profile.dynamic_distribution) return dynamic_.shard();
  const int ordinal = ordinal_of(ports_.who);
  return ordinal > replicas() ? 0 : ordinal;
}

/// Argo CD drops the caches of all clusters when what they follow changes.
void ClusterSetImpl::settings_changed() {
  for (const auto& [server, serving] : serving_)
    serving->cluster.cache->configure(rules_for(ports_.settings, server));
}

Task<void> ClusterSetImpl::keep_serving() {
  if (ports_.settings != nullptr) co_await ports_.settings->wait_ready();
  for (;;) {
    while (!changed_) co_await change_.wait();
    changed_ = false;
    serve_what_is_ours();
  }
}

int ClusterSetImpl::replicas() const {
  return ports_.profile.replicas > 0 ? ports_.profile.replicas : ports_.replicas;
}

void ClusterSetImpl::count_applications(std::map<std::string, std::int64_t> by_server) {
  applications_ = std::move(by_server);
  if (ports_.profile.takeover || ports_.profile.sharding != "consistent-hashing") return;
  changed_ = true;
  change_.notify();
}

void ClusterSetImpl::serve_what_is_ours() {
  if (!ports_.profile.takeover)
    static_shards_ =
        static_shards(registry_.all(), ports_.profile.sharding, replicas(), applications_);
  std::vector<std::string> lost;
  for (const auto& [server, serving] : serving_) {
    const auto* info = registry_.by_server(server);
    if (info == nullptr || !ours(*info) || needs_restart(serving->cluster.info, *info))
      lost.push_back(server);
  }
  for (const auto& server : lost) stop(server);
  for (const auto* info : registry_.all()) {
    if (!ours(*info)) continue;
    const auto hit = serving_.find(info->server);
    if (hit == serving_.end()) {
      start(*info);
    } else {
      refresh(*hit->second, *info);
    }
  }
}

void ClusterSetImpl::start(const ClusterInfo& info) {
  const auto server = info.server;
  auto changed = [this, server](bool returned) {
    const auto hit = serving_.find(server);
    if (hit != serving_.end() && returned) hit->second->cluster.cache->retry_now();
    for (const auto& listener : listeners_) {
      if (listener.connection_changed) listener.connection_changed(server, returned);
    }
  };
  const auto rng = rng_.stream("cluster." + info.name);
  auto serving = std::make_unique<Serving>(ports_, rng, info, std::move(changed));
  serving->cluster.fencing_token = shards_.fencing_token(server);
  auto& placed = *(serving_[server] = std::move(serving));
  tasks_->spawn(serve(placed));
  if (!ports_.profile.takeover) {
    Event event;
    event.kind = EventKind::state;
    event.who = ports_.who;
    event.subject = "cluster." + info.name + ".owner";
    event.value = ports_.who;
    event.cluster = info.name;
    ports_.history.add(std::move(event));
  }
  for (const auto& listener : listeners_) {
    if (listener.serving_started) listener.serving_started(server);
  }
}

void ClusterSetImpl::stop(const std::string& server) {
  const auto hit = serving_.find(server);
  if (hit == serving_.end()) return;
  auto serving = std::move(hit->second);
  serving_.erase(hit);
  serving->stopped = true;
  if (serving->tasks != nullptr) serving->tasks->cancel();
  retired_.push_back(std::move(serving));
  for (const auto& listener : listeners_) {
    if (listener.serving_stopped) listener.serving_stopped(server);
  }
}

/// Takes over what needs no new client, and heeds a request to forget the cache.
void ClusterSetImpl::refresh(Serving& serving, const ClusterInfo& info) {
  auto& cluster = serving.cluster;
  const auto asked = annotation(info, kRefreshAnnotation);
  const bool asked_anew = !asked.empty() && asked != annotation(cluster.info, kRefreshAnnotation);
  cluster.info = info;
  cluster.fencing_token = shards_.fencing_token(info.server);
  if (!asked_anew) return;
  const auto when = parse_rfc3339(asked);
  const auto& attempt = cluster.cache->last_attempt();
  const auto age = ports_.clock.now() - attempt.ended;
  if (when && (!attempt.tried || *when > ports_.clock.wall_now() - age))
    cluster.cache->invalidate();
}

Task<void> ClusterSetImpl::serve(Serving& serving) {
  if (serving.stopped) co_return;
  const auto executor = co_await asio::this_coro::executor;
  {
    TaskGroup tasks(executor);
    serving.tasks = &tasks;
    tasks.spawn(serving.cluster.client->keep_alive());
    tasks.spawn(serving.cluster.cache->run());
    if (ports_.profile.probe_actively) {
      tasks.spawn(probe_connection(ports_.clock, serving.probe_rng, ports_.profile, serving.cluster,
                                   serving.belief, ports_.history, ports_.who));
    }
    co_await tasks.join();
    serving.tasks = nullptr;
  }
  // Whoever still holds it finds it empty; what it held is freed.
  serving.cluster.cache->invalidate();
  serving.cluster.client->disconnect();
}

/// Argo CD keeps connection states in Redis alone: with it they are gone, until the updater has
/// written them again.
Task<void> ClusterSetImpl::forget_cluster_infos() {
  for (;;) {
    co_await ports_.components->wait(Component::redis, false);
    for (const auto& [server, serving] : serving_) {
      ports_.components->miss(Component::redis);
      serving->belief.set(ConnectionStatus::unknown, "", 0);
    }
    co_await ports_.components->wait(Component::redis, true);
  }
}

/// Argo CD's clusterInfoUpdater: one loop for all clusters, which a hanging cache sync of any one
/// holds up. Its guard compares with the end of the run before, so that every other tick does
/// nothing.
Task<void> ClusterSetImpl::update_cluster_infos() {
  std::optional<RunTime> last_end;
  auto tick = ports_.clock.now();
  for (bool first = true;; first = false) {
    if (!last_end || ports_.clock.now() - *last_end > ports_.profile.cluster_info_every) {
      std::vector<Serving*> all;
      for (const auto& [server, serving] : serving_) all.push_back(serving.get());
      for (auto* serving : all) co_await serving->cluster.cache->wait_idle();
      for (auto* serving : all) {
        if (!serving->stopped && ports_.metrics != nullptr) {
          ports_.metrics->redis.add({ports_.who, "argocd-application-controller", "set",
                                     truth_text(!cluster_infos_kept())});
        }
        if (!serving->stopped && cluster_infos_kept())
          follow_cache_syncs(serving->cluster, serving->belief);
      }
      if (!first) last_end = ports_.clock.now();
    }
    while (tick <= ports_.clock.now()) tick += ports_.profile.cluster_info_every;
    co_await sleep_until(ports_.clock, tick);
  }
}

void ClusterSetImpl::collect(metrics::Exposition& page) const {
  using metrics::Type;
  page.family("argocd_cluster_info", "Information about cluster.", Type::gauge);
  page.family("argocd_cluster_connection_status", "The k8s cluster current connection status.",
              Type::gauge);
  page.family("argocd_cluster_api_resources", "Number of monitored kubernetes API resources.",
              Type::gauge);
  page.family("argocd_cluster_api_resource_objects", "Number of k8s resource objects in the cache.",
              Type::gauge);
  page.family("argocd_cluster_cache_age_seconds", "Cluster cache age in seconds.", Type::gauge);
  page.family("argocd_cluster_events_total", "Number of processes k8s resource events.",
              Type::counter);
  for (const auto& [server, serving] : serving_) {
    const auto& cluster = serving->cluster;
    const auto& cache = *cluster.cache;
    const auto& attempt = cache.last_attempt();
    // A cluster that nobody has asked for has no cache there, and no series.
    if (!ports_.profile.probe_actively && !attempt.tried && !attempt.running) continue;
    // Argo CD knows of its last cache sync only: a cluster that was lost later counts as connected.
    const bool connected = ports_.profile.probe_actively
                               ? cluster.connection.status == ConnectionStatus::successful
                               : !attempt.error;
    const double age = attempt.tried ? static_cast<double>(std::chrono::floor<std::chrono::seconds>(
                                                               ports_.clock.now() - attempt.ended)
                                                               .count())
                                     : -1;
    const metrics::Labels of_server{{"server", server}};
    metrics::Labels of_version{{"server", server}, {"k8s_version", cache.server_version()}};
    page.sample("argocd_cluster_connection_status", of_version, connected ? 1 : 0);
    of_version.emplace_back("name", cluster.info.name);
    page.sample("argocd_cluster_info", of_version, 1);
    page.sample("argocd_cluster_api_resources", of_server, static_cast<double>(cache.apis()));
    page.sample("argocd_cluster_api_resource_objects", of_server,
                static_cast<double>(cache.resources()));
    page.sample("argocd_cluster_cache_age_seconds", of_server, age);
    const auto& url = server;  // clang 14: lambdas cannot capture structured bindings
    cache.each_kind_with_events([&](const kube::ResourceType& type, std::uint64_t events) {
      page.sample("argocd_cluster_events_total",
                  {{"server", url}, {"group", type.group}, {"kind", type.kind}},
                  static_cast<double>(events));
    });
    collect_requests(*cluster.client, page);
    if (ports_.profile.metrics_cluster_labels.empty()) continue;
    page.family("argocd_cluster_labels", "Argo Cluster labels converted to Prometheus labels",
                Type::gauge);
    metrics::Labels labels{{"server", server}, {"name", cluster.info.name}};
    for (const auto& label : ports_.profile.metrics_cluster_labels) {
      const auto found = cluster.info.labels.find(label);
      labels.emplace_back(metrics::label_name(label),
                          found == cluster.info.labels.end() ? "" : found->second);
    }
    page.sample("argocd_cluster_labels", std::move(labels), 1);
  }
}

ServedCluster* ClusterSetImpl::served(const std::string& server) {
  const auto hit = serving_.find(trim_server_url(server));
  return hit == serving_.end() ? nullptr : &hit->second->cluster;
}

bool ClusterSetImpl::may_write(const std::string& server) const {
  const auto trimmed = trim_server_url(server);
  if (!serving_.contains(trimmed)) return false;
  if (ports_.profile.plants.has(Plant::double_owner)) return true;
  return !ports_.profile.takeover || shards_.may_write(trimmed);
}

}  // namespace spokelab::hub
