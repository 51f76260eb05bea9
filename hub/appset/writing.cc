// Writes of the ApplicationSet controller: Applications, and the status of the set.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hub/app/finalizers.h"
#include "hub/appset/controller_state.h"
#include "kube/patch.h"

namespace spokelab::hub {

kube::WriteOptions AppSetController::State::write_options() const {
  kube::WriteOptions options;
  options.field_manager = std::string(kAppSetManager);
  options.dry_run = ports.profile.appset_dry_run;
  return options;
}

void AppSetController::State::hold(Reconcile& run, const AppPlan& plan) {
  const int percent =
      run.set.deletion_budget_percent.value_or(ports.profile.deletion_budget_percent);
  const std::string message = fmt::format(
      "{} of {} Applications would be deleted, and one reconcile may delete {} ({} %): {}. None "
      "was "
      "deleted; annotate the ApplicationSet with {}: \"100\" to let them go",
      plan.held.size(), plan.current, deletions_allowed(plan.current, percent), percent,
      fmt::join(plan.held, ", "), kDeletionBudget);
  if (run.outcome.reason.empty()) {
    run.outcome.reason = "DeletionBudgetExceeded";
    run.outcome.message = message;
  }
  if (run.again == Nanos(0)) run.again = ports.profile.appset_requeue;
}

Task<void> AppSetController::State::write_all(Reconcile& run, std::set<std::string> withheld) {
  const std::vector<JsonRef> live = live_apps();
  const auto known = [this](const Json& app) {
    return ports.clusters
        .resolve(text_at(app, {"spec", "destination", "server"}),
                 text_at(app, {"spec", "destination", "name"}))
        .has_value();
  };
  const PlanInput input{run.set,    *run.wanted, withheld,
                        live,       known,       ports.profile.deletion_budget_percent,
                        run.settled};
  const AppPlan plan = plan_applications(input);
  const char* reason = run.set.policy.update ? "UpdateApplicationError" : "CreateApplicationError";
  std::map<std::string, std::pair<std::string, std::string>> failed;  // app -> reason, message
  for (const auto& [app, problem] : plan.errors) failed[app] = {reason, problem};
  co_await write_each(run, plan.changes, reason, failed);
  // As in Argo CD nothing is deleted while something else could not be written.
  if (failed.empty()) {
    co_await write_each(run, plan.removals, "DeleteApplicationError", failed);
    if (!plan.held.empty()) hold(run, plan);
  }
  if (!failed.empty()) {
    run.outcome.reason = failed.begin()->second.first;
    run.outcome.message = failed.begin()->second.second;
    run.retry = true;
  }
}

Task<void> AppSetController::State::write_each(
    Reconcile& run, const std::vector<AppChange>& changes, const char* reason,
    std::map<std::string, std::pair<std::string, std::string>>& failed) {
  for (const AppChange& change : changes) {
    auto copy = change;
    const auto result = co_await write(run.set, copy);
    if (!result) {
      const bool known_since = change.action == AppChange::Action::create &&
                               result.error().code() == Errc::already_exists;
      run.retry = true;
      if (known_since) continue;  // our own creation, not yet seen by the watch: look again
      failed[change.name] = {reason, result.error().message()};
    } else if (change.action == AppChange::Action::remove) {
      run.owned.erase(change.name);
    } else {
      run.owned[change.name] = *result;
    }
  }
}

Task<Result<JsonRef>> AppSetController::State::write(const ApplicationSet& set, AppChange change) {
  auto type = application_type();
  std::string ns = set.ns;
  const std::string subject = "appset." + set.name;
  kube::WriteOptions options = write_options();
  if (change.action == AppChange::Action::create) {
    auto created = co_await ports.hub.create(type, ns, change.body, options);
    if (created && options.dry_run) {
      tell(subject, EventKind::fact, "dry-run",
           fmt::format("would create Application \"{}\"", change.name));
    } else if (created) {
      tell("app." + change.name, EventKind::fact, "created",
           fmt::format("ApplicationSet {} created Application \"{}\"", set.name, change.name));
    }
    co_return created;
  }
  if (change.action == AppChange::Action::update) {
    auto updated = co_await ports.hub.patch(type, ns, change.name, kube::PatchType::merge,
                                            change.body, "", options);
    if (updated) {
      tell(subject, EventKind::fact, options.dry_run ? "dry-run" : "updated",
           fmt::format("{} Application \"{}\"", options.dry_run ? "would update" : "updated",
                       change.name));
    }
    co_return updated;
  }
  if (options.dry_run) {
    tell(subject, EventKind::fact, "dry-run",
         fmt::format("would delete Application \"{}\"", change.name));
    co_return JsonRef();
  }
  if (change.body != nullptr) {
    const auto released = co_await ports.hub.patch(type, ns, change.name, kube::PatchType::merge,
                                                   change.body, "", options);
    if (!released && released.error().code() != Errc::not_found) {
      co_return released.error().within("error updating finalizers");
    }
    tell(subject, EventKind::fact, "finalizer-removed",
         fmt::format("Updated Application \"{}\" finalizer before deletion, because application "
                     "has an invalid destination",
                     change.name));
  }
  kube::DeleteOptions how;
  auto removed = co_await ports.hub.remove(type, ns, change.name, how);
  if (!removed && removed.error().code() == Errc::not_found) co_return JsonRef();
  if (removed) {
    tell(subject, EventKind::fact, "deleted",
         fmt::format("Deleted Application \"{}\"", change.name));
  }
  co_return removed;
}

Task<void> AppSetController::State::clear_refresh(const ApplicationSet& set) {
  if (find(*set.raw, {"metadata", "annotations", kAppSetRefresh}) == nullptr) co_return;
  Json patch = Json::object();
  set_at(patch, {"metadata", "annotations", kAppSetRefresh}, Json());
  JsonRef body = freeze(std::move(patch));
  auto type = application_set_type();
  std::string ns = set.ns;
  std::string name = set.name;
  kube::WriteOptions options = write_options();
  // A failure leaves the annotation, and the next reconcile tries again.
  (void)co_await ports.hub.patch(type, ns, name, kube::PatchType::merge, body, "", options);
}

/// Sees to it that the set is not gone before its Applications are: the finalizer is what its
/// deletion waits for.
Task<Result<void>> AppSetController::State::keep_finalizer(const ApplicationSet& set) {
  const auto& present = set.finalizers;
  if (std::find(present.begin(), present.end(), kResourcesFinalizer) != present.end()) {
    co_return Result<void>();
  }
  std::vector<std::string> finalizers = present;
  finalizers.emplace_back(kResourcesFinalizer);
  Json patch = Json::object();
  set_at(patch, {"metadata", "finalizers"}, finalizers);
  set_at(patch, {"metadata", "resourceVersion"},
         at_or_null(*set.raw, {"metadata", "resourceVersion"}));
  JsonRef body = freeze(std::move(patch));
  auto type = application_set_type();
  std::string ns = set.ns;
  std::string name = set.name;
  kube::WriteOptions options = write_options();
  const auto kept =
      co_await ports.hub.patch(type, ns, name, kube::PatchType::merge, body, "", options);
  if (!kept) co_return kept.error();
  if (!options.dry_run) written[name] = *kept;
  co_return Result<void>();
}

/// False: the API server did not take it.
Task<bool> AppSetController::State::write_status(std::string name, Json after) {
  const JsonRef object = newest(name);
  if (object == nullptr) co_return true;
  const Json before = at_or_null(*object, {"status"});
  if (before == after) co_return true;
  const Json old_object = {{"status", before.is_null() ? Json::object() : before}};
  const Json new_object = {{"status", after}};
  JsonRef patch = freeze(kube::make_merge_patch(old_object, new_object));
  auto type = application_set_type();
  std::string ns = ports.ns;
  kube::WriteOptions options = write_options();
  const auto result =
      co_await ports.hub.patch(type, ns, name, kube::PatchType::merge, patch, "status", options);
  if (!result) co_return result.error().code() == Errc::not_found;
  if (!options.dry_run) written[name] = *result;
  co_return true;
}

Task<bool> AppSetController::State::write_outcome(Reconcile& run) {
  const JsonRef object = newest(run.set.name);
  if (object == nullptr) co_return true;
  const Json before = at_or_null(*object, {"status"});
  std::vector<JsonRef> owned;
  for (const auto& [name, app] : run.owned) owned.push_back(app);
  Json after = status_after(before, run.outcome, owned, ports.clock.wall_now(),
                            static_cast<std::size_t>(ports.profile.appset_resources_status_max));
  if (before == after) co_return true;
  std::string name = run.set.name;
  const bool done = co_await write_status(name, after);
  if (done) tell_error(name, before, run.outcome);
  co_return done;
}

}  // namespace spokelab::hub
