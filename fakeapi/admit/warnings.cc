// Pods and templates (pkg/api/pod/warnings.go), and what a few other kinds have to say.
#include "fakeapi/admit/warnings.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/json.h"
#include "kube/names.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

using Texts = std::vector<std::string>;

const Json& list_in(const Json& object, std::initializer_list<std::string_view> path) {
  static const Json none = Json::array();
  const Json* list = find(object, path);
  return list != nullptr && list->is_array() ? *list : none;
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

/// `at`: "" for a pod, "spec.template." for a template.
void tell_about_pod(Texts& told, const Json& pod, const std::string& at) {
  const Json& secrets = list_in(pod, {"spec", "imagePullSecrets"});
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (text_at(secrets[i], {"name"}).empty())
      told.push_back(
          fmt::format("{}spec.imagePullSecrets[{}].name: invalid empty name \"\"", at, i));
  }
  static constexpr const char* kLists[] = {"initContainers", "containers"};
  for (const char* list : kLists) {
    const Json& containers = list_in(pod, {"spec", list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string here = fmt::format("{}spec.{}[{}]", at, list, i);
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
}

/// Where a kind keeps its template; "" for pods, nullptr for kinds without one.
const char* template_place(const ServedKind& kind) {
  const auto& resource = kind.bucket->group_resource();
  if (resource == "pods") return "";
  if (resource == "cronjobs.batch") return "spec.jobTemplate.spec.template.";
  if (resource == "podtemplates") return "template.";
  for (const char* one : {"deployments.apps", "replicasets.apps", "statefulsets.apps",
                          "daemonsets.apps", "jobs.batch", "replicationcontrollers"}) {
    if (resource == one) return "spec.template.";
  }
  return nullptr;
}

const Json* template_in(const Json& object, const std::string& place) {
  if (place.empty()) return &object;
  if (place == "template.") return find(object, {"template"});
  if (place == "spec.template.") return find(object, {"spec", "template"});
  return find(object, {"spec", "jobTemplate", "spec", "template"});
}

/// Names that become names of pods.
void tell_name(Texts& told, const ServedKind& kind, const Json& object) {
  const auto& resource = kind.bucket->group_resource();
  if (resource != "pods" && resource != "deployments.apps" && resource != "replicasets.apps" &&
      resource != "jobs.batch" && resource != "cronjobs.batch" &&
      resource != "replicationcontrollers")
    return;
  const auto problem = kube::dns_label_problem(text_at(object, {"metadata", "name"}));
  if (problem.empty()) return;
  told.push_back(
      fmt::format("metadata.name: this is used in Pod names and hostnames, which can result in "
                  "surprising behavior; a DNS label is recommended: [{}]",
                  problem));
}

void tell_service(Texts& told, const Json& object) {
  const std::string type = text_at(object, {"spec", "type"});
  if (type == "ExternalName" && !list_in(object, {"spec", "externalIPs"}).empty())
    told.push_back("spec.externalIPs is ignored when spec.type is \"ExternalName\"");
  if (type != "ExternalName" && !text_at(object, {"spec", "externalName"}).empty())
    told.push_back("spec.externalName is ignored when spec.type is not \"ExternalName\"");
}

}  // namespace

std::vector<std::string> warnings_about(const ServedKind& kind, const Json& object,
                                        const Json* old) {
  Texts told;
  const auto& resource = kind.bucket->group_resource();
  if (old == nullptr) {
    tell_name(told, kind, object);
    if (resource == "ingresses.networking.k8s.io" &&
        find(object, {"metadata", "annotations", "kubernetes.io/ingress.class"}) != nullptr)
      told.push_back(
          "annotation \"kubernetes.io/ingress.class\" is deprecated, please use "
          "'spec.ingressClassName' instead");
  }
  if (resource == "endpointslices.discovery.k8s.io" && text_at(object, {"addressType"}) == "FQDN")
    told.push_back("spec.addressType: FQDN endpoints are deprecated");
  if (resource == "services") tell_service(told, object);
  const char* place = template_place(kind);
  if (place == nullptr) return told;
  const Json* now = template_in(object, place);
  const Json* before = old != nullptr ? template_in(*old, place) : nullptr;
  if (now == nullptr) return told;
  const Json* spec_now = find(*now, {"spec"});
  const Json* spec_before = before != nullptr ? find(*before, {"spec"}) : nullptr;
  if (spec_now != nullptr && (spec_before == nullptr || *spec_now != *spec_before))
    tell_about_pod(told, *now, place);
  return told;
}

}  // namespace spokelab::fakeapi
