// Deleting an Application: what it manages goes first, then its finalizer
// (finalizeApplicationDeletion).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "hub/app/controller_state.h"
#include "hub/app/finalizers.h"
#include "hub/sync/apply.h"

namespace spokelab::hub {
namespace {

constexpr Nanos kLookAgain = std::chrono::seconds(5);

bool cascades(const std::string& finalizer) { return finalizer.starts_with(kResourcesFinalizer); }
bool before_deletion(const std::string& finalizer) { return finalizer == kPreDeleteFinalizer; }
bool after_deletion(const std::string& finalizer) { return finalizer == kPostDeleteFinalizer; }
bool clears_before(const std::string& finalizer) {
  return finalizer == std::string(kPreDeleteFinalizer) + "/cleanup";
}
bool clears_after(const std::string& finalizer) {
  return finalizer == std::string(kPostDeleteFinalizer) + "/cleanup";
}
bool is_ours(const std::string& finalizer) {
  return cascades(finalizer) || finalizer.starts_with(kPreDeleteFinalizer) ||
         finalizer.starts_with(kPostDeleteFinalizer);
}

/// Objects that outlive their application.
bool is_kept(const Json& object, const std::string& app, const SyncOptions& options) {
  const kube::ObjectKey key = kube::key_of(object);
  if (key.kind == "CustomResourceDefinition" && key.group == "apiextensions.k8s.io") return true;
  if (key.kind == "Application" && key.group == "argoproj.io" && key.name == app) return true;
  return sync_option_value(object, "Delete", options) == "false" ||
         text_at(object, {"metadata", "annotations", "helm.sh/resource-policy"}) == "keep";
}

}  // namespace

Task<void> AppController::State::finalize(AppRef entry) {
  const auto app = read_application(*entry->object);
  const Json* list = find(*entry->object, {"metadata", "finalizers"});
  std::vector<std::string> finalizers;
  if (list != nullptr && list->is_array()) finalizers = list->get<std::vector<std::string>>();
  if (std::none_of(finalizers.begin(), finalizers.end(), is_ours)) co_return;
  const auto has = [&](FinalizerTest whose) {
    return std::any_of(finalizers.begin(), finalizers.end(), whose);
  };
  const bool background = has([](const std::string& finalizer) {
    return finalizer == std::string(kResourcesFinalizer) + "/background";
  });
  // A destination that leads nowhere cannot be cleaned up; the objects stay where they are.
  if (!app || server_of(*entry).empty()) {
    co_await drop_finalizers(entry, is_ours);
    co_return;
  }
  if (circuit_open(*entry)) {
    co_await deletion_failed(
        entry, fmt::format("waiting for cluster \"{}\" to return", cluster_name(*entry)));
    co_return;
  }
  if (const auto project = project_of(*entry); entry->app && !project) {
    co_await deletion_failed(entry, fmt::format("error getting app project \"{}\": {}",
                                                app->spec.project, project.error().message()));
    look_again_at_deletion(*entry);
    co_return;
  }
  ServedCluster* cluster = cluster_of(*entry);
  if (cluster == nullptr) co_return;
  const auto synced = co_await cluster->cache->ensure_synced();
  if (!owns(*entry)) co_return;
  if (!synced) {
    co_await deletion_failed(entry,
                             "error synchronizing cache state : " + synced.error().message());
    look_again_at_deletion(*entry);
    co_return;
  }
  if (const auto unreadable = unreadable_kind(*entry, nullptr)) {
    // What cannot be seen must not be left behind.
    co_await deletion_failed(entry, "Failed to load live state: " + unreadable->message());
    look_again_at_deletion(*entry);
    co_return;
  }
  // One finalizer after the other; each that goes brings the application here again.
  FinalizerTest done = nullptr;
  Result<bool> through = true;
  std::string what;
  if (has(before_deletion)) {
    done = before_deletion;
    what = "error executing pre-delete hooks";
    through = co_await run_deletion_hooks(entry, DeletionMoment::before);
  } else if (has(cascades)) {
    co_await delete_managed(entry, background ? "Background" : "Foreground");
    co_return;
  } else if (has(after_deletion)) {
    done = after_deletion;
    what = "error executing post-delete hooks";
    through = co_await run_deletion_hooks(entry, DeletionMoment::after);
  } else if (has(clears_before)) {
    done = clears_before;
    what = "error cleaning up pre-delete hooks";
    through = co_await clear_deletion_hooks(entry, DeletionMoment::before);
  } else {
    done = clears_after;
    what = "error cleaning up post-delete hooks";
    through = co_await clear_deletion_hooks(entry, DeletionMoment::after);
  }
  if (!owns(*entry)) co_return;
  if (through && *through) {
    co_await drop_finalizers(entry, done);
    co_return;
  }
  look_again_at_deletion(*entry);
  if (!through) co_await deletion_failed(entry, through.error().within(what).message());
}

void AppController::State::look_again_at_deletion(const AppEntry& entry) {
  if (owns(entry)) lanes_of(entry).operations.add_after(entry.name, kLookAgain);
}

/// Deletes the highest wave that is left, and waits for it; after the last, lets the application
/// go.
Task<void> AppController::State::delete_managed(AppRef entry, std::string propagation) {
  const auto app = read_application(*entry->object);
  const ServedCluster* cluster = cluster_of(*entry);
  if (!app || cluster == nullptr) co_return;
  const auto project = project_of(*entry);
  const Tracking tracking = tracking_now();
  const SyncOptions& options = app->spec.sync_policy.options;
  const auto began = parse_rfc3339(text_at(*entry->object, {"metadata", "deletionTimestamp"}));
  const bool approved = began && approves_deletion(*app, *began);
  const auto permitted = [&](const Json& object) {
    return !project || !*project || (*project)->permits_object(kube::key_of(object), cluster->info);
  };
  std::vector<JsonRef> managed;
  for (const JsonRef& object : cluster->cache->tracked_by(entry->name)) {
    const Json* owners = find(*object, {"metadata", "ownerReferences"});
    const bool owned = owners != nullptr && owners->is_array() && !owners->empty();
    if (!owned && references_itself(*object, tracking) && !is_kept(*object, entry->name, options) &&
        permitted(*object))
      managed.push_back(object);
  }
  if (managed.empty()) {
    co_await drop_finalizers(entry, cascades);
    co_return;
  }
  look_again_at_deletion(*entry);
  const auto under_deletion = [](const JsonRef& object) {
    return find(*object, {"metadata", "deletionTimestamp"}) != nullptr;
  };
  if (std::any_of(managed.begin(), managed.end(), under_deletion)) co_return;
  // Nothing goes before somebody has agreed to all of it.
  const auto unconfirmed = [&](const JsonRef& object) {
    return sync_option_value(*object, "Delete", options) == "confirm" ||
           sync_option_value(*object, "Prune", options) == "confirm";
  };
  if (!approved && std::any_of(managed.begin(), managed.end(), unconfirmed)) co_return;
  int wave = wave_of(*managed.front());
  for (const JsonRef& object : managed) wave = std::max(wave, wave_of(*object));
  const auto as_user = impersonated(*entry);
  if (!as_user) {
    co_await deletion_failed(entry, "cannot apply impersonation: " + as_user.error().message());
    co_return;
  }
  ClusterSpoke spoke(ports.clock, ports.clusters, server_of(*entry), entry->work->written,
                     !ports.profile.isolate_clusters, tally_of(*entry, false), *as_user);
  std::string failure;
  for (const JsonRef& object : managed) {
    if (wave_of(*object) != wave) continue;
    const kube::GroupVersion version = kube::split_api_version(text_at(*object, {"apiVersion"}));
    const std::string kind = text_at(*object, {"kind"});
    const auto type = co_await spoke.type_of(version.group, version.version, kind);
    if (!owns(*entry)) co_return;
    if (!type) {
      failure = type.error().message();
      break;
    }
    const Applied deleted = co_await delete_object(spoke, *type, object, propagation);
    if (!owns(*entry)) co_return;
    if (deleted.code != ResultCode::pruned) failure = deleted.message;
  }
  if (!failure.empty()) co_await deletion_failed(entry, failure);
}

Task<void> AppController::State::drop_finalizers(AppRef entry, FinalizerTest whose) {
  Json kept = Json::array();
  const Json* list = find(*entry->object, {"metadata", "finalizers"});
  if (list != nullptr && list->is_array()) {
    for (const Json& finalizer : *list) {
      if (finalizer.is_string() && !whose(finalizer.get_ref<const std::string&>()))
        kept.push_back(finalizer);
    }
  }
  Json patch = Json::object();
  patch["metadata"]["finalizers"] = kept.empty() ? Json(nullptr) : std::move(kept);
  patch["metadata"]["resourceVersion"] = text_at(*entry->object, {"metadata", "resourceVersion"});
  const bool written = co_await write_app(entry, patch);
  if (!written) look_again_at_deletion(*entry);
}

Task<void> AppController::State::deletion_failed(AppRef entry, std::string why) {
  const Json* found = find(*entry->object, {"status", "conditions"});
  Json conditions = found != nullptr && found->is_array() ? *found : Json::array();
  for (auto at = conditions.begin(); at != conditions.end(); ++at) {
    if (text_at(*at, {"type"}) != "DeletionError") continue;
    if (text_at(*at, {"message"}) == why) co_return;
    conditions.erase(at);
    break;
  }
  conditions.push_back({{"type", "DeletionError"},
                        {"message", why},
                        {"lastTransitionTime", format_rfc3339(ports.clock.wall_now())}});
  Json patch = Json::object();
  patch["conditions"] = std::move(conditions);
  co_await write_status(entry, patch);
}

}  // namespace spokelab::hub
