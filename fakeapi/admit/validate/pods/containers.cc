// Containers, init containers and their parts.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fakeapi/admit/validate/pods/pods.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi::validation {

namespace {

using kube::Quantity;

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
  if (const Json* field = find(*source, {"resourceFieldRef"})) {
    const std::string name = text_at(*field, {"resource"});
    static const std::vector<std::string> kNames = {
        "limits.cpu",   "limits.ephemeral-storage",   "limits.memory",
        "requests.cpu", "requests.ephemeral-storage", "requests.memory"};
    const bool huge =
        name.starts_with("limits.hugepages-") || name.starts_with("requests.hugepages-");
    if (name.empty())
      causes.push_back(kube::required_value(at + ".resourceFieldRef.resource", ""));
    else if (!huge && std::find(kNames.begin(), kNames.end(), name) == kNames.end())
      causes.push_back(kube::not_supported(at + ".resourceFieldRef.resource", name, kNames));
  }
  for (const char* kind : {"configMapKeyRef", "secretKeyRef"}) {
    const Json* reference = find(*source, {kind});
    if (reference == nullptr) continue;
    const std::string name = text_at(*reference, {"name"});
    name_rule(causes, fmt::format("{}.{}.name", at, kind), name, kube::dns_subdomain_problem(name));
    const std::string key = text_at(*reference, {"key"});
    const std::string here = fmt::format("{}.{}.key", at, kind);
    if (key.empty())
      causes.push_back(kube::required_value(here, ""));
    else
      name_rule(causes, here, key, config_key_problem(key));
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

/// Sources of whole sets of variables; what is wrong with their number is told about the list.
void check_env_from(Causes& causes, const Json& container, const std::string& at) {
  const Json& sources = list_at(container, {"envFrom"});
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::size_t given = 0;
    for (const char* kind : {"configMapRef", "secretRef"}) {
      const Json* source = find(sources[i], {kind});
      if (source == nullptr) continue;
      ++given;
      if (text_at(*source, {"name"}).empty())
        causes.push_back(kube::required_value(fmt::format("{}[{}].{}.name", at, i, kind), ""));
    }
    if (given == 0)
      causes.push_back(
          kube::invalid_value(at, "", "must specify one of: `configMapRef` or `secretRef`"));
    if (given > 1)
      causes.push_back(
          kube::invalid_value(at, "", "may not have more than one field specified at a time"));
  }
}

void check_propagation(Causes& causes, const Json& mount, const Json& container,
                       const std::string& at) {
  one_of(causes, mount, {"mountPropagation"}, {"Bidirectional", "HostToContainer", "None"}, at);
  if (text_at(mount, {"mountPropagation"}) == "Bidirectional" &&
      !bool_at(container, {"securityContext", "privileged"}))
    causes.push_back(kube::forbidden_value(
        at + ".mountPropagation",
        "Bidirectional mount propagation is available only to privileged containers"));
}

/// `at`: the list of mounts, about which problems of inner paths are told.
void check_mounts(Causes& causes, const Json& container, const std::string& at,
                  const Volumes& volumes) {
  const Json& mounts = list_at(container, {"volumeMounts"});
  std::set<std::string> paths;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const std::string here = fmt::format("{}[{}]", at, i);
    const std::string name = text_at(mounts[i], {"name"});
    if (name.empty()) causes.push_back(kube::required_value(here + ".name", ""));
    if (!volumes.contains(name)) causes.push_back(not_found_value(here + ".name", name));
    const std::string path = text_at(mounts[i], {"mountPath"});
    if (path.empty())
      causes.push_back(kube::required_value(here + ".mountPath", ""));
    else if (!paths.insert(path).second)
      causes.push_back(kube::invalid_value(here + ".mountPath", path, "must be unique"));
    const std::string inner = text_at(mounts[i], {"subPath"});
    check_descending_path(causes, at + ".subPath", inner);
    const std::string expression = text_at(mounts[i], {"subPathExpr"});
    if (!expression.empty() && !inner.empty())
      causes.push_back(kube::invalid_value(here + ".subPathExpr", expression,
                                           "subPathExpr and subPath are mutually exclusive"));
    check_descending_path(causes, at + ".subPathExpr", expression);
    check_propagation(causes, mounts[i], container, at);
  }
}

void check_devices(Causes& causes, const Json& container, const std::string& at,
                   const Volumes& volumes) {
  const Json& devices = list_at(container, {"volumeDevices"});
  std::set<std::string> paths;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const std::string here = fmt::format("{}[{}]", at, i);
    const std::string name = text_at(devices[i], {"name"});
    const auto volume = volumes.find(name);
    if (name.empty()) causes.push_back(kube::required_value(here + ".name", ""));
    if (volume == volumes.end()) {
      causes.push_back(not_found_value(here + ".name", name));
    } else if (!volume->second->contains("persistentVolumeClaim") &&
               !volume->second->contains("ephemeral")) {
      causes.push_back(kube::invalid_value(
          here + ".name", name,
          "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"));
    }
    const std::string path = text_at(devices[i], {"devicePath"});
    if (path.empty())
      causes.push_back(kube::required_value(here + ".devicePath", ""));
    else if (!paths.insert(path).second)
      causes.push_back(kube::invalid_value(here + ".devicePath", path, "must be unique"));
  }
}

bool is_container_resource(const std::string& name) {
  return name == "cpu" || name == "memory" || name == "ephemeral-storage" ||
         name.starts_with("hugepages-");
}

Quantity amount_of(const Json& value) {
  const auto parsed = Quantity::parse(value.is_string() ? value.get<std::string>() : value.dump());
  return parsed ? *parsed : Quantity();
}

/// So many whole pages, and at least one.
bool is_multiple(const Quantity& amount, const Quantity& page) {
  const auto bytes = amount.value();
  const auto size = page.value();
  return bytes >= size && bytes % size == 0;
}

/// Amounts of one map; what is compared with limits is told by check_resources.
void check_amount(Causes& causes, const std::string& name, const Json& value,
                  const std::string& at) {
  const bool extended = name.find('/') != std::string::npos;
  if (!extended && !is_container_resource(name)) {
    causes.push_back(invalid_text(at, name, "must be a standard resource type or fully qualified"));
    causes.push_back(invalid_text(at, name, "must be a standard resource for containers"));
  }
  const Quantity amount = amount_of(value);
  if (amount < Quantity())
    causes.push_back(kube::invalid_value(at, value, "must be greater than or equal to 0"));
  if (extended && !amount.whole())
    causes.push_back(invalid_text(at, go_quantity(amount, false), "must be an integer"));
  constexpr std::string_view kHuge = "hugepages-";
  if (!name.starts_with(kHuge)) return;
  const auto page = Quantity::parse(name.substr(kHuge.size()));
  if (page && *page > Quantity() && !is_multiple(amount, *page))
    causes.push_back(kube::invalid_value(
        at, value, fmt::format("{} is not positive integer multiple of {}", amount.text(), name)));
}

/// Amounts that are all limits.
void check_limits(Causes& causes, const Json& limits, const std::string& at) {
  for (auto it = limits.begin(); it != limits.end(); ++it)
    check_amount(causes, it.key(), *it, fmt::format("{}[{}]", at, it.key()));
}

/// Resources of which no node gives more than it has: requests are limits.
bool overcommits(const std::string& name) {
  return name.find('/') == std::string::npos && !name.starts_with("hugepages-");
}

void check_resources(Causes& causes, const Json& container, const std::string& at) {
  const Json& limits = object_at(container, {"resources", "limits"});
  const Json& requests = object_at(container, {"resources", "requests"});
  check_limits(causes, limits, at + ".limits");
  bool huge = false;
  bool plain = false;
  for (const Json* map : {&limits, &requests}) {
    for (auto it = map->begin(); it != map->end(); ++it) {
      huge = huge || it.key().starts_with("hugepages-");
      plain = plain || it.key() == "cpu" || it.key() == "memory";
    }
  }
  for (auto it = requests.begin(); it != requests.end(); ++it) {
    check_amount(causes, it.key(), *it, fmt::format("{}.requests[{}]", at, it.key()));
    const Json* limit = find(limits, {it.key()});
    if (limit == nullptr) {
      if (!overcommits(it.key()))
        causes.push_back(kube::required_value(
            at + ".limits", "Limit must be set for non overcommitable resources"));
      continue;
    }
    const Quantity most = amount_of(*limit);
    const Quantity asked = amount_of(*it);
    if (!overcommits(it.key()) && (asked < most || most < asked))
      causes.push_back(kube::invalid_value(
          at + ".requests", *it,
          fmt::format("must be equal to {} limit of {}", it.key(), most.text())));
    else if (asked > most)
      causes.push_back(kube::invalid_value(
          at + ".requests", *it,
          fmt::format("must be less than or equal to {} limit of {}", it.key(), most.text())));
  }
  if (huge && !plain)
    causes.push_back(kube::forbidden_value(at, "HugePages require cpu or memory"));
}

/// An action of a probe or a hook.
void check_action(Causes& causes, const char* kind, const Json& action, const std::string& at) {
  const std::string_view name = kind;
  if (name == "exec") {
    if (list_at(action, {"command"}).empty())
      causes.push_back(kube::required_value(at + ".command", ""));
    return;
  }
  if (name == "sleep") return;
  if (name == "httpGet" && text_at(action, {"path"}).empty())
    causes.push_back(kube::required_value(at + ".path", ""));
  if (const Json* port = find(action, {"port"})) {
    if (port->is_string())
      check_port_name(causes, at + ".port", port->get<std::string>());
    else
      check_port(causes, at + ".port", *port);
  }
  if (name == "httpGet") one_of(causes, action, {"scheme"}, {"HTTP", "HTTPS"}, at);
}

void check_actions(Causes& causes, const Json& owner, const std::string& at,
                   std::initializer_list<const char*> kinds) {
  std::size_t given = 0;
  for (const char* kind : kinds) {
    const Json* action = find(owner, {kind});
    if (action == nullptr) continue;
    if (++given > 1)
      causes.push_back(
          kube::forbidden_value(at + "." + kind, "may not specify more than 1 handler type"));
    else
      check_action(causes, kind, *action, at + "." + kind);
  }
  if (given == 0) causes.push_back(kube::required_value(at, "must specify a handler type"));
}

void check_probe(Causes& causes, const Json& container, const char* name, const std::string& at) {
  const Json* probe = find(container, {name});
  if (probe == nullptr) return;
  const std::string here = at + "." + name;
  check_actions(causes, *probe, here, {"exec", "httpGet", "tcpSocket", "grpc"});
  for (const char* field : {"initialDelaySeconds", "timeoutSeconds", "periodSeconds",
                            "successThreshold", "failureThreshold"})
    not_negative(causes, *probe, {field}, here);
  const Json* success = find(*probe, {"successThreshold"});
  if (std::string_view(name) != "readinessProbe" && success != nullptr && *success != 1)
    causes.push_back(kube::invalid_value(here + ".successThreshold", *success, "must be 1"));
}

void check_life(Causes& causes, const Json& container, const std::string& at) {
  for (const char* hook : {"postStart", "preStop"}) {
    if (const Json* action = find(container, {"lifecycle", hook}))
      check_actions(causes, *action, fmt::format("{}.lifecycle.{}", at, hook),
                    {"exec", "httpGet", "tcpSocket", "sleep"});
  }
  for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    check_probe(causes, container, probe, at);
}

void check_security(Causes& causes, const Json& container, const std::string& at) {
  const Json* context = find(container, {"securityContext"});
  if (context == nullptr) return;
  check_id(causes, *context, "runAsUser", at);
  check_id(causes, *context, "runAsGroup", at);
  one_of(causes, *context, {"procMount"}, {"Default", "Unmasked"}, at);
  check_seccomp(causes, *context, at + ".seccompProfile");
  const Json* escalates = find(*context, {"allowPrivilegeEscalation"});
  if (escalates == nullptr || *escalates != false) return;
  // Upstream prints the whole Go struct here, addresses and all.
  if (bool_at(*context, {"privileged"}))
    causes.push_back(
        invalid_text(at, "core.SecurityContext{}",
                     "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
  for (const Json& capability : list_at(*context, {"capabilities", "add"})) {
    if (capability == "CAP_SYS_ADMIN")
      causes.push_back(invalid_text(at, "core.SecurityContext{}",
                                    "cannot set `allowPrivilegeEscalation` to false and "
                                    "`capabilities.Add` CAP_SYS_ADMIN"));
  }
}

void check_container(Causes& causes, const Json& container, const std::string& at,
                     const Volumes& volumes) {
  const std::string name = text_at(container, {"name"});
  if (name.empty())
    causes.push_back(kube::required_value(at + ".name", ""));
  else
    name_rule(causes, at + ".name", name, kube::dns_label_problem(name));
  if (text_at(container, {"image"}).empty())
    causes.push_back(kube::required_value(at + ".image", ""));
  one_of(causes, container, {"terminationMessagePolicy"}, {"File", "FallbackToLogsOnError"}, at);
  check_ports(causes, container, at);
  check_env(causes, container, at);
  check_env_from(causes, container, at + ".envFrom");
  check_mounts(causes, container, at + ".volumeMounts", volumes);
  check_devices(causes, container, at + ".volumeDevices", volumes);
  one_of(causes, container, {"imagePullPolicy"}, {"Always", "IfNotPresent", "Never"}, at);
  check_resources(causes, container, at + ".resources");
  check_security(causes, container, at + ".securityContext");
}

void check_host_ports(Causes& causes, const Json& container, const std::string& at,
                      std::set<std::string>& taken) {
  const Json& ports = list_at(container, {"ports"});
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto host = int_at(ports[i], {"hostPort"});
    if (host == 0) continue;
    const std::string text = fmt::format("{}/{}/{}", text_at(ports[i], {"protocol"}),
                                         text_at(ports[i], {"hostIP"}), host);
    if (!taken.insert(text).second)
      causes.push_back(kube::duplicate_value(fmt::format("{}.ports[{}].hostPort", at, i), text));
  }
}

void check_init_container(Causes& causes, const Json& container, const std::string& at,
                          std::set<std::string>& names, const std::string& list) {
  one_of(causes, container, {"restartPolicy"}, {"Always"}, at);
  const std::string name = text_at(container, {"name"});
  if (!name.empty() && !names.insert(name).second)
    causes.push_back(kube::duplicate_value(at + ".name", name));
  std::set<std::string> taken;
  check_host_ports(causes, container, list + "[0]", taken);
  if (text_at(container, {"restartPolicy"}) == "Always") return check_life(causes, container, at);
  for (const char* field : {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"}) {
    if (container.contains(field))
      causes.push_back(kube::forbidden_value(
          at + "." + field, "may not be set for init containers without restartPolicy=Always"));
  }
}

}  // namespace

void check_all_containers(Causes& causes, const Json& spec, const std::string& at,
                          const Volumes& volumes) {
  std::set<std::string> names;
  std::set<std::string> taken;
  const std::string list = at + ".containers";
  const Json& containers = list_at(spec, {"containers"});
  if (containers.empty()) causes.push_back(kube::required_value(list, ""));
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const std::string here = fmt::format("{}[{}]", list, i);
    check_container(causes, containers[i], here, volumes);
    const std::string name = text_at(containers[i], {"name"});
    if (!names.insert(name).second) causes.push_back(kube::duplicate_value(here + ".name", name));
    check_life(causes, containers[i], here);
    if (containers[i].contains("restartPolicy"))
      causes.push_back(
          kube::forbidden_value(here + ".restartPolicy", "may not be set for non-init containers"));
  }
  for (std::size_t i = 0; i < containers.size(); ++i)
    check_host_ports(causes, containers[i], fmt::format("{}[{}]", list, i), taken);
  const std::string init = at + ".initContainers";
  const Json& first = list_at(spec, {"initContainers"});
  for (std::size_t i = 0; i < first.size(); ++i) {
    const std::string here = fmt::format("{}[{}]", init, i);
    check_container(causes, first[i], here, volumes);
    check_init_container(causes, first[i], here, names, init);
  }
}

void check_amounts(Causes& causes, const Json& amounts, const std::string& at) {
  check_limits(causes, amounts, at);
}

}  // namespace spokelab::fakeapi::validation
