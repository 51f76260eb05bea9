// Placement: taints, tolerations and node selectors.
#include "fakeapi/cluster/nodes/placement.h"

#include <algorithm>

#include "fakeapi/cluster/objects.h"

namespace spokelab::fakeapi {

namespace {

bool covers(const Json& toleration, const Json& taint) {
  const std::string effect = text_at(toleration, {"effect"});
  if (!effect.empty() && effect != text_at(taint, {"effect"})) return false;
  const std::string key = text_at(toleration, {"key"});
  if (!key.empty() && key != text_at(taint, {"key"})) return false;
  if (text_at(toleration, {"operator"}, "Equal") == "Exists") return true;
  return !key.empty() && text_at(toleration, {"value"}) == text_at(taint, {"value"});
}

bool term_holds(const Json& term, const Json& node) {
  const Json& expressions = array_at(term, {"matchExpressions"});
  const Json& fields = array_at(term, {"matchFields"});
  if (expressions.empty() && fields.empty()) return false;
  Json names = Json::object();
  names["metadata.name"] = text_at(node, {"metadata", "name"});
  const auto all_hold = [](const Json& requirements, const Json& values) {
    return std::all_of(requirements.begin(), requirements.end(),
                       [&](const Json& each) { return requirement_holds(each, values); });
  };
  return all_hold(expressions, labels_of(node)) && all_hold(fields, names);
}

}  // namespace

bool tolerates(const Json& tolerations, const Json& taint) {
  return tolerations.is_array() &&
         std::any_of(tolerations.begin(), tolerations.end(),
                     [&](const Json& toleration) { return covers(toleration, taint); });
}

bool affinity_holds(const Json& pod_spec, const Json& node) {
  const Json& selector = object_at(pod_spec, {"nodeSelector"});
  if (!selector.empty() && !map_selects(selector, labels_of(node))) return false;
  const Json* required = find(
      pod_spec, {"affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"});
  if (required == nullptr || !required->is_object()) return true;
  const Json& terms = array_at(*required, {"nodeSelectorTerms"});
  return std::any_of(terms.begin(), terms.end(),
                     [&](const Json& term) { return term_holds(term, node); });
}

std::int64_t preference(const Json& pod_spec, const Json& node) {
  std::int64_t liked = 0;
  for (const Json& each : array_at(pod_spec, {"affinity", "nodeAffinity",
                                              "preferredDuringSchedulingIgnoredDuringExecution"})) {
    if (term_holds(object_at(each, {"preference"}), node)) liked += int_at(each, {"weight"});
  }
  for (const Json& taint : array_at(node, {"spec", "taints"})) {
    if (text_at(taint, {"effect"}) == "PreferNoSchedule" &&
        !tolerates(array_at(pod_spec, {"tolerations"}), taint)) {
      --liked;
    }
  }
  return liked;
}

std::optional<std::vector<std::string>> nodes_named(const Json& pod_spec) {
  const Json& terms =
      array_at(pod_spec, {"affinity", "nodeAffinity",
                          "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"});
  if (terms.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const Json& term : terms) {
    bool named = false;
    for (const Json& field : array_at(term, {"matchFields"})) {
      if (text_at(field, {"key"}) != "metadata.name" || text_at(field, {"operator"}) != "In")
        continue;
      for (const Json& value : array_at(field, {"values"})) {
        if (value.is_string()) names.push_back(value.get<std::string>());
      }
      named = true;
    }
    if (!named) return std::nullopt;
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string why_not_on(const Json& pod_spec, const Json& node) {
  const Json& tolerations = array_at(pod_spec, {"tolerations"});
  if (bool_at(node, {"spec", "unschedulable"})) {
    const Json cordon = {{"key", kUnschedulable}, {"effect", "NoSchedule"}};
    if (!tolerates(tolerations, cordon)) return "node(s) were unschedulable";
  }
  for (const Json& taint : array_at(node, {"spec", "taints"})) {
    if (text_at(taint, {"effect"}) == "PreferNoSchedule" || tolerates(tolerations, taint)) continue;
    const std::string value = text_at(taint, {"value"});
    return "node(s) had untolerated taint {" + text_at(taint, {"key"}) + ": " + value + "}";
  }
  if (!affinity_holds(pod_spec, node)) return "node(s) didn't match Pod's node affinity/selector";
  return "";
}

std::optional<long> toleration_seconds(const Json& tolerations, const Json& taint, long untold) {
  std::optional<long> least;
  bool any = false;
  if (tolerations.is_array()) {
    for (const Json& toleration : tolerations) {
      if (!covers(toleration, taint)) continue;
      any = true;
      if (find(toleration, {"tolerationSeconds"}) == nullptr) continue;
      const long seconds =
          std::clamp<long>(int_at(toleration, {"tolerationSeconds"}), 0, 1'000'000'000);
      least = least ? std::min(*least, seconds) : seconds;
    }
  }
  return any ? least : std::optional<long>(untold);
}

}  // namespace spokelab::fakeapi
