// Refreshing an Application: load what is wanted, compare it with the live state, decide on an
// automated sync.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "hub/app/controller_state.h"
#include "hub/app/unsupported.h"
#include "hub/out_of_reach.h"

namespace spokelab::hub {
namespace {

constexpr Nanos kRepoRetry = std::chrono::seconds(10);
constexpr Nanos kHubRetry = std::chrono::seconds(5);
constexpr std::string_view kLoadTarget = "Failed to load target state: ";

std::vector<Condition> unreachable_conditions(const std::string& server, const Error& error) {
  const std::string cause = "error synchronizing cache state : " + error.message();
  const std::string info = fmt::format("failed to get cluster info for \"{}\": {}", server, cause);
  return {Condition{"ComparisonError",
                    fmt::format("{}failed to get cluster version for cluster \"{}\": {}",
                                kLoadTarget, server, info)},
          Condition{"ComparisonError", "Failed to load live state: " + info},
          Condition{"UnknownError", cause}};
}

Condition stale_condition(const ServedCluster& cluster, const Clock& clock) {
  const auto evidence = cluster.cache->evidence();
  if (!evidence) {
    return Condition{"StaleEvidenceWarning",
                     fmt::format("cluster \"{}\" has never answered", cluster.info.name)};
  }
  const WallTime at = clock.wall_now() - (clock.now() - *evidence);
  return Condition{
      "StaleEvidenceWarning",
      fmt::format("cluster \"{}\" has not answered since {}; sync and health are as of then",
                  cluster.info.name, format_rfc3339(at))};
}

bool same_documents(const std::vector<JsonRef>& a, const std::vector<JsonRef>& b) { return a == b; }

}  // namespace

Task<void> AppController::State::refresh(std::string name) {
  const AppRef entry = find_app(name);
  if (!entry || !owns(*entry)) co_return;
  CompareLevel level = std::exchange(entry->work->wanted, CompareLevel::none);
  if (level == CompareLevel::none) co_return;
  if (level == CompareLevel::recent && entry->work->revisions.empty()) level = CompareLevel::latest;
  co_await refresh_app(entry, level);
  if (!owns(*entry)) co_return;
  if (!text_at(*entry->object, {"metadata", "annotations", kRefreshAnnotation}).empty()) {
    Json patch = Json::object();
    patch["metadata"]["annotations"][std::string(kRefreshAnnotation)] = nullptr;
    co_await write_app(entry, patch);
  }
}

std::vector<Condition> AppController::State::spec_conditions(const AppEntry& entry) const {
  std::vector<Condition> conditions;
  if (!entry.app) {
    conditions.push_back(Condition{"InvalidSpecError", entry.problem});
    return conditions;
  }
  for (std::string& problem : spec_problems(entry.app->spec)) {
    conditions.push_back(Condition{"InvalidSpecError", std::move(problem)});
  }
  if (!conditions.empty()) return conditions;
  const auto info = ports.clusters.resolve(entry.destination.first, entry.destination.second);
  if (!info) conditions.push_back(Condition{"InvalidSpecError", info.error().message()});
  return conditions;
}

Task<void> AppController::State::refresh_app(AppRef entry, CompareLevel level) {
  const bool forced = level == CompareLevel::force_resolve;
  StatusNews news;
  news.counts_as_reconciled = level != CompareLevel::recent;
  news.conditions = spec_conditions(*entry);
  news.health.status = HealthStatus::unknown;
  if (!news.conditions.empty()) {
    co_await write_refresh_status(entry, news);
    co_return;
  }
  for (std::string& feature : unsupported_features(*entry->app))
    news.conditions.push_back(Condition{"UnsupportedFeatureWarning", std::move(feature)});
  ServedCluster* cluster = cluster_of(*entry);
  if (cluster == nullptr) co_return;
  std::optional<Error> away;
  if (circuit_open(*entry)) {
    if (!cluster->cache->synced()) away = Error(Errc::timeout, cluster->connection.message);
  } else {
    const auto synced = co_await cluster->cache->ensure_synced();
    if (!owns(*entry)) co_return;
    if (!synced) away = synced.error();
  }
  const std::shared_ptr<AppWork> work = entry->work;
  const auto in_grace = [&] {
    if (!work->repo_failing_since) work->repo_failing_since = ports.clock.now();
    return !forced &&
           ports.clock.now() - *work->repo_failing_since < ports.profile.repo_error_grace;
  };
  if (away) {
    // Argo CD asks for the cluster's version while it renders, so that its grace for repositories
    // hides this.
    if (!ports.profile.status_shows_evidence && in_grace()) co_return;
    for (Condition& condition : unreachable_conditions(server_of(*entry), *away))
      news.conditions.push_back(std::move(condition));
    if (!ports.profile.status_shows_evidence) news.health.status = HealthStatus::healthy;
    co_await write_refresh_status(entry, news);
    co_return;
  }
  const std::vector<std::string> revisions =
      level == CompareLevel::recent ? work->revisions : std::vector<std::string>();
  const auto loaded = co_await load(entry, revisions, forced);
  if (!owns(*entry) || entry->work != work) co_return;
  if (!loaded) {
    const bool quiet = in_grace();
    if (ports.profile.isolate_clusters) {
      work->wanted = std::max(work->wanted, CompareLevel::latest);
      lanes_of(*entry).refreshes.add_after(entry->name, kRepoRetry);
    }
    if (quiet) co_return;
    news.conditions.push_back(Condition{"ComparisonError", loaded.error().message()});
    news.keeps_resources = true;
    co_await write_refresh_status(entry, news);
    co_return;
  }
  if (loaded->stale.empty()) {
    work->repo_failing_since.reset();
  } else {
    if (!in_grace()) {
      news.conditions.push_back(Condition{
          "StaleSourceWarning", loaded->stale + "; compared with the last that could be read"});
    }
    work->wanted = std::max(work->wanted, CompareLevel::latest);
    lanes_of(*entry).refreshes.add_after(entry->name, kRepoRetry);
  }
  if (level != CompareLevel::recent) work->refreshed = ports.clock.now();
  news.sync = loaded->comparison.status;
  news.health = loaded->comparison.health;
  news.conditions.insert(news.conditions.end(), loaded->comparison.conditions.begin(),
                         loaded->comparison.conditions.end());
  news.loaded = &*loaded;
  if (circuit_open(*entry) && ports.profile.status_shows_evidence) {
    news.conditions.push_back(stale_condition(*cluster_of(*entry), ports.clock));
  }
  co_await auto_sync(entry, *loaded, news.conditions);
  if (!owns(*entry)) co_return;
  doubt_old_evidence(*entry, news.health);
  co_await write_refresh_status(entry, news);
}

/// Health that was seen too long ago is Unknown; until then, looks again when it will be.
void AppController::State::doubt_old_evidence(AppEntry& entry, Health& health) {
  const Nanos limit = ports.profile.evidence_limit;
  if (limit <= Nanos{0} || !circuit_open(entry)) return;
  const auto evidence = cluster_of(entry)->cache->evidence();
  const auto age = evidence ? ports.clock.now() - *evidence : limit;
  if (age < limit) return decide_again_after(entry, limit - age);
  health.status = HealthStatus::unknown;
  health.message.clear();
}

LiveView AppController::State::live_view(const AppRef& entry) const {
  LiveView view;
  view.get = [this, entry](const kube::ObjectKey& key) {
    const ServedCluster* cluster = cluster_of(*entry);
    const JsonRef mirrored = cluster != nullptr ? cluster->cache->get(key) : nullptr;
    return entry->work ? entry->work->written.latest(key, mirrored) : mirrored;
  };
  view.tracked_by = [this, entry](const std::string& app) {
    const ServedCluster* cluster = cluster_of(*entry);
    return cluster != nullptr ? cluster->cache->tracked_by(app) : std::vector<JsonRef>();
  };
  view.is_namespaced = [this, entry](const std::string& group,
                                     const std::string& kind) -> std::optional<bool> {
    const ServedCluster* cluster = cluster_of(*entry);
    const kube::ResourceType* type =
        cluster != nullptr ? cluster->cache->type_of(group, kind) : nullptr;
    return type != nullptr ? std::optional<bool>(type->namespaced) : std::nullopt;
  };
  return view;
}

Task<Result<AppController::State::Loaded>> AppController::State::load(
    AppRef entry, std::vector<std::string> revisions, bool force) {
  const ServedCluster* cluster = cluster_of(*entry);
  if (cluster == nullptr || !entry->app)
    co_return Error(Errc::not_found, "the application's cluster is not served here");
  RenderContext context;
  context.app_name = entry->name;
  context.app_namespace = ports.ns;
  context.project = entry->app->spec.project;
  context.destination_namespace = entry->app->spec.destination.ns;
  if (!cluster->cache->server_version().empty())
    context.kube_version = cluster->cache->server_version();
  context.api_versions = cluster->cache->api_versions();
  const JsonRef spec = entry->spec;
  auto manifests = co_await ports.manifests.generate(spec, revisions, context, force);
  std::string stale;
  if (!manifests && ports.profile.plants.has(Plant::empty_on_error) && entry->work)
    manifests = Manifests{entry->work->revisions, {}, entry->work->source_types, {}};
  if (!manifests) {
    std::string message = manifests.error().message();
    if (!message.starts_with("failed to generate")) {
      message = fmt::format("failed to generate manifest for source 1 of {}: {}",
                            entry->app ? entry->app->spec.sources.size() : 1, message);
    }
    message = std::string(kLoadTarget) + message;
    if (!may_use_last_known(*entry, revisions, manifests.error()))
      co_return Error(manifests.error().code(), message);
    const AppWork& known = *entry->work;
    manifests =
        Manifests{known.revisions, known.rendered, known.source_types, known.chart_warnings};
    stale = message;
  }
  if (!entry->work || !entry->app || cluster_of(*entry) == nullptr) {
    co_return Error(Errc::not_found, "the application's cluster is not served here");
  }
  AppWork& work = *entry->work;
  const LiveView view = live_view(entry);
  const std::string& destination_ns = entry->app->spec.destination.ns;
  if (!same_documents(work.rendered, manifests->objects) || work.rendered_for != destination_ns) {
    work.targets = prepare_targets(manifests->objects, entry->name, destination_ns, view);
    work.rendered = manifests->objects;
    work.rendered_for = destination_ns;
  }
  if (work.chart_warnings != manifests->warnings) {
    work.chart_warnings = manifests->warnings;
    for (const std::string& warning : work.chart_warnings)
      tell_fact(*entry, "chart-warning", warning);
  }
  const auto settings = ports.settings != nullptr ? ports.settings->now() : nullptr;
  if (work.compared_spec != entry->spec || work.compared_settings != settings) {
    work.memo.clear();
    work.compared_spec = entry->spec;
    work.compared_settings = settings;
    work.ignored = entry->app->spec.ignore_differences;
    if (settings) {
      work.ignored.insert(work.ignored.end(), settings->ignored.begin(), settings->ignored.end());
    }
  }
  Loaded loaded;
  loaded.comparison = compare(work.targets, entry->name, view, work.ignored, work.memo,
                              settings ? &settings->checks : nullptr, ports.clock.wall_now());
  loaded.revisions = manifests->revisions;
  loaded.source_types = manifests->source_types;
  loaded.stale = stale;
  work.revisions = loaded.revisions;
  work.source_types = loaded.source_types;
  co_return loaded;
}

bool AppController::State::may_use_last_known(const AppEntry& entry,
                                              const std::vector<std::string>& revisions,
                                              const Error& error) const {
  if (!ports.profile.last_known_good || !entry.work || !entry.app) return false;
  const AppWork& work = *entry.work;
  if (work.revisions.empty() || work.compared_spec != entry.spec) return false;
  if (!revisions.empty() && revisions != work.revisions) return false;
  // A source that cannot be reached, not one that is wrong.
  return out_of_reach(error.code()) || error.code() == Errc::throttled ||
         error.code() == Errc::server_error;
}

Task<void> AppController::State::auto_sync(AppRef entry, const Loaded& loaded,
                                           std::vector<Condition>& conditions) {
  if (!entry->app) co_return;
  const auto last = read_operation_state(*entry->object);
  const Json* result = find(*entry->object, {"status", "operationState", "syncResult"});
  const Json* operation = find(*entry->object, {"operation"});
  AutoSyncInput input{entry->app->spec, loaded.comparison, loaded.revisions, last};
  const Json now = sources_json(entry->app->spec);
  input.last_sources_equal =
      result != nullptr &&
      std::all_of(now.items().begin(), now.items().end(), [&](const auto& part) {
        return result->contains(part.key()) && (*result)[part.key()] == part.value();
      });
  input.operation_present = operation != nullptr && operation->is_object();
  input.deleting = entry->app->deleting;
  input.forget_failure = entry->work->forget_failure;
  const AutoSyncDecision decision = decide_auto_sync(input, ports.profile, ports.clock.wall_now());
  switch (decision.kind) {
    case AutoSyncDecision::Kind::nothing:
      co_return;
    case AutoSyncDecision::Kind::error:
      conditions.push_back(Condition{"SyncError", decision.message});
      if (decision.wait > Nanos{0}) decide_again_after(*entry, decision.wait);
      co_return;
    case AutoSyncDecision::Kind::wait:
      decide_again_after(*entry, decision.wait);
      co_return;
    case AutoSyncDecision::Kind::start:
      break;
  }
  if (circuit_open(*entry)) co_return;  // it will be decided again when the cluster is back
  if (decision.self_heal)
    tell_fact(*entry, "self-heal", "live state differs from the synced revision");
  Json patch = Json::object();
  patch["operation"] = *decision.operation;
  if (!co_await write_app(entry, patch)) refresh_soon(*entry);
}

void AppController::State::decide_again_after(AppEntry& entry, Nanos wait) {
  const std::string name = entry.name;
  entry.work->heal_timer = Timer(ports.clock, ports.clock.now() + wait, [this, name] {
    const AppRef due = find_app(name);
    if (due) request_refresh(*due, CompareLevel::latest);
  });
}

/// What the hub would not take is tried again. Argo CD waits for the next refresh instead.
void AppController::State::refresh_soon(AppEntry& entry) {
  if (!entry.work || !ports.profile.isolate_clusters) return;
  entry.work->wanted = std::max(entry.work->wanted, CompareLevel::latest);
  lanes_of(entry).refreshes.add_after(entry.name, kHubRetry);
}

}  // namespace spokelab::hub
