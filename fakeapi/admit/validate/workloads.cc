// Deployments, replica sets, stateful sets and daemon sets.
#include <fmt/format.h>

#include <algorithm>

#include "fakeapi/admit/validate/rules.h"
#include "kube/selector.h"

namespace spokelab::fakeapi::validation {

namespace {

bool only_policy(Causes& causes, const Json& object, std::vector<std::string> allowed) {
  const std::size_t before = causes.size();
  one_of(causes, object, {"spec", "template", "spec", "restartPolicy"}, std::move(allowed));
  return causes.size() == before;
}

void check_template(Causes& causes, const Json& object) {
  check_template_at(causes, find(object, {"spec", "template"}), "spec.template");
}

/// What controllers that keep pods alive may have in their templates.
void check_lasting_template(Causes& causes, const Json& object) {
  check_template(causes, object);
  only_policy(causes, object, {"Always"});
  if (find(object, {"spec", "template", "spec", "activeDeadlineSeconds"}) != nullptr)
    causes.push_back(kube::forbidden_value("spec.template.spec.activeDeadlineSeconds",
                                           "activeDeadlineSeconds in ReplicaSet is not Supported"));
}

void mismatch(Causes& causes, const Json* labels) {
  causes.push_back(invalid_text("spec.template.metadata.labels", go_map(labels),
                                "`selector` does not match template `labels`"));
}

/// What stateful sets say of a selector that is none has no reason.
kube::StatusCause invalid_selector(const Json& selector, std::string_view emptiness) {
  if (!emptiness.ends_with("statefulset"))
    return invalid_text("spec.selector", go_selector(selector), "invalid label selector");
  return {"FieldValueInvalid", "Invalid value: " + go_selector(selector), "spec.selector"};
}

/// `emptiness`: what is said about an empty selector; "": it is told as one that is missing.
void check_selector(Causes& causes, const Json& object, std::string_view emptiness,
                    bool needed = true) {
  const Json* selector = find(object, {"spec", "selector"});
  const Json* labels = find(object, {"spec", "template", "metadata", "labels"});
  if (selector == nullptr) {
    if (needed) causes.push_back(kube::required_value("spec.selector", ""));
    return mismatch(causes, labels);
  }
  const std::size_t before = causes.size();
  check_label_selector(causes, "spec.selector", selector);
  const auto parsed = kube::LabelSelector::from_json(*selector);
  if (!parsed || causes.size() != before) {
    if (needed) causes.push_back(invalid_selector(*selector, emptiness));
    return;
  }
  if (parsed->empty() && !emptiness.empty())
    causes.push_back(invalid_text("spec.selector", go_selector(*selector), emptiness));
  static const Json none = Json::object();
  if (!parsed->empty() && !parsed->matches(labels != nullptr ? *labels : none))
    mismatch(causes, labels);
}

bool is_zero(const Json* value) {
  return value != nullptr && (*value == 0 || *value == "0" || *value == "0%");
}

void check_rolling_update(Causes& causes, const Json& object, const std::string& at, Path path) {
  const Json* rolling = find(object, path);
  if (rolling == nullptr) return;
  const Json* unavailable = find(*rolling, {"maxUnavailable"});
  const Json* surge = find(*rolling, {"maxSurge"});
  check_percent(causes, at + ".maxUnavailable", unavailable, false);
  check_percent(causes, at + ".maxSurge", surge, false);
  if (is_zero(unavailable) && is_zero(surge)) {
    causes.push_back(invalid_text(at + ".maxUnavailable", go_int_or_text(*unavailable),
                                  "may not be 0 when `maxSurge` is 0"));
  }
  Causes capped;
  check_percent(capped, at + ".maxUnavailable", unavailable, true);
  if (capped.size() == 1 && capped[0].message.ends_with("100%")) causes.push_back(capped[0]);
}

/// Daemons are replaced either before or after their successors start: one of the two is 0.
void check_daemon_rolling_update(Causes& causes, const Json& rolling, const std::string& at) {
  const Json* unavailable = find(rolling, {"maxUnavailable"});
  const Json* surge = find(rolling, {"maxSurge"});
  check_percent(causes, at + ".maxUnavailable", unavailable, true);
  check_percent(causes, at + ".maxSurge", surge, true);
  const bool none_down = unavailable == nullptr || is_zero(unavailable);
  const bool none_more = surge == nullptr || is_zero(surge);
  if (none_down && none_more)
    causes.push_back(
        kube::required_value(at + ".maxUnavailable", "cannot be 0 when maxSurge is 0"));
  if (!none_down && !none_more)
    causes.push_back(invalid_text(at + ".maxSurge", go_int_or_text(*surge),
                                  "may not be set when maxUnavailable is non-zero"));
}

}  // namespace

void check_deployment(Causes& causes, const Json& object, const Json* old) {
  not_negative(causes, object, {"spec", "replicas"});
  check_selector(causes, object, "empty selector is invalid for deployment");
  check_lasting_template(causes, object);
  const std::string strategy = text_at(object, {"spec", "strategy", "type"});
  if (strategy == "Recreate") {
    if (find(object, {"spec", "strategy", "rollingUpdate"}) != nullptr)
      causes.push_back(
          kube::forbidden_value("spec.strategy.rollingUpdate",
                                "may not be specified when strategy `type` is 'Recreate'"));
  } else if (strategy == "RollingUpdate") {
    check_rolling_update(causes, object, "spec.strategy.rollingUpdate",
                         {"spec", "strategy", "rollingUpdate"});
  } else {
    causes.push_back(
        {"FieldValueNotSupported",
         fmt::format("Unsupported value: apps.DeploymentStrategy{{Type:{}, "
                     "RollingUpdate:(*apps.RollingUpdateDeployment)(nil)}}: supported values: "
                     "\"Recreate\", \"RollingUpdate\"",
                     Json(strategy).dump()),
         "spec.strategy"});
  }
  not_negative(causes, object, {"spec", "minReadySeconds"});
  not_negative(causes, object, {"spec", "revisionHistoryLimit"});
  const Json* deadline = find(object, {"spec", "progressDeadlineSeconds"});
  not_negative(causes, object, {"spec", "progressDeadlineSeconds"});
  if (deadline != nullptr && deadline->is_number_integer() &&
      deadline->get<std::int64_t>() <= int_at(object, {"spec", "minReadySeconds"}))
    causes.push_back(kube::invalid_value("spec.progressDeadlineSeconds", *deadline,
                                         "must be greater than minReadySeconds"));
  immutable(causes, object, old, {"spec", "selector"});
}

void check_replica_set(Causes& causes, const Json& object, const Json* old) {
  not_negative(causes, object, {"spec", "replicas"});
  not_negative(causes, object, {"spec", "minReadySeconds"});
  check_selector(causes, object, "empty selector is invalid for deployment");
  check_lasting_template(causes, object);
  immutable(causes, object, old, {"spec", "selector"});
}

void check_replication_controller(Causes& causes, const Json& object, const Json*) {
  not_negative(causes, object, {"spec", "minReadySeconds"});
  const Json& selector = object_at(object, {"spec", "selector"});
  if (selector.empty()) causes.push_back(kube::required_value("spec.selector", ""));
  not_negative(causes, object, {"spec", "replicas"});
  const Json* labels = find(object, {"spec", "template", "metadata", "labels"});
  static const Json none = Json::object();
  if (find(object, {"spec", "template"}) == nullptr)
    return causes.push_back(kube::required_value("spec.template", ""));
  if (!selector.empty() &&
      !kube::LabelSelector::from_map(selector).matches(labels != nullptr ? *labels : none))
    mismatch(causes, labels);
  check_lasting_template(causes, object);
}

void check_daemon_set(Causes& causes, const Json& object, const Json* old) {
  check_selector(causes, object, "empty selector is invalid for daemonset", false);
  check_lasting_template(causes, object);
  not_negative(causes, object, {"spec", "minReadySeconds"});
  const std::string strategy = text_at(object, {"spec", "updateStrategy", "type"});
  if (strategy == "RollingUpdate") {
    const Json* rolling = find(object, {"spec", "updateStrategy", "rollingUpdate"});
    if (rolling == nullptr)
      causes.push_back(kube::required_value("spec.updateStrategy.rollingUpdate", ""));
    else
      check_daemon_rolling_update(causes, *rolling, "spec.updateStrategy.rollingUpdate");
  } else if (strategy != "OnDelete") {
    causes.push_back(
        {"FieldValueNotSupported",
         fmt::format("Unsupported value: apps.DaemonSetUpdateStrategy{{Type:{}, "
                     "RollingUpdate:(*apps.RollingUpdateDaemonSet)(nil)}}: supported values: "
                     "\"RollingUpdate\", \"OnDelete\"",
                     Json(strategy).dump()),
         "spec.updateStrategy"});
  }
  not_negative(causes, object, {"spec", "revisionHistoryLimit"});
  immutable(causes, object, old, {"spec", "selector"});
}

void check_stateful_set(Causes& causes, const Json& object, const Json* old) {
  const std::string management = text_at(object, {"spec", "podManagementPolicy"});
  if (management != "OrderedReady" && management != "Parallel")
    causes.push_back(kube::invalid_value("spec.podManagementPolicy", management,
                                         "must be 'OrderedReady' or 'Parallel'"));
  const std::string strategy = text_at(object, {"spec", "updateStrategy", "type"});
  if (strategy != "RollingUpdate" && strategy != "OnDelete")
    causes.push_back(
        invalid_text("spec.updateStrategy",
                     fmt::format("apps.StatefulSetUpdateStrategy{{Type:{}, RollingUpdate:"
                                 "(*apps.RollingUpdateStatefulSetStrategy)(nil)}}",
                                 Json(strategy).dump()),
                     "must be 'RollingUpdate' or 'OnDelete'"));
  not_negative(causes, object, {"spec", "updateStrategy", "rollingUpdate", "partition"});
  for (const char* when : {"whenDeleted", "whenScaled"})
    one_of(causes, object, {"spec", "persistentVolumeClaimRetentionPolicy", when},
           {"Retain", "Delete"});
  not_negative(causes, object, {"spec", "replicas"});
  not_negative(causes, object, {"spec", "minReadySeconds"});
  not_negative(causes, object, {"spec", "ordinals", "start"});
  check_selector(causes, object, "empty selector is invalid for statefulset");
  // Mounts may name claims that only its pods have, so upstream leaves the pod spec to them.
  check_labels(causes, "spec.template.labels",
               find(object, {"spec", "template", "metadata", "labels"}));
  only_policy(causes, object, {"Always"});
  if (old == nullptr) return;
  const auto rest = [](const Json& set) {
    Json spec = object_at(set, {"spec"});
    for (const char* name : {"minReadySeconds", "ordinals", "persistentVolumeClaimRetentionPolicy",
                             "replicas", "template", "updateStrategy"})
      spec.erase(name);
    return spec;
  };
  if (rest(object) != rest(*old)) {
    causes.push_back(kube::forbidden_value(
        "spec",
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
        "'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are "
        "forbidden"));
  }
}

}  // namespace spokelab::fakeapi::validation
