// PreDelete and PostDelete hooks (controller/hook.go): objects that are made when an application is
// deleted, and waited for.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "hub/app/controller_state.h"
#include "hub/app/finalizers.h"
#include "hub/app/health/health.h"
#include "hub/sync/apply.h"

namespace spokelab::hub {
namespace {

bool same_hook(const Json& wanted, const Json& live) {
  const kube::ObjectKey a = kube::key_of(wanted);
  const kube::ObjectKey b = kube::key_of(live);
  if (a.group != b.group || a.kind != b.kind || a.ns != b.ns) return false;
  if (!a.name.empty()) return a.name == b.name;
  return b.name.starts_with(text_at(wanted, {"metadata", "generateName"}));
}

std::optional<Health> health_now(const ControllerPorts& ports, const Json& object) {
  const auto settings = ports.settings != nullptr ? ports.settings->now() : nullptr;
  return settings ? settings->checks.health_of(object, ports.clock.wall_now()) : health_of(object);
}

Task<Result<kube::ResourceType>> type_of(ClusterSpoke& spoke, JsonRef object) {
  const kube::GroupVersion version = kube::split_api_version(text_at(*object, {"apiVersion"}));
  const std::string kind = text_at(*object, {"kind"});
  const auto type = co_await spoke.type_of(version.group, version.version, kind);
  co_return type;
}

bool is_guard(const std::string& finalizer, std::string_view name) {
  return finalizer == name || finalizer == std::string(name) + "/cleanup";
}

}  // namespace

std::vector<JsonRef> AppController::State::live_deletion_hooks(const AppEntry& entry,
                                                               DeletionMoment moment) {
  std::vector<JsonRef> hooks;
  const ServedCluster* cluster = cluster_of(entry);
  if (cluster == nullptr) return hooks;
  const auto project = project_of(entry);
  for (const JsonRef& object : cluster->cache->tracked_by(entry.name)) {
    const bool permitted =
        !project || !*project || (*project)->permits_object(kube::key_of(*object), cluster->info);
    if (permitted && runs_at(*object, moment)) hooks.push_back(object);
  }
  return hooks;
}

Task<void> AppController::State::guard_deletion(AppRef entry, std::vector<JsonRef> hooks) {
  if (find(*entry->object, {"metadata", "deletionTimestamp"}) != nullptr) co_return;
  std::vector<std::string> now;
  const Json* list = find(*entry->object, {"metadata", "finalizers"});
  if (list != nullptr && list->is_array()) now = list->get<std::vector<std::string>>();
  std::vector<std::string> wanted = now;
  for (const DeletionMoment moment : {DeletionMoment::before, DeletionMoment::after}) {
    const std::string_view name =
        moment == DeletionMoment::before ? kPreDeleteFinalizer : kPostDeleteFinalizer;
    const bool any = std::any_of(hooks.begin(), hooks.end(),
                                 [&](const JsonRef& hook) { return runs_at(*hook, moment); });
    if (!any) {
      std::erase_if(wanted, [&](const std::string& one) { return is_guard(one, name); });
      continue;
    }
    for (const std::string_view end : {"", "/cleanup"}) {
      std::string guard = std::string(name).append(end);
      if (std::find(wanted.begin(), wanted.end(), guard) == wanted.end())
        wanted.push_back(std::move(guard));
    }
  }
  if (wanted == now) co_return;
  Json patch = Json::object();
  patch["metadata"]["finalizers"] = wanted.empty() ? Json(nullptr) : Json(wanted);
  patch["metadata"]["resourceVersion"] = text_at(*entry->object, {"metadata", "resourceVersion"});
  if (!co_await write_app(entry, patch)) refresh_soon(*entry);
}

Task<Result<bool>> AppController::State::run_deletion_hooks(AppRef entry, DeletionMoment moment) {
  const LoadRequest newest;
  const auto manifests = co_await manifests_of(entry, newest);
  const Error not_ours(Errc::not_found, "the application's cluster is not served here");
  if (!owns(*entry) || cluster_of(*entry) == nullptr) co_return not_ours;
  if (!manifests) co_return manifests.error();
  const LiveView view = live_view(entry);
  const Targets targets = prepare(*entry, *manifests, view);
  const std::vector<JsonRef> live = live_deletion_hooks(*entry, moment);
  ClusterSpoke spoke(ports.clock, ports.clusters, server_of(*entry), entry->work->written,
                     !ports.profile.isolate_clusters, tally_of(*entry, false));
  bool made = false;
  for (const JsonRef& hook : targets.hooks) {
    if (!runs_at(*hook, moment)) continue;
    const bool there = std::any_of(live.begin(), live.end(),
                                   [&](const JsonRef& one) { return same_hook(*hook, *one); });
    if (there) continue;
    const auto type = co_await type_of(spoke, hook);
    if (!type) co_return type.error();
    const std::string ns = text_at(*hook, {"metadata", "namespace"});
    const auto created = co_await spoke.create(*type, ns, hook);
    if (!owns(*entry)) co_return not_ours;
    if (!created && created.error().code() == Errc::already_exists) continue;
    if (!created) co_return created.error();
    made = true;
  }
  if (made) co_return false;
  bool progressing = false;
  std::vector<std::string> failed;
  for (const JsonRef& hook : live) {
    const auto health = health_now(ports, *hook);
    if (!health || health->status == HealthStatus::healthy) continue;
    progressing = progressing || health->status == HealthStatus::progressing;
    if (health->status != HealthStatus::degraded) continue;
    const kube::ObjectKey key = kube::key_of(*hook);
    failed.push_back(key.ns + "/" + key.name);
    // It is made again, perhaps by a better manifest.
    const auto type = co_await type_of(spoke, hook);
    if (type) co_await delete_object(spoke, *type, hook, "Background");
    if (!owns(*entry)) co_return not_ours;
  }
  if (!failed.empty()) {
    co_return Error(Errc::invalid,
                    fmt::format("{} hook(s) failed: {}", name_of(moment), fmt::join(failed, ", ")));
  }
  co_return !progressing;
}

Task<Result<bool>> AppController::State::clear_deletion_hooks(AppRef entry, DeletionMoment moment) {
  const std::vector<JsonRef> live = live_deletion_hooks(*entry, moment);
  bool healthy = true;
  bool degraded = false;
  for (const JsonRef& hook : live) {
    const auto health = health_now(ports, *hook);
    healthy = healthy && (!health || health->status == HealthStatus::healthy);
    degraded = degraded || (health && health->status == HealthStatus::degraded);
  }
  ClusterSpoke spoke(ports.clock, ports.clusters, server_of(*entry), entry->work->written,
                     !ports.profile.isolate_clusters, tally_of(*entry, false));
  bool waits = false;
  for (const JsonRef& hook : live) {
    const DeletePolicies policies = delete_policies(*hook);
    const bool goes =
        !policies.named || (policies.failed && degraded) || (policies.succeeded && healthy);
    if (!goes) continue;
    waits = true;
    if (find(*hook, {"metadata", "deletionTimestamp"}) != nullptr) continue;
    const auto type = co_await type_of(spoke, hook);
    if (!type) co_return type.error();
    const Applied deleted = co_await delete_object(spoke, *type, hook, "Background");
    if (!owns(*entry))
      co_return Error(Errc::not_found, "the application's cluster is not served here");
    if (deleted.code != ResultCode::pruned) co_return Error(Errc::invalid, deleted.message);
  }
  co_return !waits;
}

}  // namespace spokelab::hub
