// Loading what an Application wants and comparing it with what there is.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/task_group.h"
#include "base/yaml.h"
#include "hub/app/compare/server_side.h"
#include "hub/app/controller_state.h"
#include "hub/out_of_reach.h"
#include "hub/sync/apply.h"

namespace spokelab::hub {
namespace {

constexpr std::size_t kDryRunsAtOnceMax = 10;
constexpr std::string_view kLoadTarget = "Failed to load target state: ";
constexpr const char* kLoadLive = "Failed to load live state";
constexpr std::string_view kCompareOptions = "argocd.argoproj.io/compare-options";

std::string annotation_of(const Application& app, std::string_view name) {
  const auto found = app.annotations.find(std::string(name));
  return found == app.annotations.end() ? "" : found->second;
}

bool has_compare_option(const Application& app, std::string_view option) {
  return SyncOptions::from_annotation(annotation_of(app, kCompareOptions)).has(option);
}

/// The objects of `sync.manifests`. They may be JSON or YAML, which includes it.
Result<Manifests> local_manifests(const std::vector<std::string>& texts,
                                  const std::vector<std::string>& revisions) {
  Manifests manifests;
  manifests.revisions = revisions;
  for (const std::string& text : texts) {
    auto object = parse_yaml(text);
    if (!object) return object.error().within("Failed to load local manifests");
    if (!object->is_object()) {
      return Error(Errc::bad_input, "Failed to load local manifests: a manifest must be an object");
    }
    manifests.objects.push_back(freeze(std::move(*object)));
  }
  return manifests;
}

}  // namespace

/// What the cluster shows of itself to an application: objects that its project does not permit are
/// not there.
LiveView AppController::State::live_view(const AppRef& entry) {
  const auto found = project_of(*entry);
  const std::shared_ptr<const AppProject> project = found ? *found : nullptr;
  const auto shown = [project](const ServedCluster* cluster, const Json& object) {
    return !project || project->permits_object(kube::key_of(object), cluster->info);
  };
  LiveView view;
  view.get = [this, entry, shown](const kube::ObjectKey& key) {
    const ServedCluster* cluster = cluster_of(*entry);
    const JsonRef mirrored = cluster != nullptr ? cluster->cache->get(key) : nullptr;
    const JsonRef latest = entry->work ? entry->work->written.latest(key, mirrored) : mirrored;
    return latest && cluster != nullptr && shown(cluster, *latest) ? latest : nullptr;
  };
  view.tracked_by = [this, entry, shown](const std::string& app) {
    const ServedCluster* cluster = cluster_of(*entry);
    std::vector<JsonRef> objects;
    if (cluster == nullptr) return objects;
    objects = cluster->cache->tracked_by(app);
    std::erase_if(objects, [&](const JsonRef& object) { return !shown(cluster, *object); });
    return objects;
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

Task<Result<Manifests>> AppController::State::manifests_of(AppRef entry, LoadRequest request) {
  if (!request.manifests.empty()) co_return local_manifests(request.manifests, request.revisions);
  const ServedCluster* cluster = cluster_of(*entry);
  RenderContext context;
  context.app_name = entry->name;
  context.app_namespace = entry->ns();
  context.project = entry->app->spec.project;
  context.destination_namespace = entry->app->spec.destination.ns;
  if (!cluster->cache->server_version().empty())
    context.kube_version = cluster->cache->server_version();
  context.api_versions = cluster->cache->api_versions();
  if (ports.settings != nullptr)
    context.kustomize_options = ports.settings->now()->kustomize_options;
  const JsonRef spec = request.spec ? request.spec : entry->spec;
  const std::vector<std::string> revisions = request.revisions;
  const bool force = request.force;
  auto manifests = co_await ports.manifests.generate(spec, revisions, context, force);
  if (manifests) co_return manifests;
  std::string message = manifests.error().message();
  if (!message.starts_with("failed to generate")) {
    message = fmt::format("failed to generate manifest for source 1 of {}: {}",
                          entry->app ? entry->app->spec.sources.size() : 1, message);
  }
  co_return Error(manifests.error().code(), std::string(kLoadTarget) + message);
}

/// The rendered objects as the application's own, made anew only where something has changed.
Targets AppController::State::prepare(AppEntry& entry, const Manifests& manifests,
                                      const LiveView& view) {
  AppWork& work = *entry.work;
  const auto settings = ports.settings != nullptr ? ports.settings->now() : nullptr;
  const std::string& destination_ns = entry.app->spec.destination.ns;
  work.rendered_revisions = manifests.revisions;
  if (work.rendered == manifests.objects && work.rendered_for == destination_ns &&
      work.compared_settings == settings)
    return work.targets;
  TargetRules rules;
  rules.app = entry.name;
  rules.destination_ns = destination_ns;
  rules.tracking = tracking_now();
  const ResourceFilter filter =
      settings ? settings->filter : ResourceFilter{stock_exclusions(), {}};
  const std::string server = server_of(entry);
  rules.excluded = [&filter, &server](const std::string& group, const std::string& kind) {
    return filter.excludes(group, kind, server);
  };
  work.targets = prepare_targets(manifests.objects, rules, view);
  work.rendered = manifests.objects;
  work.rendered_for = destination_ns;
  return work.targets;
}

/// What a comparison goes by, and with it the memory of earlier ones.
void AppController::State::take_rules(AppEntry& entry) {
  AppWork& work = *entry.work;
  const auto settings = ports.settings != nullptr ? ports.settings->now() : nullptr;
  const std::string options = annotation_of(*entry.app, kCompareOptions);
  if (work.compared_spec == entry.spec && work.compared_settings == settings &&
      work.compared_by == options)
    return;
  work.memo.clear();
  work.compared_spec = entry.spec;
  work.compared_settings = settings;
  work.compared_by = options;
  work.normalize = settings ? settings->normalize() : NormalizeRules();
  std::vector<IgnoredDifference>& ignored = work.normalize.ignored;
  const auto& own = entry.app->spec.ignore_differences;
  ignored.insert(ignored.begin(), own.begin(), own.end());
}

/// Objects of kinds that are not mirrored, and for Argo CD those without tracking, of which its
/// cache keeps metadata alone (gitops-engine GetManagedLiveObjs).
Task<Result<AppController::State::Direct>> AppController::State::read_directly(AppRef entry,
                                                                               Targets targets) {
  Direct found;
  const Tracking tracking = tracking_now();
  for (const JsonRef& target : targets.objects) {
    ServedCluster* cluster = cluster_of(*entry);
    if (cluster == nullptr) break;
    const kube::ObjectKey key = kube::key_of(*target);
    const kube::ResourceType* known = cluster->cache->type_of(key.group, key.kind);
    if (known == nullptr) continue;
    const JsonRef cached = cluster->cache->get(key);
    const bool untracked = cached && ports.profile.reads_untracked &&
                           key.kind != "CustomResourceDefinition" &&
                           tracked_app(*cached, tracking).empty();
    if (!untracked && (cached || cluster->cache->follows(key.group, key.kind))) continue;
    const kube::ResourceType type = *known;
    const std::shared_ptr<kube::Client> client = cluster->client;
    auto live = co_await client->get(type, key.ns, key.name);
    if (!live && live.error().code() != Errc::not_found) co_return live.error().within(kLoadLive);
    found.insert_or_assign(key, live ? *live : nullptr);
    if (!entry->work) break;
  }
  co_return found;
}

bool AppController::State::diffs_server_side(const AppEntry& entry) const {
  if (has_compare_option(*entry.app, "ServerSideDiff=false")) return false;
  return ports.profile.server_side_diff || has_compare_option(*entry.app, "ServerSideDiff=true");
}

Task<AppController::State::Predictions> AppController::State::predict(AppRef entry,
                                                                      Targets targets) {
  Predictions predictions;
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const LiveView view = live_view(entry);
  std::vector<std::pair<JsonRef, JsonRef>> pairs;
  for (const JsonRef& target : targets.objects) {
    const kube::ObjectKey key = kube::key_of(*target);
    const JsonRef live = view.get(key);
    if (live && entry->work->memo.find(key, target, live) == nullptr)
      pairs.emplace_back(target, live);
  }
  for (std::size_t from = 0; from < pairs.size(); from += kDryRunsAtOnceMax) {
    TaskGroup group(executor);
    const std::size_t to = std::min(from + kDryRunsAtOnceMax, pairs.size());
    for (std::size_t i = from; i < to; ++i)
      group.spawn(predict_one(entry, pairs[i].first, pairs[i].second, &predictions));
    co_await group.join();
  }
  co_return predictions;
}

Task<void> AppController::State::predict_one(AppRef entry, JsonRef target, JsonRef live,
                                             Predictions* into) {
  const kube::ObjectKey key = kube::key_of(*target);
  ServedCluster* cluster = cluster_of(*entry);
  const kube::ResourceType* known =
      cluster != nullptr ? cluster->cache->type_of(key.group, key.kind) : nullptr;
  if (known == nullptr || !entry->work) co_return;
  kube::ResourceType type = *known;
  type.version = kube::split_api_version(text_at(*target, {"apiVersion"})).version;
  const std::shared_ptr<kube::Client> client = cluster->client;
  const JsonRef body = freeze(server_side_body(*target, *live, entry->work->normalize));
  kube::WriteOptions options;
  options.field_manager = kFieldManager;
  options.force = true;
  options.dry_run = true;
  auto answer =
      co_await client->patch(type, key.ns, key.name, kube::PatchType::apply, body, "", options);
  into->insert_or_assign(key, std::move(answer));
}

Task<Result<AppController::State::Loaded>> AppController::State::load(AppRef entry,
                                                                      LoadRequest request) {
  const Error not_ours(Errc::not_found, "the application's cluster is not served here");
  if (cluster_of(*entry) == nullptr || !entry->app) co_return not_ours;
  auto manifests = co_await manifests_of(entry, request);
  if (!entry->work || !entry->app || cluster_of(*entry) == nullptr) co_return not_ours;
  std::string stale;
  if (!manifests && ports.profile.plants.has(Plant::empty_on_error)) {
    const AppWork& known = *entry->work;
    manifests = Manifests{known.revisions, {}, known.source_types, {}};
  }
  if (!manifests) {
    if (!may_use_last_known(*entry, request, manifests.error())) co_return manifests.error();
    const AppWork& known = *entry->work;
    stale = manifests.error().message();
    manifests = Manifests{known.rendered_revisions, known.rendered, known.source_types,
                          known.chart_warnings};
  }
  LiveView view = live_view(entry);
  const Targets targets = prepare(*entry, *manifests, view);
  if (auto unreadable = unreadable_kind(*entry, &targets)) {
    Loaded loaded;
    loaded.unreadable = std::move(unreadable);
    loaded.revisions = manifests->revisions;
    loaded.source_types = manifests->source_types;
    co_return loaded;
  }
  if (!circuit_open(*entry)) {
    const auto direct = co_await read_directly(entry, targets);
    if (!entry->work || !entry->app || cluster_of(*entry) == nullptr) co_return not_ours;
    if (!direct) co_return direct.error();
    view.get = [cached = view.get, direct = *direct](const kube::ObjectKey& key) {
      const auto hit = direct.find(key);
      return hit == direct.end() ? cached(key) : hit->second;
    };
  }
  // What an operation alone wants does not stand in for the spec's sources later.
  const bool of_operation = request.spec != nullptr;
  if (of_operation &&
      (request.spec != entry->spec || manifests->revisions != entry->work->revisions))
    entry->work->rendered_revisions.clear();
  take_rules(*entry);
  Predictions predictions;
  // A cluster that is away cannot be asked; what is known of it is compared three ways.
  const bool server_side = diffs_server_side(*entry) && !circuit_open(*entry);
  if (server_side) {
    predictions = co_await predict(entry, targets);
    if (!entry->work || !entry->app || cluster_of(*entry) == nullptr) co_return not_ours;
  }
  AppWork& work = *entry->work;
  if (work.chart_warnings != manifests->warnings) {
    work.chart_warnings = manifests->warnings;
    for (const std::string& warning : work.chart_warnings)
      tell_fact(*entry, "chart-warning", warning);
  }
  CompareRules rules = rules_of(*entry);
  const auto project = project_of(*entry);
  if (project && *project) {
    rules.permits = [permitted = *project](const kube::ObjectKey& key, bool namespaced) {
      return permitted->permits_kind(key, namespaced);
    };
  }
  rules.predicted = server_side ? &predictions : nullptr;
  rules.webhooks_count = has_compare_option(*entry->app, "IncludeMutationWebhook=true");
  Loaded loaded;
  loaded.comparison = compare(targets, view, rules, work.memo);
  if (loaded.comparison.status == SyncStatus::synced && managed_namespace_changed(*entry->object))
    loaded.comparison.status = SyncStatus::out_of_sync;
  loaded.revisions = manifests->revisions;
  loaded.source_types = manifests->source_types;
  loaded.hooks = targets.hooks;
  loaded.stale = stale;
  work.source_types = loaded.source_types;
  co_return loaded;
}

CompareRules AppController::State::rules_of(const AppEntry& entry) const {
  const AppWork& work = *entry.work;
  CompareRules rules;
  rules.app = entry.name;
  rules.spoken = entry.ns() + "/" + entry.own_name();
  rules.normalize = work.normalize;
  const auto settings = work.compared_settings;
  if (settings) rules.checks = &settings->checks;
  rules.now = ports.clock.wall_now();
  rules.tracking = settings ? settings->tracking : Tracking();
  rules.options = entry.app->spec.sync_policy.options;
  return rules;
}

AppController::State::Loaded AppController::State::compare_live_only(const AppRef& entry) {
  take_rules(*entry);
  Loaded loaded;
  loaded.live_only = true;
  const Targets nothing;
  CompareMemo memo;
  loaded.comparison = compare(nothing, live_view(entry), rules_of(*entry), memo);
  loaded.comparison.status = SyncStatus::unknown;
  for (ManagedResource& resource : loaded.comparison.resources)
    resource.status = SyncStatus::unknown;
  for (const ApplicationSource& source : entry->app->spec.sources)
    loaded.revisions.push_back(source.target_revision);
  return loaded;
}

std::optional<Error> AppController::State::unreadable_kind(const AppEntry& entry,
                                                           const Targets* targets) {
  const ServedCluster* cluster = cluster_of(entry);
  if (cluster == nullptr) return std::nullopt;
  const auto asked = [&](const std::string& group, const std::string& kind) {
    return cluster->cache->unreadable(group, kind);
  };
  for (std::size_t i = 0; targets != nullptr && i < targets->objects.size(); ++i) {
    const kube::ObjectKey key = kube::key_of(*targets->objects[i]);
    if (auto why = asked(key.group, key.kind)) return why;
  }
  // What is to be pruned is known from the last comparison only.
  const Json* known = entry.object ? find(*entry.object, {"status", "resources"}) : nullptr;
  if (known == nullptr || !known->is_array()) return std::nullopt;
  for (const Json& one : *known) {
    if (auto why = asked(text_at(one, {"group"}), text_at(one, {"kind"}))) return why;
  }
  return std::nullopt;
}

bool AppController::State::may_use_last_known(const AppEntry& entry, const LoadRequest& request,
                                              const Error& error) const {
  if (!ports.profile.last_known_good || !entry.work || !entry.app) return false;
  if (request.spec && request.spec != entry.spec) return false;
  const AppWork& work = *entry.work;
  if (work.rendered_revisions.empty() || work.compared_spec != entry.spec) return false;
  if (!request.revisions.empty() && request.revisions != work.rendered_revisions) return false;
  // A source that cannot be reached, not one that is wrong.
  return out_of_reach(error.code()) || error.code() == Errc::throttled ||
         error.code() == Errc::server_error;
}

}  // namespace spokelab::hub
