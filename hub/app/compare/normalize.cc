// Normalisation before and after a diff.
#include "hub/app/compare/normalize.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/json.h"
#include "hub/app/compare/jq_paths.h"
#include "hub/glob.h"
#include "hub/gotemplate/time_format.h"
#include "kube/quantity.h"
#include "kube/schema.h"

namespace spokelab::hub {
namespace {

constexpr int kDepthMax = 500;

void fold_string_data(Json& secret) {
  const auto found = secret.find("stringData");
  if (found == secret.end()) return;
  const Json strings = std::move(*found);  // taken out: "data" may be a new key beside it
  secret.erase(found);
  if (!strings.is_object()) return;
  for (const auto& [key, value] : strings.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    set_at(secret, {"data", key}, base64(text));
  }
}

void tidy_rules(Json& role, bool ignore_aggregated) {
  const Json* aggregation = find(role, {"aggregationRule"});
  const auto rules = role.find("rules");
  const bool aggregated = ignore_aggregated && aggregation != nullptr && !aggregation->is_null();
  if (aggregated || rules == role.end() || rules->is_null()) role["rules"] = Json::array();
}

/// What the scheme fills in where a field is absent (Kubernetes pkg/apis/*/v1/defaults.go).
const std::map<std::string, Json, std::less<>>& defaults() {
  static const std::map<std::string, Json, std::less<>> table = {
      {"core.v1.ContainerPort", {{"protocol", "TCP"}}},
      {"core.v1.ServicePort", {{"protocol", "TCP"}}},
      {"core.v1.EndpointPort", {{"protocol", "TCP"}}},
      {"networking.v1.NetworkPolicyPort", {{"protocol", "TCP"}}},
      {"core.v1.ObjectFieldSelector", {{"apiVersion", "v1"}}},
      {"core.v1.ServiceAccountTokenProjection", {{"expirationSeconds", 3600}}},
      {"core.v1.SecretVolumeSource", {{"defaultMode", 420}}},
      {"core.v1.ConfigMapVolumeSource", {{"defaultMode", 420}}},
      {"core.v1.DownwardAPIVolumeSource", {{"defaultMode", 420}}},
      {"core.v1.ProjectedVolumeSource", {{"defaultMode", 420}}},
      {"core.v1.HostPathVolumeSource", {{"type", ""}}},
      {"core.v1.PersistentVolumeClaimSpec", {{"volumeMode", "Filesystem"}}},
      {"core.v1.HTTPGetAction", {{"path", "/"}, {"scheme", "HTTP"}}},
      {"core.v1.GRPCAction", {{"service", ""}}},
      {"core.v1.Probe",
       {{"timeoutSeconds", 1},
        {"periodSeconds", 10},
        {"successThreshold", 1},
        {"failureThreshold", 3}}},
      {"core.v1.Container",
       {{"terminationMessagePath", "/dev/termination-log"}, {"terminationMessagePolicy", "File"}}},
      {"core.v1.PodSpec",
       {{"restartPolicy", "Always"},
        {"dnsPolicy", "ClusterFirst"},
        {"schedulerName", "default-scheduler"},
        {"terminationGracePeriodSeconds", 30},
        {"securityContext", Json::object()},
        {"enableServiceLinks", true}}},
      {"core.v1.ServiceSpec", {{"type", "ClusterIP"}, {"sessionAffinity", "None"}}},
      {"apps.v1.DeploymentSpec",
       {{"replicas", 1}, {"revisionHistoryLimit", 10}, {"progressDeadlineSeconds", 600}}},
      {"apps.v1.DeploymentStrategy", {{"type", "RollingUpdate"}}},
      {"apps.v1.ReplicaSetSpec", {{"replicas", 1}}},
      {"apps.v1.StatefulSetSpec",
       {{"replicas", 1}, {"revisionHistoryLimit", 10}, {"podManagementPolicy", "OrderedReady"}}},
      {"apps.v1.StatefulSetUpdateStrategy", {{"type", "RollingUpdate"}}},
      {"apps.v1.DaemonSetSpec", {{"revisionHistoryLimit", 10}}},
      {"apps.v1.DaemonSetUpdateStrategy", {{"type", "RollingUpdate"}}},
      {"batch.v1.JobSpec",
       {{"backoffLimit", 6}, {"completionMode", "NonIndexed"}, {"suspend", false}}},
      {"batch.v1.CronJobSpec",
       {{"concurrencyPolicy", "Allow"},
        {"suspend", false},
        {"successfulJobsHistoryLimit", 3},
        {"failedJobsHistoryLimit", 1}}},
      {"rbac.v1.RoleRef", {{"apiGroup", "rbac.authorization.k8s.io"}}},
      {"autoscaling.v2.HorizontalPodAutoscalerSpec", {{"minReplicas", 1}}},
      {"autoscaling.v1.HorizontalPodAutoscalerSpec", {{"minReplicas", 1}}},
      {"admissionregistration.v1.ServiceReference", {{"port", 443}}},
  };
  return table;
}

bool drops_status(const kube::ObjectKey& key, IgnoredStatus ignored) {
  return ignored == IgnoredStatus::all ||
         (ignored == IgnoredStatus::crd && key.group == "apiextensions.k8s.io" &&
          key.kind == "CustomResourceDefinition");
}

enum class Fill { defaults, nothing };

Json convert(const Json& value, const kube::SchemaField& field, Fill fill, int depth);

Json convert_message(const Json& object, const kube::SchemaType& type, Fill fill, int depth) {
  if (!object.is_object() || depth > kDepthMax) return object;
  Json typed = Json::object();
  for (const auto& [name, value] : object.items()) {
    const kube::SchemaField* field = type.field(name);
    if (name == "apiVersion" || name == "kind") {
      typed[name] = value;
      continue;
    }
    if (field == nullptr || value.is_null()) continue;
    Json converted = convert(value, *field, fill, depth + 1);
    const bool zero = converted.empty() || converted == "" || converted == false || converted == 0;
    if (zero && !field->optional) continue;
    typed[name] = std::move(converted);
  }
  if (fill == Fill::nothing) return typed;
  const auto filled = defaults().find(type.name);
  if (filled != defaults().end()) {
    for (const auto& [name, value] : filled->second.items()) {
      if (!typed.contains(name)) typed[name] = value;
    }
  }
  return typed;
}

Json canonical_quantity(const Json& value) {
  if (!value.is_string() && !value.is_number()) return value;
  const auto quantity =
      kube::Quantity::parse(value.is_string() ? value.get_ref<const std::string&>() : value.dump());
  return quantity ? Json(quantity->text()) : value;
}

Json convert_one(const Json& value, const kube::SchemaField& field, Fill fill, int depth) {
  if (field.shape == kube::Shape::message && field.type != nullptr)
    return convert_message(value, *field.type, fill, depth);
  return field.shape == kube::Shape::quantity ? canonical_quantity(value) : value;
}

Json convert(const Json& value, const kube::SchemaField& field, Fill fill, int depth) {
  if (field.plurality == kube::Plurality::list && value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(convert_one(item, field, fill, depth));
    return list;
  }
  if (field.plurality == kube::Plurality::map && value.is_object()) {
    Json map = Json::object();
    for (const auto& [key, item] : value.items()) {
      if (!item.is_null()) map[key] = convert_one(item, field, fill, depth);
    }
    return map;
  }
  return convert_one(value, field, fill, depth);
}

constexpr std::string_view kCore = "core/v1/";

/// "core/v1/PodSpec" -> the type of that name.
const kube::SchemaType* core_type(std::string_view type) {
  if (!type.starts_with(kCore)) return nullptr;
  return kube::schema_named("core.v1." + std::string(type.substr(kCore.size())));
}

/// The value as a variable of the type comes out of Go's encoding/json.
Json as_type(const Json& value, std::string_view type) {
  if (type == "core/Quantity") return canonical_quantity(value);
  if (type == "meta/v1/Duration") {
    if (!value.is_string()) return value;
    const auto span = gotemplate::parse_go_duration(value.get_ref<const std::string&>());
    return span ? Json(gotemplate::print_go_duration(*span)) : value;
  }
  if (type == "core/v1/ResourceList") {
    if (!value.is_object()) return value;
    Json list = value;
    for (auto& [name, quantity] : list.items()) quantity = canonical_quantity(quantity);
    return list;
  }
  const kube::SchemaType* known = core_type(type);
  return known == nullptr ? value : convert_message(value, *known, Fill::nothing, 0);
}

void retype(Json& at, const KnownTypeField& field, std::size_t step) {
  if (at.is_array()) {
    for (Json& item : at) retype(item, field, step);
  } else if (step == field.path.size()) {
    at = as_type(at, field.type);
  } else if (at.is_object()) {
    const auto inner = at.find(field.path[step]);
    if (inner != at.end()) retype(*inner, field, step + 1);
  }
}

void retype_known_fields(Json& object, const kube::ObjectKey& key,
                         const std::vector<KnownTypeField>& fields) {
  static const KnownTypeField kRollout{
      "argoproj.io", "Rollout", {"spec", "template", "spec"}, "core/v1/PodSpec"};
  bool any = false;
  for (const KnownTypeField& field : fields) {
    if (field.group != key.group || field.kind != key.kind) continue;
    any = true;
    retype(object, field, 0);
  }
  if (!any && key.group == kRollout.group && key.kind == kRollout.kind) retype(object, kRollout, 0);
}

}  // namespace

bool is_known_type(std::string_view type) {
  return type == "core/Quantity" || type == "meta/v1/Duration" || type == "core/v1/ResourceList" ||
         core_type(type) != nullptr;
}

bool concerns(const IgnoredDifference& rule, const kube::ObjectKey& key) {
  if (!rule.name.empty() && rule.name != key.name) return false;
  if (!rule.ns.empty() && rule.ns != key.ns) return false;
  return matches_glob(rule.group, key.group) && matches_glob(rule.kind, key.kind);
}

void remove_at_pointer(Json& document, std::string_view pointer) {
  Json* at = &document;
  while (!pointer.empty() && pointer.front() == '/') {
    pointer.remove_prefix(1);
    const std::size_t slash = std::min(pointer.find('/'), pointer.size());
    std::string step(pointer.substr(0, slash));
    pointer.remove_prefix(slash);
    for (std::size_t i = 0; (i = step.find('~', i)) != std::string::npos; ++i) {
      if (i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1')) {
        step.replace(i, 2, step[i + 1] == '0' ? "~" : "/");
      }
    }
    const bool last = pointer.empty();
    if (at->is_object()) {
      const auto found = at->find(step);
      if (found == at->end()) return;
      if (last) {
        at->erase(found);
        return;
      }
      at = &*found;
    } else if (at->is_array()) {
      if (step.empty() || step.size() > 9 || !std::all_of(step.begin(), step.end(), ::isdigit))
        return;
      const std::size_t index = std::stoul(step);
      if (index >= at->size()) return;
      if (last) {
        at->erase(index);
        return;
      }
      at = &(*at)[index];
    } else {
      return;
    }
  }
}

Json normalize(Json object, const NormalizeRules& rules) {
  if (!object.is_object()) return object;
  const kube::ObjectKey key = kube::key_of(object);
  if (drops_status(key, rules.ignored_status)) object.erase("status");
  const auto metadata = object.find("metadata");
  if (metadata != object.end() && metadata->is_object()) {
    metadata->erase("creationTimestamp");
    metadata->erase("managedFields");
  }
  if (key.group.empty() && key.kind == "Secret") fold_string_data(object);
  if (key.group == "rbac.authorization.k8s.io" &&
      (key.kind == "Role" || key.kind == "ClusterRole")) {
    tidy_rules(object, rules.ignore_aggregated_roles && key.kind == "ClusterRole");
  }
  retype_known_fields(object, key, rules.typed);
  for (const IgnoredDifference& rule : rules.ignored) {
    if (!concerns(rule, key)) continue;
    for (const std::string& pointer : rule.json_pointers) remove_at_pointer(object, pointer);
    for (const std::string& expression : rule.jq_path_expressions)
      std::ignore = remove_by_jq(object, expression);
  }
  return object;
}

Json typed_round_trip(const Json& object) {
  const kube::GroupVersion version = kube::split_api_version(text_at(object, {"apiVersion"}));
  const kube::SchemaType* type =
      kube::schema_of(version.group, version.version, text_at(object, {"kind"}));
  return type == nullptr ? object : convert_message(object, *type, Fill::defaults, 0);
}

}  // namespace spokelab::hub
