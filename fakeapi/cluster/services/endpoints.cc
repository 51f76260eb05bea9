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
constexpr std::string_view kMirror = "endpointslicemirroring-controller.k8s.io";
constexpr const char* kSlices = "endpointslices.discovery.k8s.io";
constexpr const char* kTrigger = "endpoints.kubernetes.io/last-change-trigger-time";
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

/// The number behind a targetPort of one pod: a name means the container port that bears it.
std::int64_t port_number(const Json& port, const Json& pod) {
  const Json* target = find(port, {"targetPort"});
  if (target == nullptr) return int_at(port, {"port"});
  if (target->is_number_integer()) return target->get<std::int64_t>();
  if (!target->is_string()) return 0;
  const std::string protocol = text_at(port, {"protocol"}, "TCP");
  for (const Json& container : array_at(pod, {"spec", "containers"})) {
    for (const Json& each : array_at(container, {"ports"})) {
      if (text_at(each, {"name"}) == target->get_ref<const std::string&>() &&
          text_at(each, {"protocol"}, "TCP") == protocol) {
        return int_at(each, {"containerPort"});
      }
    }
  }
  return 0;
}

/// The Service's ports as one pod serves them.
Json ports_of(const Json& service, const Json& pod) {
  Json ports = Json::array();
  for (const Json& port : array_at(service, {"spec", "ports"})) {
    const std::int64_t number = port_number(port, pod);
    if (number == 0) continue;
    Json one = {{"name", text_at(port, {"name"})}, {"port", number}};
    one["protocol"] = text_at(port, {"protocol"}, "TCP");
    if (const std::string protocol = text_at(port, {"appProtocol"}); !protocol.empty())
      one["appProtocol"] = protocol;
    ports.push_back(std::move(one));
  }
  return ports;
}

Json target_of(const Json& pod) {
  const Name name = name_of(pod);
  return {{"kind", "Pod"}, {"name", name.name}, {"namespace", name.ns}, {"uid", uid_of(pod)}};
}

/// The name under which a headless Service's DNS knows the pod.
std::string hostname_of(const Json& service, const Json& pod) {
  const std::string name = text_at(pod, {"spec", "hostname"});
  return text_at(pod, {"spec", "subdomain"}) == name_of(service).name ? name : "";
}

Json endpoint_of(const Cluster& cluster, const Json& service, const Backend& backend) {
  const Json& pod = *backend.pod;
  Json endpoint = Json::object();
  endpoint["addresses"] = Json::array({text_at(pod, {"status", "podIP"})});
  endpoint["conditions"] = {
      {"ready", backend.ready}, {"serving", is_ready(pod)}, {"terminating", is_deleting(pod)}};
  if (const std::string name = hostname_of(service, pod); !name.empty())
    endpoint["hostname"] = name;
  endpoint["nodeName"] = text_at(pod, {"spec", "nodeName"});
  endpoint["targetRef"] = target_of(pod);
  const auto machine = cluster.machines.find(text_at(pod, {"spec", "nodeName"}));
  if (machine == cluster.machines.end()) return endpoint;
  endpoint["zone"] = machine->second.zone;
  if (text_at(service, {"spec", "trafficDistribution"}) == "PreferClose")
    endpoint["hints"]["forZones"] = Json::array({Json{{"name", machine->second.zone}}});
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
      // The server gives an empty list back as null: that is no change.
      const Json* was = find(*old, {member});
      if (!object[member].empty() || (was != nullptr && !was->empty()))
        changed[member] = std::move(object[member]);
    } else {
      changed.erase(member);
    }
  }
  if (object["metadata"].contains("labels"))
    changed["metadata"]["labels"] = object["metadata"]["labels"];
  if (changed == *old) return {};
  if (object["metadata"].contains("annotations"))
    changed["metadata"]["annotations"].update(object["metadata"]["annotations"]);
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

/// The latest of what led to the present endpoints.
std::string trigger_time(const Json& service, const std::vector<Backend>& backends) {
  std::string latest = text_at(service, {"metadata", "creationTimestamp"});
  for (const Backend& backend : backends) {
    const Json* ready = condition_in(array_at(*backend.pod, {"status", "conditions"}), "Ready");
    if (ready != nullptr) latest = std::max(latest, text_at(*ready, {"lastTransitionTime"}));
  }
  return latest;
}

Json new_slice(const Json& service, const std::string& name, std::string_view manager) {
  const Name key = name_of(service);
  Json slice = Json::object();
  slice["apiVersion"] = "discovery.k8s.io/v1";
  slice["kind"] = "EndpointSlice";
  slice["addressType"] = "IPv4";
  slice["metadata"] = {{"name", name}, {"namespace", key.ns}, {"generateName", key.name + "-"}};
  Json labels = service_labels(service);
  labels["kubernetes.io/service-name"] = key.name;
  labels["endpointslice.kubernetes.io/managed-by"] = manager;
  slice["metadata"]["labels"] = std::move(labels);
  slice["metadata"]["ownerReferences"] = Json::array({controller_reference(service)});
  slice["endpoints"] = Json::array();
  slice["ports"] = Json::array();
  return slice;
}

/// Keeps exactly these slices of a Service's own; they are named by their number.
Result<void> keep_slices(Cluster& cluster, const Json& service, std::vector<Json> slices) {
  std::set<std::string> kept;
  for (Json& slice : slices) {
    kept.insert(name_of(slice).name);
    if (auto done = put(cluster, kSlices, std::move(slice)); !done) return done.error();
  }
  for (const JsonRef& slice : cluster.owned_by(service, kSlices)) {
    const Name name = name_of(*slice);
    const std::string manager =
        text_at(*slice, {"metadata", "labels", "endpointslice.kubernetes.io/managed-by"});
    if (kept.contains(name.name) || (manager != kManager && manager != kMirror)) continue;
    auto removed = cluster.api.remove(kUser, kSlices, name.ns, name.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  }
  return {};
}

/// Pods that serve the same ports share slices, a hundred in each; no pods: one empty slice.
Result<void> put_slices(Cluster& cluster, const Json& service,
                        const std::vector<Backend>& backends) {
  std::map<Json, std::vector<const Backend*>> by_ports;
  for (const Backend& backend : backends)
    by_ports[ports_of(service, *backend.pod)].push_back(&backend);
  if (by_ports.empty()) by_ports[Json::array()];
  const std::string trigger = trigger_time(service, backends);
  std::vector<Json> slices;
  for (const auto& [ports, group] : by_ports) {
    for (std::size_t first = 0; first == 0 || first < group.size(); first += kEndpointsPerSlice) {
      Json slice = new_slice(service, slice_name(service, slices.size()), kManager);
      slice["metadata"]["annotations"][kTrigger] = trigger;
      const std::size_t end = std::min(first + kEndpointsPerSlice, group.size());
      for (std::size_t i = first; i < end; ++i)
        slice["endpoints"].push_back(endpoint_of(cluster, service, *group[i]));
      slice["ports"] = ports;
      slices.push_back(std::move(slice));
    }
  }
  return keep_slices(cluster, service, std::move(slices));
}

/// Endpoints that somebody wrote for a Service without selector, as slices
/// (pkg/controller/endpointslicemirroring).
Result<void> mirror(Cluster& cluster, const Json& service) {
  const JsonRef endpoints = cluster.get("endpoints", name_of(service));
  std::vector<Json> slices;
  if (endpoints && !labels_of(*endpoints).contains("endpointslice.kubernetes.io/skip-mirror")) {
    for (const Json& subset : array_at(*endpoints, {"subsets"})) {
      Json slice = new_slice(service, slice_name(service, slices.size()), kMirror);
      for (const bool ready : {true, false}) {
        for (const Json& address : array_at(subset, {ready ? "addresses" : "notReadyAddresses"})) {
          Json endpoint = Json::object();
          endpoint["addresses"] = Json::array({text_at(address, {"ip"})});
          endpoint["conditions"] = {{"ready", ready}};
          for (const char* member : {"hostname", "nodeName", "targetRef"}) {
            if (address.contains(member)) endpoint[member] = address[member];
          }
          slice["endpoints"].push_back(std::move(endpoint));
        }
      }
      for (const Json& port : array_at(subset, {"ports"})) {
        Json one = port;
        if (!one.contains("name")) one["name"] = "";
        slice["ports"].push_back(std::move(one));
      }
      slices.push_back(std::move(slice));
    }
  }
  return keep_slices(cluster, service, std::move(slices));
}

Json address_of(const Json& service, const Json& pod) {
  Json address = {{"ip", text_at(pod, {"status", "podIP"})}};
  if (const std::string name = hostname_of(service, pod); !name.empty()) address["hostname"] = name;
  address["nodeName"] = text_at(pod, {"spec", "nodeName"});
  address["targetRef"] = target_of(pod);
  return address;
}

Result<void> put_endpoints(Cluster& cluster, const Json& service,
                           const std::vector<Backend>& backends) {
  struct Subset {
    Json ready = Json::array();
    Json waiting = Json::array();
  };
  std::map<Json, Subset> by_ports;
  for (const Backend& backend : backends) {
    if (is_deleting(*backend.pod) && !backend.ready) continue;
    Json ports = ports_of(service, *backend.pod);
    // Unnamed ports have no name here.
    for (Json& port : ports) {
      if (text_at(port, {"name"}).empty()) port.erase("name");
    }
    Subset& subset = by_ports[std::move(ports)];
    (backend.ready ? subset.ready : subset.waiting).push_back(address_of(service, *backend.pod));
  }
  const Name key = name_of(service);
  Json object = Json::object();
  object["apiVersion"] = "v1";
  object["kind"] = "Endpoints";
  object["metadata"] = {{"name", key.name}, {"namespace", key.ns}};
  object["metadata"]["annotations"][kTrigger] = trigger_time(service, backends);
  object["metadata"]["labels"] = service_labels(service);
  for (auto& [ports, subset] : by_ports) {
    Json one = Json::object();
    if (!subset.ready.empty()) one["addresses"] = std::move(subset.ready);
    if (!subset.waiting.empty()) one["notReadyAddresses"] = std::move(subset.waiting);
    if (!ports.empty()) one["ports"] = ports;
    object["subsets"].push_back(std::move(one));
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
  if (text_at(*service, {"spec", "type"}) == "ExternalName") return {};
  if (object_at(*service, {"spec", "selector"}).empty()) {
    cluster.ready.forget(key);
    return mirror(cluster, *service);  // its endpoints are somebody else's
  }
  if (!cluster.waited(ControllerId::endpoints, key, cluster.settings.endpoints)) return {};
  const std::vector<Backend> backends = backends_of(cluster, *service);
  if (auto done = put_slices(cluster, *service, backends); !done) return done.error();
  if (auto done = put_endpoints(cluster, *service, backends); !done) return done.error();
  cluster.with_endpoints.insert(key);
  std::set<Name> ready;
  for (const Backend& backend : backends) {
    if (backend.ready) ready.insert(name_of(*backend.pod));
  }
  cluster.ready.list(key, std::move(ready),
                     [&](const Name& pod) { return answer_of(cluster, pod); });
  cluster.tell_state(cluster.subject("service", key) + ".endpoints",
                     std::to_string(cluster.ready.of(key).listed));
  return {};
}

}  // namespace spokelab::fakeapi
