// The clusterDecisionResource generator: one parameter set for each decision in the status of a
// resource that names a registered cluster (applicationset/generators/duck_type.go).
#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "hub/appset/generators/generator.h"
#include "hub/appset/rendering/params.h"
#include "kube/selector.h"

namespace spokelab::hub {

namespace {

struct Duck {
  std::string group;
  std::string version;
  std::string plural;
  std::string list_key;
  std::string match_key;
};

Result<Duck> read_duck(const Json& config_map) {
  const auto entry = [&](std::string_view key) { return text_at(config_map, {"data", key}); };
  const std::string api_version = entry("apiVersion");
  const auto slash = api_version.find('/');
  Duck duck;
  duck.plural = entry("kind");
  if (duck.plural.empty() || slash == std::string::npos || slash == 0) {
    return Error(Errc::bad_input,
                 "there is a problem with the apiVersion, kind or resourceName provided");
  }
  duck.group = api_version.substr(0, slash);
  duck.version = api_version.substr(slash + 1);
  duck.list_key = entry("statusListKey");
  if (duck.list_key.empty()) duck.list_key = "clusters";
  duck.match_key = entry("matchKey");
  return duck;
}

/// Which of the resources are meant: by name, or by labels, and not by both.
Result<ListKey> selection(const Json& generator, const Duck& duck, const std::string& ns) {
  const std::string name = text_at(generator, {"name"});
  const Json* selector = find(generator, {"labelSelector"});
  const auto given = [selector](std::string_view key) {
    const Json* part = selector == nullptr ? nullptr : find(*selector, {key});
    return part != nullptr && !part->is_null();
  };
  const bool by_labels = given("matchLabels") || given("matchExpressions");
  if (name.empty() != by_labels) {
    return Error(Errc::bad_input,
                 "there is a problem with the definition of the ClusterDecisionResource generator");
  }
  ListKey key{duck.group, duck.version, duck.plural, ns, "", ""};
  if (by_labels) {
    const auto matcher = kube::LabelSelector::from_json(*selector);
    if (!matcher) return matcher.error().within("failed to get dynamic resources");
    key.label_selector = matcher->text();
  } else {
    key.field_selector = "metadata.name=" + name;
  }
  return key;
}

const ClusterInfo* cluster_named(const GeneratorScope& scope, const std::string& name) {
  for (const ClusterInfo* cluster : scope.clusters) {
    if (cluster->name == name) return cluster;
  }
  return nullptr;
}

/// Values go in as they are written: this generator alone does not render them.
void add_values(Json& params, const Json& generator, bool nested) {
  const Json* values = find(generator, {"values"});
  if (values == nullptr || !values->is_object()) return;
  for (const auto& [key, value] : values->items()) {
    if (nested) {
      set_at(params, {"values", key}, go_text(value));
    } else {
      params["values." + key] = go_text(value);
    }
  }
}

}  // namespace

Result<ParamSets> cluster_decision_params(const Json& generator, const GeneratorScope& scope) {
  if (!generator.is_object()) return Error(Errc::bad_input, "ApplicationSet is empty");
  const ObjectKey map_key{"", "v1", "configmaps", scope.ns, text_at(generator, {"configMapRef"})};
  const auto config_map = scope.facts.objects.get(map_key);
  if (!config_map) return config_map.error().within("error reading configMapRef");
  const auto duck = read_duck(**config_map);
  if (!duck) return duck.error();
  const auto chosen = selection(generator, *duck, scope.ns);
  if (!chosen) return chosen.error();
  const auto resources = scope.facts.lists.get(*chosen);
  if (!resources) return resources.error().within("failed to get dynamic resources");
  if (resources->empty()) return Error(Errc::bad_input, "no clusterDecisionResources found");

  ParamSets sets;
  if (duck->match_key.empty()) return sets;
  for (const JsonRef& resource : *resources) {
    const Json* decisions = find(*resource, {"status", duck->list_key});
    if (decisions == nullptr || !decisions->is_array()) continue;
    for (const Json& decision : *decisions) {
      const ClusterInfo* cluster = cluster_named(scope, text_at(decision, {duck->match_key}));
      if (cluster == nullptr) continue;
      Json params = {{"name", cluster->name}, {"server", cluster->server}};
      for (const auto& [key, value] : decision.items()) params[key] = go_text(value);
      add_values(params, generator, scope.dialect.go);
      sets.push_back(std::move(params));
    }
  }
  return sets;
}

}  // namespace spokelab::hub
