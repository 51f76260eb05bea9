// Autoscalers, budgets, roles, classes, leases and custom resource definitions.
#include <fmt/format.h>

#include <algorithm>

#include "fakeapi/admit/validate/rules.h"
#include "kube/quantity.h"
#include "kube/selector.h"

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
      if (!list_at(rule, {"apiGroups"}).empty() || !list_at(rule, {"resources"}).empty() ||
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
  constexpr const char* kGroup = "rbac.authorization.k8s.io";
  one_of(causes, object, {"roleRef", "apiGroup"}, {kGroup});
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
      const std::string name = text_at(subjects[i], {"name"});
      const std::string problem = name.empty() ? "" : kube::dns_subdomain_problem(name);
      name_rule(causes, at + ".name", name, problem);
      if (!text_at(subjects[i], {"apiGroup"}).empty())
        causes.push_back(
            kube::not_supported(at + ".apiGroup", text_at(subjects[i], {"apiGroup"}), {""}));
      // Within a namespace, accounts without one are its own.
      const bool spaced = std::find(kinds.begin(), kinds.end(), "Role") != kinds.end();
      if (!spaced && text_at(subjects[i], {"namespace"}).empty())
        causes.push_back(kube::required_value(at + ".namespace", ""));
    } else if (what == "User" || what == "Group") {
      one_of(causes, subjects[i], {"apiGroup"}, {kGroup}, at);
    } else {
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

/// What a metric is compared with. `why`: what is said when neither of the two values is there.
void check_target(Causes& causes, const Json& target, const std::string& at, const char* needed,
                  const char* other, std::string_view why) {
  static const std::vector<std::string> kTypes = {"Utilization", "Value", "AverageValue"};
  const std::string type = text_at(target, {"type"});
  if (type.empty())
    causes.push_back(kube::required_value(at + ".type", "must specify a metric target type"));
  if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end())
    causes.push_back(kube::invalid_value(at + ".type", type,
                                         "must be either Utilization, Value, or AverageValue"));
  const Json* share = find(target, {"averageUtilization"});
  if (share != nullptr && share->is_number_integer() && *share < 1)
    causes.push_back(
        kube::invalid_value(at + ".averageUtilization", *share, "must be greater than 0"));
  for (const char* field : {"value", "averageValue"}) {
    const auto amount = kube::Quantity::parse(text_at(target, {field}, "1"));
    if (amount && *amount <= kube::Quantity())
      causes.push_back(
          kube::invalid_value(at + "." + field, text_at(target, {field}), "must be positive"));
  }
  const bool has =
      find(target, {needed}) != nullptr || (other != nullptr && find(target, {other}) != nullptr);
  if (!has) causes.push_back(kube::required_value(at + "." + needed, why));
}

void check_metric_name(Causes& causes, const Json& source, const std::string& at) {
  if (text_at(source, {"metric", "name"}).empty())
    causes.push_back(kube::required_value(at + ".metric.name", "must specify a metric name"));
}

void check_metric_source(Causes& causes, const std::string& field, const Json& source,
                         const std::string& at) {
  const Json& target = object_at(source, {"target"});
  const std::string here = at + ".target";
  if (field == "resource" || field == "containerResource") {
    if (text_at(source, {"name"}).empty())
      causes.push_back(kube::required_value(at + ".name", "must specify a resource name"));
    if (field == "containerResource" && text_at(source, {"container"}).empty())
      causes.push_back(kube::required_value(at + ".container", "must specify a container"));
    return check_target(causes, target, here, "averageUtilization", "averageValue",
                        "must set either a target raw value or a target utilization");
  }
  if (field == "object") {
    for (const char* part : {"kind", "name"}) {
      if (text_at(source, {"describedObject", part}).empty())
        causes.push_back(kube::required_value(fmt::format("{}.describedObject.{}", at, part), ""));
    }
  }
  check_metric_name(causes, source, at);
  if (field == "pods")
    check_target(causes, target, here, "averageValue", nullptr,
                 "must specify a positive target averageValue");
  else if (field == "object")
    check_target(causes, target, here, "averageValue", "value",
                 "must set either a target value or averageValue");
  else
    check_target(causes, target, here, "averageValue", "value",
                 "must set either a target value for metric or a per-pod target");
}

void check_metric(Causes& causes, const Json& metric, const std::string& at) {
  static constexpr std::pair<std::string_view, const char*> kSources[] = {
      {"Resource", "resource"},
      {"Pods", "pods"},
      {"Object", "object"},
      {"External", "external"},
      {"ContainerResource", "containerResource"}};
  const std::string type = text_at(metric, {"type"});
  bool known = false;
  for (const auto& [name, field] : kSources) {
    if (type != name) continue;
    known = true;
    if (const Json* source = find(metric, {field}))
      check_metric_source(causes, field, *source, fmt::format("{}.{}", at, field));
    else
      causes.push_back(
          kube::required_value(fmt::format("{}.{}", at, field),
                               "must populate information for the given metric source"));
  }
  if (known) return;
  if (type.empty())
    causes.push_back(kube::required_value(at + ".type", "must specify a metric source type"));
  // Upstream looks twice: once for the type, once for the source that it names.
  for (int i = 0; i < 2; ++i)
    causes.push_back(kube::not_supported(
        at + ".type", type, {"ContainerResource", "External", "Object", "Pods", "Resource"}));
}

void check_behavior(Causes& causes, const Json& object) {
  constexpr std::int64_t kWindowMax = 3'600;
  constexpr std::int64_t kPeriodMax = 1'800;
  for (const char* way : {"scaleUp", "scaleDown"}) {
    const Json* rules = find(object, {"spec", "behavior", way});
    if (rules == nullptr) continue;
    const std::string at = fmt::format("spec.behavior.{}", way);
    const Json* window = find(*rules, {"stabilizationWindowSeconds"});
    if (window != nullptr && window->is_number_integer()) {
      if (*window < 0)
        causes.push_back(kube::invalid_value(at + ".stabilizationWindowSeconds", *window,
                                             "must be greater than or equal to zero"));
      if (*window > kWindowMax)
        causes.push_back(kube::invalid_value(at + ".stabilizationWindowSeconds", *window,
                                             "must be less than or equal to 3600"));
    }
    one_of(causes, *rules, {"selectPolicy"}, {"Disabled", "Max", "Min"}, at);
    const Json& policies = list_at(*rules, {"policies"});
    if (policies.empty())
      causes.push_back(kube::required_value(at + ".policies", "must specify at least one Policy"));
    for (std::size_t i = 0; i < policies.size(); ++i) {
      const std::string here = fmt::format("{}.policies[{}]", at, i);
      one_of(causes, policies[i], {"type"}, {"Percent", "Pods"}, here);
      for (const char* field : {"value", "periodSeconds"}) {
        const auto number = int_at(policies[i], {field});
        if (number <= 0)
          causes.push_back(
              kube::invalid_value(here + "." + field, number, "must be greater than zero"));
      }
      if (int_at(policies[i], {"periodSeconds"}) > kPeriodMax)
        causes.push_back(kube::invalid_value(here + ".periodSeconds",
                                             int_at(policies[i], {"periodSeconds"}),
                                             "must be less than or equal to 1800"));
    }
  }
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
  check_behavior(causes, object);
  const Json& metrics = list_at(object, {"spec", "metrics"});
  bool scales_to_zero = false;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const std::string type = text_at(metrics[i], {"type"});
    scales_to_zero = scales_to_zero || type == "Object" || type == "External";
    check_metric(causes, metrics[i], fmt::format("spec.metrics[{}]", i));
  }
  // What autoscaling/v1 has as a field of its own is a metric of later versions.
  const Json* share = find(object, {"spec", "targetCPUUtilizationPercentage"});
  if (share != nullptr && share->is_number_integer() && *share < 1)
    causes.push_back(kube::invalid_value("spec.metrics[0].resource.target.averageUtilization",
                                         *share, "must be greater than 0"));
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
  one_of(causes, object, {"spec", "unhealthyPodEvictionPolicy"},
         {"AlwaysAllow", "IfHealthyBudget"});
}

void check_role(Causes& causes, const Json& object, const Json*) {
  check_rules(causes, object, true);
}

void check_cluster_role(Causes& causes, const Json& object, const Json*) {
  const Json* aggregation = find(object, {"aggregationRule"});
  if (aggregation != nullptr) {
    const Json& selectors = list_at(*aggregation, {"clusterRoleSelectors"});
    if (selectors.empty())
      causes.push_back(kube::required_value(
          "aggregationRule.clusterRoleSelectors",
          "at least one clusterRoleSelector required if aggregationRule is non-nil"));
    for (std::size_t i = 0; i < selectors.size(); ++i)
      check_label_selector(causes, fmt::format("aggregationRule.clusterRoleSelectors[{}]", i),
                           &selectors[i]);
    for (std::size_t i = 0; i < selectors.size(); ++i) {
      if (!kube::LabelSelector::from_json(selectors[i]))
        causes.push_back(invalid_text(fmt::format("aggregationRule.clusterRoleSelectors[{}]", i),
                                      "\"null\"", "invalid label selector."));
    }
  }
  check_rules(causes, object, false);
}

void check_role_binding(Causes& causes, const Json& object, const Json* old) {
  check_binding(causes, object, old, {"Role", "ClusterRole"});
}

void check_cluster_role_binding(Causes& causes, const Json& object, const Json* old) {
  check_binding(causes, object, old, {"ClusterRole"});
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
  if (const Json* policy = find(object, {"preemptionPolicy"}); policy != nullptr && *policy == "")
    causes.push_back(kube::required_value("preemptionPolicy", ""));
  else
    one_of(causes, object, {"preemptionPolicy"}, {"PreemptLowerPriority", "Never"});
  if (old != nullptr && int_at(object, {"value"}) != int_at(*old, {"value"}))
    causes.push_back(kube::forbidden_value("value", "may not be changed in an update."));
}

void check_runtime_class(Causes& causes, const Json& object, const Json* old) {
  const std::string handler = text_at(object, {"handler"});
  name_rule(causes, "handler", handler, kube::dns_label_problem(handler));
  check_amounts(causes, object_at(object, {"overhead", "podFixed"}), "overhead.limits");
  if (const Json* scheduling = find(object, {"scheduling"})) {
    check_labels(causes, "scheduling.nodeSelector", find(*scheduling, {"nodeSelector"}));
    check_tolerations(causes, *scheduling, "scheduling.tolerations");
  }
  immutable(causes, object, old, {"handler"});
}

void check_lease(Causes& causes, const Json& object, const Json*) {
  const Json* span = find(object, {"spec", "leaseDurationSeconds"});
  if (span != nullptr && span->is_number_integer() && span->get<std::int64_t>() <= 0)
    causes.push_back(
        kube::invalid_value("spec.leaseDurationSeconds", *span, "must be greater than 0"));
  not_negative(causes, object, {"spec", "leaseTransitions"});
}

}  // namespace spokelab::fakeapi::validation
