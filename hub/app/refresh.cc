// Refreshing an Application: load what is wanted, compare it with the live state, decide on an
// automated sync.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "hub/app/controller_state.h"
#include "hub/app/unsupported.h"

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

}  // namespace

Task<void> AppController::State::refresh(std::string name) {
  const AppRef entry = find_app(name);
  if (!entry || !owns(*entry)) co_return;
  CompareLevel level = std::exchange(entry->work->wanted, CompareLevel::none);
  if (level == CompareLevel::none) co_return;
  if (level == CompareLevel::recent && entry->work->revisions.empty()) level = CompareLevel::latest;
  const RunTime began = ports.clock.now();
  const std::string server = server_of(*entry);
  co_await refresh_app(entry, level);
  count_reconcile(server, ports.clock.now() - began);
  if (!owns(*entry)) co_return;
  if (entry->work->operation_blocked) lanes_of(*entry).operations.add(entry->name);
  if (!text_at(*entry->object, {"metadata", "annotations", kRefreshAnnotation}).empty()) {
    Json patch = Json::object();
    patch["metadata"]["annotations"][std::string(kRefreshAnnotation)] = nullptr;
    co_await write_app(entry, patch);
  }
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
  if (const auto project = project_of(*entry); project && *project) {
    for (const std::string& field : (*project)->unsupported)
      news.conditions.push_back(Condition{"UnsupportedFeatureWarning", field});
  }
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
    if (level != CompareLevel::recent) work->refreshed = ports.clock.now();
    co_await write_refresh_status(entry, news);
    co_return;
  }
  LoadRequest request;
  if (level == CompareLevel::recent) request.revisions = work->revisions;
  request.force = forced;
  if (forced) work->memo.clear();  // whoever asks does not want to hear what is remembered
  const auto loaded = co_await load(entry, request);
  if (!owns(*entry) || entry->work != work) co_return;
  if (!loaded) {
    // The grace is for repositories.
    const bool live = loaded.error().message().starts_with("Failed to load live state");
    const bool quiet = !live && in_grace();
    if (ports.profile.isolate_clusters) {
      work->wanted = std::max(work->wanted, CompareLevel::latest);
      lanes_of(*entry).refreshes.add_after(entry->name, kRepoRetry);
    }
    if (quiet) co_return;
    if (level != CompareLevel::recent) work->refreshed = ports.clock.now();
    news.conditions.push_back(Condition{"ComparisonError", loaded.error().message()});
    // Argo CD shows what there is; ours keeps what was known of it last.
    const Loaded there =
        live || ports.profile.keeps_last_seen ? Loaded() : compare_live_only(entry);
    news.keeps_resources = !there.live_only;
    if (there.live_only) {
      news.health = there.comparison.health;
      news.loaded = &there;
    }
    co_await write_refresh_status(entry, news);
    co_return;
  }
  if (loaded->unreadable) {
    news.conditions.push_back(Condition{
        "ComparisonError", "Failed to load live state: " + loaded->unreadable->message()});
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
  work->revisions = loaded->revisions;
  news.sync = loaded->comparison.status;
  news.health = loaded->comparison.health;
  news.conditions.insert(news.conditions.end(), loaded->comparison.conditions.begin(),
                         loaded->comparison.conditions.end());
  news.loaded = &*loaded;
  if (circuit_open(*entry) && ports.profile.status_shows_evidence) {
    news.conditions.push_back(stale_condition(*cluster_of(*entry), ports.clock));
  }
  warn_of_orphans(*entry, *loaded, news.conditions);
  const bool decided = co_await auto_sync(entry, *loaded, news.conditions);
  if (!owns(*entry)) co_return;
  news.keeps_sync_error = !decided;
  const std::vector<JsonRef> hooks = loaded->hooks;
  co_await guard_deletion(entry, hooks);  // before anybody sees that it is Synced
  if (!owns(*entry) || entry->work != work) co_return;
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

Task<bool> AppController::State::auto_sync(AppRef entry, const Loaded& loaded,
                                           std::vector<Condition>& conditions) {
  if (!entry->app) co_return true;
  if (entry->app->spec.sync_policy.automatic() && held_by_window(*entry)) co_return false;
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
  input.namespace_changed = managed_namespace_changed(*entry->object);
  input.forget_failure = entry->work->forget_failure;
  const AutoSyncDecision decision = decide_auto_sync(input, ports.profile, ports.clock.wall_now());
  switch (decision.kind) {
    case AutoSyncDecision::Kind::nothing:
      co_return true;
    case AutoSyncDecision::Kind::error:
      conditions.push_back(Condition{"SyncError", decision.message});
      if (decision.wait > Nanos{0}) decide_again_after(*entry, decision.wait);
      co_return true;
    case AutoSyncDecision::Kind::wait:
      decide_again_after(*entry, decision.wait);
      co_return true;
    case AutoSyncDecision::Kind::start:
      break;
  }
  if (circuit_open(*entry)) co_return true;  // it will be decided again when the cluster is back
  if (decision.self_heal)
    tell_fact(*entry, "self-heal", "live state differs from the synced revision");
  Json patch = Json::object();
  patch["operation"] = *decision.operation;
  if (!co_await write_app(entry, patch)) refresh_soon(*entry);
  co_return true;
}

/// Whether a sync window keeps automated syncs from being started; tells it once.
bool AppController::State::held_by_window(AppEntry& entry) {
  const SyncVerdict verdict = sync_verdict(entry, false, "");
  AppWork& work = *entry.work;
  const bool before = std::exchange(work.auto_sync_blocked, !verdict.allowed);
  if (verdict.allowed) return false;
  if (!before) {
    tell_fact(entry, "sync-prevented",
              verdict.error.empty() ? "Sync prevented by sync window"
                                    : "Sync prevented by sync window: " + verdict.error);
  }
  // Argo CD finds out at its next reconcile.
  if (verdict.until && ports.profile.isolate_clusters)
    decide_again_after(entry, *verdict.until - ports.clock.wall_now());
  return true;
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
