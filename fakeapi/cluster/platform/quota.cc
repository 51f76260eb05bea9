// The ResourceQuota controller: how much of each limited resource a namespace uses.
#include <algorithm>
#include <map>

#include "fakeapi/cluster/cluster.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

using kube::Quantity;
using Usage = std::map<std::string, Quantity, std::less<>>;

constexpr std::string_view kUser = "system:serviceaccount:kube-system:resourcequota-controller";
constexpr std::string_view kClassSuffix = ".storageclass.storage.k8s.io/";

void add(Usage& usage, const std::string& name, const Quantity& amount) {
  usage[name] = usage[name] + amount;
}

void add_text(Usage& usage, const std::string& name, const Json& amount) {
  const auto parsed = Quantity::parse(amount.is_string() ? amount.get<std::string>() : amount.dump());
  if (parsed) add(usage, name, *parsed);
}

/// Requests and limits of a pod's containers, or of its biggest init container.
Usage pod_resources(const Json& pod) {
  Usage sum, most;
  for (const Json& container : array_at(pod, {"spec", "containers"})) {
    for (const char* kind : {"requests", "limits"}) {
      for (const auto& [name, amount] : object_at(container, {"resources", kind}).items())
        add_text(sum, std::string(kind) + "." + name, amount);
    }
  }
  for (const Json& container : array_at(pod, {"spec", "initContainers"})) {
    Usage one;
    for (const char* kind : {"requests", "limits"}) {
      for (const auto& [name, amount] : object_at(container, {"resources", kind}).items())
        add_text(one, std::string(kind) + "." + name, amount);
    }
    for (const auto& [name, amount] : one) {
      Quantity& place = text_at(container, {"restartPolicy"}) == "Always" ? sum[name] : most[name];
      if (text_at(container, {"restartPolicy"}) == "Always")
        place = place + amount;
      else
        place = std::max(place, amount);
    }
  }
  for (const auto& [name, amount] : most) sum[name] = std::max(sum[name], amount);
  return sum;
}

bool in_scope(const Json& pod, const std::string& scope) {
  const bool ends = find(pod, {"spec", "activeDeadlineSeconds"}) != nullptr;
  const bool best_effort = text_at(pod, {"status", "qosClass"}) == "BestEffort";
  if (scope == "Terminating") return ends;
  if (scope == "NotTerminating") return !ends;
  if (scope == "BestEffort") return best_effort;
  if (scope == "NotBestEffort") return !best_effort;
  return true;
}

bool in_scopes(const Json& pod, const Json& spec) {
  for (const Json& scope : array_at(spec, {"scopes"})) {
    if (scope.is_string() && !in_scope(pod, scope.get<std::string>())) return false;
  }
  for (const Json& each : array_at(spec, {"scopeSelector", "matchExpressions"})) {
    const std::string scope = text_at(each, {"scopeName"});
    if (scope != "PriorityClass") {
      if (!in_scope(pod, scope)) return false;
      continue;
    }
    Json requirement = each;
    requirement["key"] = "class";
    Json labels = Json::object();
    if (const std::string name = text_at(pod, {"spec", "priorityClassName"}); !name.empty())
      labels["class"] = name;
    if (!requirement_holds(requirement, labels)) return false;
  }
  return true;
}

Usage pods_usage(const Cluster& cluster, const std::string& ns, const Json& spec) {
  Usage usage;
  for (const JsonRef& pod : cluster.api.list("pods", ns)) {
    if (!in_scopes(*pod, spec)) continue;
    add(usage, "count/pods", Quantity::from_value(1));
    if (is_finished(*pod)) continue;
    add(usage, "pods", Quantity::from_value(1));
    for (const auto& [name, amount] : pod_resources(*pod)) {
      add(usage, name, amount);
      // "cpu" is short for "requests.cpu".
      if (name.starts_with("requests.")) add(usage, name.substr(9), amount);
    }
  }
  return usage;
}

Usage claims_usage(const Cluster& cluster, const std::string& ns) {
  Usage usage;
  for (const JsonRef& claim : cluster.api.list("persistentvolumeclaims", ns)) {
    const Json* amount = find(*claim, {"spec", "resources", "requests", "storage"});
    const std::string prefix =
        text_at(*claim, {"spec", "storageClassName"}) + std::string(kClassSuffix);
    for (const std::string& start : {std::string(), prefix}) {
      add(usage, start + "persistentvolumeclaims", Quantity::from_value(1));
      if (amount != nullptr) add_text(usage, start + "requests.storage", *amount);
    }
  }
  return usage;
}

Usage services_usage(const Cluster& cluster, const std::string& ns) {
  Usage usage;
  for (const JsonRef& service : cluster.api.list("services", ns)) {
    const std::string type = text_at(*service, {"spec", "type"});
    add(usage, "services", Quantity::from_value(1));
    if (type == "LoadBalancer") add(usage, "services.loadbalancers", Quantity::from_value(1));
    for (const Json& port : array_at(*service, {"spec", "ports"})) {
      if (int_at(port, {"nodePort"}) > 0) add(usage, "services.nodeports", Quantity::from_value(1));
    }
  }
  return usage;
}

/// Used amounts of the names that the quota limits.
Json used_of(const Cluster& cluster, const std::string& ns, const Json& spec) {
  const Json& hard = object_at(spec, {"hard"});
  Usage usage;
  const auto merge = [&usage](Usage more) { usage.merge(more); };
  merge(pods_usage(cluster, ns, spec));
  merge(claims_usage(cluster, ns));
  merge(services_usage(cluster, ns));
  Json used = Json::object();
  for (const auto& [name, limit] : hard.items()) {
    const auto found = usage.find(name);
    Quantity amount = found != usage.end() ? found->second : Quantity();
    const std::string table = name.starts_with("count/") ? name.substr(6) : name;
    static constexpr std::string_view kCounted[] = {"configmaps", "secrets",
                                                    "replicationcontrollers", "resourcequotas"};
    const bool counted = std::find(std::begin(kCounted), std::end(kCounted), name) !=
                         std::end(kCounted);
    if (found == usage.end() && (counted || table != name)) {
      const auto objects = cluster.api.list(table, ns).size();
      amount = Quantity::from_value(static_cast<std::int64_t>(objects));
    }
    used[name] = amount.text();
  }
  return used;
}

}  // namespace

Result<void> reconcile_quota(Cluster& cluster, const Name& key) {
  const JsonRef quota = cluster.get("resourcequotas", key);
  if (!quota || is_deleting(*quota)) return {};
  const Json& spec = object_at(*quota, {"spec"});
  Json status = Json::object();
  status["hard"] = object_at(spec, {"hard"});
  status["used"] = used_of(cluster, key.ns, spec);
  auto written = cluster.write_status(kUser, *quota, std::move(status));
  if (!written) return written.error();
  return {};
}

}  // namespace spokelab::fakeapi
