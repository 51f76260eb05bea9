// Deletion of ApplicationSets: what becomes of their Applications.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/duration.h"
#include "hub/app/finalizers.h"
#include "hub/appset/controller_state.h"

namespace spokelab::hub {

namespace {

constexpr Nanos kLookAgain = std::chrono::seconds(10);
constexpr Nanos kStuckAfter = std::chrono::minutes(2);

}  // namespace

/// On deletion the API server's garbage collector takes the Applications along; under policies that
/// forbid deletion they are let go first, and in reverse order they are deleted here. How long to
/// wait until the next look; 0: it is done.
Task<Result<Nanos>> AppSetController::State::finalize(JsonRef object) {
  Json finalizers = at_or_null(*object, {"metadata", "finalizers"});
  if (!finalizers.is_array()) finalizers = Json::array();
  const auto ours = std::find(finalizers.begin(), finalizers.end(), kResourcesFinalizer);
  if (ours == finalizers.end()) co_return Nanos(0);
  ApplicationSet set;
  if (auto read = read_application_set(object, defaults)) set = std::move(*read);
  set.name = name_in(*object);
  set.ns = ports.ns;
  set.policy = policy_of(*object, defaults);
  if (!set.policy.remove) {
    const auto released = co_await release_apps(set);
    if (!released) co_return released.error();
  } else if (set.strategy.deletes_in_reverse()) {
    const auto again = co_await delete_in_reverse(set);
    if (!again || *again > Nanos(0)) co_return again;
  }
  finalizers.erase(ours);
  Json body = Json::object();
  set_at(body, {"metadata", "finalizers"}, std::move(finalizers));
  set_at(body, {"metadata", "resourceVersion"},
         at_or_null(*object, {"metadata", "resourceVersion"}));
  JsonRef patch = freeze(std::move(body));
  auto type = application_set_type();
  std::string ns = ports.ns;
  std::string name = set.name;
  kube::WriteOptions options = write_options();
  const auto done =
      co_await ports.hub.patch(type, ns, name, kube::PatchType::merge, patch, "", options);
  if (!done && done.error().code() != Errc::not_found) co_return done.error();
  co_return Nanos(0);
}

Task<Result<void>> AppSetController::State::release_apps(const ApplicationSet& set) {
  const std::vector<JsonRef> all = live_apps();
  for (const JsonRef& app : all) {
    if (!owned_by(*app, set)) continue;
    Json release = Json::object();
    set_at(release, {"metadata", "ownerReferences"}, Json());
    JsonRef patch = freeze(std::move(release));
    auto type = application_type();
    std::string ns = ports.ns;
    std::string name = name_in(*app);
    kube::WriteOptions options = write_options();
    const auto released =
        co_await ports.hub.patch(type, ns, name, kube::PatchType::merge, patch, "", options);
    if (!released && released.error().code() != Errc::not_found) co_return released.error();
  }
  co_return Result<void>();
}

/// One Application at a time, those of the last step first; the next goes when the one before is
/// gone.
Task<Result<Nanos>> AppSetController::State::delete_in_reverse(const ApplicationSet& set) {
  std::vector<JsonRef> left;
  for (const JsonRef& app : live_apps()) {
    if (owned_by(*app, set)) left.push_back(app);
  }
  for (;;) {
    const std::string next = next_to_delete(set.strategy, left);
    if (next.empty()) co_return Nanos(0);
    const auto hit = std::find_if(left.begin(), left.end(),
                                  [&](const JsonRef& app) { return name_in(*app) == next; });
    const JsonRef app = *hit;
    auto type = application_type();
    std::string ns = ports.ns;
    std::string name = next;
    const auto since = parse_rfc3339(text_at(*app, {"metadata", "deletionTimestamp"}));
    if (since && ports.clock.wall_now() - *since <= kStuckAfter) co_return kLookAgain;
    if (since) {
      // Longer than it should take: the watch may have missed that it is gone.
      const auto live = co_await ports.hub.get(type, ns, name);
      if (live) {
        const std::string problem = "application has not been deleted in over 2 minutes";
        tell("appset." + set.name, EventKind::fact, "deletion-stuck", name + ": " + problem);
        co_return Error(Errc::timeout, problem);
      }
      if (live.error().code() != Errc::not_found) {
        co_return live.error().within(fmt::format(
            "application {} has not been deleted in over 2m0s and could not be verified against "
            "the API server",
            name));
      }
      left.erase(hit);
      continue;
    }
    if (ports.profile.appset_dry_run) co_return kLookAgain;
    kube::DeleteOptions how;
    const auto removed = co_await ports.hub.remove(type, ns, name, how);
    if (!removed && removed.error().code() == Errc::not_found) {
      left.erase(hit);
      continue;
    }
    if (!removed) co_return removed.error();
    tell("appset." + set.name, EventKind::fact, "deleted",
         fmt::format("Deleted Application \"{}\"", name));
    co_return kLookAgain;
  }
}

}  // namespace spokelab::hub
