// Pods and what is made of pod templates.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fakeapi/admit/validate/rules.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi::validation {

namespace {

using kube::Quantity;

void check_volumes(Causes& causes, const Json& spec, const std::string& at,
                   std::set<std::string>& names) {
  const Json& volumes = list_at(spec, {"volumes"});
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const std::string here = fmt::format("{}.volumes[{}]", at, i);
    std::string first;
    for (auto it = volumes[i].begin(); it != volumes[i].end(); ++it) {
      if (it.key() == "name") continue;
      if (!first.empty())
        causes.push_back(kube::forbidden_value(here + "." + it.key(),
                                               "may not specify more than 1 volume type"));
      first = it.key();
    }
    const std::string name = text_at(volumes[i], {"name"});
    if (name.empty())
      causes.push_back(kube::required_value(here + ".name", ""));
    else if (const auto problem = kube::dns_label_problem(name); !problem.empty())
      causes.push_back(kube::invalid_value(here + ".name", name, problem));
    else if (!names.insert(name).second)
      causes.push_back(kube::duplicate_value(here + ".name", name));
  }
}

void check_ports(Causes& causes, const Json& container, const std::string& at) {
  const Json& ports = list_at(container, {"ports"});
  std::set<std::string> names;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string here = fmt::format("{}.ports[{}]", at, i);
    if (const std::string name = text_at(ports[i], {"name"}); !name.empty()) {
      const std::size_t before = causes.size();
      check_port_name(causes, here + ".name", name);
      if (causes.size() == before && !names.insert(name).second)
        causes.push_back(kube::duplicate_value(here + ".name", name));
    }
    if (int_at(ports[i], {"containerPort"}) == 0)
      causes.push_back(kube::required_value(here + ".containerPort", ""));
    else
      check_port(causes, here + ".containerPort", ports[i]["containerPort"]);
    if (const Json* host = find(ports[i], {"hostPort"}); host != nullptr && *host != 0)
      check_port(causes, here + ".hostPort", *host);
    one_of(causes, ports[i], {"protocol"}, {"SCTP", "TCP", "UDP"}, here);
  }
}

void check_env_source(Causes& causes, const Json& variable, const std::string& at) {
  const Json* source = find(variable, {"valueFrom"});
  if (source == nullptr) return;
  std::size_t given = 0;
  for (const char* kind : {"fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"})
    given += find(*source, {kind}) != nullptr;
  if (const Json* field = find(*source, {"fieldRef"})) {
    const std::string path = text_at(*field, {"fieldPath"});
    static constexpr std::string_view kPaths[] = {"metadata.name",
                                                  "metadata.namespace",
                                                  "metadata.uid",
                                                  "spec.nodeName",
                                                  "spec.serviceAccountName",
                                                  "status.hostIP",
                                                  "status.hostIPs",
                                                  "status.podIP",
                                                  "status.podIPs"};
    const bool keyed =
        path.starts_with("metadata.labels[") || path.starts_with("metadata.annotations[");
    if (path.empty())
      causes.push_back(kube::required_value(at + ".fieldRef.fieldPath", ""));
    else if (!keyed && std::find(std::begin(kPaths), std::end(kPaths), path) == std::end(kPaths))
      causes.push_back(
          kube::invalid_value(at + ".fieldRef.fieldPath", path,
                              "error converting fieldPath: field label not supported: " + path));
  }
  for (const char* kind : {"configMapKeyRef", "secretKeyRef"}) {
    const Json* reference = find(*source, {kind});
    if (reference == nullptr) continue;
    const std::string name = text_at(*reference, {"name"});
    name_rule(causes, fmt::format("{}.{}.name", at, kind), name, kube::dns_subdomain_problem(name));
    if (text_at(*reference, {"key"}).empty())
      causes.push_back(kube::required_value(fmt::format("{}.{}.key", at, kind), ""));
  }
  if (given == 0)
    causes.push_back(kube::invalid_value(at, "",
                                         "must specify one of: `fieldRef`, `resourceFieldRef`, "
                                         "`configMapKeyRef` or `secretKeyRef`"));
  else if (!text_at(variable, {"value"}).empty())
    causes.push_back(kube::invalid_value(at, "", "may not be specified when `value` is not empty"));
  else if (given > 1)
    causes.push_back(
        kube::invalid_value(at, "", "may not have more than one field specified at a time"));
}

void check_env(Causes& causes, const Json& container, const std::string& at) {
  const Json& env = list_at(container, {"env"});
  for (std::size_t i = 0; i < env.size(); ++i) {
    const std::string here = fmt::format("{}.env[{}]", at, i);
    if (text_at(env[i], {"name"}).empty())
      causes.push_back(kube::required_value(here + ".name", ""));
    check_env_source(causes, env[i], here + ".valueFrom");
  }
}

void check_mounts(Causes& causes, const Json& container, const std::string& at,
                  const std::set<std::string>& volumes) {
  const Json& mounts = list_at(container, {"volumeMounts"});
  std::set<std::string> paths;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const std::string here = fmt::format("{}.volumeMounts[{}]", at, i);
    const std::string name = text_at(mounts[i], {"name"});
    if (name.empty()) causes.push_back(kube::required_value(here + ".name", ""));
    if (!volumes.contains(name)) causes.push_back(not_found_value(here + ".name", name));
    const std::string path = text_at(mounts[i], {"mountPath"});
    if (path.empty())
      causes.push_back(kube::required_value(here + ".mountPath", ""));
    else if (!paths.insert(path).second)
      causes.push_back(kube::invalid_value(here + ".mountPath", path, "must be unique"));
  }
}

bool is_container_resource(const std::string& name) {
  return name == "cpu" || name == "memory" || name == "ephemeral-storage" ||
         name.starts_with("hugepages-");
}

void check_amounts(Causes& causes, const Json& amounts, const std::string& at, const Json& limits) {
  for (auto it = amounts.begin(); it != amounts.end(); ++it) {
    const std::string here = fmt::format("{}[{}]", at, it.key());
    if (it.key().find('/') == std::string::npos && !is_container_resource(it.key())) {
      causes.push_back(
          invalid_text(here, it.key(), "must be a standard resource type or fully qualified"));
      causes.push_back(invalid_text(here, it.key(), "must be a standard resource for containers"));
    }
    const auto amount = Quantity::parse(it->is_string() ? it->get<std::string>() : it->dump());
    if (!amount) continue;
    if (*amount < Quantity())
      causes.push_back(kube::invalid_value(here, *it, "must be greater than or equal to 0"));
    const std::string limit_text = text_at(limits, {it.key()});
    const auto limit = Quantity::parse(limit_text);
    if (!limit_text.empty() && limit && *amount > *limit)
      causes.push_back(kube::invalid_value(
          at, *it,
          fmt::format("must be less than or equal to {} limit of {}", it.key(), limit->text())));
  }
}

void check_probe(Causes& causes, const Json& container, const char* name, const std::string& at) {
  const Json* probe = find(container, {name});
  if (probe == nullptr) return;
  const std::string here = at + "." + name;
  std::size_t handlers = 0;
  for (const char* kind : {"exec", "httpGet", "tcpSocket", "grpc"}) {
    const Json* handler = find(*probe, {kind});
    if (handler == nullptr) continue;
    const std::string spot = here + "." + kind;
    if (++handlers > 1) {
      causes.push_back(kube::forbidden_value(spot, "may not specify more than 1 handler type"));
    } else if (std::string_view(kind) == "exec") {
      if (list_at(*handler, {"command"}).empty())
        causes.push_back(kube::required_value(spot + ".command", ""));
    } else if (const Json* port = find(*handler, {"port"})) {
      if (port->is_string())
        check_port_name(causes, spot + ".port", port->get<std::string>());
      else
        check_port(causes, spot + ".port", *port);
    }
  }
  if (handlers == 0) causes.push_back(kube::required_value(here, "must specify a handler type"));
  for (const char* field : {"initialDelaySeconds", "timeoutSeconds", "periodSeconds",
                            "successThreshold", "failureThreshold"})
    not_negative(causes, *probe, {field}, here);
  const Json* success = find(*probe, {"successThreshold"});
  if (std::string_view(name) != "readinessProbe" && success != nullptr && *success != 1)
    causes.push_back(kube::invalid_value(here + ".successThreshold", *success, "must be 1"));
}

void check_container(Causes& causes, const Json& container, const std::string& at,
                     const std::set<std::string>& volumes) {
  const std::string image = text_at(container, {"image"});
  if (image.empty()) causes.push_back(kube::required_value(at + ".image", ""));
  for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    check_probe(causes, container, probe, at);
  one_of(causes, container, {"terminationMessagePolicy"}, {"File", "FallbackToLogsOnError"}, at);
  check_ports(causes, container, at);
  check_env(causes, container, at);
  check_mounts(causes, container, at, volumes);
  one_of(causes, container, {"imagePullPolicy"}, {"Always", "IfNotPresent", "Never"}, at);
  static const Json none = Json::object();
  const Json& limits = object_at(container, {"resources", "limits"});
  check_amounts(causes, limits, at + ".resources.limits", none);
  check_amounts(causes, object_at(container, {"resources", "requests"}), at + ".resources.requests",
                limits);
}

void check_containers(Causes& causes, const Json& spec, const std::string& at, const char* list,
                      std::set<std::string>& names, const std::set<std::string>& volumes) {
  const Json& containers = list_at(spec, {list});
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const std::string here = fmt::format("{}.{}[{}]", at, list, i);
    const std::string name = text_at(containers[i], {"name"});
    if (name.empty())
      causes.push_back(kube::required_value(here + ".name", ""));
    else if (const auto problem = kube::dns_label_problem(name); !problem.empty())
      causes.push_back(kube::invalid_value(here + ".name", name, problem));
    else if (!names.insert(name).second)
      causes.push_back(kube::duplicate_value(here + ".name", name));
    check_container(causes, containers[i], here, volumes);
  }
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const std::string image = text_at(containers[i], {"image"});
    if (!image.empty() && (image.front() == ' ' || image.back() == ' '))
      causes.push_back(kube::invalid_value(fmt::format("{}.{}[{}].image", at, list, i), image,
                                           "must not have leading or trailing whitespace"));
  }
}

void check_tolerations(Causes& causes, const Json& spec, const std::string& at) {
  const Json& tolerations = list_at(spec, {"tolerations"});
  for (std::size_t i = 0; i < tolerations.size(); ++i) {
    const std::string here = fmt::format("{}.tolerations[{}]", at, i);
    const Json& one = tolerations[i];
    const std::string key = text_at(one, {"key"});
    const std::string op = text_at(one, {"operator"});
    if (!key.empty()) name_rule(causes, here + ".key", key, kube::label_key_problem(key));
    if (key.empty() && op != "Exists") {
      causes.push_back(kube::invalid_value(
          here + ".operator", op,
          "operator must be Exists when `key` is empty, which means \"match all values and all "
          "keys\""));
    }
    if (find(one, {"tolerationSeconds"}) != nullptr && text_at(one, {"effect"}) != "NoExecute")
      causes.push_back(
          kube::invalid_value(here + ".effect", text_at(one, {"effect"}),
                              "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    if (op == "Exists" && !text_at(one, {"value"}).empty())
      causes.push_back(kube::invalid_value(here + ".operator", text_at(one, {"value"}),
                                           "value must be empty when `operator` is 'Exists'"));
    else if (!op.empty())
      one_of(causes, one, {"operator"}, {"Equal", "Exists"}, here);
    one_of(causes, one, {"effect"}, {"NoSchedule", "PreferNoSchedule", "NoExecute"}, here);
  }
}

}  // namespace

void check_pod_spec(Causes& causes, const Json* given, const std::string& at) {
  static const Json none = Json::object();
  const Json& spec = given != nullptr && given->is_object() ? *given : none;
  std::set<std::string> volumes;
  check_volumes(causes, spec, at, volumes);
  std::set<std::string> names;
  if (list_at(spec, {"containers"}).empty())
    causes.push_back(kube::required_value(at + ".containers", ""));
  check_containers(causes, spec, at, "containers", names, volumes);
  check_containers(causes, spec, at, "initContainers", names, volumes);
  if (!spec.empty()) {
    one_of(causes, spec, {"restartPolicy"}, {"Always", "OnFailure", "Never"}, at);
    one_of(causes, spec, {"dnsPolicy"},
           {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"}, at);
  }
  check_labels(causes, at + ".nodeSelector", find(spec, {"nodeSelector"}));
  if (const auto account = text_at(spec, {"serviceAccountName"}); !account.empty())
    name_rule(causes, at + ".serviceAccountName", account, kube::dns_subdomain_problem(account));
  if (const auto node = text_at(spec, {"nodeName"}); !node.empty())
    name_rule(causes, at + ".nodeName", node, kube::dns_subdomain_problem(node));
  if (const Json* seconds = find(spec, {"activeDeadlineSeconds"});
      seconds != nullptr && seconds->is_number_integer() &&
      (*seconds < 1 || *seconds > 2'147'483'647)) {
    causes.push_back(kube::invalid_value(at + ".activeDeadlineSeconds", *seconds,
                                         "must be between 1 and 2147483647, inclusive"));
  }
  for (const char* field : {"hostname", "subdomain"}) {
    const std::string name = text_at(spec, {field});
    if (!name.empty()) name_rule(causes, at + "." + field, name, kube::dns_label_problem(name));
  }
  check_tolerations(causes, spec, at);
}

void check_pod(Causes& causes, const Json& object, const Json* old) {
  if (old == nullptr) return check_pod_spec(causes, find(object, {"spec"}), "spec");
  const auto fixed = [](const Json& pod) {
    Json spec = object_at(pod, {"spec"});
    for (const char* name :
         {"activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds",
          "schedulingGates", "nodeName", "ephemeralContainers"})
      spec.erase(name);
    for (const char* list : {"containers", "initContainers"}) {
      if (!spec.contains(list) || !spec[list].is_array()) continue;
      for (Json& container : spec[list]) container.erase("image");
    }
    return spec;
  };
  const Json* before = find(*old, {"spec"});
  const Json* after = find(object, {"spec"});
  if (before != nullptr && after != nullptr && *before == *after) return;
  for (const char* list : {"containers", "initContainers"}) {
    const Json& containers = list_at(object, {"spec", list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      if (text_at(containers[i], {"image"}).empty())
        causes.push_back(kube::required_value(fmt::format("spec.{}[{}].image", list, i), ""));
    }
  }
  if (fixed(object) == fixed(*old)) return;
  causes.push_back(kube::forbidden_value(
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,"
      "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
      "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
      "to 1 if it was previously negative)"));
}

void check_pod_template(Causes& causes, const Json& object, const Json*) {
  check_pod_spec(causes, find(object, {"template", "spec"}), "template.spec");
}

}  // namespace spokelab::fakeapi::validation
