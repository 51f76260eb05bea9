// The tasks of a plan, and the results of tasks as the Application's status keeps them.
#include <algorithm>
#include <utility>

#include "base/json.h"
#include "hub/sync/operation.h"
#include "kube/kinds.h"

namespace spokelab::hub {
namespace {

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

void add_task(std::vector<SyncTask>& tasks, const Spoke& spoke, JsonRef target, SyncPhase phase,
              bool hook, const std::string& default_ns) {
  SyncTask task;
  task.phase = phase;
  task.key = kube::key_of(*target);
  task.shown_ns = task.key.ns.empty() ? default_ns : task.key.ns;
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
    kube::ObjectKey shown = resource.key;
    if (resource.target && shown.ns.empty()) shown.ns = plan.destination_ns;
    const bool begun = result_for(results, shown, SyncPhase::sync) != nullptr;
    if (only_out_of_sync && resource.synced && !begun) continue;
    if (resource.key.kind == "Namespace" && resource.key.name == plan.destination_ns)
      brings_namespace = true;
    if (resource.target) {
      add_task(tasks, spoke, resource.target, SyncPhase::sync, false, plan.destination_ns);
      continue;
    }
    SyncTask task;
    task.key = resource.key;
    task.shown_ns = resource.key.ns;
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
          add_task(tasks, spoke, target, phase, true, plan.destination_ns);
      }
    }
  }
  if (plan.create_namespace && !brings_namespace) {
    const kube::ObjectKey key = kube::key_of(*plan.create_namespace);
    if (plan.update_namespace || !spoke.live(key) ||
        result_for(results, key, SyncPhase::pre_sync) != nullptr) {
      add_task(tasks, spoke, plan.create_namespace, SyncPhase::pre_sync, false, "");
    }
  }
  order_tasks(tasks, plan.options.has("PruneLast=true"));
  for (SyncTask& task : tasks) {
    const ResourceResult* result = result_for(results, task.result_key(), task.phase);
    if (result == nullptr) continue;
    task.code = result->code;
    task.state = result->state;
    task.message = result->message;
  }
  // An object that is gone since it was pruned has no task any more, and needs none.
  return tasks;
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
  if (!result.images.empty()) json["images"] = result.images;
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
  const Json* images = find(json, {"images"});
  if (images != nullptr && images->is_array()) {
    for (const Json& image : *images) {
      if (image.is_string()) result.images.push_back(image.get<std::string>());
    }
  }
  const std::string phase = text_at(json, {"syncPhase"});
  for (const SyncPhase candidate :
       {SyncPhase::pre_sync, SyncPhase::sync, SyncPhase::post_sync, SyncPhase::sync_fail}) {
    if (name_of(candidate) == phase) result.phase = candidate;
  }
  return result;
}

}  // namespace spokelab::hub
