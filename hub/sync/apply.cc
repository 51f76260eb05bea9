// Client-side apply, server-side apply, replace and delete of one object.
#include "hub/sync/apply.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/json.h"
#include "hub/out_of_reach.h"
#include "hub/sync/migration.h"
#include "kube/kinds.h"
#include "kube/three_way.h"

namespace spokelab::hub {
namespace {

Applied failed(const Error& error) {
  return Applied{ResultCode::sync_failed, error.message(), out_of_reach(error.code())};
}

Applied done(const kube::ResourceType& type, const Json& object, std::string_view what) {
  const std::string name = text_at(object, {"metadata", "name"});
  return Applied{ResultCode::synced,
                 fmt::format("{} {}", spoken_name(type.group, type.kind, name), what), false};
}

std::string ns_of(const Json& object) { return text_at(object, {"metadata", "namespace"}); }
std::string name_in(const Json& object) { return text_at(object, {"metadata", "name"}); }

/// True when only a new object can take the wanted form.
bool needs_recreation(const Error& error) {
  return error.code() == Errc::invalid || error.code() == Errc::conflict;
}

Task<Applied> recreate(Spoke& spoke, kube::ResourceType type, JsonRef live, JsonRef target) {
  kube::DeleteOptions options;
  options.propagation = "Background";
  const auto removed = co_await spoke.remove(type, ns_of(*live), name_in(*live), options);
  if (!removed && removed.error().code() != Errc::not_found) co_return failed(removed.error());
  const auto created = co_await spoke.create(type, ns_of(*target), target);
  co_return created ? done(type, *target, "replaced") : failed(created.error());
}

Task<Applied> create_new(Spoke& spoke, kube::ResourceType type, JsonRef target) {
  const auto created = co_await spoke.create(type, ns_of(*target), target);
  co_return created ? done(type, *target, "created") : failed(created.error());
}

Task<Applied> apply_server_side(Spoke& spoke, kube::ResourceType type, JsonRef target) {
  const std::string ns = ns_of(*target);
  const std::string name = name_in(*target);
  auto applied = co_await spoke.patch(type, ns, name, kube::PatchType::apply, target, true);
  if (!applied) co_return failed(applied.error());
  // What was set at the client's side before goes over to us, and what is not wanted of it goes.
  const auto handed_over =
      *applied ? fields_handed_over(**applied, kFieldManager) : std::optional<Json>();
  if (handed_over) {
    const JsonRef patch = freeze(*handed_over);
    const auto upgraded = co_await spoke.patch(type, ns, name, kube::PatchType::json, patch, false);
    if (upgraded) {
      applied = co_await spoke.patch(type, ns, name, kube::PatchType::apply, target, true);
      if (!applied) co_return failed(applied.error());
    }
  }
  co_return done(type, *target, "serverside-applied");
}

/// Applies at the client's side as another manager. What went wrong, if anything did.
Task<std::optional<Applied>> migrate(Spoke& spoke, kube::ResourceType type, JsonRef target,
                                     std::string manager) {
  const auto wrong = [&manager](const Error& error) {
    Applied applied = failed(error);
    applied.message = fmt::format(
        "Failed to perform client-side apply migration: failed to perform client-side apply "
        "migration on manager {}: {}",
        manager, applied.message);
    return std::optional<Applied>(std::move(applied));
  };
  const auto found = co_await spoke.get(type, ns_of(*target), name_in(*target));
  if (!found && found.error().code() == Errc::not_found) co_return std::nullopt;
  if (!found) co_return wrong(found.error());
  const auto patch = kube::apply_patch(*target, **found);
  if (!patch) co_return wrong(patch.error());
  if (patch->empty()) co_return std::nullopt;
  const kube::PatchType kind =
      patch->strategic ? kube::PatchType::strategic : kube::PatchType::merge;
  const auto patched =
      co_await spoke.patch_as(manager, type, ns_of(*target), name_in(*target), kind, patch->patch);
  if (!patched) co_return wrong(patched.error());
  co_return std::nullopt;
}

/// kubectl replace; with force it deletes first. What a definition or a Namespace holds would go
/// with it, so those are always updated in place.
Task<Applied> replace_object(Spoke& spoke, kube::ResourceType type, JsonRef live, JsonRef target,
                             bool force) {
  const bool in_place = type.kind == "Namespace" || type.kind == "CustomResourceDefinition";
  if (force && !in_place) {
    Applied again = co_await recreate(spoke, type, live, target);
    co_return again;
  }
  Json object = *target;
  object["metadata"]["resourceVersion"] = text_at(*live, {"metadata", "resourceVersion"});
  const JsonRef replacement = freeze(std::move(object));
  const auto replaced = co_await spoke.update(type, ns_of(*target), name_in(*target), replacement);
  if (!replaced) co_return failed(replaced.error());
  if (!in_place) co_return done(type, *target, "replaced");
  co_return Applied{ResultCode::synced, fmt::format("{}/{} updated", type.kind, name_in(*target)),
                    false};
}

}  // namespace

namespace {

/// A command runs for as long as this stands.
struct Running {
  Running(Spoke& spoke, std::string_view command) : spoke(spoke), command(command) {
    spoke.running(command, 1);
  }
  ~Running() { spoke.running(command, -1); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  Spoke& spoke;
  std::string_view command;
};

}  // namespace

std::string spoken_name(std::string_view group, std::string_view kind, std::string_view name) {
  return fmt::format("{}{}{}/{}", kube::lower(kind), group.empty() ? "" : ".", group, name);
}

Task<Applied> apply_object(Spoke& spoke, kube::ResourceType type, JsonRef target,
                           ApplyOptions options) {
  const Running mark(spoke, options.replace ? "replace" : "apply");
  if (options.server_side && !options.replace) {
    if (!options.migrated_manager.empty()) {
      const auto refused = co_await migrate(spoke, type, target, options.migrated_manager);
      if (refused) co_return *refused;
    }
    Applied applied = co_await apply_server_side(spoke, type, target);
    co_return applied;
  }
  const auto found = co_await spoke.get(type, ns_of(*target), name_in(*target));
  if (!found && found.error().code() != Errc::not_found) co_return failed(found.error());
  if (options.replace) {
    if (!found) {
      Applied created = co_await create_new(spoke, type, target);
      co_return created;
    }
    Applied replaced = co_await replace_object(spoke, type, *found, target, options.force);
    co_return replaced;
  }
  const JsonRef modified = freeze(kube::with_last_applied(*target));
  if (!found) {
    Applied created = co_await create_new(spoke, type, modified);
    co_return created;
  }
  auto patch = kube::apply_patch(*target, **found);
  if (!patch) co_return failed(patch.error());
  if (patch->empty()) co_return done(type, *target, "unchanged");
  const kube::PatchType kind =
      patch->strategic ? kube::PatchType::strategic : kube::PatchType::merge;
  const auto patched =
      co_await spoke.patch(type, ns_of(*target), name_in(*target), kind, patch->patch, false);
  if (patched) co_return done(type, *target, "configured");
  if (options.force && needs_recreation(patched.error())) {
    Applied again = co_await recreate(spoke, type, *found, modified);
    co_return again;
  }
  co_return failed(patched.error());
}

Task<Applied> delete_object(Spoke& spoke, kube::ResourceType type, JsonRef live,
                            std::string propagation) {
  kube::DeleteOptions options;
  options.propagation = std::move(propagation);
  const auto removed = co_await spoke.remove(type, ns_of(*live), name_in(*live), options);
  if (!removed && removed.error().code() != Errc::not_found) co_return failed(removed.error());
  co_return Applied{ResultCode::pruned, "pruned", false};
}

}  // namespace spokelab::hub
