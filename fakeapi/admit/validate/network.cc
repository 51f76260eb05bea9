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
  causes.push_back(invalid_text("spec.clusterIPs[0]",
                                go_texts(addresses.empty() ? Json::array({after}) : addresses),
                                "may not change once set"));
}

void check_host(Causes& causes, const std::string& at, const std::string& host) {
  if (host.empty()) return;
  if (is_ip(host)) {
    causes.push_back(kube::invalid_value(at, host, "must be a DNS name, not an IP address"));
    return;
  }
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

void check_backend(Causes& causes, const Json& backend, const std::string& at) {
  const Json* service = find(backend, {"service"});
  const Json* resource = find(backend, {"resource"});
  if (service != nullptr && resource != nullptr) {
    causes.push_back(kube::invalid_value(at, "", "cannot set both resource and service backends"));
    return;
  }
  if (service == nullptr) {
    if (resource == nullptr)
      causes.push_back(kube::required_value(at, "resource or service backend is required"));
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
}

void check_policy_ports(Causes& causes, const Json& rule, const std::string& at) {
  const Json& ports = list_at(rule, {"ports"});
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string here = fmt::format("{}.ports[{}]", at, i);
    one_of(causes, ports[i], {"protocol"}, {"TCP", "UDP", "SCTP"}, here);
    const Json* port = find(ports[i], {"port"});
    if (port == nullptr) continue;
    if (port->is_string()) {
      check_port_name(causes, here + ".port", port->get<std::string>());
      continue;
    }
    check_port(causes, here + ".port", *port);
    const Json* end = find(ports[i], {"endPort"});
    if (end != nullptr && *end < *port)
      causes.push_back(
          kube::invalid_value(here + ".endPort", *port, "must be greater than or equal to `port`"));
  }
}

void check_peers(Causes& causes, const Json& peers, const std::string& at) {
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const std::string here = fmt::format("{}[{}]", at, i);
    check_label_selector(causes, here + ".podSelector", find(peers[i], {"podSelector"}));
    check_label_selector(causes, here + ".namespaceSelector",
                         find(peers[i], {"namespaceSelector"}));
    if (const Json* block = find(peers[i], {"ipBlock"})) {
      if (!is_cidr(text_at(*block, {"cidr"})))
        causes.push_back(
            kube::invalid_value(here + ".ipBlock.cidr", text_at(*block, {"cidr"}), kNoCidr));
    } else if (peers[i].empty()) {
      causes.push_back(kube::required_value(here, "must specify a peer"));
    }
  }
}

}  // namespace

void check_service(Causes& causes, const Json& object, const Json* old) {
  const std::string type = text_at(object, {"spec", "type"});
  const bool headless = text_at(object, {"spec", "clusterIP"}) == "None";
  if (list_at(object, {"spec", "ports"}).empty() && !headless && type != "ExternalName")
    causes.push_back(kube::required_value("spec.ports", ""));
  if (type == "ExternalName") {
    const std::string name = text_at(object, {"spec", "externalName"});
    if (name.empty())
      causes.push_back(kube::required_value("spec.externalName", ""));
    else
      name_rule(causes, "spec.externalName", name, kube::dns_subdomain_problem(name));
  }
  check_service_ports(causes, object, type);
  check_labels(causes, "spec.selector", find(object, {"spec", "selector"}));
  one_of(causes, object, {"spec", "sessionAffinity"}, {"ClientIP", "None"});
  check_cluster_addresses(causes, object, type);
  const Json& external = list_at(object, {"spec", "externalIPs"});
  for (std::size_t i = 0; i < external.size(); ++i) {
    if (external[i].is_string() && !is_ip(external[i].get_ref<const std::string&>()))
      causes.push_back(
          kube::invalid_value(fmt::format("spec.externalIPs[{}]", i), external[i], kNoIp));
  }
  one_of(causes, object, {"spec", "type"},
         {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"});
  const Json& ranges = list_at(object, {"spec", "loadBalancerSourceRanges"});
  if (!ranges.empty() && type != "LoadBalancer")
    causes.push_back(kube::forbidden_value("spec.LoadBalancerSourceRanges",
                                           "may only be used when `type` is 'LoadBalancer'"));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].is_string() && !is_cidr(ranges[i].get_ref<const std::string&>()))
      causes.push_back(kube::invalid_value(fmt::format("spec.LoadBalancerSourceRanges[{}]", i),
                                           ranges[i], kNoCidr));
  }
  const std::string policy = text_at(object, {"spec", "externalTrafficPolicy"});
  if (!policy.empty() && type != "NodePort" && type != "LoadBalancer" && external.empty())
    causes.push_back(kube::invalid_value("spec.externalTrafficPolicy", policy,
                                         "may only be set for externally-accessible services"));
  if (old != nullptr) check_service_update(causes, object, *old, type);
}

void check_ingress(Causes& causes, const Json& object, const Json*) {
  const Json& rules = list_at(object, {"spec", "rules"});
  const Json* fallback = find(object, {"spec", "defaultBackend"});
  if (rules.empty() && fallback == nullptr)
    causes.push_back(invalid_text("spec", "[]networking.IngressRule(nil)",
                                  "either `defaultBackend` or `rules` must be specified"));
  if (fallback != nullptr) check_backend(causes, *fallback, "spec.defaultBackend");
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
      } else if (type != "ImplementationSpecific" && !path.starts_with('/')) {
        causes.push_back(kube::invalid_value(at + ".path", path, "must be an absolute path"));
      }
      check_backend(causes, object_at(paths[j], {"backend"}), at + ".backend");
    }
  }
  const Json& tls = list_at(object, {"spec", "tls"});
  for (std::size_t i = 0; i < tls.size(); ++i) {
    const Json& hosts = list_at(tls[i], {"hosts"});
    for (std::size_t j = 0; j < hosts.size(); ++j) {
      if (hosts[j].is_string())
        check_host(causes, fmt::format("spec.tls[{}].hosts[{}]", i, j),
                   hosts[j].get<std::string>());
    }
  }
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
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] != "Ingress" && types[i] != "Egress")
      causes.push_back(kube::not_supported(fmt::format("spec.policyTypes[{}]", i), types[i],
                                           {"Ingress", "Egress"}));
  }
}

void check_endpoints(Causes& causes, const Json& object, const Json*) {
  const Json& subsets = list_at(object, {"subsets"});
  for (std::size_t i = 0; i < subsets.size(); ++i) {
    const std::string at = fmt::format("subsets[{}]", i);
    if (list_at(subsets[i], {"addresses"}).empty() &&
        list_at(subsets[i], {"notReadyAddresses"}).empty())
      causes.push_back(kube::required_value(at, "must specify `addresses` or `notReadyAddresses`"));
    const Json& addresses = list_at(subsets[i], {"addresses"});
    for (std::size_t j = 0; j < addresses.size(); ++j) {
      const std::string ip = text_at(addresses[j], {"ip"});
      if (is_ip(ip)) continue;
      const std::string here = fmt::format("{}.addresses[{}].ip", at, j);
      causes.push_back(kube::invalid_value(here, ip, kNoIp));
      causes.push_back(kube::invalid_value(here, ip, "must be a valid IP address"));
    }
    const Json& ports = list_at(subsets[i], {"ports"});
    for (std::size_t j = 0; j < ports.size(); ++j)
      check_port(causes, fmt::format("{}.ports[{}].port", at, j), Json(int_at(ports[j], {"port"})));
  }
}

void check_endpoint_slice(Causes& causes, const Json& object, const Json* old) {
  const std::string type = text_at(object, {"addressType"});
  if (type.empty())
    causes.push_back(kube::required_value("addressType", ""));
  else
    one_of(causes, object, {"addressType"}, {"FQDN", "IPv4", "IPv6"});
  const Json& endpoints = list_at(object, {"endpoints"});
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    if (list_at(endpoints[i], {"addresses"}).empty())
      causes.push_back(kube::required_value(fmt::format("endpoints[{}].addresses", i),
                                            "must contain at least 1 address"));
  }
  immutable(causes, object, old, {"addressType"});
}

}  // namespace spokelab::fakeapi::validation
