// AppSetController: watches ApplicationSets and the Applications they own, and writes what a plan
// says.
#include "hub/appset/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/task_group.h"
#include "hub/appset/controller_state.h"
#include "hub/appset/generators/fact_finder.h"
#include "hub/appset/validate.h"

namespace spokelab::hub {

namespace {

constexpr int kFactRounds = 20;                           // facts that lead to further facts
constexpr Nanos kErrorRequeue = std::chrono::minutes(3);  // ReconcileRequeueOnValidationError

const kube::ResourceType kProjectType{"argoproj.io", "v1alpha1", "appprojects", "AppProject", true};

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
  if (!new_notes.contains(kAppSetRefresh)) old_notes.erase(std::string(kAppSetRefresh));
  return old_notes != new_notes;
}

/// What the set would write back.
bool app_drifted(const Json& before, const Json& now) {
  return !same(before, now, {"spec"}) || !same(before, now, {"metadata", "labels"}) ||
         !same(before, now, {"metadata", "annotations"}) ||
         !same(before, now, {"metadata", "finalizers"});
}

/// What may move a rollout on. An operation's first state does not, as in Argo CD: the next one
/// will.
bool app_progressed(const Json& before, const Json& now) {
  if (!same(before, now, {"status", "health", "status"}) ||
      !same(before, now, {"status", "sync", "status"})) {
    return true;
  }
  if (at_or_null(before, {"status", "operationState"}).is_null()) return false;
  return !same(before, now, {"status", "operationState", "phase"}) ||
         !same(before, now, {"status", "operationState", "startedAt"});
}

bool saw_commit(const Json& before, const Json& now) {
  return !same(before, now, {"status", "sync", "revision"}) ||
         !same(before, now, {"status", "sync", "revisions"});
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

std::uint64_t version_of(const Json& object) {
  const std::string text = text_at(object, {"metadata", "resourceVersion"});
  std::uint64_t version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

AppSetDefaults defaults_of(const Profile& profile) {
  AppSetDefaults defaults;
  defaults.policy = profile.appset_policy;
  defaults.allow_override = profile.appset_policy_override.value_or(profile.appset_policy.empty());
  defaults.preserved_annotations.insert(profile.appset_preserved_annotations.begin(),
                                        profile.appset_preserved_annotations.end());
  defaults.preserved_labels.insert(profile.appset_preserved_labels.begin(),
                                   profile.appset_preserved_labels.end());
  return defaults;
}

}  // namespace

kube::ResourceType application_set_type() {
  return {"argoproj.io", "v1alpha1", "applicationsets", "ApplicationSet", true};
}

kube::ResourceType application_type() {
  return {"argoproj.io", "v1alpha1", "applications", "Application", true};
}

const Json& at_or_null(const Json& object, std::initializer_list<std::string_view> path) {
  static const Json nothing;
  const Json* found = find(object, path);
  return found == nullptr ? nothing : *found;
}

std::string name_in(const Json& object) { return text_at(object, {"metadata", "name"}); }

AppSetController::State::State(ControllerPorts given, Rng chance, HttpDialer* dialer)
    : ports(std::move(given)),
      rng(chance),
      outside(dialer),
      defaults(defaults_of(ports.profile)),
      generator_settings{ports.profile.scm_providers, ports.profile.allowed_scm_providers,
                         ports.profile.new_git_globbing} {}

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
  sets.emplace(ports.clock, rng.stream("sets"), ports.hub, application_set_type(), options,
               std::move(handler));
}

void AppSetController::State::watch_apps() {
  kube::ReflectorOptions options;
  options.ns = ports.ns;
  if (ports.profile.isolate_clusters) options.list_every = ports.profile.relist_every;
  kube::Reflector::Handler handler;
  handler.modified = [this](const JsonRef& before, const JsonRef& now) {
    const std::string owner = owner_of(*now);
    if (owner.empty()) return;
    const bool moved = ports.profile.progressive_syncs &&
                       (app_progressed(*before, *now) ||
                        (ports.profile.rollout_waits_for_same_commit && saw_commit(*before, *now)));
    if (moved || app_drifted(*before, *now)) queue->add(owner);
  };
  handler.deleted = [this](const JsonRef& last) {
    const std::string owner = owner_of(*last);
    if (owner.empty()) return;
    tell("app." + name_in(*last), EventKind::fact, "removed",
         "Application removed; it belonged to ApplicationSet " + owner);
    queue->add(owner);
  };
  apps.emplace(ports.clock, rng.stream("apps"), ports.hub, application_type(), options,
               std::move(handler));
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
  written.clear();
  told.clear();
  watch_sets();
  watch_apps();
  struct Shown {
    explicit Shown(State& state) : counts(state.ports.metrics) {
      if (counts == nullptr) return;
      counts->appsets = [&state](metrics::Exposition& page) { state.collect(page); };
    }
    ~Shown() {
      if (counts != nullptr) counts->appsets = nullptr;
    }
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;
    HubMetrics* counts;
  } shown(*this);
  TaskGroup group(executor);
  group.spawn(sets->run());
  group.spawn(apps->run());
  for (int worker = 0; worker < ports.profile.appset_workers; ++worker) group.spawn(work());
  co_await group.join();
}

void AppSetController::State::collect(metrics::Exposition& page) const {
  page.family("argocd_appset_info", "Information about applicationset", metrics::Type::gauge);
  page.family("argocd_appset_owned_applications",
              "Number of applications owned by the applicationset", metrics::Type::gauge);
  for (const auto& [key, set] : sets->store()) {
    std::string updated = "Unknown";
    const Json& conditions = at_or_null(*set, {"status", "conditions"});
    for (const Json& condition : conditions) {
      if (text_at(condition, {"type"}) == "ResourcesUpToDate")
        updated = text_at(condition, {"reason"});
    }
    const Json& resources = at_or_null(*set, {"status", "resources"});
    metrics::Labels who{{"namespace", key.first}, {"name", key.second}};
    page.sample("argocd_appset_owned_applications", who,
                resources.is_array() ? static_cast<double>(resources.size()) : 0);
    who.emplace_back("resource_update_status", updated);
    page.sample("argocd_appset_info", who, 1);
  }
}

Task<void> AppSetController::State::work() {
  co_await sets->wait_synced();
  co_await apps->wait_synced();
  for (;;) {
    std::string name = co_await queue->get();
    const RunTime began = ports.clock.now();
    co_await reconcile(name);
    if (ports.metrics != nullptr)
      ports.metrics->appset_reconciles.observe({ports.ns, name}, ports.clock.now() - began);
    queue->done(name);
  }
}

std::vector<JsonRef> AppSetController::State::live_apps() const {
  std::vector<JsonRef> all;
  for (const auto& [key, app] : apps->store()) all.push_back(app);
  return all;
}

/// The set as the watch has it, or as our own last write left it where the watch has not come that
/// far: a rollout that looked at an older status would go a step twice.
JsonRef AppSetController::State::newest(const std::string& name) {
  const JsonRef stored = sets->get(ports.ns, name);
  const auto ours = written.find(name);
  if (ours == written.end()) return stored;
  const bool same_object = stored != nullptr && same(*stored, *ours->second, {"metadata", "uid"});
  if (same_object && version_of(*ours->second) > version_of(*stored)) return ours->second;
  written.erase(ours);
  return stored;
}

bool AppSetController::State::rolls(const ApplicationSet& set) const {
  return ports.profile.progressive_syncs && set.strategy.is_rolling();
}

Task<void> AppSetController::State::reconcile(std::string name) {
  JsonRef object = newest(name);
  if (object == nullptr) {
    generated.erase(name);
    generations.erase(name);
    told.erase(name);
    queue->forget(name);
    co_return;
  }
  if (find(*object, {"metadata", "deletionTimestamp"}) != nullptr) {
    const auto again = co_await finalize(object);
    if (!again) {
      queue->add_rate_limited(name);
    } else if (*again > Nanos(0)) {
      queue->forget(name);
      queue->add_after(name, *again);
    }
    co_return;
  }
  Reconcile run;
  std::optional<GenerationFailure> failure;
  auto read = read_application_set(object, defaults);
  if (read) {
    run.set = std::move(*read);
    tell_spec(run.set);
    if (ports.profile.progressive_syncs && run.set.strategy.deletes_in_reverse()) {
      const auto kept = co_await keep_finalizer(run.set);
      if (!kept) {
        queue->add_rate_limited(name);
        co_return;
      }
    }
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
    run.outcome = AppSetOutcome{false, failure->reason, failure->error.message(), std::nullopt};
    if (rolls(run.set) || !read) run.outcome.rollout = RolloutNews{true, {}, ""};
    run.again = kErrorRequeue;
  } else {
    co_await carry_out(run);
  }
  co_await clear_refresh(run.set);
  const bool done = co_await write_outcome(run);
  if (run.retry || !done) {
    queue->add_rate_limited(name);
    co_return;
  }
  queue->forget(name);
  if (run.again > Nanos(0)) queue->add_after(name, run.again);
}

/// What follows once all Applications could be generated.
Task<void> AppSetController::State::carry_out(Reconcile& run) {
  const auto missing = co_await missing_projects(*run.wanted);
  const auto faults = application_faults(run.set.name, *run.wanted, ports.clusters, missing);
  std::set<std::string> withheld;
  for (const auto& [app, problem] : faults) withheld.insert(app);
  tell_generated(run);
  for (const Json& entry : run.set.generators()) {
    const Nanos timer = requeue_after(entry, ports.profile.appset_requeue);
    if (timer > Nanos(0) && (run.again == Nanos(0) || timer < run.again)) run.again = timer;
  }
  if (!faults.empty()) {
    run.outcome.reason = "ApplicationValidationError";
    run.outcome.message = fault_message(faults);
    if (run.again == Nanos(0)) run.again = kErrorRequeue;
  }
  if (rolls(run.set)) {
    run.settled = nullptr;
    const bool rolled = co_await roll(run);
    if (!rolled) {
      run.retry = true;
      co_return;
    }
  }
  co_await write_all(run, withheld);
}

Task<std::optional<GenerationFailure>> AppSetController::State::make(Reconcile& run) {
  LastGeneration& last = generations[run.set.name];
  if (auto made = last.find(run.set, ports.clusters.all())) {
    run.wanted = std::move(made);
    run.settled = &last.settled;
    co_return std::nullopt;
  }
  last.forget();
  Facts facts;
  FactFinder finder(ports.clock, ports.hub, ports.repos, outside);
  const std::string project = text_at(run.set.app_template(), {"spec", "project"});
  for (int round = 0; round < kFactRounds; ++round) {
    const auto clusters = ports.clusters.all();
    const GeneratorScope scope{run.set.dialect, clusters,   facts,   generator_settings,
                               run.set.name,    run.set.ns, project, 0};
    auto made = make_applications(run.set, scope);
    if (made) {
      run.wanted = std::make_shared<const std::vector<Json>>(std::move(*made));
      // Facts from elsewhere have to be asked for anew each time.
      if (facts.known() == 0) {
        last.keep(run.set, clusters, run.wanted);
        run.settled = &last.settled;
      }
      co_return std::nullopt;
    }
    if (!facts.wanting()) co_return made.error();
    const auto found = co_await finder.find_out(facts);
    if (!found) {
      co_return GenerationFailure{"ApplicationGenerationFromParamsError", found.error()};
    }
  }
  co_return GenerationFailure{
      "ApplicationGenerationFromParamsError",
      Error(Errc::limit, fmt::format("generators lead to further repositories, objects and "
                                     "plugins more than {} times",
                                     kFactRounds))};
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

/// Moves the rollout on, writes down how far it has come, and then says so in the Applications that
/// are to be written. False: it could not be written down.
Task<bool> AppSetController::State::roll(Reconcile& run) {
  const JsonRef object = newest(run.set.name);
  if (object == nullptr) co_return true;
  const Json before = at_or_null(*object, {"status"});
  const auto statuses = read_rollout_statuses(before);
  std::vector<JsonRef> owned;
  for (const auto& [name, app] : run.owned) owned.push_back(app);
  std::vector<const Json*> wanted;
  for (const Json& app : *run.wanted) wanted.push_back(&app);
  const RolloutInput input{run.set.strategy,
                           owned,
                           wanted,
                           statuses,
                           [&run](const Json& live, const Json& generated) {
                             Json manual = generated;
                             disable_automation(manual);
                             return spec_differs(run.set, live, manual);
                           },
                           ports.profile.rollout_trusts_own_operation,
                           ports.profile.rollout_waits_for_same_commit,
                           ports.clock.wall_now()};
  const Rollout rollout = advance_rollout(input);
  run.outcome.rollout = RolloutNews{false, rollout.statuses, rollout.progressing_step};
  const Json after = status_with_rollout(before, *run.outcome.rollout, ports.clock.wall_now());
  if (after != before) {
    std::string name = run.set.name;
    Json copy = after;
    const bool done = co_await write_status(name, copy);
    if (!done) co_return false;
  }
  tell_rollout(run, statuses);
  if (run.set.strategy.rolls()) {
    std::vector<Json> held = *run.wanted;
    for (Json& app : held) apply_rollout(app, rollout);
    run.wanted = std::make_shared<const std::vector<Json>>(std::move(held));
  }
  co_return true;
}

AppSetController::AppSetController(ControllerPorts ports, Rng rng, HttpDialer* outside)
    : state_(std::make_unique<State>(std::move(ports), rng, outside)) {
  ClusterSet::Listener listener;
  listener.registrations_changed = [weak = std::weak_ptr<State*>(state_->self)] {
    if (const auto alive = weak.lock()) (*alive)->registrations_changed();
  };
  state_->ports.clusters.listen(std::move(listener));
}

AppSetController::~AppSetController() = default;

Task<void> AppSetController::run() { return state_->run(); }

}  // namespace spokelab::hub
