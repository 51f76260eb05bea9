// Comparing an application's targets with the cluster.
#include "hub/app/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "hub/app/compare/diff.h"
#include "hub/app/compare/server_side.h"
#include "hub/sync/apply.h"
#include "hub/sync/hooks.h"
#include "hub/sync/order.h"

namespace spokelab::hub {
namespace {

constexpr std::string_view kCompareOptions = "argocd.argoproj.io/compare-options";
constexpr std::string_view kIgnoreHealth = "argocd.argoproj.io/ignore-healthcheck";

/// Scope of a kind: as served, else as a CRD among the targets says, else by whether the object
/// names a namespace.
bool namespaced(const Json& object, const kube::ObjectKey& key,
                const std::vector<JsonRef>& rendered, const LiveView& cluster) {
  if (const auto served = cluster.is_namespaced(key.group, key.kind)) return *served;
  for (const JsonRef& other : rendered) {
    if (text_at(*other, {"kind"}) == "CustomResourceDefinition" &&
        text_at(*other, {"spec", "group"}) == key.group &&
        text_at(*other, {"spec", "names", "kind"}) == key.kind) {
      return text_at(*other, {"spec", "scope"}) != "Cluster";
    }
  }
  return !text_at(object, {"metadata", "namespace"}).empty();
}

std::string version_of(const Json& object) {
  return kube::split_api_version(text_at(object, {"apiVersion"})).version;
}

bool has_compare_option(const Json& object, std::string_view option) {
  const std::string text = text_at(object, {"metadata", "annotations", kCompareOptions});
  return SyncOptions::from_annotation(text).has(option);
}

bool is_owned(const Json& object) {
  const Json* owners = find(object, {"metadata", "ownerReferences"});
  return owners != nullptr && owners->is_array() && !owners->empty();
}

Result<Difference> difference_of(const kube::ObjectKey& key, const Json& target, const Json& live,
                                 const CompareRules& rules) {
  if (rules.predicted == nullptr) return diff(target, live, rules.normalize);
  constexpr std::string_view kContext =
      "failed to calculate diff: error calculating server side diff: serverSideDiff error";
  const auto found = rules.predicted->find(key);
  if (found == rules.predicted->end()) return diff(target, live, rules.normalize);
  if (!found->second) {
    const std::string spoken = key.kind + "/" + key.name;
    return found->second.error()
        .within("error running server side apply in dryrun mode for resource " + spoken)
        .within(kContext);
  }
  auto difference = server_side_diff(target, **found->second, live, rules.normalize,
                                     rules.webhooks_count, kFieldManager);
  if (!difference) return difference.error().within(kContext);
  return difference;
}

CompareMemo::Entry judge(const kube::ObjectKey& key, const JsonRef& target, const JsonRef& live,
                         const CompareRules& rules) {
  CompareMemo::Entry entry;
  entry.target = target;
  entry.live = live;
  if (live) {
    entry.health =
        rules.checks != nullptr ? rules.checks->health_of(*live, rules.now) : health_of(*live);
  }
  if (!target || !live) return entry;
  auto difference = difference_of(key, *target, *live, rules);
  if (difference) {
    entry.modified = difference->modified;
    entry.normal = std::move(difference->live);
    entry.predicted = std::move(difference->predicted);
  } else {
    entry.error = difference.error().message();
  }
  return entry;
}

/// "apps/Deployment ns/name" of a managed object and the applications that claim it.
void warn_if_shared(const ManagedResource& resource, const CompareRules& rules,
                    std::vector<Condition>& conditions) {
  if (!resource.target || !resource.live) return;
  std::string owner = tracked_app(*resource.live, rules.tracking);
  if (owner.empty() || owner == rules.app) return;
  std::replace(owner.begin(), owner.end(), '_', '/');  // "<namespace>_<name>"
  conditions.push_back(Condition{
      "SharedResourceWarning",
      fmt::format("{}/{} is part of applications {} and {}", resource.key.kind, resource.key.name,
                  rules.spoken.empty() ? rules.app : rules.spoken, owner)});
}

bool wants_confirmation(const JsonRef& object, const SyncOptions& options) {
  return object && (sync_option_value(*object, "Prune", options) == "confirm" ||
                    sync_option_value(*object, "Delete", options) == "confirm");
}

ManagedResource make_resource(const kube::ObjectKey& key, JsonRef target, JsonRef live,
                              const SyncOptions& options) {
  ManagedResource resource;
  resource.key = key;
  const Json& object = live ? *live : *target;
  resource.version = version_of(object);
  resource.hook = is_hook(object);
  resource.requires_pruning = !target;
  resource.wave = target ? wave_of(*target) : 0;
  resource.requires_confirmation =
      wants_confirmation(target, options) || wants_confirmation(live, options);
  resource.target = std::move(target);
  resource.live = std::move(live);
  return resource;
}

/// Everything managed: the targets with their live objects, and live objects that nobody wants any
/// more.
std::vector<ManagedResource> reconcile(const Targets& targets, const LiveView& cluster,
                                       const CompareRules& rules) {
  std::vector<ManagedResource> resources;
  std::set<kube::ObjectKey> wanted;
  for (const JsonRef& target : targets.objects) {
    const kube::ObjectKey key = kube::key_of(*target);
    wanted.insert(key);
    resources.push_back(make_resource(key, target, cluster.get(key), rules.options));
  }
  for (const JsonRef& live : cluster.tracked_by(rules.app)) {
    const kube::ObjectKey key = kube::key_of(*live);
    if (wanted.contains(key) || is_owned(*live) || !references_itself(*live, rules.tracking))
      continue;
    resources.push_back(make_resource(key, nullptr, live, rules.options));
  }
  std::sort(resources.begin(), resources.end(),
            [](const ManagedResource& a, const ManagedResource& b) { return a.key < b.key; });
  return resources;
}

bool is_app_itself(const ManagedResource& resource, const std::string& app) {
  return resource.key.group == "argoproj.io" && resource.key.kind == "Application" &&
         resource.key.name == app;
}

HealthPart health_part(const ManagedResource& resource, const std::string& app) {
  HealthPart part{resource.key, resource.live != nullptr, true, resource.health};
  const Json& object = resource.live ? *resource.live : *resource.target;
  const bool spared = resource.hook || is_ignored(object) || is_app_itself(resource, app) ||
                      (resource.target && is_ignored(*resource.target)) ||
                      text_at(object, {"metadata", "annotations", kIgnoreHealth}) == "true";
  part.counted = !spared;
  return part;
}

}  // namespace

std::string_view name_of(SyncStatus status) noexcept {
  switch (status) {
    case SyncStatus::unknown:
      return "Unknown";
    case SyncStatus::synced:
      return "Synced";
    case SyncStatus::out_of_sync:
      return "OutOfSync";
  }
  return "";
}

const CompareMemo::Entry* CompareMemo::find(const kube::ObjectKey& key, const JsonRef& target,
                                            const JsonRef& live) const {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.target != target || found->second.live != live)
    return nullptr;
  return &found->second;
}

void CompareMemo::keep_only(const std::vector<ManagedResource>& resources) {
  if (entries_.size() == resources.size()) return;
  std::set<kube::ObjectKey> kept;
  for (const ManagedResource& resource : resources) kept.insert(resource.key);
  std::erase_if(entries_, [&](const auto& entry) { return !kept.contains(entry.first); });
}

Targets prepare_targets(const std::vector<JsonRef>& rendered, const TargetRules& rules,
                        const LiveView& cluster) {
  Targets targets;
  std::map<kube::ObjectKey, std::size_t> place;
  std::map<kube::ObjectKey, int> times;
  for (const JsonRef& source : rendered) {
    Json object = *source;
    kube::ObjectKey key = kube::key_of(object);
    if (!namespaced(object, key, rendered, cluster)) {
      if (find(object, {"metadata", "namespace"}) != nullptr) object["metadata"].erase("namespace");
    } else if (key.ns.empty()) {
      object["metadata"]["namespace"] = rules.destination_ns;
    }
    if (rules.excluded && rules.excluded(key.group, key.kind)) {
      targets.conditions.push_back(Condition{
          "ExcludedResourceWarning", fmt::format("Resource {}/{} {} is excluded in the settings",
                                                 key.group, key.kind, key.name)});
      continue;
    }
    const bool hook = is_hook(object);
    if (hook && key.name.empty()) {  // generateName: it gets its name when it runs
      set_tracking(object, rules.app, rules.destination_ns, rules.tracking);
      targets.hooks.push_back(freeze(std::move(object)));
      continue;
    }
    set_tracking(object, rules.app, rules.destination_ns, rules.tracking);
    key = kube::key_of(object);
    ++times[key];
    if (hook) {
      targets.hooks.push_back(freeze(std::move(object)));
      continue;
    }
    const auto [seen, fresh] = place.try_emplace(key, targets.objects.size());
    if (fresh) {
      targets.objects.push_back(freeze(std::move(object)));
    } else {
      targets.objects[seen->second] = freeze(std::move(object));
    }
  }
  for (const auto& [key, count] : times) {
    if (count == 1) continue;
    targets.conditions.push_back(
        Condition{"RepeatedResourceWarning",
                  fmt::format("Resource {}/{}/{}/{} appeared {} times among application resources.",
                              key.group, key.kind, key.ns, key.name, count)});
  }
  return targets;
}

Comparison compare(const Targets& targets, const LiveView& cluster, const CompareRules& rules,
                   CompareMemo& memo) {
  Comparison result;
  result.conditions = targets.conditions;
  result.resources = reconcile(targets, cluster, rules);
  bool out_of_sync = false;
  bool failed = false;
  for (ManagedResource& resource : result.resources) {
    if (!resource.hook || resource.target) continue;
    for (const JsonRef& hook : targets.hooks) {
      if (kube::key_of(*hook) == resource.key) resource.wave = wave_of(*hook);
    }
  }
  std::vector<HealthPart> parts;
  for (ManagedResource& resource : result.resources) {
    const CompareMemo::Entry* known = memo.find(resource.key, resource.target, resource.live);
    if (known == nullptr) {
      memo.put(resource.key, judge(resource.key, resource.target, resource.live, rules));
      known = memo.find(resource.key, resource.target, resource.live);
    }
    resource.health = known->health;
    parts.push_back(health_part(resource, rules.app));
    warn_if_shared(resource, rules, result.conditions);
    const Json& object = resource.live ? *resource.live : *resource.target;
    if (resource.hook || is_ignored(object) || (resource.target && is_ignored(*resource.target)))
      continue;
    if (!known->error.empty()) {
      failed = true;
      resource.status = SyncStatus::unknown;
      result.conditions.push_back(Condition{
          "ComparisonError", "Failed to compare desired state to live state: " + known->error});
    } else if (known->modified || !resource.target || !resource.live) {
      resource.status = SyncStatus::out_of_sync;
      resource.counted =
          !resource.requires_pruning || !has_compare_option(object, "IgnoreExtraneous");
      out_of_sync = out_of_sync || resource.counted;
    } else {
      resource.status = SyncStatus::synced;
    }
    if (!rules.permits) continue;
    const bool namespaced =
        cluster.is_namespaced(resource.key.group, resource.key.kind).value_or(false);
    if (!rules.permits(resource.key, namespaced)) resource.status = SyncStatus::unknown;
  }
  memo.keep_only(result.resources);
  result.status = failed        ? SyncStatus::unknown
                  : out_of_sync ? SyncStatus::out_of_sync
                                : SyncStatus::synced;
  result.health = aggregate(parts);
  return result;
}

Json to_json(const std::vector<ManagedResource>& resources) {
  Json list = Json::array();
  for (const ManagedResource& resource : resources) {
    Json entry = Json::object();
    if (!resource.key.group.empty()) entry["group"] = resource.key.group;
    entry["version"] = resource.version;
    entry["kind"] = resource.key.kind;
    if (!resource.key.ns.empty()) entry["namespace"] = resource.key.ns;
    entry["name"] = resource.key.name;
    if (resource.status) entry["status"] = name_of(*resource.status);
    if (resource.hook) entry["hook"] = true;
    if (resource.requires_pruning) entry["requiresPruning"] = true;
    if (resource.requires_confirmation) entry["requiresDeletionConfirmation"] = true;
    if (resource.wave != 0) entry["syncWave"] = resource.wave;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace spokelab::hub
