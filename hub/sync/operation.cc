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
#include "hub/sync/apply.h"
#include "kube/kinds.h"

namespace spokelab::hub {
namespace {

constexpr std::size_t kAppliesAtOnceMax = 20;  // Argo CD --kubectl-parallelism-limit
constexpr Nanos kCrdWait = std::chrono::seconds(3);
constexpr Nanos kCrdPoll = std::chrono::milliseconds(100);
constexpr std::string_view kInvalidTasks = "one or more synchronization tasks are not valid";
constexpr std::string_view kFailedDryRun = "one or more objects failed to apply (dry run)";
constexpr std::string_view kFailedApply = "one or more objects failed to apply";
constexpr std::string_view kFailedTasks =
    "one or more synchronization tasks completed unsuccessfully";

bool selects(const std::vector<SelectedResource>& selected, const kube::ObjectKey& key) {
  if (selected.empty()) return true;
  return std::any_of(selected.begin(), selected.end(), [&](const SelectedResource& wanted) {
    return wanted.kind == key.kind && wanted.name == key.name && wanted.group == key.group &&
           (wanted.ns.empty() || wanted.ns == key.ns);
  });
}

/// The object as it is applied for one run of a hook.
JsonRef hook_target(const Json& hook, const SyncPlan& plan, SyncPhase phase) {
  Json object = hook;
  Json& metadata = object["metadata"];
  if (text_at(object, {"metadata", "name"}).empty()) {
    const std::string prefix = text_at(object, {"metadata", "generateName"});
    metadata["name"] = generated_hook_name(prefix, plan.revision, phase, plan.started);
    metadata.erase("generateName");
  }
  Json& finalizers = metadata["finalizers"];
  if (!finalizers.is_array()) finalizers = Json::array();
  if (std::find(finalizers.begin(), finalizers.end(), kHookFinalizer) == finalizers.end()) {
    finalizers.push_back(kHookFinalizer);
  }
  return freeze(std::move(object));
}

std::string version_of(const Json& object) {
  return kube::split_api_version(text_at(object, {"apiVersion"})).version;
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
  Task<void> observe_running();
  bool must_wait();
  Task<void> run_next_wave(Refs pending, Refs on_failure, Refs hooks_to_delete);
  Task<RunState> run_tasks(Refs tasks);
  Task<bool> run_prunes(Refs prunes);
  Task<RunState> clear_old_hooks(Refs creates);
  Task<bool> run_creates(Refs creates);
  Task<void> create_one(SyncTask* task);
  Task<void> prune_one(SyncTask* task);
  Task<void> wait_for_crd(kube::ResourceType type, std::string name);
  Task<void> fail(Refs on_failure, Refs failed, std::string_view text);
  Task<void> delete_hooks(Refs hooks);
  Task<void> release_hook(SyncTask* task);

  Task<Result<kube::ResourceType>> type_of(const SyncTask& task);
  bool provided_here(const SyncTask& task) const;
  void record(SyncTask& task, ResultCode code, OperationPhase state, std::string message);
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

void Step::record(SyncTask& task, ResultCode code, OperationPhase state, std::string message) {
  task.code = code;
  task.state = state;
  task.message = std::move(message);
  ResourceResult result{task.key,  task.version, task.phase,  task.hook,
                        task.code, task.state,   task.message};
  const auto known = std::find_if(progress_.results.begin(), progress_.results.end(),
                                  [&](const ResourceResult& old) {
                                    return old.key == result.key && old.phase == result.phase;
                                  });
  if (known == progress_.results.end()) {
    progress_.results.push_back(std::move(result));
  } else {
    *known = std::move(result);
  }
}

void Step::finish(OperationPhase phase, std::string message) {
  progress_.phase = phase;
  progress_.message = std::move(message);
}

void Step::wait_for(const Refs& tasks, bool deletion) {
  const SyncTask& first = *tasks.front();
  std::string_view what = first.hook ? "completion of hook" : "healthy state of";
  if (deletion) what = first.hook ? "deletion of hook" : "deletion of";
  std::string message = fmt::format("waiting for {} {}", what, waited_name(first.key));
  if (tasks.size() > 1) {
    message += fmt::format(" and {} more {}", tasks.size() - 1, first.hook ? "hooks" : "resources");
  }
  finish(OperationPhase::running, std::move(message));
}

Task<Result<kube::ResourceType>> Step::type_of(const SyncTask& task) {
  const std::string id = fmt::format("{}/{}/{}", task.key.group, task.version, task.key.kind);
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
      types_.erase(fmt::format("{}/{}/{}", task.key.group, task.version, task.key.kind));
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
    const auto type =
        types_.find(fmt::format("{}/{}/{}", task.key.group, task.version, task.key.kind));
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

Task<void> Step::observe_running() {
  for (SyncTask& task : tasks_) {
    if (!task.running()) continue;
    if (!task.live) {
      record(
          task, task.code, OperationPhase::failed,
          fmt::format("Resource {} is missing, it might have been deleted", waited_name(task.key)));
      continue;
    }
    if (task.hook) {
      HookProgress seen = hook_progress(*task.live, plan_.checks.get(), clock_.wall_now());
      record(task, task.code, seen.phase, std::move(seen.message));
      if (task.done()) co_await release_hook(&task);
      continue;
    }
    const auto health = judged(*task.live);
    if (!health || health->status == HealthStatus::healthy) {
      record(task, task.code, OperationPhase::succeeded, task.message);
    } else if (health->status == HealthStatus::degraded) {
      record(task, task.code, OperationPhase::failed, health->message);
    }
  }
}

bool Step::must_wait() {
  const bool steps = multi_step(tasks_);
  const Refs running =
      filter([&](const SyncTask& task) { return (steps || task.hook) && task.running(); });
  if (!running.empty()) {
    wait_for(running, false);
    return true;
  }
  const Refs vanishing =
      filter([](const SyncTask& task) { return task.pruned() && under_deletion(task.live); });
  if (!vanishing.empty()) wait_for(vanishing, true);
  return !vanishing.empty();
}

Task<void> Step::run() {
  const bool first = progress_.results.empty();
  if (!co_await look_up_types()) co_return;
  if (first && !passes_dry_run()) co_return;
  if (plan_.dry_run) {
    for (SyncTask& task : tasks_) {
      record(task, task.prune() ? ResultCode::pruned : ResultCode::synced,
             OperationPhase::succeeded,
             task.prune() ? "pruned (dry run)"
                          : (task.live ? "configured (dry run)" : "created (dry run)"));
    }
    finish(OperationPhase::succeeded, "successfully synced (all tasks run)");
    co_return;
  }
  co_await observe_running();
  if (must_wait()) co_return;

  const auto finished_hook = [](const SyncTask& task) {
    return task.hook && task.live && task.done();
  };
  Refs succeeded_hooks = filter([&](const SyncTask& task) {
    return finished_hook(task) && task.successful() && delete_policies(task.object()).succeeded;
  });
  Refs failed_hooks = filter([&](const SyncTask& task) {
    return finished_hook(task) && !task.successful() && delete_policies(task.object()).failed;
  });
  Refs on_failure = filter([](const SyncTask& task) { return task.phase == SyncPhase::sync_fail; });
  Refs failed = filter([](const SyncTask& task) {
    return task.phase != SyncPhase::sync_fail && task.done() && !task.successful();
  });
  if (!failed.empty()) {
    co_await delete_hooks(failed_hooks);
    co_await fail(on_failure, failed, kFailedTasks);
    co_return;
  }
  Refs pending = filter(
      [](const SyncTask& task) { return task.phase != SyncPhase::sync_fail && task.pending(); });
  if (pending.empty()) {
    co_await delete_hooks(succeeded_hooks);
    finish(OperationPhase::succeeded, "successfully synced (no more tasks)");
    co_return;
  }
  co_await run_next_wave(pending, on_failure, succeeded_hooks);
}

Task<void> Step::run_next_wave(Refs pending, Refs on_failure, Refs hooks_to_delete) {
  const SyncPhase phase = pending.front()->phase;
  const int wave = pending.front()->wave;
  const bool final_wave = pending.back()->phase == phase && pending.back()->wave == wave;
  Refs now;
  // What must still be waited for after this wave. Plain objects of the last wave need not be
  // healthy.
  Refs remaining;
  for (SyncTask* task : pending) {
    const bool here = task->phase == phase && task->wave == wave;
    if (here) now.push_back(task);
    if (!here || task->hook) remaining.push_back(task);
  }
  Refs unconfirmed;
  for (SyncTask* task : now) {
    if (task->prune() && plan_.prune && !plan_.deletion_approved &&
        sync_option_value(*task->live, "Prune", plan_.options) == "confirm") {
      unconfirmed.push_back(task);
    }
  }
  if (!unconfirmed.empty()) {
    finish(OperationPhase::running, fmt::format("waiting for pruning confirmation of {}",
                                                waited_name(unconfirmed.front()->key)));
    co_return;
  }
  finish(OperationPhase::running, "one or more tasks are running");
  const RunState state = co_await run_tasks(now);
  if (state == RunState::failed) {
    Refs failed;
    for (SyncTask* task : now) {
      if (task->code == ResultCode::sync_failed || (task->done() && !task->successful()))
        failed.push_back(task);
    }
    co_await fail(on_failure, failed, kFailedApply);
    co_return;
  }
  if (!final_wave) co_await sleep_for(clock_, plan_.wave_delay);
  if (state == RunState::pending) {
    wait_for(now, true);
  } else if (remaining.empty()) {
    co_await delete_hooks(hooks_to_delete);
    finish(OperationPhase::succeeded, "successfully synced (all tasks run)");
  } else {
    wait_for(remaining, false);
  }
}

Task<RunState> Step::run_tasks(Refs tasks) {
  Refs prunes;
  Refs creates;
  for (SyncTask* task : tasks) (task->prune() ? prunes : creates).push_back(task);
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
  const std::string_view wanted = plan_.options.value("PrunePropagationPolicy");
  std::string propagation = wanted == "background" ? "Background"
                            : wanted == "orphan"   ? "Orphan"
                                                   : "Foreground";
  Applied deleted = co_await delete_object(spoke_, *type, task->live, propagation);
  const bool pruned = deleted.code == ResultCode::pruned;
  record(*task, deleted.code, pruned ? OperationPhase::succeeded : OperationPhase::failed,
         std::move(deleted.message));
}

Task<RunState> Step::clear_old_hooks(Refs creates) {
  bool waits = false;
  for (SyncTask* task : creates) {
    if (!task->hook || !task->live || !delete_policies(task->object()).before_creation) continue;
    waits = true;
    co_await release_hook(task);
    if (under_deletion(task->live)) continue;
    const auto type = co_await type_of(*task);
    if (!type) co_return RunState::failed;
    const Applied deleted = co_await delete_object(spoke_, *type, task->live, "Background");
    if (deleted.code == ResultCode::pruned) continue;
    record(*task, ResultCode::none, OperationPhase::error,
           "failed to delete resource: " + deleted.message);
    co_return RunState::failed;
  }
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
  ApplyOptions options;
  options.replace = plan_.options.has("Replace=true") || has_sync_option(object, "Replace=true");
  const bool by_app = plan_.options.has("ServerSideApply=true") &&
                      !has_sync_option(object, "ServerSideApply=false");
  options.server_side = by_app || has_sync_option(object, "ServerSideApply=true");
  options.force = plan_.force || has_sync_option(object, "Force=true");
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

Task<void> Step::fail(Refs on_failure, Refs failed, std::string_view text) {
  std::vector<std::string> messages;
  for (const SyncTask* task : failed) messages.push_back(task->message);
  const std::string message = with_reasons(text, messages);
  const bool all_ran = std::all_of(on_failure.begin(), on_failure.end(),
                                   [](const SyncTask* t) { return t->done(); });
  if (on_failure.empty() || all_ran) {
    finish(OperationPhase::failed, message);
    co_return;
  }
  Refs pending;
  for (SyncTask* task : on_failure) {
    if (task->pending()) pending.push_back(task);
  }
  const RunState state = co_await run_tasks(pending);
  if (state == RunState::failed) finish(OperationPhase::failed, message);
}

/// Takes our finalizer off, so that the hook can be deleted by anybody.
Task<void> Step::release_hook(SyncTask* task) {
  const Json* finalizers = find(*task->live, {"metadata", "finalizers"});
  if (finalizers == nullptr || !finalizers->is_array()) co_return;
  Json kept = Json::array();
  for (const Json& finalizer : *finalizers) {
    if (finalizer != kHookFinalizer) kept.push_back(finalizer);
  }
  if (kept.size() == finalizers->size()) co_return;
  const auto type = co_await type_of(*task);
  if (!type) co_return;
  Json patch = Json::object();
  patch["metadata"]["finalizers"] = kept.empty() ? Json(nullptr) : std::move(kept);
  const JsonRef body = freeze(std::move(patch));
  const auto released = co_await spoke_.patch(*type, task->key.ns, task->key.name,
                                              kube::PatchType::merge, body, false);
  if (released) task->live = *released;
}

Task<void> Step::delete_hooks(Refs hooks) {
  for (SyncTask* task : hooks) {
    co_await release_hook(task);
    const auto type = co_await type_of(*task);
    if (!type || under_deletion(task->live)) continue;
    const Applied deleted = co_await delete_object(spoke_, *type, task->live, "Background");
    if (deleted.code != ResultCode::pruned) {
      record(*task, ResultCode::none, OperationPhase::error,
             "failed to delete resource: " + deleted.message);
    }
  }
}

Task<void> Step::terminate() {
  Refs running = filter([](const SyncTask& task) { return task.hook && task.running(); });
  for (SyncTask* task : running) {
    if (task->live) {
      Refs one(1, task);
      co_await delete_hooks(one);
    }
    if (task->state != OperationPhase::error) {
      record(*task, task->code, OperationPhase::failed, "Terminated");
    }
  }
  finish(OperationPhase::failed, "Operation terminated");
}

void add_task(std::vector<SyncTask>& tasks, const Spoke& spoke, JsonRef target, SyncPhase phase,
              bool hook) {
  SyncTask task;
  task.phase = phase;
  task.key = kube::key_of(*target);
  task.version = version_of(*target);
  task.wave = wave_of(*target);
  task.target = std::move(target);
  task.live = spoke.live(task.key);
  task.hook = hook;
  tasks.push_back(std::move(task));
}

const ResourceResult* result_for(const std::vector<ResourceResult>& results,
                                 const kube::ObjectKey& key, SyncPhase phase) {
  const auto found = std::find_if(
      results.begin(), results.end(),
      [&](const ResourceResult& result) { return result.key == key && result.phase == phase; });
  return found == results.end() ? nullptr : &*found;
}

}  // namespace

std::vector<SyncTask> make_tasks(const SyncPlan& plan, const Spoke& spoke,
                                 const std::vector<ResourceResult>& results) {
  std::vector<SyncTask> tasks;
  const bool only_out_of_sync = plan.options.has("ApplyOutOfSyncOnly=true");
  bool brings_namespace = false;
  for (const SyncResource& resource : plan.resources) {
    if (!selects(plan.selected, resource.key)) continue;
    if (resource.target && is_ignored(*resource.target)) continue;
    const bool begun = result_for(results, resource.key, SyncPhase::sync) != nullptr;
    if (only_out_of_sync && resource.synced && !begun) continue;
    if (resource.key.kind == "Namespace" && resource.key.name == plan.destination_ns)
      brings_namespace = true;
    if (resource.target) {
      add_task(tasks, spoke, resource.target, SyncPhase::sync, false);
      continue;
    }
    SyncTask task;
    task.key = resource.key;
    task.version = resource.version;
    task.live = resource.live;
    task.wave = wave_of(*resource.live);
    tasks.push_back(std::move(task));
  }
  if (!plan.skip_hooks) {
    for (const JsonRef& hook : plan.hooks) {
      for (const SyncPhase phase : hook_phases(*hook)) {
        JsonRef target = hook_target(*hook, plan, phase);
        if (selects(plan.selected, kube::key_of(*target)))
          add_task(tasks, spoke, target, phase, true);
      }
    }
  }
  if (plan.create_namespace && !brings_namespace) {
    const kube::ObjectKey key = kube::key_of(*plan.create_namespace);
    if (plan.update_namespace || !spoke.live(key) ||
        result_for(results, key, SyncPhase::pre_sync) != nullptr) {
      add_task(tasks, spoke, plan.create_namespace, SyncPhase::pre_sync, false);
    }
  }
  order_tasks(tasks, plan.options.has("PruneLast=true"));
  for (SyncTask& task : tasks) {
    const ResourceResult* result = result_for(results, task.key, task.phase);
    if (result == nullptr) continue;
    task.code = result->code;
    task.state = result->state;
    task.message = result->message;
  }
  // An object that is gone since it was pruned has no task any more, and needs none.
  return tasks;
}

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

Json to_json(const ResourceResult& result) {
  Json json = Json::object();
  json["group"] = result.key.group;
  json["version"] = result.version;
  json["kind"] = result.key.kind;
  json["namespace"] = result.key.ns;
  json["name"] = result.key.name;
  if (result.code != ResultCode::none) json["status"] = name_of(result.code);
  if (!result.message.empty()) json["message"] = result.message;
  if (result.hook) json["hookType"] = name_of(result.phase);
  if (result.state != OperationPhase::none) json["hookPhase"] = name_of(result.state);
  json["syncPhase"] = name_of(result.phase);
  return json;
}

ResourceResult read_resource_result(const Json& json) {
  ResourceResult result;
  result.key = kube::ObjectKey{text_at(json, {"group"}), text_at(json, {"kind"}),
                               text_at(json, {"namespace"}), text_at(json, {"name"})};
  result.version = text_at(json, {"version"});
  result.hook = !text_at(json, {"hookType"}).empty();
  result.code = result_code(text_at(json, {"status"}));
  result.state = operation_phase(text_at(json, {"hookPhase"}));
  result.message = text_at(json, {"message"});
  const std::string phase = text_at(json, {"syncPhase"});
  for (const SyncPhase candidate :
       {SyncPhase::pre_sync, SyncPhase::sync, SyncPhase::post_sync, SyncPhase::sync_fail}) {
    if (name_of(candidate) == phase) result.phase = candidate;
  }
  return result;
}

}  // namespace spokelab::hub
