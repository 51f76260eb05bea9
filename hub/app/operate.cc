// Operations: running syncs step by step, retrying them, and recording how they end.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "base/duration.h"
#include "hub/app/compare/respect.h"
#include "hub/app/controller_state.h"
#include "hub/sync/apply.h"
#include "kube/patch.h"

namespace spokelab::hub {
namespace {

constexpr Nanos kHubRetry = std::chrono::seconds(1);
constexpr Nanos kStepAgain = std::chrono::seconds(10);

std::string joined(const std::vector<Condition>& conditions) {
  std::string text;
  for (const Condition& condition : conditions) {
    text += (text.empty() ? "" : ";") + condition.type + ": " + condition.message;
  }
  return text;
}

bool is_commit(const std::string& revision) {
  return revision.size() == 40 &&
         std::all_of(revision.begin(), revision.end(),
                     [](unsigned char c) { return std::isxdigit(c) != 0; });
}

JsonRef destination_namespace(const ApplicationSpec& spec) {
  Json object = {
      {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", spec.destination.ns}}}};
  const SyncPolicy& policy = spec.sync_policy;
  for (const auto& [key, value] : policy.namespace_labels)
    object["metadata"]["labels"][key] = value;
  for (const auto& [key, value] : policy.namespace_annotations)
    object["metadata"]["annotations"][key] = value;
  if (policy.manages_namespace) {
    object["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] = "ServerSideApply=true";
  }
  return freeze(std::move(object));
}

/// The spec with the sources of an operation in place of its own; the very same where they do not
/// differ.
JsonRef spec_with(const AppEntry& entry, const JsonRef& sources) {
  if (!sources || *sources == sources_json(entry.app->spec)) return entry.spec;
  Json spec = *entry.spec;
  spec.erase("source");
  spec.erase("sources");
  spec.erase("sourceHydrator");
  for (const auto& [name, value] : sources->items()) spec[name] = value;
  return freeze(std::move(spec));
}

/// Plant::skip_wave.
void forget_what_runs(OperationState& state) {
  for (ResourceResult& result : state.progress.results) {
    if (result.state == OperationPhase::running) result.state = OperationPhase::succeeded;
  }
}

void fail(OperationState& state, OperationPhase phase, std::string message) {
  state.progress.phase = phase;
  state.progress.message = std::move(message);
}

}  // namespace

Task<void> AppController::State::operate(std::string name) {
  const AppRef entry = find_app(name);
  if (!entry || !owns(*entry)) co_return;
  if (find(*entry->object, {"metadata", "deletionTimestamp"}) != nullptr) {
    co_await finalize(entry);
    co_return;
  }
  const Json* operation = find(*entry->object, {"operation"});
  if (operation != nullptr && operation->is_object()) co_await run_operation(entry);
}

Task<void> AppController::State::run_operation(AppRef entry) {
  const std::shared_ptr<AppWork> work = entry->work;
  const ApplicationSpec spec = entry->app ? entry->app->spec : ApplicationSpec();
  auto known = read_operation_state(*entry->object);
  OperationState state = known ? std::move(*known) : OperationState();
  if (!std::exchange(work->has_stepped, true) && ports.profile.plants.has(Plant::skip_wave))
    forget_what_runs(state);
  if (!known || completed(state.progress.phase) || state.progress.phase == OperationPhase::none) {
    state = OperationState();
    state.operation = freeze(*find(*entry->object, {"operation"}));
    state.started_at = format_rfc3339(ports.clock.wall_now());
    work->forget_failure = false;
    work->retry_now = false;
    tell_fact(
        *entry, "sync-started",
        fmt::format("{}", fmt::join(read_sync_request(*state.operation, spec).revisions, ", ")));
    if (!co_await persist(entry, state, nullptr)) co_return;
  }
  SyncRequest request = read_sync_request(*state.operation, spec);
  if (ports.profile.plants.has(Plant::endless_retry)) {
    request.retry.limit = -1;
    request.retry.duration = Nanos{0};
  }
  if (circuit_open(*entry) && state.progress.phase == OperationPhase::running) {
    const std::string hold =
        fmt::format("waiting for cluster \"{}\" to return", cluster_name(*entry));
    if (state.progress.message == hold) co_return;
    state.progress.message = hold;
    co_await persist(entry, state, nullptr);
    co_return;
  }
  if (state.waits_for_retry()) {
    const bool reset = std::exchange(work->retry_now, false);
    const Nanos left = retry_due(state, request.retry) - ports.clock.wall_now();
    if (!reset && left > Nanos{0}) {
      lanes_of(*entry).operations.add_after(entry->name, left);
      co_return;
    }
    begin_retry(state, request.retry);
    if (request.retry.refresh) request.revisions.clear();
    if (reset) {
      state.retry_count = 0;
      state.progress.message = kRetryAfterReturn;
    }
    tell_fact(*entry, "retry", state.progress.message);
    if (!co_await persist(entry, state, nullptr)) co_return;
  }
  const auto started = parse_rfc3339(state.started_at);
  if (ports.profile.sync_timeout > Nanos{0} && started) {
    const Nanos left = *started + ports.profile.sync_timeout - ports.clock.wall_now();
    if (left > Nanos{0}) {
      lanes_of(*entry).operations.add_after(entry->name, left);
    } else if (state.progress.phase == OperationPhase::running) {
      state.progress.phase = OperationPhase::terminating;
      state.progress.message = "operation is terminating due to timeout";
      if (!co_await persist(entry, state, nullptr)) co_return;
    }
  }
  co_await attempt(entry, state, request);
}

/// An operation that a window holds up stays as it is, under way or to be terminated, until the
/// window lets it go on (controller/sync.go SyncAppState). Ours may be terminated at any time.
Task<bool> AppController::State::waits_for_window(AppRef entry, OperationState state,
                                                  SyncRequest request) {
  const std::shared_ptr<AppWork> work = entry->work;
  const bool running = state.progress.phase == OperationPhase::running;
  const SyncVerdict verdict = sync_verdict(*entry, !request.automated, state.started_at);
  work->operation_blocked = !verdict.allowed && (running || !ports.profile.isolate_clusters);
  if (!work->operation_blocked) co_return false;
  std::string message = "Sync operation blocked by sync window";
  if (!verdict.error.empty()) message += ": " + verdict.error;
  if (running && state.progress.message != message) {
    state.progress.message = message;
    co_await persist(entry, state, nullptr);
    if (!owns(*entry)) co_return true;
  }
  // Argo CD looks again after the next refresh.
  if (verdict.until && ports.profile.isolate_clusters) {
    const Nanos left = *verdict.until - ports.clock.wall_now();
    lanes_of(*entry).operations.add_after(entry->name, left);
  }
  co_return true;
}

Task<void> AppController::State::attempt(AppRef entry, OperationState state, SyncRequest request) {
  if (const auto project = project_of(*entry); !project) {
    fail(state, OperationPhase::error,
         fmt::format("Failed to load application project: error getting app project \"{}\": {}",
                     entry->app->spec.project, project.error().message()));
    co_await end_attempt(entry, state, request);
    co_return;
  }
  const bool held = co_await waits_for_window(entry, state, request);
  if (held || !owns(*entry)) co_return;
  const std::vector<Condition> problems = spec_conditions(*entry);
  if (!problems.empty()) {
    fail(state, OperationPhase::error, joined(problems));
    co_await end_attempt(entry, state, request);
    co_return;
  }
  ServedCluster* cluster = cluster_of(*entry);
  if (cluster == nullptr) co_return;
  const auto synced = co_await cluster->cache->ensure_synced();
  if (!owns(*entry)) co_return;
  if (!synced) {
    fail(state, OperationPhase::error,
         "ComparisonError: Failed to load live state: error synchronizing cache state : " +
             synced.error().message());
    co_await end_attempt(entry, state, request);
    co_return;
  }
  const std::vector<std::string> asked = state.has_result ? state.revisions : request.revisions;
  // What a sync began with it goes on with, whatever becomes of the spec meanwhile.
  if (!state.has_result) {
    state.sources = request.sources ? request.sources : freeze(sources_json(entry->app->spec));
  }
  LoadRequest wanted;
  wanted.spec = spec_with(*entry, state.sources);
  wanted.manifests = request.manifests;
  const auto revisions = co_await pin_revisions(wanted.spec, asked);
  if (!owns(*entry)) co_return;
  if (!revisions) {
    fail(state, OperationPhase::error, "ComparisonError: " + revisions.error().message());
    co_await end_attempt(entry, state, request);
    co_return;
  }
  wanted.revisions = *revisions;
  auto loaded = co_await load(entry, wanted);
  if (!owns(*entry)) co_return;
  if (!loaded) {
    fail(state, OperationPhase::error, "ComparisonError: " + loaded.error().message());
    co_await end_attempt(entry, state, request);
    co_return;
  }
  if (loaded->unreadable) {
    fail(state, OperationPhase::error,
         "ComparisonError: Failed to load live state: " + loaded->unreadable->message());
    co_await end_attempt(entry, state, request);
    co_return;
  }
  state.has_result = true;
  state.revisions = loaded->revisions;
  co_await step(entry, state, request, *loaded);
}

Task<void> AppController::State::step(AppRef entry, OperationState state, SyncRequest request,
                                      Loaded loaded) {
  const SyncPlan plan = make_plan(*entry, state, request, loaded);
  const std::shared_ptr<AppWork> work = entry->work;
  if (request.options.has("FailOnSharedResource=true")) {
    for (const Condition& condition : loaded.comparison.conditions) {
      if (condition.type != "SharedResourceWarning") continue;
      fail(state, OperationPhase::failed, "Shared resource found: " + condition.message);
      co_await end_attempt(entry, state, request);
      co_return;
    }
  }
  const auto as_user = impersonated(*entry);
  if (!as_user) {
    fail(state, OperationPhase::error, as_user.error().message());
    co_await end_attempt(entry, state, request);
    co_return;
  }
  ClusterSpoke spoke(ports.clock, ports.clusters, server_of(*entry), work->written,
                     !ports.profile.isolate_clusters, tally_of(*entry, request.dry_run), *as_user);
  const SyncProgress before = state.progress;
  if (state.progress.phase == OperationPhase::terminating) {
    const bool late = before.message == "operation is terminating due to timeout";
    state.progress = co_await terminate_sync(ports.clock, spoke, plan, before);
    if (late) state.progress.message += ", triggered by controller sync timeout";
    if (owns(*entry)) co_await finish_operation(entry, state, request);
    co_return;
  }
  const Json* managed = find(*entry->spec, {"syncPolicy", "managedNamespaceMetadata"});
  state.managed_namespace = managed != nullptr && managed->is_object() ? freeze(*managed) : nullptr;
  state.progress = co_await sync_step(ports.clock, spoke, plan, before);
  if (!owns(*entry)) co_return;  // whoever serves the cluster now goes on from what was persisted
  // A request to terminate may have come in meanwhile.
  if (text_at(*entry->object, {"status", "operationState", "phase"}) == "Terminating") co_return;
  if (completed(state.progress.phase)) {
    co_await end_attempt(entry, state, request);
    co_return;
  }
  if (state.progress != before) {
    if (!co_await persist(entry, state, nullptr)) co_return;
  }
  lanes_of(*entry).operations.add_after(entry->name, kStepAgain);
}

Task<Result<std::vector<std::string>>> AppController::State::pin_revisions(
    JsonRef spec, std::vector<std::string> asked) {
  const auto read = read_application_spec(*spec);
  if (!read) co_return read.error();
  const std::vector<ApplicationSource> wanted = read->sources;
  const bool by_spec = asked.empty();
  for (std::size_t i = 0; by_spec && i < wanted.size(); ++i)
    asked.push_back(wanted[i].target_revision);
  for (std::size_t i = 0; i < asked.size() && i < wanted.size(); ++i) {
    if (is_commit(asked[i]) || !wanted[i].chart.empty()) continue;
    Json source = *wanted[i].raw;
    source["targetRevision"] = asked[i];
    const JsonRef pinned = freeze(std::move(source));
    // What was resolved a while ago is not what somebody who syncs now means.
    auto commit = co_await ports.manifests.resolve(pinned, true);
    if (!commit && by_spec) co_return std::vector<std::string>();  // rendering tells, or makes do
    if (!commit) co_return commit.error();
    asked[i] = std::move(*commit);
  }
  co_return asked;
}

SyncPlan AppController::State::make_plan(const AppEntry& entry, const OperationState& state,
                                         const SyncRequest& request, const Loaded& loaded) {
  const ApplicationSpec& spec = entry.app->spec;
  SyncPlan plan;
  for (const ManagedResource& resource : loaded.comparison.resources) {
    // Objects that only look like ours, and what runs as a hook, are not ours to apply.
    if (resource.hook || (!resource.target && !resource.status)) continue;
    const bool respects =
        request.options.has("RespectIgnoreDifferences=true") && resource.target && resource.live;
    plan.resources.push_back(SyncResource{
        resource.key, resource.version,
        respects
            ? with_ignored_from_live(resource.target, *resource.live, entry.work->normalize.ignored)
            : resource.target,
        resource.live, resource.status == SyncStatus::synced});
  }
  plan.hooks = loaded.hooks;
  const auto project = project_of(entry);
  const ServedCluster* cluster = cluster_of(entry);
  if (project && *project && cluster != nullptr) {
    ClusterInfo to;
    to.name = cluster->info.name;
    to.server = cluster->info.server;
    plan.refusal = [permitted = *project, to](const kube::ObjectKey& key, bool namespaced) {
      return permitted->refusal(key, namespaced, to);
    };
  }
  if (cluster != nullptr) {
    plan.served_version = [this, server = server_of(entry)](const std::string& group,
                                                            const std::string& kind) {
      const ServedCluster* serving = ports.clusters.served(server);
      const kube::ResourceType* type =
          serving != nullptr ? serving->cache->type_of(group, kind) : nullptr;
      return type != nullptr ? type->version : std::string();
    };
  }
  plan.selected = request.selected;
  plan.destination_ns = spec.destination.ns;
  plan.revision = loaded.revisions.empty() ? "" : loaded.revisions.front();
  if (const auto started = parse_rfc3339(state.started_at)) plan.started = *started;
  plan.options = request.options;
  if (request.options.has("CreateNamespace=true") && !spec.destination.ns.empty()) {
    plan.create_namespace = destination_namespace(spec);
    plan.update_namespace = spec.sync_policy.manages_namespace;
  }
  plan.prune = request.prune;
  plan.dry_run = request.dry_run;
  plan.skip_hooks = request.apply_only || !request.selected.empty();
  plan.force = request.force;
  plan.deletion_approved = approves_deletion(*entry.app, plan.started);
  if (!request.options.has("ClientSideApplyMigration=false")) {
    const auto named =
        entry.app->annotations.find("argocd.argoproj.io/client-side-apply-migration-manager");
    plan.migrated_manager = named == entry.app->annotations.end() || named->second.empty()
                                ? std::string(kClientSideManager)
                                : named->second;
  }
  plan.wave_delay = ports.profile.wave_delay;
  if (const auto& settings = entry.work->compared_settings; settings && !settings->checks.empty())
    plan.checks = std::shared_ptr<const HealthChecks>(settings, &settings->checks);
  return plan;
}

Task<void> AppController::State::end_attempt(AppRef entry, OperationState state,
                                             SyncRequest request) {
  // What somebody ended is not begun again.
  const bool terminated =
      text_at(*entry->object, {"status", "operationState", "phase"}) == "Terminating";
  if (terminated || !schedule_retry(state, request.retry, ports.clock.wall_now())) {
    co_await finish_operation(entry, state, request);
    co_return;
  }
  if (!co_await persist(entry, state, nullptr)) co_return;
  const Nanos left = retry_due(state, request.retry) - ports.clock.wall_now();
  lanes_of(*entry).operations.add_after(entry->name, left);
}

Task<void> AppController::State::finish_operation(AppRef entry, OperationState state,
                                                  SyncRequest request) {
  const WallTime now = ports.clock.wall_now();
  state.finished_at = format_rfc3339(now);
  JsonRef history;
  const bool whole = request.selected.empty() && !request.dry_run;
  if (whole && state.progress.phase == OperationPhase::succeeded && entry->app) {
    const Json* before = find(*entry->object, {"status", "history"});
    history = freeze(with_history_entry(before != nullptr ? *before : Json::array(), state,
                                        entry->app->spec, now));
  }
  if (!co_await persist(entry, state, history)) co_return;
  count_sync(*entry, state, request);
  Json patch = Json::object();
  patch["operation"] = nullptr;
  while (!co_await write_app(entry, patch)) {
    if (!owns(*entry) || find_app(entry->name) != entry) co_return;
    co_await sleep_for(ports.clock, kHubRetry);
  }
  tell_fact(*entry, "sync-finished",
            fmt::format("{}: {}", name_of(state.progress.phase), state.progress.message));
  request_refresh(*entry, request.automated ? CompareLevel::latest : CompareLevel::force_resolve);
}

Task<bool> AppController::State::persist(AppRef entry, OperationState state, JsonRef history) {
  for (;;) {
    if (!owns(*entry) || find_app(entry->name) != entry) co_return false;
    const ApplicationSpec spec = entry->app ? entry->app->spec : ApplicationSpec();
    const Json* found = find(*entry->object, {"status", "operationState"});
    const Json before = found != nullptr && found->is_object() ? *found : Json::object();
    Json patch = Json::object();
    patch["operationState"] = kube::make_merge_patch(before, to_json(state, spec));
    if (history) patch["history"] = *history;
    if (co_await write_status(entry, patch)) break;
    co_await sleep_for(ports.clock, kHubRetry);
  }
  if (!entry->work) co_return false;
  tell(*entry, "operation", entry->work->told_operation, std::string(name_of(state.progress.phase)),
       state.progress.message);
  co_return true;
}

}  // namespace spokelab::hub
