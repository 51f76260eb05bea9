// Where a pod may run: affinity and spreading.
#include <fmt/format.h>

#include <set>

#include "fakeapi/admit/validate/pods/pods.h"

namespace spokelab::fakeapi::validation {

namespace {

void check_requirement(Causes& causes, const Json& need, const std::string& at) {
  const std::string op = text_at(need, {"operator"});
  const Json& values = list_at(need, {"values"});
  if (op == "In" || op == "NotIn") {
    if (values.empty())
      causes.push_back(kube::required_value(
          at + ".values", "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (op == "Exists" || op == "DoesNotExist") {
    if (!values.empty())
      causes.push_back(kube::forbidden_value(
          at + ".values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (op == "Gt" || op == "Lt") {
    if (values.size() != 1)
      causes.push_back(kube::required_value(
          at + ".values", "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else {
    causes.push_back(kube::invalid_value(at + ".operator", op, "not a valid selector operator"));
  }
  check_label_key(causes, at + ".key", text_at(need, {"key"}));
}

void check_field_requirement(Causes& causes, const Json& need, const std::string& at) {
  const std::string op = text_at(need, {"operator"});
  if (op != "In" && op != "NotIn")
    causes.push_back(kube::invalid_value(at + ".operator", op, "not a valid selector operator"));
  else if (list_at(need, {"values"}).size() != 1)
    causes.push_back(
        kube::required_value(at + ".values",
                             "must be only one value when `operator` is 'In' or 'NotIn' for node "
                             "field selector"));
  const std::string key = text_at(need, {"key"});
  if (key != "metadata.name")
    causes.push_back(kube::invalid_value(at + ".key", key, "not a valid field selector key"));
}

void check_term(Causes& causes, const Json& term, const std::string& at) {
  const Json& needs = list_at(term, {"matchExpressions"});
  for (std::size_t i = 0; i < needs.size(); ++i)
    check_requirement(causes, needs[i], fmt::format("{}.matchExpressions[{}]", at, i));
  const Json& fields = list_at(term, {"matchFields"});
  for (std::size_t i = 0; i < fields.size(); ++i)
    check_field_requirement(causes, fields[i], fmt::format("{}.matchFields[{}]", at, i));
}

void check_weight(Causes& causes, const Json& term, const std::string& at) {
  const auto weight = int_at(term, {"weight"});
  if (weight < 1 || weight > 100)
    causes.push_back(kube::invalid_value(at + ".weight", weight, "must be in the range 1-100"));
}

constexpr const char* kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
constexpr const char* kPreferred = "preferredDuringSchedulingIgnoredDuringExecution";

void check_neighbours(Causes& causes, const Json& term, const std::string& at) {
  check_label_selector(causes, at + ".labelSelector", find(term, {"labelSelector"}));
  check_label_selector(causes, at + ".namespaceSelector", find(term, {"namespaceSelector"}));
  const std::string key = text_at(term, {"topologyKey"});
  if (key.empty()) causes.push_back(kube::required_value(at + ".topologyKey", "can not be empty"));
  check_label_key(causes, at + ".topologyKey", key);
}

}  // namespace

void check_node_selector(Causes& causes, const Json& selector, const std::string& at) {
  const Json& terms = list_at(selector, {"nodeSelectorTerms"});
  if (terms.empty())
    causes.push_back(kube::required_value(at + ".nodeSelectorTerms",
                                          "must have at least one node selector term"));
  for (std::size_t i = 0; i < terms.size(); ++i)
    check_term(causes, terms[i], fmt::format("{}.nodeSelectorTerms[{}]", at, i));
}

void check_affinity(Causes& causes, const Json& spec, const std::string& at) {
  if (const Json* nodes = find(spec, {"affinity", "nodeAffinity"})) {
    const std::string here = at + ".affinity.nodeAffinity.";
    if (const Json* required = find(*nodes, {kRequired}))
      check_node_selector(causes, *required, here + kRequired);
    const Json& preferred = list_at(*nodes, {kPreferred});
    for (std::size_t i = 0; i < preferred.size(); ++i) {
      const std::string spot = fmt::format("{}{}[{}]", here, kPreferred, i);
      check_weight(causes, preferred[i], spot);
      check_term(causes, object_at(preferred[i], {"preference"}), spot + ".preference");
    }
  }
  for (const char* kind : {"podAffinity", "podAntiAffinity"}) {
    const Json& pods = object_at(spec, {"affinity", kind});
    const std::string here = fmt::format("{}.affinity.{}.", at, kind);
    const Json& required = list_at(pods, {kRequired});
    for (std::size_t i = 0; i < required.size(); ++i)
      check_neighbours(causes, required[i], fmt::format("{}{}[{}]", here, kRequired, i));
    const Json& preferred = list_at(pods, {kPreferred});
    for (std::size_t i = 0; i < preferred.size(); ++i) {
      const std::string spot = fmt::format("{}{}[{}]", here, kPreferred, i);
      check_weight(causes, preferred[i], spot);
      check_neighbours(causes, object_at(preferred[i], {"podAffinityTerm"}),
                       spot + ".podAffinityTerm");
    }
  }
}

void check_spread(Causes& causes, const Json& spec, const std::string& at) {
  const Json& all = list_at(spec, {"topologySpreadConstraints"});
  const auto pair_of = [](const Json& one) {
    return fmt::format("{{{}, {}}}", text_at(one, {"topologyKey"}),
                       text_at(one, {"whenUnsatisfiable"}));
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string here = fmt::format("{}.topologySpreadConstraints[{}]", at, i);
    const auto skew = int_at(all[i], {"maxSkew"});
    if (skew <= 0)
      causes.push_back(kube::invalid_value(here + ".maxSkew", skew, "must be greater than zero"));
    if (text_at(all[i], {"topologyKey"}).empty())
      causes.push_back(kube::required_value(here + ".topologyKey", "can not be empty"));
    one_of(causes, all[i], {"whenUnsatisfiable"}, {"DoNotSchedule", "ScheduleAnyway"}, here);
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      if (pair_of(all[i]) != pair_of(all[j])) continue;
      causes.push_back(
          kube::duplicate_value(here + ".{topologyKey, whenUnsatisfiable}", pair_of(all[i])));
      break;
    }
    const Json* least = find(all[i], {"minDomains"});
    if (least != nullptr && least->is_number_integer()) {
      if (*least <= 0)
        causes.push_back(
            kube::invalid_value(here + ".minDomains", *least, "must be greater than zero"));
      else if (text_at(all[i], {"whenUnsatisfiable"}) == "ScheduleAnyway")
        causes.push_back(kube::invalid_value(
            here + ".minDomains", *least,
            "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway"));
    }
    for (const char* policy : {"nodeAffinityPolicy", "nodeTaintsPolicy"})
      one_of(causes, all[i], {policy}, {"Honor", "Ignore"}, here);
    check_label_selector(causes, here + ".labelSelector", find(all[i], {"labelSelector"}));
  }
}

}  // namespace spokelab::fakeapi::validation
