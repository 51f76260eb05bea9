// What may be written into a status (pkg/apis/{apps,core,networking}/validation).
#include <fmt/format.h>

#include <string>

#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi::validation {

namespace {

/// Counts that are no fewer than none.
void check_counts(Causes& causes, const Json& object, std::initializer_list<const char*> fields) {
  for (const char* field : fields) {
    const auto count = int_at(object, {"status", field});
    if (count < 0)
      causes.push_back(kube::invalid_value(std::string("status.") + field, count,
                                           "must be greater than or equal to 0"));
  }
}

void check_at_most(Causes& causes, const Json& object, const char* field, const char* most,
                   const char* why) {
  const auto count = int_at(object, {"status", field});
  if (count > int_at(object, {"status", most}))
    causes.push_back(kube::invalid_value(std::string("status.") + field, count, why));
}

void check_parts(Causes& causes, const Json& object, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    check_at_most(causes, object, part, "replicas", "cannot be greater than status.replicas");
}

void check_collisions(Causes& causes, const Json& object, const Json& old) {
  const Json* before = find(old, {"status", "collisionCount"});
  const Json* after = find(object, {"status", "collisionCount"});
  if (before == nullptr || !before->is_number()) return;
  if (after == nullptr || *after < *before)
    causes.push_back(kube::invalid_value(
        "status.collisionCount", after == nullptr ? Json(0) : *after, "cannot be decremented"));
}

void check_host(Causes& causes, const Json& ingress, const std::string& at) {
  const std::string host = text_at(ingress, {"hostname"});
  if (host.empty()) return;
  name_rule(causes, at + ".hostname", host, kube::dns_subdomain_problem(host));
  if (is_ip(host))
    causes.push_back(
        kube::invalid_value(at + ".hostname", host, "must be a DNS name, not an IP address"));
}

void check_address(Causes& causes, const Json& ingress, const std::string& at) {
  const std::string ip = text_at(ingress, {"ip"});
  if (!ip.empty() && !is_ip(ip)) causes.push_back(kube::invalid_value(at + ".ip", ip, kNoIp));
}

void check_service_status(Causes& causes, const Json& object) {
  const std::string list = "status.loadBalancer.ingress";
  const Json& addresses = list_at(object, {"status", "loadBalancer", "ingress"});
  if (!addresses.empty() && text_at(object, {"spec", "type"}) != "LoadBalancer") {
    causes.push_back(
        kube::forbidden_value(list, "may only be used when `spec.type` is 'LoadBalancer'"));
    return;
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", list, i);
    check_address(causes, addresses[i], at);
    const bool addressed = !text_at(addresses[i], {"ip"}).empty();
    const Json* mode = find(addresses[i], {"ipMode"});
    if (mode == nullptr && addressed)
      causes.push_back(kube::required_value(at + ".ipMode", "must be specified when `ip` is set"));
    else if (mode != nullptr && !addressed)
      causes.push_back(
          kube::forbidden_value(at + ".ipMode", "may not be specified when `ip` is not set"));
    else
      one_of(causes, addresses[i], {"ipMode"}, {"Proxy", "VIP"}, at);
    check_host(causes, addresses[i], at);
  }
}

}  // namespace

void check_status(Causes& causes, std::string_view resource, const Json& object, const Json& old) {
  if (resource == "deployments.apps") {
    check_counts(causes, object,
                 {"observedGeneration", "replicas", "updatedReplicas", "readyReplicas",
                  "availableReplicas", "unavailableReplicas", "collisionCount"});
    check_parts(causes, object, {"updatedReplicas", "readyReplicas", "availableReplicas"});
    check_at_most(causes, object, "availableReplicas", "readyReplicas",
                  "cannot be greater than readyReplicas");
    check_collisions(causes, object, old);
  } else if (resource == "replicasets.apps" || resource == "replicationcontrollers") {
    check_counts(causes, object,
                 {"replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas",
                  "observedGeneration"});
    check_parts(causes, object, {"fullyLabeledReplicas", "readyReplicas", "availableReplicas"});
    check_at_most(causes, object, "availableReplicas", "readyReplicas",
                  "cannot be greater than readyReplicas");
  } else if (resource == "statefulsets.apps") {
    check_counts(causes, object,
                 {"replicas", "readyReplicas", "currentReplicas", "updatedReplicas",
                  "availableReplicas", "observedGeneration", "collisionCount"});
    check_parts(causes, object,
                {"readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"});
    check_at_most(causes, object, "availableReplicas", "readyReplicas",
                  "cannot be greater than status.readyReplicas");
    check_collisions(causes, object, old);
  } else if (resource == "daemonsets.apps") {
    check_counts(causes, object,
                 {"currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled",
                  "numberReady", "observedGeneration", "updatedNumberScheduled", "numberAvailable",
                  "numberUnavailable", "collisionCount"});
    check_collisions(causes, object, old);
  } else if (resource == "services") {
    check_service_status(causes, object);
  } else if (resource == "ingresses.networking.k8s.io") {
    const Json& addresses = list_at(object, {"status", "loadBalancer", "ingress"});
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const std::string at = fmt::format("status.loadBalancer.ingress[{}]", i);
      check_address(causes, addresses[i], at);
      check_host(causes, addresses[i], at);
    }
  }
}

}  // namespace spokelab::fakeapi::validation
