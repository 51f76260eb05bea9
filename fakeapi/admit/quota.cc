// Evaluators and admission (pkg/quota/v1 and plugin/pkg/admission/resourcequota).
#include "fakeapi/admit/quota.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "kube/quantity.h"
#include "kube/resources.h"

namespace spokelab::fakeapi {

namespace {

using kube::Quantity;
using Usage = std::map<std::string, Quantity>;

/// Core resources that have a quota of their plain name.
constexpr std::string_view kPlain[] = {"configmaps",     "persistentvolumeclaims",
                                       "pods",           "replicationcontrollers",
                                       "resourcequotas", "secrets",
                                       "services"};

bool is_over(const Json& pod) {
  const std::string phase = text_at(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

void add(Usage& usage, const std::string& name, const Quantity& amount) {
  const auto [hit, fresh] = usage.emplace(name, amount);
  if (!fresh) hit->second = hit->second + amount;
}

void add_one(Usage& usage, const std::string& name) { add(usage, name, Quantity::from_value(1)); }

void add_pod(Usage& usage, const Json& pod) {
  if (is_over(pod)) return;
  add_one(usage, "pods");
  for (const char* list : {"requests", "limits"}) {
    const Json amounts = kube::pod_resources(pod, list);
    for (auto it = amounts.begin(); it != amounts.end(); ++it) {
      const auto amount = Quantity::parse(it->get_ref<const std::string&>());
      if (!amount) continue;
      add(usage, std::string(list) + "." + it.key(), *amount);
      const bool basic =
          it.key() == "cpu" || it.key() == "memory" || it.key() == "ephemeral-storage";
      if (basic && list[0] == 'r') add(usage, it.key(), *amount);
    }
  }
}

void add_service(Usage& usage, const Json& service) {
  add_one(usage, "services");
  const std::string type = text_at(service, {"spec", "type"});
  if (type == "LoadBalancer") add_one(usage, "services.loadbalancers");
  const Json* ports = find(service, {"spec", "ports"});
  const bool allocates =
      type == "NodePort" ||
      (type == "LoadBalancer" && bool_at(service, {"spec", "allocateLoadBalancerNodePorts"}, true));
  if (allocates && ports != nullptr && ports->is_array())
    add(usage, "services.nodeports",
        Quantity::from_value(static_cast<std::int64_t>(ports->size())));
}

void add_claim(Usage& usage, const Json& claim) {
  add_one(usage, "persistentvolumeclaims");
  const std::string text = text_at(claim, {"spec", "resources", "requests", "storage"});
  const auto amount = Quantity::parse(text);
  const std::string storage_class = text_at(claim, {"spec", "storageClassName"});
  const std::string prefix = storage_class + ".storageclass.storage.k8s.io/";
  if (!storage_class.empty()) add_one(usage, prefix + "persistentvolumeclaims");
  if (text.empty() || !amount) return;
  add(usage, "requests.storage", *amount);
  if (!storage_class.empty()) add(usage, prefix + "requests.storage", *amount);
}

Usage usage_of(std::string_view group_resource, const Json& object) {
  Usage usage;
  add_one(usage, "count/" + std::string(group_resource));
  if (group_resource == "pods")
    add_pod(usage, object);
  else if (group_resource == "services")
    add_service(usage, object);
  else if (group_resource == "persistentvolumeclaims")
    add_claim(usage, object);
  else if (std::find(std::begin(kPlain), std::end(kPlain), group_resource) != std::end(kPlain))
    add_one(usage, std::string(group_resource));
  return usage;
}

bool matches_priority(const Json& pod, const Json& need) {
  const std::string op = text_at(need, {"operator"});
  const std::string name = text_at(pod, {"spec", "priorityClassName"});
  const Json* values = find(need, {"values"});
  const bool listed = values != nullptr && values->is_array() &&
                      std::find(values->begin(), values->end(), Json(name)) != values->end();
  if (op == "In") return listed;
  if (op == "NotIn") return !listed;
  return (op == "Exists") == !name.empty();
}

bool matches_scope(const Json& pod, const std::string& scope) {
  const bool terminating = find(pod, {"spec", "activeDeadlineSeconds"}) != nullptr;
  const bool best_effort =
      kube::pod_resources(pod, "requests").empty() && kube::pod_resources(pod, "limits").empty();
  if (scope == "Terminating") return terminating;
  if (scope == "NotTerminating") return !terminating;
  if (scope == "BestEffort") return best_effort;
  if (scope == "NotBestEffort") return !best_effort;
  return false;
}

/// Whether the object is one of those that the quota is about. Scopes narrow to pods.
bool in_scope(const Json& quota, std::string_view group_resource, const Json& object) {
  const Json* scopes = find(quota, {"spec", "scopes"});
  const Json* needs = find(quota, {"spec", "scopeSelector", "matchExpressions"});
  const bool some =
      (scopes != nullptr && !scopes->empty()) || (needs != nullptr && !needs->empty());
  if (!some) return true;
  if (group_resource != "pods") return false;
  if (scopes != nullptr) {
    for (const Json& scope : *scopes) {
      if (!scope.is_string() || !matches_scope(object, scope.get<std::string>())) return false;
    }
  }
  if (needs == nullptr) return true;
  return std::all_of(needs->begin(), needs->end(), [&](const Json& need) {
    const std::string name = text_at(need, {"scopeName"});
    return name == "PriorityClass" ? matches_priority(object, need) : matches_scope(object, name);
  });
}

/// Containers that leave out a resource of which the quota counts requests or limits.
std::string missing_in(const Json& quota, const Json& pod) {
  static const std::pair<std::string_view, std::pair<const char*, const char*>> kNeeds[] = {
      {"cpu", {"requests", "cpu"}},
      {"limits.cpu", {"limits", "cpu"}},
      {"limits.memory", {"limits", "memory"}},
      {"memory", {"requests", "memory"}},
      {"requests.cpu", {"requests", "cpu"}},
      {"requests.memory", {"requests", "memory"}}};
  std::string text;
  const Json* hard = find(quota, {"spec", "hard"});
  for (const auto& [name, where] : kNeeds) {
    if (hard == nullptr || !hard->contains(std::string(name))) continue;
    std::vector<std::string> without;
    for (const char* list : {"containers", "initContainers"}) {
      const Json* containers = find(pod, {"spec", list});
      if (containers == nullptr || !containers->is_array()) continue;
      for (const Json& container : *containers) {
        if (find(container, {"resources", where.first, where.second}) == nullptr)
          without.push_back(text_at(container, {"name"}));
      }
    }
    if (!without.empty())
      text += fmt::format("{}{} for: {}", text.empty() ? "" : "; ", name, fmt::join(without, ","));
  }
  return text;
}

struct Excess {
  std::string requested;
  std::string used;
  std::string limited;

  void note(const std::string& name, const Quantity& want, const Quantity& have,
            const std::string& hard) {
    const char* comma = requested.empty() ? "" : ",";
    requested += fmt::format("{}{}={}", comma, name, want.text());
    used += fmt::format("{}{}={}", comma, name, have.text());
    limited += fmt::format("{}{}={}", comma, name, hard);
  }
};

EachObject objects_in(const Store& store) {
  return [&store](std::string_view group_resource, std::string_view ns,
                  const std::function<void(const Json&)>& visit) {
    const Bucket* bucket = store.find_bucket(group_resource);
    if (bucket == nullptr) return;
    bucket->each(ns, [&visit](const std::string&, const JsonRef& object) {
      visit(*object);
      return true;
    });
  };
}

std::optional<kube::Status> check_quota(const Store& store, const ServedKind& kind,
                                        const Json& object, const Json& quota) {
  const auto& resource = kind.bucket->group_resource();
  if (!in_scope(quota, resource, object)) return std::nullopt;
  const std::string name = text_at(object, {"metadata", "name"});
  const std::string quota_name = text_at(quota, {"metadata", "name"});
  const Json* hard = find(quota, {"spec", "hard"});
  if (hard == nullptr || !hard->is_object()) return std::nullopt;
  if (resource == "pods") {
    if (const auto missing = missing_in(quota, object); !missing.empty())
      return kube::forbidden(kind.type(), name,
                             fmt::format("failed quota: {}: must specify {}", quota_name, missing));
  }
  const Usage wanted = usage_of(resource, object);
  const bool concerned = std::any_of(wanted.begin(), wanted.end(),
                                     [&](const auto& one) { return hard->contains(one.first); });
  if (!concerned) return std::nullopt;
  const Json used = quota_usage(objects_in(store), quota);
  Excess excess;
  for (const auto& [what, amount] : wanted) {
    const std::string limit = text_at(*hard, {what});
    if (limit.empty()) continue;
    const auto most = Quantity::parse(limit);
    const auto have = Quantity::parse(text_at(used, {what}, "0"));
    if (most && have && *have + amount > *most) excess.note(what, amount, *have, most->text());
  }
  if (excess.requested.empty()) return std::nullopt;
  return kube::forbidden(kind.type(), name,
                         fmt::format("exceeded quota: {}, requested: {}, used: {}, limited: {}",
                                     quota_name, excess.requested, excess.used, excess.limited));
}

}  // namespace

bool is_counted(std::string_view group_resource) {
  return group_resource != "events" && group_resource != "leases.coordination.k8s.io";
}

Json quota_usage(const EachObject& each, const Json& quota) {
  Json used = Json::object();
  const Json* hard = find(quota, {"spec", "hard"});
  if (hard == nullptr || !hard->is_object()) return used;
  std::set<std::string> resources;
  for (auto it = hard->begin(); it != hard->end(); ++it) {
    const std::string& name = it.key();
    used[name] = "0";
    if (name.starts_with("count/"))
      resources.insert(name.substr(6));
    else if (name.starts_with("services"))
      resources.insert("services");
    else if (name == "requests.storage" || name.find(".storageclass.") != std::string::npos)
      resources.insert("persistentvolumeclaims");
    else if (std::find(std::begin(kPlain), std::end(kPlain), name) != std::end(kPlain))
      resources.insert(name);
    else
      resources.insert("pods");
  }
  Usage sum;
  for (const std::string& resource : resources) {
    each(resource, text_at(quota, {"metadata", "namespace"}), [&](const Json& object) {
      if (!in_scope(quota, resource, object)) return;
      for (const auto& [name, amount] : usage_of(resource, object)) add(sum, name, amount);
    });
  }
  for (const auto& [name, amount] : sum) {
    if (used.contains(name)) used[name] = amount.text();
  }
  return used;
}

std::optional<kube::Status> check_quotas(const Store& store, const ServedKind& kind,
                                         const Json& object) {
  if (!kind.type().namespaced || !is_counted(kind.bucket->group_resource())) return std::nullopt;
  const Bucket* quotas = store.find_bucket("resourcequotas");
  if (quotas == nullptr || quotas->size() == 0) return std::nullopt;
  std::optional<kube::Status> refusal;
  quotas->each(text_at(object, {"metadata", "namespace"}),
               [&](const std::string&, const JsonRef& quota) {
                 refusal = check_quota(store, kind, object, *quota);
                 return !refusal;
               });
  return refusal;
}

}  // namespace spokelab::fakeapi
