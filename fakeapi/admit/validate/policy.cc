// Autoscalers, budgets, roles, classes, leases and custom resource definitions.
#include <fmt/format.h>

#include <algorithm>

#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi::validation {

namespace {

void check_rules(Causes& causes, const Json& object, bool namespaced) {
  const Json& rules = list_at(object, {"rules"});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Json& rule = rules[i];
    const std::string at = fmt::format("rules[{}]", i);
    if (list_at(rule, {"verbs"}).empty())
      causes.push_back(
          kube::required_value(at + ".verbs", "verbs must contain at least one value"));
    const Json& paths = list_at(rule, {"nonResourceURLs"});
    if (!paths.empty()) {
      if (namespaced)
        causes.push_back(invalid_text(at + ".nonResourceURLs", go_texts(paths),
                                      "namespaced rules cannot apply to non-resource URLs"));
      else if (!list_at(rule, {"apiGroups"}).empty() || !list_at(rule, {"resources"}).empty() ||
               !list_at(rule, {"resourceNames"}).empty())
        causes.push_back(
            invalid_text(at + ".nonResourceURLs", go_texts(paths),
                         "rules cannot apply to both regular resources and non-resource URLs"));
      continue;
    }
    if (list_at(rule, {"apiGroups"}).empty())
      causes.push_back(kube::required_value(at + ".apiGroups",
                                            "resource rules must supply at least one api group"));
    if (list_at(rule, {"resources"}).empty())
      causes.push_back(kube::required_value(at + ".resources",
                                            "resource rules must supply at least one resource"));
  }
}

void check_binding(Causes& causes, const Json& object, const Json* old,
                   std::vector<std::string> kinds) {
  const std::string kind = text_at(object, {"roleRef", "kind"});
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    causes.push_back(kube::not_supported("roleRef.kind", kind, kinds));
  const std::string name = text_at(object, {"roleRef", "name"});
  if (name.empty())
    causes.push_back(kube::required_value("roleRef.name", ""));
  else
    name_rule(causes, "roleRef.name", name, kube::path_segment_problem(name));
  const Json& subjects = list_at(object, {"subjects"});
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const std::string at = fmt::format("subjects[{}]", i);
    const std::string what = text_at(subjects[i], {"kind"});
    if (text_at(subjects[i], {"name"}).empty())
      causes.push_back(kube::required_value(at + ".name", ""));
    if (what == "ServiceAccount") {
      if (text_at(subjects[i], {"namespace"}).empty())
        causes.push_back(kube::required_value(at + ".namespace", ""));
    } else if (what != "User" && what != "Group") {
      causes.push_back(
          kube::not_supported(at + ".kind", what, {"ServiceAccount", "User", "Group"}));
    }
  }
  if (old == nullptr || object_at(*old, {"roleRef"}) == object_at(object, {"roleRef"})) return;
  causes.push_back(invalid_text("roleRef",
                                fmt::format("rbac.RoleRef{{APIGroup:{}, Kind:{}, Name:{}}}",
                                            Json(text_at(object, {"roleRef", "apiGroup"})).dump(),
                                            Json(kind).dump(), Json(name).dump()),
                                "cannot change roleRef"));
}

constexpr std::int64_t kUserPriorityMax = 1'000'000'000;

}  // namespace

void check_autoscaler(Causes& causes, const Json& object, const Json*) {
  const Json* least = find(object, {"spec", "minReplicas"});
  const auto bottom = int_at(object, {"spec", "minReplicas"}, 1);
  if (least != nullptr && bottom < 1)
    causes.push_back(
        kube::invalid_value("spec.minReplicas", bottom, "must be greater than or equal to 1"));
  const auto top = int_at(object, {"spec", "maxReplicas"});
  if (top < 1)
    causes.push_back(kube::invalid_value("spec.maxReplicas", top, "must be greater than 0"));
  if (top < bottom)
    causes.push_back(kube::invalid_value("spec.maxReplicas", top,
                                         "must be greater than or equal to `minReplicas`"));
  for (const char* field : {"kind", "name"}) {
    const std::string text = text_at(object, {"spec", "scaleTargetRef", field});
    const std::string at = std::string("spec.scaleTargetRef.") + field;
    if (text.empty())
      causes.push_back(kube::required_value(at, ""));
    else
      name_rule(causes, at, text, kube::path_segment_problem(text));
  }
  const Json& metrics = list_at(object, {"spec", "metrics"});
  bool scales_to_zero = false;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    static constexpr std::pair<std::string_view, const char*> kSources[] = {
        {"Resource", "resource"},
        {"Pods", "pods"},
        {"Object", "object"},
        {"External", "external"},
        {"ContainerResource", "containerResource"}};
    const std::string type = text_at(metrics[i], {"type"});
    scales_to_zero = scales_to_zero || type == "Object" || type == "External";
    for (const auto& [name, field] : kSources) {
      if (type == name && find(metrics[i], {field}) == nullptr)
        causes.push_back(
            kube::required_value(fmt::format("spec.metrics[{}].{}", i, field),
                                 "must populate information for the given metric source"));
    }
  }
  if (least != nullptr && bottom == 0 && !scales_to_zero)
    causes.push_back(kube::forbidden_value(
        "spec.metrics",
        "must specify at least one Object or External metric to support scaling to zero replicas"));
}

void check_budget(Causes& causes, const Json& object, const Json*) {
  const Json* least = find(object, {"spec", "minAvailable"});
  const Json* most = find(object, {"spec", "maxUnavailable"});
  if (least != nullptr && most != nullptr)
    causes.push_back(invalid_text("spec", "policy.PodDisruptionBudgetSpec{}",
                                  "minAvailable and maxUnavailable cannot be both set"));
  check_percent(causes, "spec.minAvailable", least, true);
  check_percent(causes, "spec.maxUnavailable", most, true);
  check_label_selector(causes, "spec.selector", find(object, {"spec", "selector"}));
}

void check_role(Causes& causes, const Json& object, const Json*) {
  check_rules(causes, object, true);
}

void check_cluster_role(Causes& causes, const Json& object, const Json*) {
  check_rules(causes, object, false);
}

void check_role_binding(Causes& causes, const Json& object, const Json* old) {
  check_binding(causes, object, old, {"Role", "ClusterRole"});
}

void check_cluster_role_binding(Causes& causes, const Json& object, const Json* old) {
  check_binding(causes, object, old, {"ClusterRole"});
}

void check_storage_class(Causes& causes, const Json& object, const Json* old) {
  require(causes, object, {"provisioner"});
  one_of(causes, object, {"reclaimPolicy"}, {"Delete", "Retain"});
  one_of(causes, object, {"volumeBindingMode"}, {"Immediate", "WaitForFirstConsumer"});
  if (old == nullptr) return;
  if (object_at(object, {"parameters"}) != object_at(*old, {"parameters"}))
    causes.push_back(kube::forbidden_value("parameters", "updates to parameters are forbidden."));
  if (text_at(object, {"provisioner"}) != text_at(*old, {"provisioner"}))
    causes.push_back(kube::forbidden_value("provisioner", "updates to provisioner are forbidden."));
  immutable(causes, object, old, {"reclaimPolicy"});
  immutable(causes, object, old, {"volumeBindingMode"});
}

void check_priority_class(Causes& causes, const Json& object, const Json* old) {
  const std::string name = text_at(object, {"metadata", "name"});
  const bool system = name == "system-node-critical" || name == "system-cluster-critical";
  if (name.starts_with("system-") && !system) {
    causes.push_back(kube::forbidden_value(
        "metadata.name",
        fmt::format("priority class names with 'system-' prefix are reserved for system use only. "
                    "error: {} is not a known system priority class",
                    name)));
  } else if (!system && int_at(object, {"value"}) > kUserPriorityMax) {
    causes.push_back(kube::forbidden_value(
        "value",
        fmt::format("maximum allowed value of a user defined priority is {}", kUserPriorityMax)));
  }
  one_of(causes, object, {"preemptionPolicy"}, {"PreemptLowerPriority", "Never"});
  if (old != nullptr && int_at(object, {"value"}) != int_at(*old, {"value"}))
    causes.push_back(kube::forbidden_value("value", "may not be changed in an update."));
}

void check_lease(Causes& causes, const Json& object, const Json*) {
  const Json* span = find(object, {"spec", "leaseDurationSeconds"});
  if (span != nullptr && span->is_number_integer() && span->get<std::int64_t>() <= 0)
    causes.push_back(
        kube::invalid_value("spec.leaseDurationSeconds", *span, "must be greater than 0"));
  not_negative(causes, object, {"spec", "leaseTransitions"});
}

}  // namespace spokelab::fakeapi::validation
