// AppSetController: watches ApplicationSets and the Applications they own, and writes what a plan
// says.
#include "hub/appset/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "base/task_group.h"
#include "hub/appset/application_set.h"
#include "hub/appset/generator.h"
#include "hub/appset/plan.h"
#include "hub/appset/render.h"
#include "hub/appset/status.h"
#include "hub/appset/validate.h"
#include "kube/patch.h"
#include "kube/reflector.h"
#include "kube/work_queue.h"

namespace spokelab::hub {

namespace {

constexpr int kWorkers = 10;     // --concurrent-reconciliations
constexpr int kTreeRounds = 20;  // generators that lead to further repositories
constexpr std::string_view kRefresh = "argocd.argoproj.io/application-set-refresh";

const kube::ResourceType kSetType{"argoproj.io", "v1alpha1", "applicationsets", "ApplicationSet",
                                  true};
const kube::ResourceType kAppType{"argoproj.io", "v1alpha1", "applications", "Application", true};
const kube::ResourceType kProjectType{"argoproj.io", "v1alpha1", "appprojects", "AppProject", true};

const Json& at_or_null(const Json& object, std::initializer_list<std::string_view> path) {
  static const Json nothing;
  const Json* found = find(object, path);
  return found == nullptr ? nothing : *found;
}

bool same(const Json& a, const Json& b, std::initializer_list<std::string_view> path) {
  return at_or_null(a, path) == at_or_null(b, path);
}

/// What a user or another controller changed; our own status writes are not among it.
bool set_changed(const Json& before, const Json& now) {
  if (!same(before, now, {"spec"}) || !same(before, now, {"metadata", "labels"}) ||
      !same(before, now, {"metadata", "finalizers"}) ||
      !same(before, now, {"metadata", "deletionTimestamp"})) {
    return true;
  }
  Json old_notes = at_or_null(before, {"metadata", "annotations"});
  Json new_notes = at_or_null(now, {"metadata", "annotations"});
  for (Json* notes : {&old_notes, &new_notes}) {
    if (notes->is_null()) *notes = Json::object();
  }
  if (!new_notes.contains(kRefresh)) old_notes.erase(std::string(kRefresh));
  return old_notes != new_notes;
}

/// What the set would write back.
bool app_drifted(const Json& before, const Json& now) {
  return !same(before, now, {"spec"}) || !same(before, now, {"metadata", "labels"}) ||
         !same(before, now, {"metadata", "annotations"}) ||
         !same(before, now, {"metadata", "finalizers"});
}

/// The name of the ApplicationSet that controls an Application, or "".
std::string owner_of(const Json& app) {
  const Json& owners = at_or_null(app, {"metadata", "ownerReferences"});
  if (!owners.is_array()) return "";
  for (const Json& owner : owners) {
    if (bool_at(owner, {"controller"}) && text_at(owner, {"kind"}) == "ApplicationSet") {
      return text_at(owner, {"name"});
    }
  }
  return "";
}

std::string name_in(const Json& object) { return text_at(object, {"metadata", "name"}); }

const Json* error_condition(const Json& status) {
  const Json* conditions = find(status, {"conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& condition : *conditions) {
    if (text_at(condition, {"type"}) == "ErrorOccurred") return &condition;
  }
  return nullptr;
}

}  // namespace

struct AppSetController::State {
  State(ControllerPorts given, Rng chance) : ports(std::move(given)), rng(chance) {}

  Task<void> run();
  void registrations_changed();

  ControllerPorts ports;
  Rng rng;
  std::shared_ptr<State*> self = std::make_shared<State*>(this);  // dies with us: for listeners
  std::optional<kube::WorkQueue<std::string>> queue;
  std::optional<kube::Reflector> sets;
  std::optional<kube::Reflector> apps;
  std::map<std::string, std::set<std::string>> generated;  // names each set made last

 private:
  struct Reconcile {
    ApplicationSet set;
    std::vector<Json> wanted;
    AppSetOutcome outcome;
    std::map<std::string, JsonRef> owned;  // Applications it owns, as far as known after the writes
    Nanos again{0};                        // when to look again; 0: on events only
    bool retry = false;                    // a write failed: again soon, ever less often
  };

  void watch_sets();
  void watch_apps();
  Task<void> work();
  Task<void> reconcile(std::string name);
  Task<Result<void>> finalize(JsonRef object);
  Task<std::optional<GenerationFailure>> make(Reconcile& run);
  Task<std::set<std::string>> missing_projects(const std::vector<Json>& made);
  Task<void> write_all(Reconcile& run, std::set<std::string> withheld);
  Task<Result<JsonRef>> write(const ApplicationSet& set, AppChange change);
  Task<bool> write_status(Reconcile& run);
  Task<void> clear_refresh(const ApplicationSet& set);
  void hold(Reconcile& run, const AppPlan& plan);
  void tell_generated(const Reconcile& run);
  void tell_error(const std::string& set, const Json& before, const AppSetOutcome& outcome);
  void tell(const std::string& subject, EventKind kind, const std::string& value,
            const std::string& message,
            std::vector<std::pair<std::string, std::int64_t>> numbers = {});
  std::vector<JsonRef> live_apps() const;
};

void AppSetController::State::tell(const std::string& subject, EventKind kind,
                                   const std::string& value, const std::string& message,
                                   std::vector<std::pair<std::string, std::int64_t>> numbers) {
  Event event;
  event.kind = kind;
  event.who = ports.who;
  event.subject = subject;
  event.value = value;
  event.message = message;
  event.numbers = std::move(numbers);
  ports.history.add(std::move(event));
}

void AppSetController::State::watch_sets() {
  kube::ReflectorOptions options;
  options.ns = ports.ns;
  if (ports.profile.isolate_clusters) options.list_every = ports.profile.relist_every;
  kube::Reflector::Handler handler;
  handler.added = [this](const JsonRef& now) { queue->add(name_in(*now)); };
  handler.modified = [this](const JsonRef& before, const JsonRef& now) {
    if (set_changed(*before, *now)) queue->add(name_in(*now));
  };
  handler.deleted = [this](const JsonRef& last) { queue->add(name_in(*last)); };
  sets.emplace(ports.clock, rng.stream("sets"), ports.hub, kSetType, options, std::move(handler));
}

void AppSetController::State::watch_apps() {
  kube::ReflectorOptions options;
  options.ns = ports.ns;
  if (ports.profile.isolate_clusters) options.list_every = ports.profile.relist_every;
  kube::Reflector::Handler handler;
  handler.modified = [this](const JsonRef& before, const JsonRef& now) {
    const std::string owner = owner_of(*now);
    if (!owner.empty() && app_drifted(*before, *now)) queue->add(owner);
  };
  handler.deleted = [this](const JsonRef& last) {
    const std::string owner = owner_of(*last);
    if (owner.empty()) return;
    tell("app." + name_in(*last), EventKind::fact, "removed",
         "Application removed; it belonged to ApplicationSet " + owner);
    queue->add(owner);
  };
  apps.emplace(ports.clock, rng.stream("apps"), ports.hub, kAppType, options, std::move(handler));
}

void AppSetController::State::registrations_changed() {
  if (!queue || !sets) return;
  for (const auto& [key, set] : sets->store()) {
    if (uses_clusters(at_or_null(*set, {"spec", "generators"}))) queue->add(key.second);
  }
}

Task<void> AppSetController::State::run() {
  auto executor = co_await asio::this_coro::executor;
  kube::RetryDelays delays;
  delays.max = std::min(delays.max, ports.profile.appset_requeue);
  queue.emplace(ports.clock, delays);
  generated.clear();
  watch_sets();
  watch_apps();
  TaskGroup group(executor);
  group.spawn(sets->run());
  group.spawn(apps->run());
  for (int worker = 0; worker < kWorkers; ++worker) group.spawn(work());
  co_await group.join();
}

Task<void> AppSetController::State::work() {
  co_await sets->wait_synced();
  co_await apps->wait_synced();
  for (;;) {
    std::string name = co_await queue->get();
    co_await reconcile(name);
    queue->done(name);
  }
}

std::vector<JsonRef> AppSetController::State::live_apps() const {
  std::vector<JsonRef> all;
  for (const auto& [key, app] : apps->store()) all.push_back(app);
  return all;
}

Task<void> AppSetController::State::reconcile(std::string name) {
  JsonRef object = sets->get(ports.ns, name);
  if (object == nullptr) {
    generated.erase(name);
    queue->forget(name);
    co_return;
  }
  if (find(*object, {"metadata", "deletionTimestamp"}) != nullptr) {
    const auto gone = co_await finalize(object);
    if (!gone) queue->add_rate_limited(name);
    co_return;
  }
  Reconcile run;
  std::set<std::string> withheld;
  std::optional<GenerationFailure> failure;
  auto read = read_application_set(object);
  if (read) {
    run.set = std::move(*read);
    failure = co_await make(run);
  } else {
    run.set.name = name;
    run.set.ns = ports.ns;
    run.set.raw = object;
    failure = GenerationFailure{"ApplicationGenerationFromParamsError", read.error()};
  }
  for (const JsonRef& app : live_apps()) {
    if (owned_by(*app, run.set)) run.owned.emplace(name_in(*app), app);
  }
  if (failure) {
    run.outcome = AppSetOutcome{false, failure->reason, failure->error.message()};
    run.again = ports.profile.appset_requeue;
  } else {
    const auto missing = co_await missing_projects(run.wanted);
    const auto faults = application_faults(run.set.name, run.wanted, ports.clusters, missing);
    for (const auto& [app, problem] : faults) withheld.insert(app);
    tell_generated(run);
    for (const Json& entry : run.set.generators()) {
      const Nanos timer = requeue_after(entry, ports.profile.appset_requeue);
      if (timer > Nanos(0) && (run.again == Nanos(0) || timer < run.again)) run.again = timer;
    }
    if (!faults.empty()) {
      run.outcome = AppSetOutcome{true, "ApplicationValidationError", fault_message(faults)};
      if (run.again == Nanos(0)) run.again = ports.profile.appset_requeue;
    }
    co_await write_all(run, withheld);
  }
  co_await clear_refresh(run.set);
  const bool written = co_await write_status(run);
  if (run.retry || !written) {
    queue->add_rate_limited(name);
    co_return;
  }
  queue->forget(name);
  if (run.again > Nanos(0)) queue->add_after(name, run.again);
}

Task<std::optional<GenerationFailure>> AppSetController::State::make(Reconcile& run) {
  GitTrees trees;
  for (int round = 0; round < kTreeRounds; ++round) {
    const auto clusters = ports.clusters.all();
    const GeneratorScope scope{run.set.dialect, clusters, trees, 0};
    auto made = make_applications(run.set, scope);
    const auto wanted = trees.wanted();
    if (made) {
      run.wanted = std::move(*made);
      co_return std::nullopt;
    }
    if (wanted.empty()) co_return made.error();
    for (const auto& key : wanted) {
      Repo* repo = ports.repos.find(key.first);
      if (repo == nullptr) {
        const std::string problem =
            fmt::format("error getting {}: repository not found", key.first);
        trees.put(key, Error(Errc::not_found, problem));
        continue;
      }
      std::string revision = key.second;
      auto commit = co_await repo->resolve(revision);
      if (!commit) {
        trees.put(key, commit.error());
        continue;
      }
      std::string id = *commit;
      auto tree = co_await repo->files(id);
      trees.put(key, std::move(tree));
    }
  }
  co_return GenerationFailure{
      "ApplicationGenerationFromParamsError",
      Error(Errc::limit, fmt::format("generators lead to further repositories more than {} times",
                                     kTreeRounds))};
}

Task<std::set<std::string>> AppSetController::State::missing_projects(
    const std::vector<Json>& made) {
  std::set<std::string> named;
  for (const Json& app : made) named.insert(text_at(app, {"spec", "project"}, "default"));
  named.erase("default");  // always exists
  std::set<std::string> missing;
  for (const std::string& project : named) {
    auto type = kProjectType;
    std::string ns = ports.ns;
    std::string name = project;
    const auto found = co_await ports.hub.get(type, ns, name);
    if (!found && found.error().code() == Errc::not_found) missing.insert(project);
  }
  co_return missing;
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
  const PlanInput input{run.set, run.wanted, withheld,
                        live,    known,      ports.profile.deletion_budget_percent};
  const AppPlan plan = plan_applications(input);
  std::map<std::string, std::pair<std::string, std::string>> failed;  // app -> reason, message
  for (const auto& [app, problem] : plan.errors) failed[app] = {"UpdateApplicationError", problem};
  for (const AppChange& change : plan.changes) {
    auto copy = change;
    const auto result = co_await write(run.set, copy);
    if (!result) {
      const bool known_since = change.action == AppChange::Action::create &&
                               result.error().code() == Errc::already_exists;
      run.retry = true;
      if (known_since) continue;  // our own creation, not yet seen by the watch: look again
      const char* reason = change.action == AppChange::Action::create   ? "CreateApplicationError"
                           : change.action == AppChange::Action::update ? "UpdateApplicationError"
                                                                        : "DeleteApplicationError";
      failed[change.name] = {reason, result.error().message()};
    } else if (change.action == AppChange::Action::remove) {
      run.owned.erase(change.name);
    } else {
      run.owned[change.name] = *result;
    }
  }
  if (!plan.held.empty()) hold(run, plan);
  if (!failed.empty()) {
    run.outcome.reason = failed.begin()->second.first;
    run.outcome.message = failed.begin()->second.second;
    run.retry = true;
  }
}

Task<Result<JsonRef>> AppSetController::State::write(const ApplicationSet& set, AppChange change) {
  auto type = kAppType;
  std::string ns = set.ns;
  const std::string subject = "appset." + set.name;
  kube::WriteOptions options;
  options.field_manager = "argocd-applicationset-controller";
  if (change.action == AppChange::Action::create) {
    auto created = co_await ports.hub.create(type, ns, change.body, options);
    if (created) {
      tell("app." + change.name, EventKind::fact, "created",
           fmt::format("ApplicationSet {} created Application \"{}\"", set.name, change.name));
    }
    co_return created;
  }
  if (change.action == AppChange::Action::update) {
    auto updated = co_await ports.hub.patch(type, ns, change.name, kube::PatchType::merge,
                                            change.body, "", options);
    if (updated) {
      tell(subject, EventKind::fact, "updated",
           fmt::format("updated Application \"{}\"", change.name));
    }
    co_return updated;
  }
  if (change.body != nullptr) {
    const auto released = co_await ports.hub.patch(type, ns, change.name, kube::PatchType::merge,
                                                   change.body, "", options);
    if (!released && released.error().code() != Errc::not_found) co_return released;
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
  if (find(*set.raw, {"metadata", "annotations", kRefresh}) == nullptr) co_return;
  Json patch = Json::object();
  set_at(patch, {"metadata", "annotations", kRefresh}, Json());
  JsonRef body = freeze(std::move(patch));
  auto type = kSetType;
  std::string ns = set.ns;
  std::string name = set.name;
  kube::WriteOptions options;
  options.field_manager = "argocd-applicationset-controller";
  // A failure leaves the annotation, and the next reconcile tries again.
  (void)co_await ports.hub.patch(type, ns, name, kube::PatchType::merge, body, "", options);
}

Task<bool> AppSetController::State::write_status(Reconcile& run) {
  // The watch may have brought our own last write since; comparing with the older one would write
  // it twice.
  const JsonRef newest = sets->get(run.set.ns, run.set.name);
  if (newest == nullptr) co_return true;
  const Json before = at_or_null(*newest, {"status"});
  std::vector<JsonRef> owned;
  for (const auto& [name, app] : run.owned) owned.push_back(app);
  const Json after = status_after(before, run.outcome, owned, ports.clock.wall_now());
  if (before == after) co_return true;
  const Json old_object = {{"status", before.is_null() ? Json::object() : before}};
  const Json new_object = {{"status", after}};
  JsonRef patch = freeze(kube::make_merge_patch(old_object, new_object));
  auto type = kSetType;
  std::string ns = run.set.ns;
  std::string name = run.set.name;
  kube::WriteOptions options;
  options.field_manager = "argocd-applicationset-controller";
  const auto written =
      co_await ports.hub.patch(type, ns, name, kube::PatchType::merge, patch, "status", options);
  if (!written) co_return written.error().code() == Errc::not_found;
  tell_error(name, before, run.outcome);
  co_return true;
}

/// On deletion the API server's garbage collector takes the Applications along; under policies that
/// forbid deletion they are let go first.
Task<Result<void>> AppSetController::State::finalize(JsonRef object) {
  const std::string set_name = name_in(*object);
  Json finalizers = at_or_null(*object, {"metadata", "finalizers"});
  if (!finalizers.is_array()) finalizers = Json::array();
  const auto ours = std::find(finalizers.begin(), finalizers.end(), kResourcesFinalizer);
  if (ours == finalizers.end()) co_return Result<void>();
  ApplicationSet set;
  set.name = set_name;
  set.ns = ports.ns;
  set.applications_sync = text_at(*object, {"spec", "syncPolicy", "applicationsSync"});
  auto app_type = kAppType;
  auto set_type = kSetType;
  std::string ns = ports.ns;
  kube::WriteOptions options;
  options.field_manager = "argocd-applicationset-controller";
  if (!set.may_delete()) {
    for (const JsonRef& app : live_apps()) {
      if (!owned_by(*app, set)) continue;
      std::string name = name_in(*app);
      Json release = Json::object();
      set_at(release, {"metadata", "ownerReferences"}, Json());
      JsonRef patch = freeze(std::move(release));
      const auto released =
          co_await ports.hub.patch(app_type, ns, name, kube::PatchType::merge, patch, "", options);
      if (!released && released.error().code() != Errc::not_found) co_return released.error();
    }
  }
  finalizers.erase(ours);
  Json body = Json::object();
  set_at(body, {"metadata", "finalizers"}, std::move(finalizers));
  set_at(body, {"metadata", "resourceVersion"},
         at_or_null(*object, {"metadata", "resourceVersion"}));
  JsonRef patch = freeze(std::move(body));
  std::string name = set_name;
  const auto done =
      co_await ports.hub.patch(set_type, ns, name, kube::PatchType::merge, patch, "", options);
  if (!done && done.error().code() != Errc::not_found) co_return done.error();
  co_return Result<void>();
}

void AppSetController::State::tell_generated(const Reconcile& run) {
  std::set<std::string> names;
  for (const Json& app : run.wanted) names.insert(name_in(app));
  std::set<std::string> before;
  if (const auto known = generated.find(run.set.name); known != generated.end()) {
    before = known->second;
  } else {
    for (const auto& [name, app] : run.owned) before.insert(name);
  }
  generated[run.set.name] = names;
  if (names == before) return;
  tell("appset." + run.set.name, EventKind::fact, "generated",
       fmt::format("{} Applications: {}", names.size(), fmt::join(names, ", ")),
       {{"applications", static_cast<std::int64_t>(names.size())},
        {"before", static_cast<std::int64_t>(before.size())}});
}

void AppSetController::State::tell_error(const std::string& set, const Json& before,
                                         const AppSetOutcome& outcome) {
  const Json* old = error_condition(before);
  const bool was = old != nullptr && text_at(*old, {"status"}) == "True";
  const std::string reason = was ? text_at(*old, {"reason"}) : "";
  const std::string message = was ? text_at(*old, {"message"}) : "";
  if (reason == outcome.reason && message == outcome.message) return;
  tell("appset." + set + ".error", EventKind::state,
       outcome.reason.empty() ? "none" : outcome.reason, outcome.message);
}

AppSetController::AppSetController(ControllerPorts ports, Rng rng)
    : state_(std::make_unique<State>(std::move(ports), rng)) {
  ClusterSet::Listener listener;
  listener.registrations_changed = [weak = std::weak_ptr<State*>(state_->self)] {
    if (const auto alive = weak.lock()) (*alive)->registrations_changed();
  };
  state_->ports.clusters.listen(std::move(listener));
}

AppSetController::~AppSetController() = default;

Task<void> AppSetController::run() { return state_->run(); }

}  // namespace spokelab::hub
