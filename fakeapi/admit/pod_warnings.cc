// What pods have to say, in the order of upstream.
#include "fakeapi/admit/pod_warnings.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

using Texts = std::vector<std::string>;

constexpr const char* kSeccompPod = "seccomp.security.alpha.kubernetes.io/pod";
constexpr const char* kSeccompContainer = "container.seccomp.security.alpha.kubernetes.io/";
constexpr const char* kAppArmorContainer = "container.apparmor.security.beta.kubernetes.io/";

const Json& list_in(const Json& object, std::initializer_list<std::string_view> path) {
  static const Json none = Json::array();
  const Json* list = find(object, path);
  return list != nullptr && list->is_array() ? *list : none;
}

/// What is said of a node's label that has another name by now; nullptr: it has not.
const char* newer_name(std::string_view label) {
  static constexpr std::pair<std::string_view, const char*> kLabels[] = {
      {"beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"},
      {"beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"},
      {"failure-domain.beta.kubernetes.io/region",
       "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"},
      {"failure-domain.beta.kubernetes.io/zone",
       "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"},
      {"beta.kubernetes.io/instance-type",
       "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"},
      {"app.kubernetes.io/created-by", "deprecated since v1.9"},
      {"scheduler.alpha.kubernetes.io/preferAvoidPods",
       "deprecated since v1.22; use Taints and Tolerations instead"},
      {"node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"}};
  for (const auto& [name, text] : kLabels) {
    if (name == label) return text;
  }
  return nullptr;
}

/// Bytes come whole.
void tell_fractions(Texts& told, const Json& container, const std::string& at) {
  for (const char* resource : {"memory", "ephemeral-storage"}) {
    for (const char* map : {"limits", "requests"}) {
      const std::string text = text_at(container, {"resources", map, resource});
      const auto amount = kube::Quantity::parse(text);
      if (!text.empty() && amount && !amount->whole())
        told.push_back(
            fmt::format("{}.resources.{}[{}]: fractional byte value \"{}\" is invalid, must be an "
                        "integer",
                        at, map, resource, text));
    }
  }
}

/// A variable that is set anew without its old value: apply would lose one of the two.
void tell_hidden_variables(Texts& told, const Json& container, const std::string& at) {
  std::set<std::string> seen;
  const Json& env = list_in(container, {"env"});
  for (std::size_t i = 0; i < env.size(); ++i) {
    const std::string name = text_at(env[i], {"name"});
    if (seen.insert(name).second) continue;
    const std::string value = text_at(env[i], {"value"});
    const std::string old = "$(" + name + ")";
    const bool builds_on_it = env[i].find("valueFrom") == env[i].end() && value != old &&
                              value.find(old) != std::string::npos;
    if (!builds_on_it)
      told.push_back(fmt::format(
          "{}.env[{}]: hides previous definition of \"{}\", which may be dropped when using apply",
          at, i, name));
  }
}

struct NamedPort {
  std::string at;
  std::string host_ip;
  std::int64_t host_port = 0;
};

using Ports = std::map<std::string, std::vector<NamedPort>>;

void tell_ports(Texts& told, const Json& container, const std::string& at, Ports& all) {
  const Json& ports = list_in(container, {"ports"});
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const NamedPort port{fmt::format("{}.ports[{}]", at, i), text_at(ports[i], {"hostIP"}),
                         int_at(ports[i], {"hostPort"})};
    auto& others = all[fmt::format("{}/{}", int_at(ports[i], {"containerPort"}),
                                   text_at(ports[i], {"protocol"}))];
    for (const NamedPort& other : others) {
      const char* how = nullptr;
      if (port.host_ip == other.host_ip && port.host_port == other.host_port)
        how = "duplicate";
      else if (port.host_port == 0 || other.host_port == 0)
        how = "overlapping";
      else if (port.host_port == other.host_port && port.host_ip.empty() != other.host_ip.empty())
        how = "dangerously ambiguous";
      if (how != nullptr)
        told.push_back(fmt::format("{}: {} port definition with {}", port.at, how, other.at));
    }
    others.push_back(port);
  }
}

void tell_node_labels(Texts& told, const Json& pod, const std::string& at) {
  if (const Json* wanted = find(pod, {"spec", "nodeSelector"});
      wanted != nullptr && wanted->is_object()) {
    for (auto it = wanted->begin(); it != wanted->end(); ++it) {
      if (const char* text = newer_name(it.key()))
        told.push_back(fmt::format("{}spec.nodeSelector[{}]: {}", at, it.key(), text));
    }
  }
  const std::string affinity = at + "spec.affinity.nodeAffinity.";
  const Json& terms =
      list_in(pod, {"spec", "affinity", "nodeAffinity",
                    "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"});
  for (std::size_t i = 0; i < terms.size(); ++i)
    tell_node_term(told, terms[i],
                   fmt::format("{}requiredDuringSchedulingIgnoredDuringExecution."
                               "nodeSelectorTerms[{}]",
                               affinity, i));
  const Json& preferred = list_in(
      pod, {"spec", "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"});
  for (std::size_t i = 0; i < preferred.size(); ++i) {
    if (const Json* term = find(preferred[i], {"preference"}))
      tell_node_term(told, *term,
                     fmt::format("{}preferredDuringSchedulingIgnoredDuringExecution[{}].preference",
                                 affinity, i));
  }
  const Json& spread = list_in(pod, {"spec", "topologySpreadConstraints"});
  for (std::size_t i = 0; i < spread.size(); ++i) {
    const std::string here = fmt::format("{}spec.topologySpreadConstraints[{}]", at, i);
    const std::string key = text_at(spread[i], {"topologyKey"});
    if (const char* text = newer_name(key))
      told.push_back(fmt::format("{}.topologyKey: {} is {}", here, key, text));
    if (find(spread[i], {"labelSelector"}) == nullptr)
      told.push_back(here + ".labelSelector: a null labelSelector results in matching no pod");
  }
}

void tell_annotations(Texts& told, const Json& annotations, const std::string& at) {
  static constexpr std::pair<const char*, const char*> kOld[] = {
      {"scheduler.alpha.kubernetes.io/critical-pod",
       "non-functional in v1.16+; use the \"priorityClassName\" field instead"},
      {"security.alpha.kubernetes.io/sysctls",
       "non-functional in v1.11+; use the \"sysctls\" field instead"},
      {"security.alpha.kubernetes.io/unsafe-sysctls",
       "non-functional in v1.11+; use the \"sysctls\" field instead"}};
  for (const auto& [key, text] : kOld) {
    if (annotations.contains(key))
      told.push_back(fmt::format("{}metadata.annotations[{}]: {}", at, key, text));
  }
}

/// A file in a volume, and where it comes from.
struct Place {
  std::string path;
  std::string source;

  std::string text() const {
    const std::string quoted = Json(path).dump();
    return source.empty() ? quoted : fmt::format("{} ({})", quoted, source);
  }
};

std::vector<Place> places_in(const Json& items, const std::string& source) {
  std::vector<Place> places;
  for (const Json& item : items) places.push_back({text_at(item, {"path"}), source});
  return places;
}

bool lies_below(const std::string& path, const std::string& folder) {
  return (path + "/").starts_with(folder + "/");
}

/// Adds places to those of a volume, and tells which of them meet.
void tell_overlaps(Texts& told, std::vector<Place>& all, std::vector<Place> more,
                   const std::string& volume, const std::string& what) {
  for (Place& one : more) {
    while (one.path.ends_with('/')) one.path.pop_back();
    for (const Place& other : all) {
      if (one.path.empty() || other.path.empty()) continue;
      if (lies_below(one.path, other.path) || lies_below(other.path, one.path))
        told.push_back(fmt::format("volume {} ({}): overlapping paths: {} with {}",
                                   Json(volume).dump(), what, one.text(), other.text()));
    }
    all.push_back(std::move(one));
  }
}

void tell_projected(Texts& told, const Json& sources, const std::string& volume) {
  std::vector<Place> all;
  std::vector<Place> places;  // upstream keeps those of the source before where one names none
  for (const Json& source : sources) {
    if (!source.is_object() || source.empty()) {
      told.push_back(
          fmt::format("volume {} (Projected) has no sources provided", Json(volume).dump()));
      continue;
    }
    const Json* map = find(source, {"configMap", "items"});
    const Json* secret = find(source, {"secret", "items"});
    const Json* downward = find(source, {"downwardAPI", "items"});
    if (map != nullptr)
      places = places_in(
          *map, fmt::format("ConfigMap {}", Json(text_at(source, {"configMap", "name"})).dump()));
    else if (secret != nullptr)
      places = places_in(
          *secret, fmt::format("Secret {}", Json(text_at(source, {"secret", "name"})).dump()));
    else if (downward != nullptr)
      places = places_in(*downward, "DownwardAPI");
    else if (find(source, {"serviceAccountToken"}) != nullptr)
      places = {{text_at(source, {"serviceAccountToken", "path"}), "ServiceAccountToken"}};
    tell_overlaps(told, all, places, volume, "Projected");
  }
}

void tell_volumes(Texts& told, const Json& pod, const std::string& at) {
  const Json& volumes = list_in(pod, {"spec", "volumes"});
  for (std::size_t i = 0; i < volumes.size(); ++i)
    tell_old_volume(told, volumes[i], fmt::format("{}spec.volumes[{}]", at, i));
  for (const Json& volume : volumes) {
    const std::string name = text_at(volume, {"name"});
    const auto flat = [&](const char* kind, const std::string& what) {
      std::vector<Place> all;
      tell_overlaps(told, all, places_in(list_in(volume, {kind, "items"}), ""), name, what);
    };
    flat("configMap",
         fmt::format("ConfigMap {}", Json(text_at(volume, {"configMap", "name"})).dump()));
    flat("secret",
         fmt::format("Secret {}", Json(text_at(volume, {"secret", "secretName"})).dump()));
    flat("downwardAPI", "DownwardAPI");
    tell_projected(told, list_in(volume, {"projected", "sources"}), name);
  }
}

/// What is named more than once in a list.
void tell_repeated(Texts& told, const Json& list, const std::string& at, const char* field) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string value = text_at(list[i], {field});
    if (!seen.insert(value).second)
      told.push_back(
          fmt::format("{}[{}].{}: duplicate {} {}", at, i, field, field, Json(value).dump()));
  }
}

void tell_profiles(Texts& told, const Json& container, const Json& pod, const Json& annotations,
                   const std::string& at) {
  const std::string name = text_at(container, {"name"});
  const std::string seccomp = kSeccompContainer + name;
  if (find(container, {"securityContext", "seccompProfile"}) == nullptr &&
      annotations.contains(seccomp))
    told.push_back(
        fmt::format("{}metadata.annotations[{}]: non-functional in v1.27+; use the "
                    "\"seccompProfile\" field instead",
                    at, seccomp));
  const std::string app_armor = kAppArmorContainer + name;
  const bool of_template = !at.empty();
  if (of_template && find(pod, {"spec", "securityContext", "appArmorProfile"}) == nullptr &&
      find(container, {"securityContext", "appArmorProfile"}) == nullptr &&
      annotations.contains(app_armor))
    told.push_back(
        fmt::format("{}metadata.annotations[{}]: deprecated since v1.30; use the "
                    "\"appArmorProfile\" field instead",
                    at, app_armor));
}

void tell_affinity(Texts& told, const Json& pod, const std::string& at) {
  for (const char* kind : {"podAffinity", "podAntiAffinity"}) {
    const std::string here = fmt::format("{}spec.affinity.{}.", at, kind);
    const Json& required =
        list_in(pod, {"spec", "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"});
    for (std::size_t i = 0; i < required.size(); ++i) {
      if (find(required[i], {"labelSelector"}) == nullptr)
        told.push_back(
            fmt::format("{}requiredDuringSchedulingIgnoredDuringExecution[{}]."
                        "labelSelector: a null labelSelector results in matching no pod",
                        here, i));
    }
    const Json& preferred =
        list_in(pod, {"spec", "affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution"});
    for (std::size_t i = 0; i < preferred.size(); ++i) {
      if (find(preferred[i], {"podAffinityTerm", "labelSelector"}) == nullptr)
        told.push_back(
            fmt::format("{}preferredDuringSchedulingIgnoredDuringExecution[{}]."
                        "podAffinityTerm.labelSelector: a null labelSelector results in "
                        "matching no pod",
                        here, i));
    }
  }
}

}  // namespace

void tell_node_term(Texts& told, const Json& term, const std::string& at) {
  const Json& wanted = list_in(term, {"matchExpressions"});
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string key = text_at(wanted[i], {"key"});
    if (const char* text = newer_name(key))
      told.push_back(fmt::format("{}.matchExpressions[{}].key: {} is {}", at, i, key, text));
  }
}

void tell_old_volume(Texts& told, const Json& volume, const std::string& at) {
  static constexpr std::pair<const char*, const char*> kOld[] = {
      {"photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"},
      {"gitRepo", "deprecated in v1.11"},
      {"scaleIO", "deprecated in v1.16, non-functional in v1.22+"},
      {"flocker", "deprecated in v1.22, non-functional in v1.25+"},
      {"storageos", "deprecated in v1.22, non-functional in v1.25+"},
      {"quobyte", "deprecated in v1.22, non-functional in v1.25+"},
      {"glusterfs", "deprecated in v1.25, non-functional in v1.26+"},
      {"cephfs", "deprecated in v1.28, non-functional in v1.31+"},
      {"rbd", "deprecated in v1.28, non-functional in v1.31+"}};
  for (const auto& [name, text] : kOld) {
    if (find(volume, {name}) == nullptr) continue;
    const std::string_view shown = name == std::string_view("storageos") ? "storageOS" : name;
    told.push_back(fmt::format("{}.{}: {}", at, shown, text));
  }
}

void tell_about_pod(Texts& told, const Json& pod, const std::string& at) {
  static const Json none = Json::object();
  const Json* given = find(pod, {"metadata", "annotations"});
  const Json& annotations = given != nullptr && given->is_object() ? *given : none;
  tell_node_labels(told, pod, at);
  tell_annotations(told, annotations, at);
  tell_volumes(told, pod, at);
  tell_repeated(told, list_in(pod, {"spec", "hostAliases"}), at + "spec.hostAliases", "ip");
  const Json& secrets = list_in(pod, {"spec", "imagePullSecrets"});
  tell_repeated(told, secrets, at + "spec.imagePullSecrets", "name");
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (text_at(secrets[i], {"name"}).empty())
      told.push_back(
          fmt::format("{}spec.imagePullSecrets[{}].name: invalid empty name \"\"", at, i));
  }
  if (find(pod, {"spec", "securityContext", "seccompProfile"}) == nullptr &&
      annotations.contains(kSeccompPod))
    told.push_back(
        fmt::format("{}metadata.annotations[{}]: non-functional in v1.27+; use the "
                    "\"seccompProfile\" field instead",
                    at, kSeccompPod));
  static constexpr const char* kLists[] = {"initContainers", "containers"};
  for (const char* list : kLists) {
    const Json& containers = list_in(pod, {"spec", list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string here = fmt::format("{}spec.{}[{}]", at, list, i);
      tell_profiles(told, containers[i], pod, annotations, at);
      tell_fractions(told, containers[i], here);
      tell_hidden_variables(told, containers[i], here);
    }
  }
  Ports ports;
  for (const char* list : kLists) {
    const Json& containers = list_in(pod, {"spec", list});
    for (std::size_t i = 0; i < containers.size(); ++i)
      tell_ports(told, containers[i], fmt::format("{}spec.{}[{}]", at, list, i), ports);
  }
  if (int_at(pod, {"spec", "terminationGracePeriodSeconds"}) < 0)
    told.push_back(at +
                   "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid "
                   "and will be treated as 1");
  tell_affinity(told, pod, at);
}

}  // namespace spokelab::fakeapi
