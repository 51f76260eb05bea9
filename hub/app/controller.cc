// AppController: which applications there are, whose they are, and what makes them be looked at.
#include "hub/app/controller.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/duration.h"
#include "hub/app/compare/tracking.h"
#include "hub/app/controller_state.h"
#include "hub/app/namespaces.h"
#include "hub/app/unsupported.h"

namespace spokelab::hub {
namespace {

constexpr std::size_t kPollsAtOnceMax = 50;

std::string source_key(const ApplicationSource& source) {
  return source.repo_url + "\n" + source.target_revision + "\n" + source.chart;
}

bool asks_for_refresh(const JsonRef& object) {
  return object && !text_at(*object, {"metadata", "annotations", kRefreshAnnotation}).empty();
}

/// Whether two specs name the same sources.
bool same_sources(const Json& a, const Json& b) {
  const auto same = [&](const char* field) {
    const Json* left = find(a, {field});
    const Json* right = find(b, {field});
    return left == nullptr || right == nullptr ? left == right : *left == *right;
  };
  // Where there are several, the one source is an empty shell in what Argo CD writes.
  return same("sources") && (find(a, {"sources"}) != nullptr || same("source"));
}

/// An operation to run, or a deletion to see through.
bool has_work_for_operations(const Json& object) {
  const Json* operation = find(object, {"operation"});
  return find(object, {"metadata", "deletionTimestamp"}) != nullptr ||
         (operation != nullptr && operation->is_object());
}

}  // namespace

AppController::AppController(ControllerPorts ports, Rng rng)
    : state_(std::make_unique<State>(ports, rng)) {}
AppController::~AppController() = default;
Task<void> AppController::run() { return state_->run(); }

void AppController::collect(metrics::Exposition& page) const { state_->collect(page); }

const CompareMemo* AppController::compared(const std::string& app) const {
  const AppRef entry = state_->find_app(app);
  return entry && entry->work ? &entry->work->memo : nullptr;
}

AppController::State::State(ControllerPorts ports, Rng rng)
    : ports(std::move(ports)), rng(rng.stream("apps")), self(std::make_shared<State*>(this)) {}

Task<void> AppController::State::run() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  TaskGroup tasks(executor);
  group = &tasks;
  born = ports.clock.now();
  struct Closing {
    explicit Closing(State& state) : state(state) {}
    ~Closing() {
      for (auto& [server, pair] : state.lanes) {
        pair->refreshes.close();
        pair->operations.close();
      }
      for (auto& [name, entry] : state.apps) entry->work.reset();
      state.group = nullptr;
    }
    State& state;
  } closing(*this);

  kube::Reflector::Handler handler;
  handler.added = [this](const JsonRef& object) { observe(object); };
  handler.modified = [this](const JsonRef&, const JsonRef& object) { observe(object); };
  handler.deleted = [this](const JsonRef& object) { vanish(object); };
  kube::ReflectorOptions options;
  if (ports.profile.application_namespaces.empty()) options.ns = ports.ns;
  if (ports.profile.isolate_clusters) options.list_every = ports.profile.relist_every;
  reflector = std::make_unique<kube::Reflector>(ports.clock, rng.stream("reflector"), ports.hub,
                                                app_type, options, std::move(handler));
  listen_to_clusters();
  if (ports.settings != nullptr) {
    const std::weak_ptr<State*> weak = self;
    ports.settings->listen([weak] {
      const auto strong = weak.lock();
      if (strong && (*strong)->group != nullptr) (*strong)->settings_changed();
    });
  }
  if (ports.projects != nullptr) {
    const std::weak_ptr<State*> weak = self;
    ports.projects->listen([weak](const std::string& name) {
      const auto strong = weak.lock();
      if (strong && (*strong)->group != nullptr) (*strong)->project_changed(name);
    });
  }
  tasks.spawn(reflector->run());
  if (ports.profile.repo_watch_every > Nanos{0}) tasks.spawn(watch_repos());
  co_await tasks.join();
}

void AppController::State::listen_to_clusters() {
  const std::weak_ptr<State*> weak = self;
  // Only while run() runs: everything else would spawn into nothing.
  const auto with_me = [weak](auto act) {
    const auto strong = weak.lock();
    if (strong && (*strong)->group != nullptr) act(**strong);
  };
  ClusterSet::Listener listener;
  listener.registrations_changed = [with_me] {
    with_me([](State& me) {
      me.projects.clear();  // clusters may be a project's own
      me.resolve_again();
    });
  };
  listener.serving_started = [with_me](const std::string& server) {
    with_me([&](State& me) {
      // Whoever looked after the cluster before may have deployed a commit that we have not seen.
      if (me.ports.profile.takeover && !me.ports.profile.plants.has(Plant::stale_prune))
        me.ports.manifests.forget_revisions();
      if (ServedCluster* cluster = me.ports.clusters.served(server)) me.listen_to_cache(*cluster);
      me.resolve_again();
    });
  };
  listener.serving_stopped = [with_me](const std::string&) {
    with_me([](State& me) { me.resolve_again(); });
  };
  listener.connection_changed = [with_me](const std::string& server, bool returned) {
    with_me([&](State& me) { me.on_connection(server, returned); });
  };
  ports.clusters.listen(std::move(listener));
  for (const ClusterInfo* info : ports.clusters.all()) {
    if (ServedCluster* cluster = ports.clusters.served(info->server)) listen_to_cache(*cluster);
  }
}

void AppController::State::listen_to_cache(ServedCluster& cluster) {
  const std::weak_ptr<State*> weak = self;
  const std::string server = cluster.info.server;
  LiveCache::Listener listener;
  listener.changed = [weak, server](const kube::ObjectKey& key, const std::string& app) {
    const auto strong = weak.lock();
    if (!strong || (*strong)->group == nullptr) return;
    if (!app.empty()) (*strong)->on_live_change(app);
    (*strong)->on_untracked_change(server, key.ns);
  };
  listener.synced = [weak, server](const std::optional<Error>& error) {
    const auto strong = weak.lock();
    // Argo CD's applications notice a loaded cache at their own next reconcile only.
    if (!strong || (*strong)->group == nullptr || error ||
        !(*strong)->ports.profile.isolate_clusters)
      return;
    (*strong)->on_connection(server, false);
  };
  cluster.cache->listen(std::move(listener));
}

// ---- What there is

/// The name by which an application is known and tracked; "" for those in namespaces that this hub
/// does not look after.
std::string AppController::State::instance_of(const Json& object) const {
  const std::string ns = text_at(object, {"metadata", "namespace"}, ports.ns);
  if (ns != ports.ns && !matches_namespace(ports.profile.application_namespaces, ns)) return "";
  return instance_name(ns, text_at(object, {"metadata", "name"}), ports.ns);
}

void AppController::State::observe(const JsonRef& object) {
  const std::string name = instance_of(*object);
  if (name.empty()) return;
  AppRef& entry = apps[name];
  if (!entry) {
    entry = std::make_shared<AppEntry>();
    entry->name = name;
  }
  const bool same_life = entry->object && text_at(*entry->object, {"metadata", "uid"}) ==
                                              text_at(*object, {"metadata", "uid"});
  if (same_life && newer(*entry->object, *object)) return;  // our own write was answered before
  take_answer(*entry, object);
}

void AppController::State::vanish(const JsonRef& object) {
  const auto found = apps.find(instance_of(*object));
  if (found == apps.end()) return;
  const AppRef entry = found->second;
  if (entry->work) tell_fact(*entry, "deleted", "");
  release(*entry);
  unplace(*entry);
  apps.erase(found);
}

/// Takes over a newer object, and sees to whatever it newly asks for.
void AppController::State::take_answer(AppEntry& entry, const JsonRef& object) {
  const bool asked_before = asks_for_refresh(entry.object);
  const JsonRef spec_before = entry.spec;
  const auto destination_before = entry.destination;
  entry.object = object;
  const Json* spec = find(*object, {"spec"});
  const bool spec_changed = !spec_before || spec == nullptr || *spec != *spec_before;
  if (spec_changed) unplace(entry);
  read(entry);
  if (spec_changed) {
    if (entry.destination != destination_before) release(entry);
    place(entry);
  }
  if (!entry.work ||
      text_at(*object, {"metadata", "annotations", kSkipReconcileAnnotation}) == "true")
    return;
  if (asks_for_refresh(object) && !asked_before) {
    request_refresh(entry, CompareLevel::force_resolve);
  } else if (spec_changed && (spec_before || ports.profile.isolate_clusters)) {
    // Argo CD decides on an application that it has not seen before in adopt().
    const bool elsewhere = !spec_before || !same_sources(*spec_before, *entry.spec);
    request_refresh(entry, elsewhere ? CompareLevel::force_resolve : CompareLevel::latest);
  }
  if (has_work_for_operations(*object)) lanes_of(entry).operations.add(entry.name);
}

void AppController::State::read(AppEntry& entry) {
  auto app = read_application(*entry.object);
  const Json* spec = find(*entry.object, {"spec"});
  if (!entry.spec || spec == nullptr || *spec != *entry.spec) {
    entry.spec = freeze(spec != nullptr ? *spec : Json::object());
  }
  if (app) {
    entry.app = std::move(*app);
    entry.problem.clear();
    entry.destination = {entry.app->spec.destination.server, entry.app->spec.destination.name};
  } else {
    entry.app.reset();
    entry.problem = app.error().message();
    entry.destination = {};
  }
}

// ---- Whose it is

void AppController::State::place(AppEntry& entry) {
  auto [group_at, fresh] = destinations.try_emplace(entry.destination);
  group_at->second.apps.insert(entry.name);
  if (fresh) {
    const auto info = ports.clusters.resolve(entry.destination.first, entry.destination.second);
    group_at->second.server = info ? (*info)->server : "";
    groups_by_server[group_at->second.server].insert(entry.destination);
  }
  if (entry.app) {
    for (const ApplicationSource& source : entry.app->spec.sources) {
      WatchedSource& watched = sources[source_key(source)];
      watched.source = source.raw;
      watched.apps.insert(entry.name);
    }
  }
  adopt(entry);
  count_applications();
}

void AppController::State::count_applications() const {
  if (ports.profile.takeover || ports.profile.sharding != "consistent-hashing") return;
  std::map<std::string, std::int64_t> counts;
  for (const auto& [destination, group] : destinations)
    counts[group.server] += static_cast<std::int64_t>(group.apps.size());
  ports.clusters.count_applications(std::move(counts));
}

void AppController::State::unplace(const AppEntry& entry) {
  const auto group_at = destinations.find(entry.destination);
  if (group_at != destinations.end() && group_at->second.apps.erase(entry.name) > 0 &&
      group_at->second.apps.empty()) {
    auto& of_server = groups_by_server[group_at->second.server];
    of_server.erase(entry.destination);
    if (of_server.empty()) groups_by_server.erase(group_at->second.server);
    destinations.erase(group_at);
  }
  count_applications();
  if (!entry.app) return;
  for (const ApplicationSource& source : entry.app->spec.sources) {
    const auto watched = sources.find(source_key(source));
    if (watched == sources.end()) continue;
    watched->second.apps.erase(entry.name);
    if (watched->second.apps.empty()) sources.erase(watched);
  }
}

const std::string& AppController::State::server_of(const AppEntry& entry) const {
  static const std::string kNone;
  const auto group_at = destinations.find(entry.destination);
  return group_at == destinations.end() ? kNone : group_at->second.server;
}

ServedCluster* AppController::State::cluster_of(const AppEntry& entry) const {
  const std::string& server = server_of(entry);
  return server.empty() ? nullptr : ports.clusters.served(server);
}

bool AppController::State::owns(const AppEntry& entry) const {
  if (!entry.work) return false;
  const std::string& server = server_of(entry);
  // Who serves the hub's own cluster speaks for destinations that lead nowhere.
  const std::string keeper = server.empty() ? std::string(kInClusterServer) : server;
  return ports.clusters.served(keeper) != nullptr && ports.clusters.may_write(keeper);
}

bool AppController::State::circuit_open(const AppEntry& entry) const {
  if (!ports.profile.isolate_clusters) return false;
  const ServedCluster* cluster = cluster_of(entry);
  return cluster != nullptr && cluster->connection.status == ConnectionStatus::failed;
}

std::string AppController::State::cluster_name(const AppEntry& entry) const {
  const ServedCluster* cluster = cluster_of(entry);
  return cluster != nullptr ? cluster->info.name : "";
}

/// Begins or ends our work on an application, as the clusters now are.
void AppController::State::adopt(AppEntry& entry) {
  const std::string& server = server_of(entry);
  const bool mine =
      ports.clusters.served(server.empty() ? std::string(kInClusterServer) : server) != nullptr;
  if (!mine) return release(entry);
  if (entry.work) return;
  entry.work = std::make_shared<AppWork>(ports.clock);
  entry.work->forget_failure = ports.profile.retry_resets_on_return;
  remember_what_was_told(entry);
  if (entry.app) {
    for (const std::string& feature : unsupported_features(*entry.app))
      tell_fact(entry, "unsupported", feature);
  }
  const CompareLevel first = first_level(entry);
  if (first == CompareLevel::none) {
    warm_up(entry);
  } else {
    request_refresh(entry, first);
  }
  arm_refresh(entry);
  if (has_work_for_operations(*entry.object)) lanes_of(entry).operations.add(entry.name);
}

/// What an application that comes to this replica is compared with at once
/// (controller/appcontroller.go needRefreshAppStatus). Argo CD leaves those alone that were
/// compared within the last period.
CompareLevel AppController::State::first_level(AppEntry& entry) {
  if (asks_for_refresh(entry.object)) return CompareLevel::force_resolve;
  const Json* compared = find(*entry.object, {"status", "sync", "comparedTo"});
  if (!entry.app || compared == nullptr || !same_sources(*compared, sources_json(entry.app->spec)))
    return CompareLevel::force_resolve;
  if (ports.profile.isolate_clusters) return CompareLevel::latest;
  const auto reconciled = parse_rfc3339(text_at(*entry.object, {"status", "reconciledAt"}));
  if (!reconciled) return CompareLevel::latest;
  const Nanos age = ports.clock.wall_now() - *reconciled;
  if (age >= ports.profile.refresh_every) return CompareLevel::latest;
  entry.work->refreshed = ports.clock.now() - age;
  // A controller that is given another shard compares all of its applications.
  return ports.profile.dynamic_distribution ? CompareLevel::recent : CompareLevel::none;
}

/// Argo CD loads the clusters that have applications when it starts, whether or not one of these is
/// to be compared.
void AppController::State::warm_up(const AppEntry& entry) {
  const std::weak_ptr<State*> weak = self;
  const std::string server = server_of(entry);
  auto load = [](std::weak_ptr<State*> me, std::string of) -> Task<void> {
    const auto strong = me.lock();
    ServedCluster* cluster = strong ? (*strong)->ports.clusters.served(of) : nullptr;
    if (cluster != nullptr) co_await cluster->cache->ensure_synced();
  };
  if (!server.empty()) group->spawn(load(weak, server));
}

/// Whoever wrote the status may have died, or never have had an answer, before telling of it.
void AppController::State::remember_what_was_told(AppEntry& entry) {
  const Json* status = find(*entry.object, {"status"});
  if (status == nullptr || status->empty()) return;  // a new application: nothing was told
  AppWork& work = *entry.work;
  told.read_on(ports.history);
  work.told_sync = told.latest(subject_of(entry, "sync"));
  work.told_health = told.latest(subject_of(entry, "health"));
  work.told_revision = told.latest(subject_of(entry, "revision"));
  work.told_operation = told.latest(subject_of(entry, "operation"));
  const auto phase = text_at(*status, {"operationState", "phase"});
  if (!phase.empty()) {
    tell(entry, "operation", work.told_operation, phase,
         text_at(*status, {"operationState", "message"}));
  }
}

void AppController::State::release(AppEntry& entry) {
  if (!entry.work) return;
  const auto found = lanes.find(ports.profile.isolate_clusters ? server_of(entry) : "");
  if (found != lanes.end()) {
    found->second->refreshes.drop(entry.name);
    found->second->operations.drop(entry.name);
  }
  entry.work.reset();
}

/// Registrations or ownership changed: looks at each destination, and at the applications of those
/// that moved.
void AppController::State::resolve_again() {
  std::vector<std::pair<std::string, std::string>> known;
  for (const auto& [destination, group_now] : destinations) known.push_back(destination);
  for (const auto& destination : known) {
    DestinationGroup& place_now = destinations[destination];
    const auto info = ports.clusters.resolve(destination.first, destination.second);
    const std::string server = info ? (*info)->server : "";
    const bool moved = server != place_now.server;
    const std::set<std::string> members = place_now.apps;
    if (moved) {
      for (const std::string& name : members) release(*apps.at(name));
      auto& of_old = groups_by_server[place_now.server];
      of_old.erase(destination);
      if (of_old.empty()) groups_by_server.erase(place_now.server);
      place_now.server = server;
      groups_by_server[server].insert(destination);
    }
    const AppEntry& any = *apps.at(*members.begin());
    const bool mine =
        ports.clusters.served(server.empty() ? std::string(kInClusterServer) : server) != nullptr;
    if (!moved && mine == (any.work != nullptr)) continue;
    for (const std::string& name : members) adopt(*apps.at(name));
  }
  count_applications();
}

/// Argo CD compares all applications anew when argocd-cm changes what a comparison sees.
void AppController::State::settings_changed() {
  projects.clear();
  for (auto& [name, entry] : apps) request_refresh(*entry, CompareLevel::latest);
}

AppController::State::Lanes& AppController::State::lanes_of(const AppEntry& entry) {
  const std::string key = ports.profile.isolate_clusters ? server_of(entry) : "";
  auto& pair = lanes[key];
  if (!pair) {
    pair.reset(new Lanes{Lane(ports.clock, *group, ports.profile.workers,
                              [this](std::string name) { return refresh(std::move(name)); }),
                         Lane(ports.clock, *group, ports.profile.operation_workers,
                              [this](std::string name) { return operate(std::move(name)); })});
  }
  return *pair;
}

AppRef AppController::State::find_app(const std::string& name) const {
  const auto found = apps.find(name);
  return found == apps.end() ? nullptr : found->second;
}

// ---- What makes it be looked at

void AppController::State::request_refresh(AppEntry& entry, CompareLevel level) {
  if (!entry.work) return;
  entry.work->wanted = std::max(entry.work->wanted, level);
  lanes_of(entry).refreshes.add(entry.name);
}

void AppController::State::on_live_change(const std::string& app) {
  const AppRef entry = find_app(app);
  if (!entry || !entry->work) return;
  request_refresh(*entry, CompareLevel::recent);
  if (has_work_for_operations(*entry->object)) lanes_of(*entry).operations.add(app);
}

void AppController::State::on_connection(const std::string& server, bool returned) {
  const auto groups = groups_by_server.find(server);
  if (groups == groups_by_server.end() || !ports.profile.isolate_clusters) return;
  for (const auto& destination : groups->second) {
    for (const std::string& name : destinations[destination].apps) {
      AppEntry& entry = *apps.at(name);
      if (!entry.work) continue;
      request_refresh(entry, CompareLevel::latest);
      if (!returned) continue;
      if (ports.profile.retry_resets_on_return) {
        entry.work->forget_failure = true;
        entry.work->retry_now = true;
      }
      lanes_of(entry).operations.add(name);
    }
  }
}

/// The next periodic comparison. Argo CD's informer asks at fixed ticks and drops what is not yet
/// due; ours counts from the last comparison.
void AppController::State::arm_refresh(AppEntry& entry) {
  const Nanos every = ports.profile.refresh_every;
  if (every <= Nanos{0} || !entry.work) return;
  const Nanos jitter = rng.between(Nanos{0}, ports.profile.refresh_jitter);
  RunTime at = ports.clock.now() + every + jitter;
  const bool ticks = !ports.profile.isolate_clusters;
  if (ticks) at = born + ((ports.clock.now() - born) / every + 1) * every + jitter;
  const std::string name = entry.name;
  entry.work->refresh_timer = Timer(ports.clock, at, [this, name, ticks, every] {
    const AppRef due = find_app(name);
    if (!due || !due->work) return;
    const bool early =
        ticks && due->work->refreshed && *due->work->refreshed + every > ports.clock.now();
    if (!early) request_refresh(*due, CompareLevel::latest);
    arm_refresh(*due);
  });
}

Task<void> AppController::State::watch_repos() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (;;) {
    co_await sleep_for(ports.clock, ports.profile.repo_watch_every);
    std::vector<std::string> keys;
    for (const auto& [key, watched] : sources) {
      const bool wanted =
          std::any_of(watched.apps.begin(), watched.apps.end(),
                      [&](const std::string& name) { return apps.at(name)->work != nullptr; });
      if (wanted) keys.push_back(key);
    }
    for (std::size_t from = 0; from < keys.size(); from += kPollsAtOnceMax) {
      TaskGroup round(executor);
      const std::size_t to = std::min(from + kPollsAtOnceMax, keys.size());
      for (std::size_t i = from; i < to; ++i) round.spawn(watch_source(keys[i]));
      co_await round.join();
    }
  }
}

/// Asks one source for its newest revision, and refreshes the applications that follow it when it
/// is new to them.
Task<void> AppController::State::watch_source(std::string key) {
  const auto known_source = sources.find(key);
  if (known_source == sources.end()) co_return;
  const JsonRef source = known_source->second.source;
  const auto revision = co_await ports.manifests.resolve(source, true);
  const auto watched = sources.find(key);
  if (!revision || watched == sources.end()) co_return;
  for (const std::string& name : watched->second.apps) {
    const AppRef entry = find_app(name);
    if (!entry || !entry->work || !entry->work->refreshed) continue;
    const auto& known = entry->work->revisions;
    if (std::find(known.begin(), known.end(), *revision) == known.end()) {
      request_refresh(*entry, CompareLevel::latest);
    }
  }
}

}  // namespace spokelab::hub
