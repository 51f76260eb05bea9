// Stepping one sync attempt: tasks, dry run, waves, hooks, prunes.
#include "hub/sync/operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/task_group.h"
#include "hub/app/health/health.h"
#include "hub/pod_spec.h"
#include "hub/sync/apply.h"
#include "hub/sync/migration.h"
#include "kube/kinds.h"

namespace spokelab::hub {
namespace {

constexpr std::size_t kAppliesAtOnceMax = 20;  // Argo CD --kubectl-parallelism-limit
constexpr Nanos kCrdWait = std::chrono::seconds(3);
constexpr Nanos kCrdPoll = std::chrono::milliseconds(100);
constexpr std::string_view kInvalidTasks = "one or more synchronization tasks are not valid";
constexpr std::string_view kFailedDryRun = "one or more objects failed to apply (dry run)";
constexpr std::string_view kFailedApply = "one or more objects failed to apply";
constexpr std::string_view kFailedHooks = "one or more SyncFail hooks failed";
constexpr std::string_view kFailedTasks =
    "one or more synchronization tasks completed unsuccessfully";

std::string type_id(const SyncTask& task) {
  return fmt::format("{}/{}/{}", task.key.group, task.version, task.key.kind);
}

bool under_deletion(const JsonRef& live) {
  return live && find(*live, {"metadata", "deletionTimestamp"}) != nullptr;
}

/// "apps/Deployment/web", as Argo CD names what it waits for.
std::string waited_name(const kube::ObjectKey& key) {
  return fmt::format("{}/{}/{}", key.group, key.kind, key.name);
}

/// The distinct messages, joined behind the text.
std::string with_reasons(std::string_view text, const std::vector<std::string>& messages) {
  std::vector<std::string> distinct;
  for (const std::string& message : messages) {
    if (!message.empty() &&
        std::find(distinct.begin(), distinct.end(), message) == distinct.end()) {
      distinct.push_back(message);
    }
  }
  return distinct.empty() ? std::string(text)
                          : fmt::format("{}, reason: {}", text, fmt::join(distinct, ","));
}

/// The images of the containers of a pod, or of the pods that an object makes.
std::vector<std::string> images_of(const Json& object) {
  std::vector<std::string> images;
  const Json* pod = pod_spec_of(object);
  const Json* containers = pod == nullptr ? nullptr : find(*pod, {"containers"});
  if (containers == nullptr || !containers->is_array()) return images;
  for (const Json& container : *containers) {
    std::string image = text_at(container, {"image"});
    if (!image.empty()) images.push_back(std::move(image));
  }
  return images;
}

bool deleted_before_creation(const SyncTask& task) {
  return task.hook && task.live && task.pending() && delete_policies(task.object()).before_creation;
}

enum class RunState { successful, pending, failed };

/// One step. Lives in the frame of sync_step().
class Step {
 public:
  Step(Clock& clock, Spoke& spoke, SyncPlan plan, SyncProgress progress)
      : clock_(clock), spoke_(spoke), plan_(std::move(plan)), progress_(std::move(progress)) {
    tasks_ = make_tasks(plan_, spoke_, progress_.results);
  }

  Task<void> run();
  Task<void> terminate();
  SyncProgress take() { return std::move(progress_); }

 private:
  using Refs = std::vector<SyncTask*>;

  Task<bool> look_up_types();
  bool passes_dry_run();
  Task<bool> make_namespace_first();
  void run_dry();
  void observe_running();
  Task<bool> must_wait();
  Task<void> look_for(SyncTask* task);
  bool must_confirm(const Refs& tasks);
  Task<void> run_next_wave(Refs pending, Refs on_failure, Refs after_success, Refs after_failure);
  Task<void> wave_failed(Refs now, Refs on_failure, Refs after_failure);
  Task<RunState> run_tasks(Refs tasks);
  Task<bool> run_prunes(Refs prunes);
  Task<RunState> clear_old_hooks(Refs creates);
  Task<bool> run_creates(Refs creates);
  Task<void> create_one(SyncTask* task);
  Task<void> prune_one(SyncTask* task);
  Task<void> wait_for_crd(kube::ResourceType type, std::string name);
  Task<bool> fail(Refs on_failure, Refs failed, std::string_view text);
  Task<void> delete_hooks(Refs hooks);
  Task<Result<void>> delete_hook(SyncTask* task);
  Task<bool> end_hook(SyncTask* task);
  Task<Result<void>> release_hook(SyncTask* task);
  Task<bool> release_hooks(Refs hooks, std::string_view context);

  Task<Result<kube::ResourceType>> type_of(const SyncTask& task);
  bool provided_here(const SyncTask& task) const;
  void record(SyncTask& task, ResultCode code, OperationPhase state, std::string message);
  std::string explained(const SyncTask& task, const std::string& message) const;
  std::string propagation() const;
  void finish(OperationPhase phase, std::string message);
  std::optional<Health> judged(const Json& live) const {
    return plan_.checks ? plan_.checks->health_of(live, clock_.wall_now()) : health_of(live);
  }
  void wait_for(const Refs& tasks, bool deletion);
  template <class Wanted>
  Refs filter(Wanted wanted) {
    Refs found;
    for (SyncTask& task : tasks_) {
      if (wanted(task)) found.push_back(&task);
    }
    return found;
  }

  Clock& clock_;
  Spoke& spoke_;
  SyncPlan plan_;
  SyncProgress progress_;
  std::vector<SyncTask> tasks_;
  std::map<std::string, Result<kube::ResourceType>> types_;  // by "group/version/Kind"
};

/// What Argo CD adds to a server's words (util/argo AugmentSyncMsg).
std::string Step::explained(const SyncTask& task, const std::string& message) const {
  if (message.find("the server could not find the requested resource") != std::string::npos) {
    const std::string kind = task.key.group + "/" + task.key.kind;
    const std::string served =
        plan_.served_version ? plan_.served_version(task.key.group, task.key.kind) : std::string();
    if (served.empty()) {
      return fmt::format(
          "The Kubernetes API could not find {} for requested resource {}/{}. Make sure the \"{}\" "
          "CRD is installed on the destination cluster.",
          kind, task.shown_ns, task.key.name, task.key.kind);
    }
    return fmt::format(
        "The Kubernetes API could not find version \"{}\" of {} for requested resource {}/{}. "
        "Version \"{}\" of {} is installed on the destination cluster.",
        task.version, kind, task.shown_ns, task.key.name, served, kind);
  }
  if (message.find("metadata.annotations: Too long: must have at most 262144 bytes") !=
      std::string::npos) {
    return message +
           " \n -Additional Info: This error usually means that you are trying to add a large "
           "resource on client side. Consider using Server-side apply or syncing with replace "
           "enabled. Note: Syncing with Replace enabled is potentially destructive as it may cause "
           "resource deletion and re-creation.";
  }
  return message;
}

/// The newest message is kept when there is no new one.
void Step::record(SyncTask& task, ResultCode code, OperationPhase state, std::string message) {
  task.code = code;
  task.state = state;
  if (!message.empty()) task.message = std::move(message);
  const kube::ObjectKey key = task.result_key();
  const auto known = std::find_if(
      progress_.results.begin(), progress_.results.end(),
      [&](const ResourceResult& old) { return old.key == key && old.phase == task.phase; });
  if (known == progress_.results.end()) {
    progress_.results.push_back(ResourceResult{key, task.version, task.phase, task.hook, task.code,
                                               task.state, explained(task, task.message),
                                               images_of(task.object())});
    return;
  }
  known->code = task.code;
  known->state = task.state;
  known->message = explained(task, task.message);
}

/// How what is pruned is deleted, and hooks as well.
std::string Step::propagation() const {
  const std::string_view wanted = plan_.options.value("PrunePropagationPolicy");
  if (wanted == "background") return "Background";
  return wanted == "orphan" ? "Orphan" : "Foreground";
}

void Step::finish(OperationPhase phase, std::string message) {
  progress_.phase = phase;
  progress_.message = std::move(message);
}

void Step::wait_for(const Refs& tasks, bool deletion) {
  if (tasks.empty()) return finish(OperationPhase::running, "");
  const auto is_hook = [](const SyncTask* task) { return task->hook; };
  const auto first_hook = std::find_if(tasks.begin(), tasks.end(), is_hook);
  const bool any_hook = first_hook != tasks.end();
  const bool all_hooks = std::all_of(tasks.begin(), tasks.end(), is_hook);
  std::string_view what = any_hook ? "completion of hook" : "healthy state of";
  if (deletion) what = any_hook ? "deletion of hook" : "deletion of";
  const SyncTask& first = any_hook ? **first_hook : *tasks.front();
  std::string message = fmt::format("waiting for {} {}", what, waited_name(first.key));
  if (tasks.size() > 1) {
    message += fmt::format(" and {} more {}", tasks.size() - 1, all_hooks ? "hooks" : "resources");
  }
  finish(OperationPhase::running, std::move(message));
}

Task<Result<kube::ResourceType>> Step::type_of(const SyncTask& task) {
  const std::string id = type_id(task);
  const auto known = types_.find(id);
  if (known != types_.end()) co_return known->second;
  const auto type = co_await spoke_.type_of(task.key.group, task.version, task.key.kind);
  types_.insert_or_assign(id, type);
  co_return type;
}

bool Step::provided_here(const SyncTask& task) const {
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const SyncTask& other) {
    return !other.prune() && other.key.kind == "CustomResourceDefinition" &&
           text_at(other.object(), {"spec", "group"}) == task.key.group &&
           text_at(other.object(), {"spec", "names", "kind"}) == task.key.kind;
  });
}

Task<bool> Step::look_up_types() {
  std::vector<std::string> errors;
  const auto refuse = [&](SyncTask& task, const std::string& message) {
    if (std::find(errors.begin(), errors.end(), message) == errors.end()) errors.push_back(message);
    record(task, ResultCode::sync_failed, OperationPhase::none, message);
  };
  for (SyncTask& task : tasks_) {
    if (task.done()) continue;
    const auto type = co_await type_of(task);
    if (type) {
      const std::string refusal =
          plan_.refusal ? plan_.refusal(task.key, type->namespaced) : std::string();
      if (!refusal.empty()) refuse(task, refusal);
      continue;
    }
    const bool missing = type.error().code() == Errc::not_found;
    if (missing && (provided_here(task) || plan_.options.has("SkipDryRunOnMissingResource=true") ||
                    has_sync_option(task.object(), "SkipDryRunOnMissingResource=true"))) {
      types_.erase(type_id(task));
      task.skip_dry_run = true;
      continue;
    }
    refuse(task, type.error().message());
  }
  if (errors.empty()) co_return true;
  finish(OperationPhase::failed, fmt::format("{}: {}", kInvalidTasks, fmt::join(errors, ", ")));
  co_return false;
}

bool Step::passes_dry_run() {
  bool passed = true;
  for (SyncTask& task : tasks_) {
    if (task.prune() || task.skip_dry_run) continue;
    std::string problem;
    const auto type = types_.find(type_id(task));
    if (task.key.name.empty()) {
      problem = "resource name may not be empty";
    } else if (type != types_.end() && type->second && type->second->namespaced &&
               task.key.ns.empty()) {
      problem = "an empty namespace may not be set when a resource name is provided";
    }
    if (problem.empty()) continue;
    record(task, ResultCode::sync_failed, OperationPhase::failed, problem);
    passed = false;
  }
  if (!passed) finish(OperationPhase::failed, std::string(kFailedDryRun));
  return passed;
}

/// The Namespace that the others live in, before anything is checked that needs it.
Task<bool> Step::make_namespace_first() {
  if (plan_.destination_ns.empty()) co_return true;
  Refs missing = filter([&](const SyncTask& task) {
    return !task.prune() && !task.live && task.key.kind == "Namespace" && task.key.group.empty() &&
           task.key.name == plan_.destination_ns;
  });
  if (missing.empty()) co_return true;
  Refs one(1, missing.front());
  const RunState state = co_await run_tasks(one);
  if (state != RunState::failed) co_return true;
  const Refs none;
  co_await fail(none, one, "the namespace failed to apply");
  co_return false;
}

/// What a dry run says of each object, as kubectl does without asking the server.
void Step::run_dry() {
  for (SyncTask& task : tasks_) {
    if (task.skip_dry_run || task.done()) continue;
    if (!task.prune()) {
      record(
          task, ResultCode::synced, OperationPhase::succeeded,
          fmt::format("{} {} (dry run)", spoken_name(task.key.group, task.key.kind, task.key.name),
                      task.live ? "configured" : "created"));
    } else if (!plan_.prune) {
      record(task, ResultCode::prune_skipped, OperationPhase::succeeded,
             "ignored (requires pruning)");
    } else if (sync_option_value(*task.live, "Prune", plan_.options) == "false") {
      record(task, ResultCode::prune_skipped, OperationPhase::succeeded, "ignored (no prune)");
    } else {
      record(task, ResultCode::pruned, OperationPhase::succeeded, "pruned (dry run)");
    }
  }
  finish(OperationPhase::succeeded, "successfully synced (no more tasks)");
}

void Step::observe_running() {
  for (SyncTask& task : tasks_) {
    if (!task.running() || !task.live) continue;
    if (task.hook) {
      HookProgress seen = hook_progress(*task.live, plan_.checks.get(), clock_.wall_now());
      record(task, task.code, seen.phase, std::move(seen.message));
      continue;
    }
    const auto health = judged(*task.live);
    if (!health || health->status == HealthStatus::healthy) {
      record(task, task.code, OperationPhase::succeeded, health ? health->message : "");
    } else if (health->status == HealthStatus::degraded) {
      record(task, task.code, OperationPhase::failed, health->message);
    }
  }
}

/// A running task's object that the mirror does not show. Nobody waits for what was deleted.
Task<void> Step::look_for(SyncTask* task) {
  const auto type = co_await type_of(*task);
  if (!type) co_return;
  const auto live = co_await spoke_.get(*type, task->key.ns, task->key.name);
  if (live) co_return;
  if (live.error().code() != Errc::not_found) {
    record(*task, task->code, OperationPhase::error,
           "Failed to get live resource " + live.error().message());
    co_return;
  }
  record(*task, ResultCode::sync_failed, OperationPhase::error,
         fmt::format("Resource {} is missing, it might have been deleted", waited_name(task->key)));
}

Task<bool> Step::must_wait() {
  const bool steps = multi_step(tasks_);
  const Refs running =
      filter([&](const SyncTask& task) { return (steps || task.hook) && task.running(); });
  if (!running.empty()) {
    for (SyncTask* task : running) {
      if (!task->live) co_await look_for(task);
    }
    wait_for(running, false);
    co_return true;
  }
  const Refs vanishing =
      filter([](const SyncTask& task) { return task.pruned() && under_deletion(task.live); });
  if (!vanishing.empty()) wait_for(vanishing, true);
  co_return !vanishing.empty();
}

Task<void> Step::run() {
  const bool first = progress_.results.empty();
  if (!co_await look_up_types()) co_return;
  if (plan_.dry_run) {
    if (!first || passes_dry_run()) run_dry();
    co_return;
  }
  if (first) {
    const bool has_namespace = co_await make_namespace_first();
    if (!has_namespace || !passes_dry_run()) co_return;
  }
  observe_running();
  if (co_await must_wait()) co_return;

  const Refs finished = filter([](const SyncTask& task) { return task.hook && task.done(); });
  co_await release_hooks(finished, "Failed to remove hook finalizer");
  const auto kept_no_longer = [&](bool DeletePolicies::*policy) {
    return filter([policy](const SyncTask& task) {
      return task.hook && task.live && !task.running() && delete_policies(task.object()).*policy;
    });
  };
  const Refs after_success = kept_no_longer(&DeletePolicies::succeeded);
  const Refs after_failure = kept_no_longer(&DeletePolicies::failed);
  Refs on_failure = filter([](const SyncTask& task) { return task.phase == SyncPhase::sync_fail; });
  const auto of_sync = [](const SyncTask& task) { return task.phase != SyncPhase::sync_fail; };
  const Refs unsuccessful = filter(
      [&](const SyncTask& task) { return of_sync(task) && task.done() && !task.successful(); });
  if (!unsuccessful.empty()) {
    Refs refused = filter([&](const SyncTask& task) {
      return of_sync(task) && task.code == ResultCode::sync_failed;
    });
    co_await delete_hooks(after_failure);
    co_await fail(on_failure, refused, kFailedTasks);
    co_return;
  }
  Refs pending = filter([&](const SyncTask& task) { return of_sync(task) && task.pending(); });
  if (pending.empty()) {
    co_await delete_hooks(after_success);
    finish(OperationPhase::succeeded, "successfully synced (no more tasks)");
    co_return;
  }
  co_await run_next_wave(pending, on_failure, after_success, after_failure);
}

/// True when objects of this wave may only be pruned once somebody has said so.
bool Step::must_confirm(const Refs& tasks) {
  Refs unconfirmed;
  for (SyncTask* task : tasks) {
    if (task->prune() && plan_.prune && !plan_.deletion_approved &&
        sync_option_value(*task->live, "Prune", plan_.options) == "confirm") {
      unconfirmed.push_back(task);
    }
  }
  if (unconfirmed.empty()) return false;
  std::string message =
      fmt::format("waiting for pruning confirmation of {}", waited_name(unconfirmed.front()->key));
  if (unconfirmed.size() > 1)
    message += fmt::format(" and {} more resources", unconfirmed.size() - 1);
  finish(OperationPhase::running, std::move(message));
  return true;
}

Task<void> Step::run_next_wave(Refs pending, Refs on_failure, Refs after_success,
                               Refs after_failure) {
  const SyncPhase phase = pending.front()->phase;
  const int wave = pending.front()->wave;
  const bool final_wave = pending.back()->phase == phase && pending.back()->wave == wave;
  Refs now;
  bool more = false;
  for (SyncTask* task : pending) {
    if (task->phase == phase && task->wave == wave) {
      now.push_back(task);
    } else {
      more = true;
    }
  }
  if (must_confirm(now)) co_return;
  finish(OperationPhase::running, "one or more tasks are running");
  const RunState state = co_await run_tasks(now);
  if (state == RunState::failed) {
    co_await wave_failed(now, on_failure, after_failure);
    co_return;
  }
  if (!final_wave) co_await sleep_for(clock_, plan_.wave_delay);
  if (state == RunState::pending) {
    Refs leaving;
    for (SyncTask* task : now) {
      if (deleted_before_creation(*task)) leaving.push_back(task);
    }
    wait_for(leaving, true);
    co_return;
  }
  // Plain objects of the last wave need not become healthy.
  const bool hooks =
      std::any_of(now.begin(), now.end(), [](const SyncTask* task) { return task->hook; });
  if (more || hooks) {
    wait_for(now, false);
    co_return;
  }
  co_await delete_hooks(after_success);
  finish(OperationPhase::succeeded, "successfully synced (all tasks run)");
}

/// What this wave has begun is waited for before the attempt fails.
Task<void> Step::wave_failed(Refs now, Refs on_failure, Refs after_failure) {
  Refs refused;
  Refs running;
  for (SyncTask* task : now) {
    if (task->code == ResultCode::sync_failed) refused.push_back(task);
    if (task->running()) running.push_back(task);
  }
  if (running.empty()) {
    const bool over = co_await fail(on_failure, refused, kFailedApply);
    if (over) co_await delete_hooks(after_failure);
    co_return;
  }
  if (!on_failure.empty()) {
    const bool over = co_await fail(on_failure, refused, kFailedApply);
    if (!over) running.insert(running.end(), on_failure.begin(), on_failure.end());
  }
  wait_for(running, false);
}

Task<RunState> Step::run_tasks(Refs tasks) {
  Refs prunes;
  Refs creates;
  Refs old_hooks;
  for (SyncTask* task : tasks) {
    (task->prune() ? prunes : creates).push_back(task);
    if (task->hook && task->pending() && task->live) old_hooks.push_back(task);
  }
  const bool released = co_await release_hooks(old_hooks, "failed to remove hook finalizer");
  if (!released) co_return RunState::failed;
  const bool pruned = co_await run_prunes(prunes);
  if (!pruned) co_return RunState::failed;
  const RunState cleared = co_await clear_old_hooks(creates);
  if (cleared != RunState::successful) co_return cleared;
  const bool created = co_await run_creates(creates);
  co_return created ? RunState::successful : RunState::failed;
}

Task<bool> Step::run_prunes(Refs prunes) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (std::size_t from = 0; from < prunes.size(); from += kAppliesAtOnceMax) {
    TaskGroup group(executor);
    const std::size_t to = std::min(from + kAppliesAtOnceMax, prunes.size());
    for (std::size_t i = from; i < to; ++i) group.spawn(prune_one(prunes[i]));
    co_await group.join();
  }
  co_return std::all_of(prunes.begin(), prunes.end(),
                        [](const SyncTask* task) { return task->successful(); });
}

Task<void> Step::prune_one(SyncTask* task) {
  if (!plan_.prune) {
    record(*task, ResultCode::prune_skipped, OperationPhase::succeeded,
           "ignored (requires pruning)");
    co_return;
  }
  if (sync_option_value(*task->live, "Prune", plan_.options) == "false") {
    record(*task, ResultCode::prune_skipped, OperationPhase::succeeded, "ignored (no prune)");
    co_return;
  }
  if (under_deletion(task->live)) {
    record(*task, ResultCode::pruned, OperationPhase::succeeded, "pruned");
    co_return;
  }
  const auto type = co_await type_of(*task);
  if (!type) {
    record(*task, ResultCode::sync_failed, OperationPhase::failed, type.error().message());
    co_return;
  }
  Applied deleted = co_await delete_object(spoke_, *type, task->live, propagation());
  const bool pruned = deleted.code == ResultCode::pruned;
  record(*task, deleted.code, pruned ? OperationPhase::succeeded : OperationPhase::failed,
         std::move(deleted.message));
}

/// What an earlier sync left of the hooks; one that has vanished meanwhile is not in the way.
Task<RunState> Step::clear_old_hooks(Refs creates) {
  bool waits = false;
  bool failed = false;
  for (SyncTask* task : creates) {
    if (!deleted_before_creation(*task)) continue;
    if (under_deletion(task->live)) {
      waits = true;
      continue;
    }
    const auto deleted = co_await delete_hook(task);
    if (deleted) {
      waits = true;
    } else if (deleted.error().code() == Errc::not_found) {
      task->live = nullptr;
    } else {
      failed = true;
      record(*task, task->code, OperationPhase::error,
             "failed to delete resource: " + deleted.error().message());
    }
  }
  if (failed) co_return RunState::failed;
  co_return waits ? RunState::pending : RunState::successful;
}

Task<bool> Step::run_creates(Refs creates) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  std::size_t from = 0;
  while (from < creates.size()) {
    std::size_t to = from;
    const std::string& kind = creates[from]->key.kind;
    while (to < creates.size() && creates[to]->key.kind == kind && to - from < kAppliesAtOnceMax)
      ++to;
    TaskGroup group(executor);
    for (std::size_t i = from; i < to; ++i) group.spawn(create_one(creates[i]));
    co_await group.join();
    for (std::size_t i = from; i < to; ++i) {
      if (creates[i]->code == ResultCode::sync_failed) co_return false;
    }
    from = to;
  }
  co_return true;
}

Task<void> Step::create_one(SyncTask* task) {
  const auto type = co_await type_of(*task);
  if (!type) {
    record(*task, ResultCode::sync_failed, OperationPhase::failed, type.error().message());
    co_return;
  }
  const Json& object = *task->target;
  const auto asked_for = [&](std::string_view option) {
    return has_sync_option(object, option) || (task->live && has_sync_option(*task->live, option));
  };
  ApplyOptions options;
  options.replace = plan_.options.has("Replace=true") || asked_for("Replace=true");
  const bool by_app = plan_.options.has("ServerSideApply=true") &&
                      !has_sync_option(object, "ServerSideApply=false");
  options.server_side = by_app || has_sync_option(object, "ServerSideApply=true");
  options.force = plan_.force || asked_for("Force=true");
  if (!plan_.migrated_manager.empty() && task->live &&
      has_field_manager(*task->live, plan_.migrated_manager))
    options.migrated_manager = plan_.migrated_manager;
  Applied applied = co_await apply_object(spoke_, *type, task->target, options);
  const bool written = applied.code == ResultCode::synced;
  if (written && task->key.kind == "CustomResourceDefinition")
    co_await wait_for_crd(*type, task->key.name);
  record(*task, applied.code, written ? OperationPhase::running : OperationPhase::failed,
         std::move(applied.message));
}

/// Until the server serves the new kind; a definition that takes longer is not our failure.
Task<void> Step::wait_for_crd(kube::ResourceType type, std::string name) {
  const RunTime deadline = clock_.now() + kCrdWait;
  while (clock_.now() < deadline) {
    const auto live = co_await spoke_.get(type, "", name);
    if (!live) co_return;
    const auto health = judged(**live);
    if (health && health->status == HealthStatus::healthy) co_return;
    co_await sleep_for(clock_, kCrdPoll);
  }
}

/// Runs the hooks of a failure. True once they are through, and with them the attempt.
Task<bool> Step::fail(Refs on_failure, Refs failed, std::string_view text) {
  std::vector<std::string> messages;
  for (const SyncTask* task : failed) messages.push_back(task->message);
  std::string message = with_reasons(text, messages);
  Refs pending;
  bool over = true;
  std::vector<std::string> hook_messages;
  bool refused = false;
  for (SyncTask* task : on_failure) {
    over = over && task->done();
    if (task->pending()) pending.push_back(task);
    if (task->code != ResultCode::sync_failed) continue;
    refused = true;
    hook_messages.push_back(task->message);
  }
  if (over) {
    if (refused) message += "\n" + with_reasons(kFailedHooks, hook_messages);
    finish(OperationPhase::failed, std::move(message));
    co_return true;
  }
  co_await run_tasks(pending);
  wait_for(pending, false);
  co_return false;
}

/// Takes our finalizer off, so that the hook can be deleted by anybody.
Task<Result<void>> Step::release_hook(SyncTask* task) {
  if (!task->live) co_return Result<void>();
  const Json* finalizers = find(*task->live, {"metadata", "finalizers"});
  if (finalizers == nullptr || !finalizers->is_array()) co_return Result<void>();
  Json kept = Json::array();
  for (const Json& finalizer : *finalizers) {
    if (finalizer != kHookFinalizer) kept.push_back(finalizer);
  }
  if (kept.size() == finalizers->size()) co_return Result<void>();
  const auto type = co_await type_of(*task);
  if (!type) co_return type.error();
  Json patch = Json::object();
  patch["metadata"]["finalizers"] = kept.empty() ? Json(nullptr) : std::move(kept);
  const JsonRef body = freeze(std::move(patch));
  const auto released = co_await spoke_.patch(*type, task->key.ns, task->key.name,
                                              kube::PatchType::merge, body, false);
  if (released) {
    task->live = *released;
  } else if (released.error().code() != Errc::not_found) {
    co_return released.error().within("failed to update resource");
  }
  co_return Result<void>();
}

Task<bool> Step::release_hooks(Refs hooks, std::string_view context) {
  bool all = true;
  for (SyncTask* task : hooks) {
    const auto released = co_await release_hook(task);
    if (released) continue;
    all = false;
    record(*task, task->code, OperationPhase::error,
           fmt::format("{}: {}", context, released.error().message()));
  }
  co_return all;
}

Task<Result<void>> Step::delete_hook(SyncTask* task) {
  const auto type = co_await type_of(*task);
  if (!type) co_return type.error();
  kube::DeleteOptions options;
  options.propagation = propagation();
  const auto removed = co_await spoke_.remove(*type, task->key.ns, task->key.name, options);
  if (!removed) co_return removed.error();
  co_return Result<void>();
}

Task<void> Step::delete_hooks(Refs hooks) {
  for (SyncTask* task : hooks) {
    if (under_deletion(task->live)) continue;
    const auto deleted = co_await delete_hook(task);
    if (deleted || deleted.error().code() == Errc::not_found) continue;
    record(*task, task->code, OperationPhase::error,
           "failed to delete resource: " + deleted.error().message());
  }
}

/// Ends one running hook. False when that did not work.
Task<bool> Step::end_hook(SyncTask* task) {
  if (!task->live) {
    const auto type = co_await type_of(*task);
    Result<JsonRef> found = Error(Errc::not_found, "");
    if (type) {
      found = co_await spoke_.get(*type, task->key.ns, task->key.name);
    } else {
      found = type.error();
    }
    if (!found && found.error().code() != Errc::not_found) {
      record(*task, task->code, OperationPhase::error,
             "Failed to get live resource: " + found.error().message());
      co_return false;
    }
    if (!found) {
      record(*task, task->code, OperationPhase::succeeded, "Terminated");
      co_return true;
    }
    task->live = *found;
  }
  HookProgress seen = hook_progress(*task->live, plan_.checks.get(), clock_.wall_now());
  const auto released = co_await release_hook(task);
  if (!released) {
    record(*task, task->code, OperationPhase::error,
           "Failed to remove hook finalizer: " + released.error().message());
    co_return false;
  }
  if (!completed(seen.phase) || delete_policies(task->object()).failed) {
    const auto deleted = co_await delete_hook(task);
    if (!deleted && deleted.error().code() != Errc::not_found) {
      record(*task, task->code, OperationPhase::failed,
             "Failed to delete: " + deleted.error().message());
      co_return false;
    }
  }
  if (completed(seen.phase)) {
    record(*task, task->code, seen.phase, std::move(seen.message));
  } else if (task->state != OperationPhase::error) {
    record(*task, task->code, OperationPhase::failed, "Terminated");
  }
  co_return true;
}

Task<void> Step::terminate() {
  const Refs finished = filter([](const SyncTask& task) { return task.hook && task.done(); });
  co_await release_hooks(finished, "Failed to remove hook finalizer");
  const Refs running = filter([](const SyncTask& task) { return task.hook && task.running(); });
  bool clean = true;
  for (SyncTask* task : running) {
    const bool ended = co_await end_hook(task);
    clean = clean && ended;
  }
  if (clean) {
    finish(OperationPhase::failed, "Operation terminated");
  } else {
    finish(OperationPhase::error, "Operation termination had errors");
  }
}

}  // namespace

Task<SyncProgress> sync_step(Clock& clock, Spoke& spoke, SyncPlan plan, SyncProgress progress) {
  Step step(clock, spoke, std::move(plan), std::move(progress));
  co_await step.run();
  co_return step.take();
}

Task<SyncProgress> terminate_sync(Clock& clock, Spoke& spoke, SyncPlan plan,
                                  SyncProgress progress) {
  Step step(clock, spoke, std::move(plan), std::move(progress));
  co_await step.terminate();
  co_return step.take();
}

}  // namespace spokelab::hub
