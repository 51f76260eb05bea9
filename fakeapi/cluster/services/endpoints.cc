// The endpoints controller: which pods stand behind a Service, as EndpointSlices and as Endpoints.
#include <algorithm>
#include <map>
#include <set>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/nodes/pod_run.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:endpointslice-controller";
constexpr std::string_view kManager = "endpointslice-controller.k8s.io";
constexpr std::size_t kEndpointsPerSlice = 100;

struct Backend {
  JsonRef pod;
  bool ready = false;
};

/// Pods with an address that the Service selects, sorted by name.
std::vector<Backend> backends_of(const Cluster& cluster, const Json& service) {
  std::vector<Backend> backends;
  const Name key = name_of(service);
  const Json& selector = object_at(service, {"spec", "selector"});
  const bool always = bool_at(service, {"spec", "publishNotReadyAddresses"});
  for (const Name& name : cluster.index.pods_labelled(key.ns, selector)) {
    JsonRef pod = cluster.get("pods", name);
    if (!pod || is_finished(*pod) || !map_selects(selector, labels_of(*pod))) continue;
    if (text_at(*pod, {"status", "podIP"}).empty()) continue;
    const bool ready = always || (is_ready(*pod) && !is_deleting(*pod));
    backends.push_back({std::move(pod), ready});
  }
  return backends;
}

/// The number behind a targetPort that is a name: of the first container port with that name.
std::int64_t port_number(const Json& port, const std::vector<Backend>& backends) {
  const Json* target = find(port, {"targetPort"});
  if (target == nullptr) return int_at(port, {"port"});
  if (target->is_number_integer()) return target->get<std::int64_t>();
  if (!target->is_string()) return 0;
  for (const Backend& backend : backends) {
    for (const Json& container : array_at(*backend.pod, {"spec", "containers"})) {
      for (const Json& each : array_at(container, {"ports"})) {
        if (text_at(each, {"name"}) == target->get_ref<const std::string&>())
          return int_at(each, {"containerPort"});
      }
    }
  }
  return 0;
}

Json ports_of(const Json& service, const std::vector<Backend>& backends) {
  Json ports = Json::array();
  for (const Json& port : array_at(service, {"spec", "ports"})) {
    const std::int64_t number = port_number(port, backends);
    if (number == 0) continue;
    Json one = {{"name", text_at(port, {"name"})}, {"port", number}};
    one["protocol"] = text_at(port, {"protocol"}, "TCP");
    ports.push_back(std::move(one));
  }
  return ports;
}

Json target_of(const Json& pod) {
  const Name name = name_of(pod);
  return {{"kind", "Pod"}, {"name", name.name}, {"namespace", name.ns}, {"uid", uid_of(pod)}};
}

Json endpoint_of(const Cluster& cluster, const Backend& backend) {
  const Json& pod = *backend.pod;
  Json endpoint = Json::object();
  endpoint["addresses"] = Json::array({text_at(pod, {"status", "podIP"})});
  endpoint["conditions"] = {
      {"ready", backend.ready}, {"serving", is_ready(pod)}, {"terminating", is_deleting(pod)}};
  endpoint["nodeName"] = text_at(pod, {"spec", "nodeName"});
  endpoint["targetRef"] = target_of(pod);
  const auto machine = cluster.machines.find(text_at(pod, {"spec", "nodeName"}));
  if (machine != cluster.machines.end()) endpoint["zone"] = machine->second.zone;
  return endpoint;
}

/// Names end in five letters, as generated ones do; these depend on the Service and the number
/// alone.
std::string slice_name(const Json& service, std::size_t number) {
  static constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::uint64_t hash = stable_hash(uid_of(service) + "/" + std::to_string(number));
  std::string name = name_of(service).name.substr(0, 57) + "-";
  for (int i = 0; i < 5; ++i, hash /= kLetters.size()) name += kLetters[hash % kLetters.size()];
  return name;
}

Result<void> put(Cluster& cluster, const char* table, Json object) {
  const Name key = name_of(object);
  const JsonRef old = cluster.get(table, key);
  if (!old) {
    auto created = cluster.api.create(kUser, std::move(object));
    if (!created) return created.error();
    return {};
  }
  Json changed = *old;
  for (const char* member : {"endpoints", "ports", "subsets"}) {
    if (object.contains(member)) {
      changed[member] = std::move(object[member]);
    } else {
      changed.erase(member);
    }
  }
  if (object["metadata"].contains("labels"))
    changed["metadata"]["labels"] = object["metadata"]["labels"];
  if (changed == *old) return {};
  auto updated = cluster.api.update(kUser, std::move(changed));
  if (!updated) return updated.error();
  return {};
}

Json service_labels(const Json& service) {
  Json labels = labels_of(service);
  if (text_at(service, {"spec", "clusterIP"}) == "None")
    labels["service.kubernetes.io/headless"] = "";
  return labels;
}

Result<void> put_slices(Cluster& cluster, const Json& service,
                        const std::vector<Backend>& backends) {
  const Name key = name_of(service);
  const Json ports = ports_of(service, backends);
  std::set<std::string> kept;
  for (std::size_t first = 0; first == 0 || first < backends.size(); first += kEndpointsPerSlice) {
    Json slice = Json::object();
    slice["apiVersion"] = "discovery.k8s.io/v1";
    slice["kind"] = "EndpointSlice";
    slice["addressType"] = "IPv4";
    const std::string name = slice_name(service, first / kEndpointsPerSlice);
    slice["metadata"] = {{"name", name}, {"namespace", key.ns}};
    Json labels = service_labels(service);
    labels["kubernetes.io/service-name"] = key.name;
    labels["endpointslice.kubernetes.io/managed-by"] = kManager;
    slice["metadata"]["labels"] = std::move(labels);
    slice["metadata"]["ownerReferences"] = Json::array({controller_reference(service)});
    Json endpoints = Json::array();
    for (std::size_t i = first; i < std::min(first + kEndpointsPerSlice, backends.size()); ++i) {
      endpoints.push_back(endpoint_of(cluster, backends[i]));
    }
    slice["endpoints"] = std::move(endpoints);
    slice["ports"] = ports;
    kept.insert(name);
    if (auto done = put(cluster, "endpointslices.discovery.k8s.io", std::move(slice)); !done)
      return done.error();
  }
  for (const JsonRef& slice : cluster.owned_by(service, "endpointslices.discovery.k8s.io")) {
    const Name name = name_of(*slice);
    if (kept.contains(name.name)) continue;
    auto removed = cluster.api.remove(kUser, "endpointslices.discovery.k8s.io", name.ns, name.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  }
  return {};
}

Result<void> put_endpoints(Cluster& cluster, const Json& service,
                           const std::vector<Backend>& backends) {
  const Name key = name_of(service);
  Json ready = Json::array(), waiting = Json::array();
  for (const Backend& backend : backends) {
    if (is_deleting(*backend.pod) && !backend.ready) continue;
    Json address = {{"ip", text_at(*backend.pod, {"status", "podIP"})}};
    address["nodeName"] = text_at(*backend.pod, {"spec", "nodeName"});
    address["targetRef"] = target_of(*backend.pod);
    (backend.ready ? ready : waiting).push_back(std::move(address));
  }
  Json object = Json::object();
  object["apiVersion"] = "v1";
  object["kind"] = "Endpoints";
  object["metadata"] = {{"name", key.name}, {"namespace", key.ns}};
  Json labels = service_labels(service);
  labels["endpoints.kubernetes.io/managed-by"] = "endpoint-controller";
  object["metadata"]["labels"] = std::move(labels);
  if (!ready.empty() || !waiting.empty()) {
    Json subset = Json::object();
    if (!ready.empty()) subset["addresses"] = std::move(ready);
    if (!waiting.empty()) subset["notReadyAddresses"] = std::move(waiting);
    if (Json ports = ports_of(service, backends); !ports.empty())
      subset["ports"] = std::move(ports);
    object["subsets"] = Json::array({std::move(subset)});
  }
  return put(cluster, "endpoints", std::move(object));
}

}  // namespace

Result<void> reconcile_endpoints(Cluster& cluster, const Name& key) {
  const JsonRef service = cluster.get("services", key);
  if (!service || is_deleting(*service)) {
    cluster.forget_wait(ControllerId::endpoints, key);
    cluster.ready.forget(key);
    if (service || !cluster.get("endpoints", key)) return {};
    if (!cluster.with_endpoints.erase(key)) return {};
    auto removed = cluster.api.remove(kUser, "endpoints", key.ns, key.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
    return {};
  }
  if (object_at(*service, {"spec", "selector"}).empty())
    return {};  // its endpoints are somebody else's
  if (text_at(*service, {"spec", "type"}) == "ExternalName") return {};
  if (!cluster.waited(ControllerId::endpoints, key, cluster.settings.endpoints)) return {};
  const std::vector<Backend> backends = backends_of(cluster, *service);
  if (auto done = put_slices(cluster, *service, backends); !done) return done.error();
  if (auto done = put_endpoints(cluster, *service, backends); !done) return done.error();
  cluster.with_endpoints.insert(key);
  std::set<Name> ready;
  for (const Backend& backend : backends) {
    if (backend.ready) ready.insert(name_of(*backend.pod));
  }
  cluster.ready.list(key, std::move(ready), [&](const Name& pod) { return answers(cluster, pod); });
  cluster.tell_state(cluster.subject("service", key) + ".endpoints",
                     std::to_string(cluster.ready.of(key).listed));
  return {};
}

}  // namespace spokelab::fakeapi
