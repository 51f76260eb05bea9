// Services, ingresses, network policies and endpoints.
#include <fmt/format.h>

#include <set>

#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi::validation {

namespace {

void check_service_ports(Causes& causes, const Json& object, const std::string& type) {
  const Json& ports = list_at(object, {"spec", "ports"});
  std::set<std::string> names;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const Json& port = ports[i];
    const std::string at = fmt::format("spec.ports[{}]", i);
    const std::string name = text_at(port, {"name"});
    if (name.empty()) {
      if (ports.size() > 1) causes.push_back(kube::required_value(at + ".name", ""));
    } else if (const auto problem = kube::dns_label_problem(name); !problem.empty()) {
      causes.push_back(kube::invalid_value(at + ".name", name, problem));
    } else if (!names.insert(name).second) {
      causes.push_back(kube::duplicate_value(at + ".name", name));
    }
    const Json number = int_at(port, {"port"});
    check_port(causes, at + ".port", number);
    one_of(causes, port, {"protocol"}, {"SCTP", "TCP", "UDP"}, at);
    if (const auto application = text_at(port, {"appProtocol"}); !application.empty())
      check_label_key(causes, at + ".appProtocol", application);
    const Json* target = find(port, {"targetPort"});
    if (target != nullptr && target->is_string())
      check_port_name(causes, at + ".targetPort", target->get<std::string>());
    else
      check_port(causes, at + ".targetPort", target != nullptr ? *target : number);
    if (type == "ClusterIP" && int_at(port, {"nodePort"}) != 0)
      causes.push_back(
          kube::forbidden_value(at + ".nodePort", "may not be used when `type` is 'ClusterIP'"));
  }
  std::set<std::string> pairs;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string protocol = text_at(ports[i], {"protocol"});
    const auto number = int_at(ports[i], {"port"});
    if (pairs.insert(fmt::format("{}/{}", number, protocol)).second) continue;
    causes.push_back(
        {"FieldValueDuplicate",
         fmt::format("Duplicate value: core.ServicePort{{Name:\"\", Protocol:{}, "
                     "AppProtocol:(*string)(nil), Port:{}, TargetPort:intstr.IntOrString{{Type:0, "
                     "IntVal:0, StrVal:\"\"}}, NodePort:0}}",
                     Json(protocol).dump(), number),
         fmt::format("spec.ports[{}]", i)});
  }
}

void check_cluster_addresses(Causes& causes, const Json& object, const std::string& type) {
  const Json& addresses = list_at(object, {"spec", "clusterIPs"});
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::string at = fmt::format("spec.clusterIPs[{}]", i);
    if (addresses[i] == "None") {
      if (type == "NodePort" || type == "LoadBalancer")
        causes.push_back(kube::invalid_value(
            at, "None", fmt::format("may not be set to 'None' for {} services", type)));
    } else if (addresses[i].is_string() && !is_ip(addresses[i].get_ref<const std::string&>())) {
      causes.push_back(kube::invalid_value(at, addresses[i], kNoIp));
    }
  }
}

void check_service_update(Causes& causes, const Json& object, const Json& old,
                          const std::string& type) {
  const std::string before = text_at(old, {"spec", "clusterIP"});
  const std::string after = text_at(object, {"spec", "clusterIP"});
  if (type == "ExternalName" || text_at(old, {"spec", "type"}) == "ExternalName" || before.empty())
    return;
  if (before == after) return;
  const Json& addresses = list_at(object, {"spec", "clusterIPs"});
  const bool follows = addresses.empty() || addresses == list_at(old, {"spec", "clusterIPs"});
  causes.push_back(invalid_text("spec.clusterIPs[0]",
                                go_texts(follows ? Json::array({after}) : addresses),
                                "may not change once set"));
}

void check_host_name(Causes& causes, const std::string& at, const std::string& host) {
  if (host.find('*') == std::string::npos)
    return name_rule(causes, at, host, kube::dns_subdomain_problem(host));
  const bool wild = host.starts_with("*.") &&
                    kube::dns_subdomain_problem(std::string_view(host).substr(2)).empty();
  if (!wild)
    causes.push_back(kube::invalid_value(
        at, host,
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
        "which must consist of lower case alphanumeric characters, '-' or '.' and end with an "
        "alphanumeric character (e.g. '*.example.com', regex used for validation is "
        "'\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"));
}

void check_host(Causes& causes, const std::string& at, const std::string& host) {
  if (host.empty()) return;
  if (is_ip(host))
    causes.push_back(kube::invalid_value(at, host, "must be a DNS name, not an IP address"));
  else
    check_host_name(causes, at, host);
}

/// What an ingress or its class points at.
void check_reference(Causes& causes, const Json& reference, const std::string& at) {
  for (const char* field : {"kind", "name"}) {
    const std::string text = text_at(reference, {field});
    if (text.empty())
      causes.push_back(kube::required_value(at + "." + field, std::string(field) + " is required"));
    else
      name_rule(causes, at + "." + field, text, kube::path_segment_problem(text));
  }
}

/// Paths that browsers and proxies would read as others.
void check_absolute_path(Causes& causes, const std::string& path, const std::string& at) {
  if (!path.starts_with('/'))
    causes.push_back(kube::invalid_value(at, path, "must be an absolute path"));
  for (const char* part : {"//", "/./", "/../", "%2f", "%2F"}) {
    if (path.find(part) != std::string::npos)
      causes.push_back(kube::invalid_value(at, path, fmt::format("must not contain '{}'", part)));
  }
  for (const char* end : {"/..", "/."}) {
    if (path.ends_with(end))
      causes.push_back(kube::invalid_value(at, path, fmt::format("cannot end with '{}'", end)));
  }
}

void check_backend(Causes& causes, const Json& backend, const std::string& at) {
  const Json* service = find(backend, {"service"});
  const Json* resource = find(backend, {"resource"});
  if (service != nullptr && resource != nullptr) {
    causes.push_back(kube::invalid_value(at, "", "cannot set both resource and service backends"));
    return;
  }
  if (service == nullptr) {
    if (resource == nullptr)
      causes.push_back(kube::invalid_value(at, "", "resource or service backend is required"));
    else
      check_reference(causes, *resource, at + ".resource");
    return;
  }
  const std::string name = text_at(*service, {"name"});
  if (name.empty())
    causes.push_back(kube::required_value(at + ".service.name", ""));
  else
    name_rule(causes, at + ".service.name", name, kube::dns1035_label_problem(name));
  const Json* port = find(*service, {"port"});
  const bool named = port != nullptr && !text_at(*port, {"name"}).empty();
  const bool numbered = port != nullptr && int_at(*port, {"number"}) != 0;
  if (named && numbered)
    causes.push_back(kube::invalid_value(at, "", "cannot set both port name & port number"));
  else if (!named && !numbered)
    causes.push_back(kube::required_value(at, "port name or number is required"));
  else if (named)
    check_port_name(causes, at + ".service.port.name", text_at(*port, {"name"}));
  else
    check_port(causes, at + ".service.port.number", (*port)["number"]);
}

void check_policy_ports(Causes& causes, const Json& rule, const std::string& at) {
  const Json& ports = list_at(rule, {"ports"});
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string here = fmt::format("{}.ports[{}]", at, i);
    one_of(causes, ports[i], {"protocol"}, {"TCP", "UDP", "SCTP"}, here);
    const Json* port = find(ports[i], {"port"});
    const Json* end = find(ports[i], {"endPort"});
    if (port == nullptr) {
      if (end != nullptr)
        causes.push_back(kube::invalid_value(here + ".endPort", *end,
                                             "may not be specified when `port` is not specified"));
      continue;
    }
    if (port->is_string()) {
      check_port_name(causes, here + ".port", port->get<std::string>());
      if (end != nullptr)
        causes.push_back(kube::invalid_value(here + ".endPort", *end,
                                             "may not be specified when `port` is non-numeric"));
      continue;
    }
    check_port(causes, here + ".port", *port);
    if (end != nullptr && *end < *port)
      causes.push_back(
          kube::invalid_value(here + ".endPort", *port, "must be greater than or equal to `port`"));
  }
}

void check_block(Causes& causes, const Json& block, const std::string& at) {
  const std::string range = text_at(block, {"cidr"});
  if (range.empty()) return causes.push_back(kube::required_value(at + ".cidr", ""));
  if (!is_cidr(range)) return causes.push_back(kube::invalid_value(at + ".cidr", range, kNoCidr));
  const Json& holes = list_at(block, {"except"});
  for (std::size_t i = 0; i < holes.size(); ++i) {
    if (!holes[i].is_string()) continue;
    const auto& hole = holes[i].get_ref<const std::string&>();
    const std::string here = fmt::format("{}.except[{}]", at, i);
    if (!is_cidr(hole))
      causes.push_back(kube::invalid_value(here, hole, kNoCidr));
    else if (!lies_within(hole, range))
      causes.push_back(kube::invalid_value(here, hole, "must be a strict subset of `cidr`"));
  }
}

void check_peers(Causes& causes, const Json& peers, const std::string& at) {
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const std::string here = fmt::format("{}[{}]", at, i);
    check_label_selector(causes, here + ".podSelector", find(peers[i], {"podSelector"}));
    check_label_selector(causes, here + ".namespaceSelector",
                         find(peers[i], {"namespaceSelector"}));
    if (const Json* block = find(peers[i], {"ipBlock"})) {
      if (peers[i].size() > 1) {
        causes.push_back(
            kube::forbidden_value(here, "may not specify both ipBlock and another peer"));
      }
      check_block(causes, *block, here + ".ipBlock");
    } else if (peers[i].empty()) {
      causes.push_back(kube::required_value(here, "must specify a peer"));
    }
  }
}

}  // namespace

namespace {

bool has_external_door(const Json& object, const std::string& type) {
  return type == "NodePort" || type == "LoadBalancer" ||
         !list_at(object, {"spec", "externalIPs"}).empty();
}

/// Which family of addresses the cluster has: one, IPv4.
void check_families(Causes& causes, const Json& object) {
  const Json& families = list_at(object, {"spec", "ipFamilies"});
  const bool headless = text_at(object, {"spec", "clusterIP"}) == "None" &&
                        object_at(object, {"spec", "selector"}).empty();
  for (std::size_t i = 0; i < families.size(); ++i) {
    const std::string at = fmt::format("spec.ipFamilies[{}]", i);
    if (families[i] != "IPv4" && families[i] != "IPv6")
      causes.push_back(kube::not_supported(at, families[i], {"IPv4", "IPv6"}));
    else if (families[i] == "IPv6" && !headless)
      causes.push_back(kube::invalid_value(at, "IPv6", "not configured on this cluster"));
  }
  one_of(causes, object, {"spec", "ipFamilyPolicy"},
         {"PreferDualStack", "RequireDualStack", "SingleStack"});
  if (text_at(object, {"spec", "ipFamilyPolicy"}) == "RequireDualStack" && !headless)
    causes.push_back(kube::invalid_value("spec.ipFamilyPolicy", "RequireDualStack",
                                         "this cluster is not configured for dual-stack services"));
}

void check_external_name(Causes& causes, const Json& object) {
  if (!list_at(object, {"spec", "clusterIPs"}).empty())
    causes.push_back(
        kube::forbidden_value("spec.clusterIPs", "may not be set for ExternalName services"));
  for (const char* field : {"ipFamilies", "ipFamilyPolicy"}) {
    if (find(object, {"spec", field}) != nullptr)
      causes.push_back(kube::forbidden_value(std::string("spec.") + field,
                                             "may not be set for ExternalName services"));
  }
  const std::string name = text_at(object, {"spec", "externalName"});
  if (name.empty())
    causes.push_back(kube::required_value("spec.externalName", ""));
  else
    name_rule(causes, "spec.externalName", name, kube::dns_subdomain_problem(name));
}

void check_affinity_timeout(Causes& causes, const Json& object) {
  if (text_at(object, {"spec", "sessionAffinity"}) != "ClientIP") return;
  const Json* timeout =
      find(object, {"spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"});
  if (timeout != nullptr && timeout->is_number_integer() && (*timeout <= 0 || *timeout > 86'400))
    causes.push_back(kube::invalid_value("spec.sessionAffinityConfig.clientIP.timeoutSeconds",
                                         *timeout, "must be greater than 0 and less than 86400"));
}

void check_load_balancer(Causes& causes, const Json& object, const std::string& type) {
  const Json& ranges = list_at(object, {"spec", "loadBalancerSourceRanges"});
  const char* why = "may only be used when `type` is 'LoadBalancer'";
  if (!ranges.empty() && type != "LoadBalancer")
    causes.push_back(kube::forbidden_value("spec.LoadBalancerSourceRanges", why));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].is_string() && !is_cidr(ranges[i].get_ref<const std::string&>()))
      causes.push_back(kube::invalid_value(fmt::format("spec.LoadBalancerSourceRanges[{}]", i),
                                           ranges[i], kNoCidr));
  }
  if (type != "LoadBalancer") {
    for (const char* field : {"allocateLoadBalancerNodePorts", "loadBalancerClass"}) {
      if (find(object, {"spec", field}) != nullptr)
        causes.push_back(kube::forbidden_value(std::string("spec.") + field, why));
    }
  }
}

void check_traffic(Causes& causes, const Json& object, const std::string& type) {
  const std::string policy = text_at(object, {"spec", "externalTrafficPolicy"});
  if (!policy.empty() && !has_external_door(object, type))
    causes.push_back(kube::invalid_value("spec.externalTrafficPolicy", policy,
                                         "may only be set for externally-accessible services"));
  else
    one_of(causes, object, {"spec", "externalTrafficPolicy"}, {"Cluster", "Local"});
  const auto health = int_at(object, {"spec", "healthCheckNodePort"});
  if (health != 0 && (type != "LoadBalancer" || policy != "Local"))
    causes.push_back(kube::invalid_value(
        "spec.healthCheckNodePort", health,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
  one_of(causes, object, {"spec", "internalTrafficPolicy"}, {"Cluster", "Local"});
  one_of(causes, object, {"spec", "trafficDistribution"}, {"PreferClose"});
}

}  // namespace

void check_service(Causes& causes, const Json& object, const Json* old) {
  const std::string type = text_at(object, {"spec", "type"});
  const bool headless = text_at(object, {"spec", "clusterIP"}) == "None";
  if (list_at(object, {"spec", "ports"}).empty() && !headless && type != "ExternalName")
    causes.push_back(kube::required_value("spec.ports", ""));
  if (type == "ExternalName") check_external_name(causes, object);
  check_service_ports(causes, object, type);
  check_labels(causes, "spec.selector", find(object, {"spec", "selector"}));
  one_of(causes, object, {"spec", "sessionAffinity"}, {"ClientIP", "None"});
  check_affinity_timeout(causes, object);
  if (type != "ExternalName") check_families(causes, object);
  check_cluster_addresses(causes, object, type);
  const Json& external = list_at(object, {"spec", "externalIPs"});
  for (std::size_t i = 0; i < external.size(); ++i) {
    if (!external[i].is_string()) continue;
    const auto& ip = external[i].get_ref<const std::string&>();
    const std::string at = fmt::format("spec.externalIPs[{}]", i);
    if (!is_ip(ip))
      causes.push_back(kube::invalid_value(at, ip, kNoIp));
    else
      check_special_ip(causes, at, ip);
  }
  one_of(causes, object, {"spec", "type"},
         {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"});
  check_load_balancer(causes, object, type);
  check_traffic(causes, object, type);
  if (old != nullptr) check_service_update(causes, object, *old, type);
}

namespace {

void check_ingress_rules(Causes& causes, const Json& rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    check_host(causes, fmt::format("spec.rules[{}].host", i), text_at(rules[i], {"host"}));
    const Json* http = find(rules[i], {"http"});
    if (http == nullptr) continue;
    const Json& paths = list_at(*http, {"paths"});
    if (paths.empty())
      causes.push_back(kube::required_value(fmt::format("spec.rules[{}].http.paths", i), ""));
    for (std::size_t j = 0; j < paths.size(); ++j) {
      const std::string at = fmt::format("spec.rules[{}].http.paths[{}]", i, j);
      const std::string type = text_at(paths[j], {"pathType"});
      const std::string path = text_at(paths[j], {"path"});
      if (type.empty()) {
        causes.push_back(kube::required_value(at + ".pathType", "pathType must be specified"));
      } else if (type != "Exact" && type != "Prefix" && type != "ImplementationSpecific") {
        causes.push_back(kube::not_supported(at + ".pathType", type,
                                             {"Exact", "ImplementationSpecific", "Prefix"}));
      } else if (type != "ImplementationSpecific") {
        check_absolute_path(causes, path, at + ".path");
      }
      check_backend(causes, object_at(paths[j], {"backend"}), at + ".backend");
    }
  }
}

/// Names of hosts in certificates, where a number is a name as well.
void check_tls(Causes& causes, const Json& object, const Json* old) {
  const Json& tls = list_at(object, {"spec", "tls"});
  for (std::size_t i = 0; i < tls.size(); ++i) {
    const Json& hosts = list_at(tls[i], {"hosts"});
    for (std::size_t j = 0; j < hosts.size(); ++j) {
      if (hosts[j].is_string())
        check_host_name(causes, fmt::format("spec.tls[{}].hosts[{}]", i, j),
                        hosts[j].get<std::string>());
    }
    const std::string secret = text_at(tls[i], {"secretName"});
    if (!secret.empty() && old == nullptr)
      name_rule(causes, fmt::format("spec.tls[{}].secretName", i), secret,
                kube::dns_subdomain_problem(secret));
  }
}

}  // namespace

void check_ingress(Causes& causes, const Json& object, const Json* old) {
  constexpr const char* kOldClass = "kubernetes.io/ingress.class";
  const Json& rules = list_at(object, {"spec", "rules"});
  const Json* fallback = find(object, {"spec", "defaultBackend"});
  const std::string name = text_at(object, {"spec", "ingressClassName"});
  const std::string annotated = text_at(object, {"metadata", "annotations", kOldClass});
  if (rules.empty() && fallback == nullptr)
    causes.push_back(invalid_text("spec", "[]networking.IngressRule(nil)",
                                  "either `defaultBackend` or `rules` must be specified"));
  if (fallback != nullptr) check_backend(causes, *fallback, "spec.defaultBackend");
  check_ingress_rules(causes, rules);
  check_tls(causes, object, old);
  if (!name.empty())
    name_rule(causes, "spec.ingressClassName", name, kube::dns_subdomain_problem(name));
  if (old == nullptr && !name.empty() && !annotated.empty() && name != annotated)
    causes.push_back(kube::invalid_value(std::string("annotations.") + kOldClass, annotated,
                                         "must match `ingressClassName` when both are specified"));
}

void check_ingress_class(Causes& causes, const Json& object, const Json* old) {
  const std::string controller = text_at(object, {"spec", "controller"});
  constexpr std::size_t kControllerMax = 250;
  if (controller.size() > kControllerMax)
    causes.push_back(too_long("spec.controller", kControllerMax));
  check_domain_path(causes, "spec.controller", controller);
  if (const Json* parameters = find(object, {"spec", "parameters"})) {
    const std::string at = "spec.parameters";
    if (const Json* group = find(*parameters, {"apiGroup"});
        group != nullptr && group->is_string()) {
      const auto& name = group->get_ref<const std::string&>();
      name_rule(causes, at + ".apiGroup", name, kube::dns_subdomain_problem(name));
    }
    check_reference(causes, *parameters, at);
    const std::string scope = text_at(*parameters, {"scope"});
    const bool spaced = find(*parameters, {"namespace"}) != nullptr;
    one_of(causes, *parameters, {"scope"}, {"Cluster", "Namespace"}, at);
    if (scope == "Namespace" && !spaced)
      causes.push_back(
          kube::required_value(at + ".namespace", "`parameters.scope` is set to 'Namespace'"));
    if (scope == "Cluster" && spaced)
      causes.push_back(
          kube::forbidden_value(at + ".namespace", "`parameters.scope` is set to 'Cluster'"));
  }
  immutable(causes, object, old, {"spec", "controller"});
}

void check_network_policy(Causes& causes, const Json& object, const Json*) {
  check_label_selector(causes, "spec.podSelector", find(object, {"spec", "podSelector"}));
  for (const auto& [list, peers] : {std::pair{"ingress", "from"}, std::pair{"egress", "to"}}) {
    const Json& rules = list_at(object, {"spec", list});
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const std::string at = fmt::format("spec.{}[{}]", list, i);
      check_policy_ports(causes, rules[i], at);
      check_peers(causes, list_at(rules[i], {peers}), at + "." + peers);
    }
  }
  const Json& types = list_at(object, {"spec", "policyTypes"});
  if (types.size() > 2) {
    std::string shown = go_texts(types);
    shown.replace(0, std::string_view("[]string").size(), "[]networking.PolicyType");
    return causes.push_back(
        invalid_text("spec.policyTypes", shown, "may not specify more than two policyTypes"));
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] != "Ingress" && types[i] != "Egress")
      causes.push_back(kube::not_supported(fmt::format("spec.policyTypes[{}]", i), types[i],
                                           {"Ingress", "Egress"}));
  }
}

namespace {

/// Ports of endpoints: several need names to be told apart.
void check_endpoint_ports(Causes& causes, const Json& ports, const std::string& at) {
  for (std::size_t j = 0; j < ports.size(); ++j) {
    const std::string here = fmt::format("{}[{}]", at, j);
    const std::string name = text_at(ports[j], {"name"});
    if (name.empty()) {
      if (ports.size() > 1) causes.push_back(kube::required_value(here + ".name", ""));
    } else {
      name_rule(causes, here + ".name", name, kube::dns_label_problem(name));
    }
    check_port(causes, here + ".port", Json(int_at(ports[j], {"port"})));
    one_of(causes, ports[j], {"protocol"}, {"SCTP", "TCP", "UDP"}, here);
  }
}

void check_slice_address(Causes& causes, const std::string& type, const std::string& address,
                         const std::string& at) {
  if (type == "FQDN") return name_rule(causes, at, address, kube::dns_subdomain_problem(address));
  const bool fits = is_ip(address) && (address.find(':') == std::string::npos) == (type == "IPv4");
  if (!fits)
    causes.push_back(
        kube::invalid_value(at, address, fmt::format("must be a valid {} address", type)));
  check_special_ip(causes, at, address);
}

}  // namespace

void check_endpoints(Causes& causes, const Json& object, const Json*) {
  const Json& subsets = list_at(object, {"subsets"});
  for (std::size_t i = 0; i < subsets.size(); ++i) {
    const std::string at = fmt::format("subsets[{}]", i);
    if (list_at(subsets[i], {"addresses"}).empty() &&
        list_at(subsets[i], {"notReadyAddresses"}).empty())
      causes.push_back(kube::required_value(at, "must specify `addresses` or `notReadyAddresses`"));
    for (const char* list : {"addresses", "notReadyAddresses"}) {
      const Json& addresses = list_at(subsets[i], {list});
      for (std::size_t j = 0; j < addresses.size(); ++j) {
        const std::string ip = text_at(addresses[j], {"ip"});
        const std::string here = fmt::format("{}.{}[{}]", at, list, j);
        if (!is_ip(ip)) causes.push_back(kube::invalid_value(here + ".ip", ip, kNoIp));
        if (const auto host = text_at(addresses[j], {"hostname"}); !host.empty())
          name_rule(causes, here + ".hostname", host, kube::dns_label_problem(host));
        const Json* node = find(addresses[j], {"nodeName"});
        if (node != nullptr && node->is_string()) {
          const auto& name = node->get_ref<const std::string&>();
          name_rule(causes, here + ".nodeName", name, kube::dns_subdomain_problem(name));
        }
        check_special_ip(causes, here + ".ip", ip);
      }
    }
    check_endpoint_ports(causes, list_at(subsets[i], {"ports"}), at + ".ports");
  }
}

void check_endpoint_slice(Causes& causes, const Json& object, const Json* old) {
  const std::string type = text_at(object, {"addressType"});
  if (type.empty())
    causes.push_back(kube::required_value("addressType", ""));
  else
    one_of(causes, object, {"addressType"}, {"FQDN", "IPv4", "IPv6"});
  const bool known = type == "FQDN" || type == "IPv4" || type == "IPv6";
  const Json& endpoints = list_at(object, {"endpoints"});
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const std::string at = fmt::format("endpoints[{}]", i);
    const Json& addresses = list_at(endpoints[i], {"addresses"});
    if (addresses.empty())
      causes.push_back(kube::required_value(at + ".addresses", "must contain at least 1 address"));
    for (std::size_t j = 0; j < addresses.size() && known; ++j) {
      if (addresses[j].is_string())
        check_slice_address(causes, type, addresses[j].get<std::string>(),
                            fmt::format("{}.addresses[{}]", at, j));
    }
    if (const auto node = text_at(endpoints[i], {"nodeName"}); !node.empty())
      name_rule(causes, at + ".nodeName", node, kube::dns_subdomain_problem(node));
    if (const Json* host = find(endpoints[i], {"hostname"}); host != nullptr && host->is_string()) {
      const auto& name = host->get_ref<const std::string&>();
      name_rule(causes, at + ".hostname", name, kube::dns_label_problem(name));
    }
    const Json& zones = list_at(endpoints[i], {"hints", "forZones"});
    std::set<std::string> zone_names;
    for (std::size_t j = 0; j < zones.size(); ++j) {
      const std::string zone = text_at(zones[j], {"name"});
      if (!zone_names.insert(zone).second)
        causes.push_back(
            kube::duplicate_value(fmt::format("{}.hints.forZones[{}].name", at, j), zone));
    }
  }
  const Json& ports = list_at(object, {"ports"});
  std::set<std::string> names;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string at = fmt::format("ports[{}]", i);
    const std::string name = text_at(ports[i], {"name"});
    if (!name.empty()) name_rule(causes, at + ".name", name, kube::dns_label_problem(name));
    if (!names.insert(name).second) causes.push_back(kube::duplicate_value(at + ".name", name));
    one_of(causes, ports[i], {"protocol"}, {"SCTP", "TCP", "UDP"}, at);
  }
  immutable(causes, object, old, {"addressType"});
}

}  // namespace spokelab::fakeapi::validation
