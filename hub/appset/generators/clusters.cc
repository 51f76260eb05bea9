// The clusters generator: one parameter set for each registered cluster that its selector takes.
#include <algorithm>
#include <map>

#include "base/json.h"
#include "hub/appset/generators/generator.h"
#include "hub/appset/rendering/params.h"
#include "kube/selector.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kSecretTypeLabel = "argocd.argoproj.io/secret-type";

std::map<std::string, std::string> labels_of(const ClusterInfo& cluster) {
  auto labels = cluster.labels;
  labels.emplace(kSecretTypeLabel, "cluster");  // every cluster Secret carries it
  return labels;
}

Json base_params(const ClusterInfo& cluster) {
  return Json{{"name", cluster.name},
              {"nameNormalized", normalize_name(cluster.name)},
              {"server", cluster.server},
              {"project", cluster.project}};
}

Json secret_params(const ClusterInfo& cluster, bool nested) {
  Json params = base_params(cluster);
  const auto labels = labels_of(cluster);
  if (nested) {
    Json metadata = Json::object();
    metadata["labels"] = labels;
    if (!cluster.annotations.empty()) metadata["annotations"] = cluster.annotations;
    params["metadata"] = std::move(metadata);
    return params;
  }
  for (const auto& [key, value] : labels) params["metadata.labels." + key] = value;
  for (const auto& [key, value] : cluster.annotations) {
    params["metadata.annotations." + key] = value;
  }
  return params;
}

bool says_something(const Json& selector) {
  const Json* labels = find(selector, {"matchLabels"});
  const Json* expressions = find(selector, {"matchExpressions"});
  return (labels != nullptr && !labels->empty()) ||
         (expressions != nullptr && !expressions->empty());
}

}  // namespace

Result<ParamSets> cluster_params(const Json& generator, const GeneratorScope& scope) {
  const Json* written = find(generator, {"selector"});
  const Json selector = written != nullptr && written->is_object() ? *written : Json::object();
  const auto matcher = kube::LabelSelector::from_json(selector);
  if (!matcher) return matcher.error().within("error converting label selector");

  std::map<std::string, const ClusterInfo*> chosen;  // two Secrets with one name: the last wins
  const ClusterInfo* implicit = nullptr;
  bool hub_is_chosen = false;
  for (const ClusterInfo* cluster : scope.clusters) {
    if (cluster->secret_name.empty()) {
      implicit = cluster;
    } else if (matcher->matches(Json(labels_of(*cluster)))) {
      chosen[cluster->name] = cluster;
      hub_is_chosen = hub_is_chosen || cluster->server == kInClusterServer;
    }
  }

  ParamSets sets;
  for (const auto& [name, cluster] : chosen) {
    sets.push_back(secret_params(*cluster, scope.dialect.go));
  }
  if (implicit != nullptr && !hub_is_chosen && !says_something(selector)) {
    sets.push_back(base_params(*implicit));
  }
  for (Json& params : sets) {
    const auto appended = append_values(params, generator, scope.dialect);
    if (!appended) {
      return appended.error().within("error appending templated values for cluster");
    }
  }
  if (!bool_at(generator, {"flatList"})) return sets;
  Json together = Json::array();
  for (Json& params : sets) together.push_back(std::move(params));
  return ParamSets{Json{{"clusters", std::move(together)}}};
}

}  // namespace spokelab::hub
