// Addresses and ports of services.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <set>

#include "base/json.h"
#include "fakeapi/admit/mutate.h"

namespace spokelab::fakeapi {

namespace {

bool open_to_outside(const Json& service) {
  const std::string type = text_at(service, {"spec", "type"});
  const Json* addresses = find(service, {"spec", "externalIPs"});
  return type == "NodePort" || type == "LoadBalancer" ||
         (type == "ClusterIP" && addresses != nullptr && !addresses->empty());
}

bool has_health_port(const Json& service) {
  return text_at(service, {"spec", "type"}) == "LoadBalancer" &&
         text_at(service, {"spec", "externalTrafficPolicy"}) == "Local";
}

/// What another type does not need goes, unless the client has changed it just now
/// (registry/core/service dropTypeDependentFields).
void drop_type_dependent(const Json& old, Json& service) {
  Json& spec = service["spec"];
  const auto drop_unchanged = [&](bool needed, bool needs, const char* field) {
    const auto now = spec.find(field);
    const Json* was = find(old, {"spec", field});
    if (needed && !needs && now != spec.end() && was != nullptr && *was == *now) spec.erase(field);
  };
  const std::string before = text_at(old, {"spec", "type"});
  const std::string type = text_at(spec, {"type"});
  const bool had = before != "ExternalName";
  const bool has = type != "ExternalName";
  for (const char* field : {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"})
    drop_unchanged(had, has, field);
  drop_unchanged(had, has, "internalTrafficPolicy");
  drop_unchanged(open_to_outside(old), open_to_outside(service), "externalTrafficPolicy");
  drop_unchanged(has_health_port(old), has_health_port(service), "healthCheckNodePort");
  const bool balanced = before == "LoadBalancer";
  const bool balances = type == "LoadBalancer";
  drop_unchanged(balanced, balances, "allocateLoadBalancerNodePorts");
  drop_unchanged(balanced, balances, "loadBalancerClass");
  const bool had_ports = before == "NodePort" || balanced;
  const bool has_ports = type == "NodePort" || balances;
  const Json* ports = find(old, {"spec", "ports"});
  if (!had_ports || has_ports || ports == nullptr || !spec.contains("ports")) return;
  for (std::size_t i = 0; i < spec["ports"].size() && i < ports->size(); ++i) {
    Json& port = spec["ports"][i];
    if (port.is_object() && int_at(port, {"nodePort"}) == int_at((*ports)[i], {"nodePort"}))
      port.erase("nodePort");
  }
}

}  // namespace

MaybeStatus allocate_service(const MutationContext& context, const ServedKind& kind,
                             const Json* old, Json& service) {
  Json& spec = service["spec"];
  if (!spec.is_object()) return std::nullopt;
  const std::string type = text_at(spec, {"type"});
  if (old != nullptr && text_at(*old, {"spec", "type"}) != type) drop_type_dependent(*old, service);
  if (type == "ExternalName") {
    // An address given in one of the two fields is told about in the other.
    if (const auto given = text_at(spec, {"clusterIP"});
        !given.empty() && !spec.contains("clusterIPs"))
      spec["clusterIPs"] = Json::array({given});
    return std::nullopt;
  }
  if (old != nullptr && text_at(*old, {"spec", "type"}) != "ExternalName") {
    // A replacement that leaves allocated values out keeps them (registry/core/service
    // patchAllocatedValues).
    for (const char* field : {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"}) {
      if (const Json* was = find(*old, {"spec", field}); was != nullptr && !spec.contains(field))
        spec[field] = *was;
    }
  }
  std::set<std::string> addresses;
  std::set<std::int64_t> node_ports;
  const std::string self = text_at(service, {"metadata", "uid"});
  kind.bucket->each("", [&](const std::string&, const JsonRef& other) {
    if (text_at(*other, {"metadata", "uid"}) == self) return true;
    addresses.insert(text_at(*other, {"spec", "clusterIP"}));
    if (const Json* ports = find(*other, {"spec", "ports"});
        ports != nullptr && ports->is_array()) {
      for (const Json& port : *ports) node_ports.insert(int_at(port, {"nodePort"}));
    }
    return true;
  });
  const std::string name = text_at(service, {"metadata", "name"});
  std::string address = text_at(spec, {"clusterIP"});
  if (address.empty()) {
    if (addresses.size() > 60'000)
      return kube::internal_error("failed to allocate a serviceIP: range is full");
    do {
      const auto number = 256 + context.rng.below(65'000);
      address = fmt::format("{}.{}.{}", context.service_prefix, number / 256, number % 256);
    } while (addresses.contains(address));
    spec["clusterIP"] = address;
  } else if (old == nullptr && address != "None") {
    std::string why;
    if (!address.starts_with(context.service_prefix + "."))
      why = fmt::format(
          "the provided IP ({}) is not in the valid range. The range of valid IPs is "
          "{}.0.0/16",
          address, context.service_prefix);
    if (addresses.contains(address)) why = "provided IP is already allocated";
    boost::system::error_code bad;
    boost::asio::ip::make_address(address, bad);
    if (!why.empty() && !bad)
      return kube::invalid(
          kind.type(), name,
          {{"FieldValueInvalid",
            fmt::format("Invalid value: []string{{{}}}: failed to allocate IP {}: {}",
                        Json(address).dump(), address, why),
            "spec.clusterIPs"}});
  }
  if (!spec.contains("clusterIPs")) spec["clusterIPs"] = Json::array({address});
  // Without addresses and without pods to find, a service may be of any family.
  const Json* selector = find(spec, {"selector"});
  const bool free = address == "None" && (selector == nullptr || selector->empty());
  if (!spec.contains("ipFamilyPolicy"))
    spec["ipFamilyPolicy"] =
        free && !spec.contains("ipFamilies") ? "RequireDualStack" : "SingleStack";
  if (!spec.contains("ipFamilies"))
    spec["ipFamilies"] = free && spec["ipFamilyPolicy"] != "SingleStack"
                             ? Json::array({"IPv4", "IPv6"})
                             : Json::array({"IPv4"});
  const bool wants = type == "NodePort" || (type == "LoadBalancer" &&
                                            bool_at(spec, {"allocateLoadBalancerNodePorts"}, true));
  if (type == "LoadBalancer" && text_at(spec, {"externalTrafficPolicy"}) == "Local" &&
      int_at(spec, {"healthCheckNodePort"}) == 0) {
    std::int64_t chosen = old != nullptr ? int_at(*old, {"spec", "healthCheckNodePort"}) : 0;
    while (chosen == 0 || (old == nullptr && node_ports.contains(chosen)))
      chosen = context.rng.between(std::int64_t{30'000}, std::int64_t{32'767});
    spec["healthCheckNodePort"] = chosen;
    node_ports.insert(chosen);
  }
  if (!spec.contains("ports") || !spec["ports"].is_array()) return std::nullopt;
  for (std::size_t at = 0; at < spec["ports"].size(); ++at) {
    Json& port = spec["ports"][at];
    const std::string field = fmt::format("spec.ports[{}].nodePort", at);
    if (!port.is_object()) continue;
    if (!wants) continue;
    if (old != nullptr && !port.contains("nodePort")) {
      const Json* before = find(*old, {"spec", "ports"});
      for (std::size_t i = 0; before != nullptr && before->is_array() && i < before->size(); ++i) {
        const Json& was = (*before)[i];
        if (int_at(was, {"port"}) == int_at(port, {"port"}) && was.contains("nodePort"))
          port["nodePort"] = was["nodePort"];
      }
    }
    std::int64_t chosen = int_at(port, {"nodePort"});
    if (chosen == 0) {
      if (node_ports.size() >= 2'700)
        return kube::internal_error("failed to allocate a nodePort: range is full");
      do {
        chosen = context.rng.between(std::int64_t{30'000}, std::int64_t{32'767});
      } while (node_ports.contains(chosen));
      port["nodePort"] = chosen;
    } else if (node_ports.contains(chosen)) {
      return kube::invalid(
          kind.type(), name,
          {kube::invalid_value(field, chosen, "provided port is already allocated")});
    } else if (chosen < 30'000 || chosen > 32'767) {
      return kube::invalid(
          kind.type(), name,
          {kube::invalid_value(
              field, chosen,
              "provided port is not in the valid range. The range of valid ports is 30000-32767")});
    }
    node_ports.insert(chosen);
  }
  return std::nullopt;
}

}  // namespace spokelab::fakeapi
