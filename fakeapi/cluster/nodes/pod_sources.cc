// What a pod needs before it can run: ConfigMaps and Secrets it mounts or reads.
#include <array>

#include "fakeapi/cluster/nodes/pod_run.h"

namespace spokelab::fakeapi {

namespace {

std::string missing_object(const Cluster& cluster, const char* table, const char* word,
                           const std::string& ns, const std::string& name) {
  if (name.empty() || cluster.api.get(table, ns, name)) return "";
  return std::string(word) + " \"" + name + "\" not found";
}

std::string missing_source(const Cluster& cluster, const std::string& ns, const Json& source,
                           const char* secret_key) {
  if (const Json* map = find(source, {"configMap"});
      map != nullptr && !bool_at(*map, {"optional"})) {
    std::string text =
        missing_object(cluster, "configmaps", "configmap", ns, text_at(*map, {"name"}));
    if (!text.empty()) return text;
  }
  if (const Json* secret = find(source, {"secret"});
      secret != nullptr && !bool_at(*secret, {"optional"})) {
    return missing_object(cluster, "secrets", "secret", ns, text_at(*secret, {secret_key}));
  }
  return "";
}

std::string missing_key(const Cluster& cluster, const std::string& ns, const Json& reference,
                        bool secret) {
  if (bool_at(reference, {"optional"})) return "";
  const std::string name = text_at(reference, {"name"});
  const char* table = secret ? "secrets" : "configmaps";
  std::string text = missing_object(cluster, table, secret ? "secret" : "configmap", ns, name);
  if (!text.empty()) return text;
  const JsonRef object = cluster.api.get(table, ns, name);
  const std::string key = text_at(reference, {"key"});
  if (!object || object_at(*object, {"data"}).contains(key) ||
      object_at(*object, {"binaryData"}).contains(key)) {
    return "";
  }
  return "couldn't find key " + key + " in " + (secret ? "Secret " : "ConfigMap ") + ns + "/" +
         name;
}

}  // namespace

std::optional<MissingVolume> missing_volume(const Cluster& cluster, const Json& pod) {
  const std::string ns = text_at(pod, {"metadata", "namespace"});
  for (const Json& volume : array_at(pod, {"spec", "volumes"})) {
    std::string why = missing_source(cluster, ns, volume, "secretName");
    for (const Json& source : array_at(volume, {"projected", "sources"})) {
      if (!why.empty()) break;
      why = missing_source(cluster, ns, source, "name");
    }
    if (!why.empty()) return MissingVolume{text_at(volume, {"name"}), std::move(why)};
  }
  return std::nullopt;
}

std::string missing_environment(const Cluster& cluster, const Json& pod,
                                const std::string& container) {
  const std::string ns = text_at(pod, {"metadata", "namespace"});
  for (const std::string_view list : {"initContainers", "containers"}) {
    for (const Json& each : array_at(pod, {"spec", list})) {
      if (text_at(each, {"name"}) != container) continue;
      for (const Json& from : array_at(each, {"envFrom"})) {
        for (const auto& [member, table] :
             {std::pair("configMapRef", "configmaps"), std::pair("secretRef", "secrets")}) {
          const Json* reference = find(from, {member});
          if (reference == nullptr || bool_at(*reference, {"optional"})) continue;
          const bool secret = table[0] == 's';
          std::string text = missing_object(cluster, table, secret ? "secret" : "configmap", ns,
                                            text_at(*reference, {"name"}));
          if (!text.empty()) return text;
        }
      }
      for (const Json& variable : array_at(each, {"env"})) {
        for (const bool secret : {false, true}) {
          const Json* reference =
              find(variable, {"valueFrom", secret ? "secretKeyRef" : "configMapKeyRef"});
          if (reference == nullptr) continue;
          std::string text = missing_key(cluster, ns, *reference, secret);
          if (!text.empty()) return text;
        }
      }
    }
  }
  return "";
}

}  // namespace spokelab::fakeapi
