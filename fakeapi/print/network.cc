// The rows of nodes, services and autoscalers.
#include <fmt/format.h>

#include <set>

#include "fakeapi/print/builtin.h"
#include "fakeapi/print/cells.h"

namespace spokelab::fakeapi {

namespace {

std::string node_status(const Json& node) {
  std::string text = "Unknown";
  for (const Json& one : items_at(node, {"status", "conditions"})) {
    if (text_at(one, {"type"}) == "Ready")
      text = text_at(one, {"status"}) == "True" ? "Ready" : "NotReady";
  }
  return bool_at(node, {"spec", "unschedulable"}) ? text + ",SchedulingDisabled" : text;
}

std::string node_roles(const Json& node) {
  static constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::set<std::string> roles;
  const Json* labels = find(node, {"metadata", "labels"});
  if (labels != nullptr && labels->is_object()) {
    for (auto it = labels->begin(); it != labels->end(); ++it) {
      if (it.key().starts_with(kPrefix) && it.key().size() > kPrefix.size())
        roles.insert(it.key().substr(kPrefix.size()));
      else if (it.key() == "kubernetes.io/role" && it->is_string() && *it != "")
        roles.insert(it->get<std::string>());
    }
  }
  return roles.empty() ? "<none>" : joined({roles.begin(), roles.end()}, ",");
}

std::string node_address(const Json& node, std::string_view type) {
  for (const Json& one : items_at(node, {"status", "addresses"})) {
    if (text_at(one, {"type"}) == type) return text_or(one, {"address"}, "<none>");
  }
  return "<none>";
}

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> all;
  for (const Json& one : list) all.push_back(one.is_string() ? one.get<std::string>() : one.dump());
  return all;
}

std::string balancer_addresses(const Json& service) {
  std::set<std::string> all;
  for (const Json& one : items_at(service, {"status", "loadBalancer", "ingress"})) {
    const std::string ip = text_at(one, {"ip"});
    all.insert(ip.empty() ? text_at(one, {"hostname"}) : ip);
  }
  return joined({all.begin(), all.end()}, ",");
}

std::string external_addresses(const Json& service) {
  const std::string type = text_at(service, {"spec", "type"});
  if (type == "ExternalName") return text_at(service, {"spec", "externalName"});
  const auto given = texts(items_at(service, {"spec", "externalIPs"}));
  if (type != "LoadBalancer") return given.empty() ? "<none>" : joined(given, ",");
  const std::string balancer = balancer_addresses(service);
  if (given.empty()) return balancer.empty() ? "<pending>" : balancer;
  return balancer.empty() ? joined(given, ",") : balancer + "," + joined(given, ",");
}

std::string service_ports(const Json& service) {
  std::vector<std::string> all;
  for (const Json& port : items_at(service, {"spec", "ports"})) {
    const auto number = int_at(port, {"port"});
    const auto node = int_at(port, {"nodePort"});
    const std::string protocol = text_at(port, {"protocol"});
    all.push_back(node > 0 ? fmt::format("{}:{}/{}", number, node, protocol)
                           : fmt::format("{}/{}", number, protocol));
  }
  return all.empty() ? "<none>" : joined(all, ",");
}

/// The status entry that belongs to a metric of the spec: same type, same place.
const Json& current_of(const Json& autoscaler, std::size_t i) {
  static const Json none = Json::object();
  const Json& list = items_at(autoscaler, {"status", "currentMetrics"});
  return i < list.size() ? list[i] : none;
}

std::string metric_text(const Json& metric, const Json& current) {
  const std::string type = text_at(metric, {"type"});
  const std::string part = type == "ContainerResource" ? "containerResource"
                           : type == "Resource"        ? "resource"
                           : type == "Pods"            ? "pods"
                           : type == "Object"          ? "object"
                                                       : "external";
  const bool resource = part == "resource" || part == "containerResource";
  const std::string name = resource ? text_at(metric, {part, "name"}) + ": " : "";
  const auto amount = [&](const Json& value) {
    std::string text = text_at(value, {"averageValue"});
    const bool average = !text.empty();
    if (!average) text = text_at(value, {"value"});
    return text.empty() ? std::string("<unknown>")
                        : text + (average && part == "external" ? " (avg)" : "");
  };
  static const Json none = Json::object();
  const Json* target = find(metric, {part, "target"});
  const Json* now = find(current, {part, "current"});
  const Json& wanted = target != nullptr ? *target : none;
  const Json& have = now != nullptr ? *now : none;
  if (const Json* share = find(wanted, {"averageUtilization"}); share != nullptr && resource) {
    const Json* seen = find(have, {"averageUtilization"});
    return fmt::format("{}{}/{}%", name, seen != nullptr ? seen->dump() + "%" : "<unknown>",
                       share->dump());
  }
  return fmt::format("{}{}/{}", name, amount(have), amount(wanted));
}

}  // namespace

void print_node(const Json& node, WallTime now, Json& cells) {
  add(cells, {text_at(node, {"metadata", "name"}), node_status(node), node_roles(node),
              own_age(node, now), text_at(node, {"status", "nodeInfo", "kubeletVersion"}),
              node_address(node, "InternalIP"), node_address(node, "ExternalIP"),
              text_or(node, {"status", "nodeInfo", "osImage"}, "<unknown>"),
              text_or(node, {"status", "nodeInfo", "kernelVersion"}, "<unknown>"),
              text_or(node, {"status", "nodeInfo", "containerRuntimeVersion"}, "<unknown>")});
}

void print_service(const Json& service, WallTime now, Json& cells) {
  const Json& addresses = items_at(service, {"spec", "clusterIPs"});
  const std::string address = addresses.empty() ? "<none>" : texts(addresses)[0];
  add(cells, {text_at(service, {"metadata", "name"}), text_at(service, {"spec", "type"}), address,
              external_addresses(service), service_ports(service), own_age(service, now),
              labels_text(service, {"spec", "selector"})});
}

void print_autoscaler(const Json& autoscaler, WallTime now, Json& cells) {
  const Json& metrics = items_at(autoscaler, {"spec", "metrics"});
  std::vector<std::string> all;
  for (std::size_t i = 0; i < metrics.size(); ++i)
    all.push_back(metric_text(metrics[i], current_of(autoscaler, i)));
  const Json* least = find(autoscaler, {"spec", "minReplicas"});
  add(cells,
      {text_at(autoscaler, {"metadata", "name"}),
       fmt::format("{}/{}", text_at(autoscaler, {"spec", "scaleTargetRef", "kind"}),
                   text_at(autoscaler, {"spec", "scaleTargetRef", "name"})),
       all.empty() ? "<none>" : first_few(all, 2, ", "),
       least != nullptr ? least->dump() : "<unset>", int_at(autoscaler, {"spec", "maxReplicas"}),
       int_at(autoscaler, {"status", "currentReplicas"}), own_age(autoscaler, now)});
}

}  // namespace spokelab::fakeapi
