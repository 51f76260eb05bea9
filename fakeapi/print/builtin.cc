// One row of columns and one function of cells for each built-in kind.
#include "fakeapi/print/builtin.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/duration.h"
#include "fakeapi/print/cells.h"
#include "fakeapi/print/table.h"
#include "kube/kinds.h"

namespace spokelab::fakeapi {

namespace {

Json name_of(const Json& object) { return text_at(object, {"metadata", "name"}); }
Json integer_at(const Json& object, Path path) { return int_at(object, path); }

std::string flag_text(const Json& object, Path path, std::string_view absent = "<unset>") {
  const Json* value = find(object, path);
  if (value == nullptr || !value->is_boolean()) return std::string(absent);
  return value->get<bool>() ? "true" : "false";
}

/// A whole number or "25%", as it stands; the fallback where it is absent.
std::string number_text(const Json& object, Path path, std::string_view absent) {
  const Json* value = find(object, path);
  if (value == nullptr) return std::string(absent);
  return value->is_string() ? value->get<std::string>() : value->dump();
}

Json created_at(const Json& object) { return text_at(object, {"metadata", "creationTimestamp"}); }

void name_and_date(const Json& object, WallTime, Json& cells) {
  add(cells, {name_of(object), created_at(object)});
}

void replica_set(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), integer_at(object, {"spec", "replicas"}),
              integer_at(object, {"status", "replicas"}),
              integer_at(object, {"status", "readyReplicas"}), own_age(object, now)});
  add_containers(cells, object, {"spec", "template", "spec"});
  cells.push_back(selector_text(object, {"spec", "selector"}));
}

void replication_controller(const Json& object, WallTime now, Json& cells) {
  replica_set(object, now, cells);
  cells.back() = labels_text(object, {"spec", "selector"});
}

void deployment(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object),
              fmt::format("{}/{}", int_at(object, {"status", "readyReplicas"}),
                          int_at(object, {"spec", "replicas"})),
              integer_at(object, {"status", "updatedReplicas"}),
              integer_at(object, {"status", "availableReplicas"}), own_age(object, now)});
  add_containers(cells, object, {"spec", "template", "spec"});
  cells.push_back(selector_text(object, {"spec", "selector"}));
}

void stateful_set(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object),
              fmt::format("{}/{}", int_at(object, {"status", "readyReplicas"}),
                          int_at(object, {"spec", "replicas"})),
              own_age(object, now)});
  add_containers(cells, object, {"spec", "template", "spec"});
}

void daemon_set(const Json& object, WallTime now, Json& cells) {
  cells.push_back(name_of(object));
  for (const char* field : {"desiredNumberScheduled", "currentNumberScheduled", "numberReady",
                            "updatedNumberScheduled", "numberAvailable"})
    cells.push_back(int_at(object, {"status", field}));
  add(cells,
      {labels_text(object, {"spec", "template", "spec", "nodeSelector"}), own_age(object, now)});
  add_containers(cells, object, {"spec", "template", "spec"});
  cells.push_back(selector_text(object, {"spec", "selector"}));
}

std::string job_status(const Json& job) {
  const auto holds = [&job](std::string_view type) {
    for (const Json& one : items_at(job, {"status", "conditions"})) {
      if (text_at(one, {"type"}) == type) return text_at(one, {"status"}) == "True";
    }
    return false;
  };
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (find(job, {"metadata", "deletionTimestamp"}) != nullptr) return "Terminating";
  if (holds("Suspended")) return "Suspended";
  if (holds("FailureTarget")) return "FailureTarget";
  if (holds("SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}

std::string job_completions(const Json& job) {
  const auto done = int_at(job, {"status", "succeeded"});
  if (find(job, {"spec", "completions"}) != nullptr)
    return fmt::format("{}/{}", done, int_at(job, {"spec", "completions"}));
  const auto most = int_at(job, {"spec", "parallelism"});
  return most > 1 ? fmt::format("{}/1 of {}", done, most) : fmt::format("{}/1", done);
}

std::string job_duration(const Json& job, WallTime now) {
  const auto start = parse_rfc3339(text_at(job, {"status", "startTime"}));
  if (!start) return "";
  const auto end = parse_rfc3339(text_at(job, {"status", "completionTime"}));
  return human_duration((end ? *end : now) - *start);
}

void job(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), job_status(object), job_completions(object),
              job_duration(object, now), own_age(object, now)});
  add_containers(cells, object, {"spec", "template", "spec"});
  cells.push_back(selector_text(object, {"spec", "selector"}));
}

void cron_job(const Json& object, WallTime now, Json& cells) {
  const std::string last = text_at(object, {"status", "lastScheduleTime"});
  std::string suspend = flag_text(object, {"spec", "suspend"});
  if (suspend[0] != '<') suspend[0] = suspend[0] == 't' ? 'T' : 'F';
  add(cells, {name_of(object), text_at(object, {"spec", "schedule"}),
              text_or(object, {"spec", "timeZone"}, "<none>"), suspend,
              count_at(object, {"status", "active"}), last.empty() ? "<none>" : age_of(last, now),
              own_age(object, now)});
  add_containers(cells, object, {"spec", "jobTemplate", "spec", "template", "spec"});
  cells.push_back(selector_text(object, {"spec", "jobTemplate", "spec", "selector"}));
}

void pod_template(const Json& object, WallTime, Json& cells) {
  cells.push_back(name_of(object));
  add_containers(cells, object, {"template", "spec"});
  cells.push_back(labels_text(object, {"template", "metadata", "labels"}));
}

void disruption_budget(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), number_text(object, {"spec", "minAvailable"}, "N/A"),
              number_text(object, {"spec", "maxUnavailable"}, "N/A"),
              integer_at(object, {"status", "disruptionsAllowed"}), own_age(object, now)});
}

void ingress(const Json& object, WallTime now, Json& cells) {
  std::vector<std::string> hosts;
  for (const Json& rule : items_at(object, {"spec", "rules"}))
    hosts.push_back(text_or(rule, {"host"}, "*"));
  std::set<std::string> addresses;
  for (const Json& one : items_at(object, {"status", "loadBalancer", "ingress"})) {
    const std::string ip = text_at(one, {"ip"});
    addresses.insert(ip.empty() ? text_at(one, {"hostname"}) : ip);
  }
  add(cells,
      {name_of(object), text_or(object, {"spec", "ingressClassName"}, "<none>"),
       hosts.empty() ? "*" : first_few(hosts, 3), joined({addresses.begin(), addresses.end()}, ","),
       count_at(object, {"spec", "tls"}) > 0 ? "80, 443" : "80", own_age(object, now)});
}

void ingress_class(const Json& object, WallTime now, Json& cells) {
  std::string parameters = "<none>";
  if (const Json* given = find(object, {"spec", "parameters"})) {
    parameters = text_at(*given, {"kind"});
    if (const auto group = text_at(*given, {"apiGroup"}); !group.empty()) parameters += "." + group;
    parameters += "/" + text_at(*given, {"name"});
  }
  add(cells,
      {name_of(object), text_at(object, {"spec", "controller"}), parameters, own_age(object, now)});
}

void endpoints(const Json& object, WallTime now, Json& cells) {
  std::vector<std::string> all;
  for (const Json& subset : items_at(object, {"subsets"})) {
    const Json& ports = items_at(subset, {"ports"});
    if (ports.empty()) {
      for (const Json& one : items_at(subset, {"addresses"})) all.push_back(text_at(one, {"ip"}));
    }
    for (const Json& port : ports) {
      for (const Json& one : items_at(subset, {"addresses"}))
        all.push_back(fmt::format("{}:{}", text_at(one, {"ip"}), int_at(port, {"port"})));
    }
  }
  add(cells, {name_of(object), all.empty() ? "<none>" : first_few(all, 3), own_age(object, now)});
}

void endpoint_slice(const Json& object, WallTime now, Json& cells) {
  std::vector<std::string> ports;
  for (const Json& port : items_at(object, {"ports"}))
    ports.push_back(number_text(port, {"port"}, "*"));
  std::vector<std::string> addresses;
  for (const Json& one : items_at(object, {"endpoints"})) {
    for (const Json& address : items_at(one, {"addresses"}))
      addresses.push_back(address.get<std::string>());
  }
  add(cells, {name_of(object), text_at(object, {"addressType"}),
              ports.empty() ? "<unset>" : first_few(ports, 3),
              addresses.empty() ? "<unset>" : first_few(addresses, 3), own_age(object, now)});
}

std::string event_source(const Json& event) {
  std::string text =
      text_or(event, {"source", "component"}, text_at(event, {"reportingComponent"}));
  std::string host = text_at(event, {"source", "host"});
  if (host.empty()) host = text_at(event, {"reportingInstance"});
  return host.empty() ? text : text + ", " + host;
}

void event(const Json& object, WallTime now, Json& cells) {
  const std::string at = text_at(object, {"eventTime"});
  std::string first = text_or(object, {"firstTimestamp"}, at);
  std::string last = text_at(object, {"lastTimestamp"});
  if (const auto seen = text_at(object, {"series", "lastObservedTime"}); !seen.empty()) last = seen;
  if (last.empty()) last = first;
  std::int64_t count = int_at(object, {"count"});
  if (const Json* series = find(object, {"series"})) count = int_at(*series, {"count"});
  if (count == 0) count = 1;
  std::string target = kube::lower(text_at(object, {"involvedObject", "kind"}));
  if (const auto name = text_at(object, {"involvedObject", "name"}); !name.empty())
    target += "/" + name;
  std::string message = text_at(object, {"message"});
  const auto end = message.find_last_not_of(" \t\n");
  message.resize(end == std::string::npos ? 0 : end + 1);
  add(cells, {age_of(last, now), text_at(object, {"type"}), text_at(object, {"reason"}), target,
              text_at(object, {"involvedObject", "fieldPath"}), event_source(object), message,
              age_of(first, now), count, name_of(object)});
}

void name_space(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), text_at(object, {"status", "phase"}), own_age(object, now)});
}

void secret(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), text_at(object, {"type"}), count_at(object, {"data"}),
              own_age(object, now)});
}

void config_map(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), count_at(object, {"data"}) + count_at(object, {"binaryData"}),
              own_age(object, now)});
}

void service_account(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), count_at(object, {"secrets"}), own_age(object, now)});
}

std::string access_modes(const Json& list) {
  static constexpr std::pair<std::string_view, std::string_view> kShort[] = {
      {"ReadWriteOnce", "RWO"},
      {"ReadOnlyMany", "ROX"},
      {"ReadWriteMany", "RWX"},
      {"ReadWriteOncePod", "RWOP"}};
  std::vector<std::string> modes;
  for (const auto& [name, brief] : kShort) {
    if (std::find(list.begin(), list.end(), Json(name)) != list.end()) modes.emplace_back(brief);
  }
  return joined(modes, ",");
}

std::string phase_or_terminating(const Json& object) {
  return find(object, {"metadata", "deletionTimestamp"}) != nullptr
             ? "Terminating"
             : text_at(object, {"status", "phase"});
}

void volume(const Json& object, WallTime now, Json& cells) {
  std::string claim;
  if (const Json* reference = find(object, {"spec", "claimRef"}))
    claim = text_at(*reference, {"namespace"}) + "/" + text_at(*reference, {"name"});
  add(cells, {name_of(object), text_at(object, {"spec", "capacity", "storage"}),
              access_modes(items_at(object, {"spec", "accessModes"})),
              text_at(object, {"spec", "persistentVolumeReclaimPolicy"}),
              phase_or_terminating(object), claim, text_at(object, {"spec", "storageClassName"}),
              text_or(object, {"spec", "volumeAttributesClassName"}, "<unset>"),
              text_at(object, {"status", "reason"}), own_age(object, now),
              text_or(object, {"spec", "volumeMode"}, "<unset>")});
}

void volume_claim(const Json& object, WallTime now, Json& cells) {
  const bool bound = !text_at(object, {"spec", "volumeName"}).empty();
  add(cells,
      {name_of(object), phase_or_terminating(object), text_at(object, {"spec", "volumeName"}),
       bound ? text_or(object, {"status", "capacity", "storage"}, "0") : "",
       bound ? access_modes(items_at(object, {"status", "accessModes"})) : "",
       text_at(object, {"spec", "storageClassName"}),
       text_or(object, {"spec", "volumeAttributesClassName"}, "<unset>"), own_age(object, now),
       text_or(object, {"spec", "volumeMode"}, "<unset>")});
}

void network_policy(const Json& object, WallTime now, Json& cells) {
  add(cells,
      {name_of(object), selector_text(object, {"spec", "podSelector"}), own_age(object, now)});
}

void role_binding(const Json& object, WallTime now, Json& cells) {
  std::vector<std::string> users;
  std::vector<std::string> groups;
  std::vector<std::string> accounts;
  for (const Json& subject : items_at(object, {"subjects"})) {
    const std::string kind = text_at(subject, {"kind"});
    const std::string name = text_at(subject, {"name"});
    if (kind == "User") users.push_back(name);
    if (kind == "Group") groups.push_back(name);
    if (kind == "ServiceAccount") accounts.push_back(text_at(subject, {"namespace"}) + "/" + name);
  }
  add(cells,
      {name_of(object),
       text_at(object, {"roleRef", "kind"}) + "/" + text_at(object, {"roleRef", "name"}),
       own_age(object, now), joined(users, ", "), joined(groups, ", "), joined(accounts, ", ")});
}

void signing_request(const Json& object, WallTime now, Json& cells) {
  std::string state;
  for (const Json& one : items_at(object, {"status", "conditions"})) {
    const std::string type = text_at(one, {"type"});
    if (type == "Denied" || type == "Approved") state = type;
  }
  if (state.empty()) state = "Pending";
  for (const Json& one : items_at(object, {"status", "conditions"})) {
    if (text_at(one, {"type"}) == "Failed") state += ",Failed";
  }
  if (!text_at(object, {"status", "certificate"}).empty()) state += ",Issued";
  const Json* seconds = find(object, {"spec", "expirationSeconds"});
  add(cells,
      {name_of(object), own_age(object, now), text_or(object, {"spec", "signerName"}, "<none>"),
       text_at(object, {"spec", "username"}),
       seconds != nullptr ? human_duration(std::chrono::seconds(seconds->get<std::int64_t>()))
                          : "<none>",
       state});
}

void lease(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), text_at(object, {"spec", "holderIdentity"}), own_age(object, now)});
}

void storage_class(const Json& object, WallTime now, Json& cells) {
  std::string name = text_at(object, {"metadata", "name"});
  for (const char* mark : {"storageclass.kubernetes.io/is-default-class",
                           "storageclass.beta.kubernetes.io/is-default-class"}) {
    if (text_at(object, {"metadata", "annotations", mark}) != "true") continue;
    name += " (default)";
    break;
  }
  add(cells, {name, text_at(object, {"provisioner"}), text_or(object, {"reclaimPolicy"}, "Delete"),
              text_or(object, {"volumeBindingMode"}, "Immediate"),
              bool_at(object, {"allowVolumeExpansion"}), own_age(object, now)});
}

void controller_revision(const Json& object, WallTime now, Json& cells) {
  std::string owner = "<none>";
  for (const Json& one : items_at(object, {"metadata", "ownerReferences"})) {
    if (!bool_at(one, {"controller"})) continue;
    const auto [group, version] = kube::split_api_version(text_at(one, {"apiVersion"}));
    owner = kube::lower(text_at(one, {"kind"})) + (group.empty() ? "" : "." + group) + "/" +
            text_at(one, {"name"});
  }
  add(cells, {name_of(object), owner, integer_at(object, {"revision"}), own_age(object, now)});
}

void quota(const Json& object, WallTime now, Json& cells) {
  std::vector<std::string> requests;
  std::vector<std::string> limits;
  const Json* hard = find(object, {"status", "hard"});
  if (hard != nullptr && hard->is_object()) {
    for (auto it = hard->begin(); it != hard->end(); ++it) {
      const std::string used = text_or(object, {"status", "used", it.key()}, "0");
      auto& list = it.key().starts_with("limits.") ? limits : requests;
      list.push_back(fmt::format("{}: {}/{}", it.key(), used, it->get<std::string>()));
    }
  }
  add(cells, {name_of(object), own_age(object, now), joined(requests, ", "), joined(limits, ", ")});
}

void priority_class(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), integer_at(object, {"value"}), bool_at(object, {"globalDefault"}),
              own_age(object, now), text_at(object, {"preemptionPolicy"})});
}

void runtime_class(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), text_at(object, {"handler"}), own_age(object, now)});
}

void volume_attachment(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), text_at(object, {"spec", "attacher"}),
              text_at(object, {"spec", "source", "persistentVolumeName"}),
              text_at(object, {"spec", "nodeName"}), bool_at(object, {"status", "attached"}),
              own_age(object, now)});
}

void csi_node(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), count_at(object, {"spec", "drivers"}), own_age(object, now)});
}

void csi_driver(const Json& object, WallTime now, Json& cells) {
  std::vector<std::string> modes;
  for (const Json& mode : items_at(object, {"spec", "volumeLifecycleModes"}))
    modes.push_back(mode.get<std::string>());
  std::vector<std::string> audiences;
  for (const Json& one : items_at(object, {"spec", "tokenRequests"}))
    audiences.push_back(text_at(one, {"audience"}));
  add(cells,
      {name_of(object), bool_at(object, {"spec", "attachRequired"}, true),
       bool_at(object, {"spec", "podInfoOnMount"}), bool_at(object, {"spec", "storageCapacity"}),
       audiences.empty() ? "<unset>" : joined(audiences, ","),
       bool_at(object, {"spec", "requiresRepublish"}),
       modes.empty() ? "<none>" : joined(modes, ","), own_age(object, now)});
}

void webhooks(const Json& object, WallTime now, Json& cells) {
  add(cells, {name_of(object), count_at(object, {"webhooks"}), own_age(object, now)});
}

void admission_policy(const Json& object, WallTime now, Json& cells) {
  const Json* kind = find(object, {"spec", "paramKind"});
  add(cells, {name_of(object), count_at(object, {"spec", "validations"}),
              kind == nullptr ? std::string("<unset>")
                              : text_at(*kind, {"apiVersion"}) + "/" + text_at(*kind, {"kind"}),
              own_age(object, now)});
}

void admission_binding(const Json& object, WallTime now, Json& cells) {
  std::string reference = "<unset>";
  if (const Json* given = find(object, {"spec", "paramRef"})) {
    const std::string ns = text_at(*given, {"namespace"});
    reference = text_or(*given, {"name"}, "*");
    if (!ns.empty()) reference = ns + "/" + reference;
  }
  add(cells,
      {name_of(object), text_at(object, {"spec", "policyName"}), reference, own_age(object, now)});
}

void flow_schema(const Json& object, WallTime now, Json& cells) {
  std::string missing = "?";
  for (const Json& one : items_at(object, {"status", "conditions"})) {
    if (text_at(one, {"type"}) == "Dangling") missing = text_at(one, {"status"});
  }
  add(cells, {name_of(object), text_at(object, {"spec", "priorityLevelConfiguration", "name"}),
              integer_at(object, {"spec", "matchingPrecedence"}),
              text_or(object, {"spec", "distinguisherMethod", "type"}, "<none>"),
              own_age(object, now), missing});
}

void priority_level(const Json& object, WallTime now, Json& cells) {
  const bool limited = text_at(object, {"spec", "type"}) == "Limited";
  const Json* queuing = find(object, {"spec", "limited", "limitResponse", "queuing"});
  const auto queue = [&](std::string_view field) -> Json {
    if (queuing == nullptr) return "<none>";
    return int_at(*queuing, {field});
  };
  Json shares = "<none>";
  if (limited) shares = int_at(object, {"spec", "limited", "nominalConcurrencyShares"});
  add(cells, {name_of(object), text_at(object, {"spec", "type"}), shares, queue("queues"),
              queue("handSize"), queue("queueLengthLimit"), own_age(object, now)});
}

void api_service(const Json& object, WallTime now, Json& cells) {
  std::string service = "Local";
  if (const Json* given = find(object, {"spec", "service"}))
    service = text_at(*given, {"namespace"}) + "/" + text_at(*given, {"name"});
  std::string available = "Unknown";
  for (const Json& one : items_at(object, {"status", "conditions"})) {
    if (text_at(one, {"type"}) != "Available") continue;
    available = text_at(one, {"status"});
    if (available != "True") available += " (" + text_at(one, {"reason"}) + ")";
  }
  add(cells, {name_of(object), service, available, own_age(object, now)});
}

constexpr BuiltinTable kTables[] = {
    {"pods", "Name%,Ready,Status,Restarts,Age,IP*,Node*,Nominated Node*,Readiness Gates*",
     print_pod},
    {"nodes",
     "Name%,Status,Roles,Age,Version,Internal-IP*,External-IP*,OS-Image*,Kernel-Version*,"
     "Container-Runtime*",
     print_node},
    {"services", "Name%,Type,Cluster-IP,External-IP,Port(s),Age,Selector*", print_service},
    {"horizontalpodautoscalers.autoscaling", "Name%,Reference,Targets,MinPods,MaxPods,Replicas,Age",
     print_autoscaler},
    {"deployments.apps", "Name%,Ready,Up-to-date,Available,Age,Containers*,Images*,Selector*",
     deployment},
    {"replicasets.apps", "Name%,Desired:i,Current:i,Ready:i,Age,Containers*,Images*,Selector*",
     replica_set},
    {"statefulsets.apps", "Name%,Ready,Age,Containers*,Images*", stateful_set},
    {"daemonsets.apps",
     "Name%,Desired:i,Current:i,Ready:i,Up-to-date:i,Available:i,Node Selector,Age,Containers*,"
     "Images*,Selector*",
     daemon_set},
    {"replicationcontrollers",
     "Name%,Desired:i,Current:i,Ready:i,Age,Containers*,Images*,Selector*", replication_controller},
    {"jobs.batch", "Name%,Status,Completions,Duration,Age,Containers*,Images*,Selector*", job},
    {"cronjobs.batch",
     "Name%,Schedule,Timezone,Suspend:b,Active:i,Last Schedule,Age,Containers*,Images*,Selector*",
     cron_job},
    {"podtemplates", "Name%,Containers,Images,Pod Labels", pod_template},
    {"poddisruptionbudgets.policy", "Name%,Min Available,Max Unavailable,Allowed Disruptions:i,Age",
     disruption_budget},
    {"ingresses.networking.k8s.io", "Name%,Class,Hosts,Address,Ports,Age", ingress},
    {"ingressclasses.networking.k8s.io", "Name%,Controller,Parameters,Age", ingress_class},
    {"networkpolicies.networking.k8s.io", "Name%,Pod-Selector,Age", network_policy},
    {"endpoints", "Name%,Endpoints,Age", endpoints},
    {"endpointslices.discovery.k8s.io", "Name%,AddressType,Ports,Endpoints,Age", endpoint_slice},
    {"events", "Last Seen,Type,Reason,Object,Subobject*,Source*,Message,First Seen*,Count*,Name%*",
     event},
    {"events.events.k8s.io",
     "Last Seen,Type,Reason,Object,Subobject*,Source*,Message,First Seen*,Count*,Name%*", event},
    {"namespaces", "Name%,Status,Age", name_space},
    {"secrets", "Name%,Type,Data,Age", secret},
    {"configmaps", "Name%,Data,Age", config_map},
    {"serviceaccounts", "Name%,Secrets,Age", service_account},
    {"persistentvolumes",
     "Name%,Capacity,Access Modes,Reclaim Policy,Status,Claim,StorageClass,VolumeAttributesClass,"
     "Reason,Age,VolumeMode*",
     volume},
    {"persistentvolumeclaims",
     "Name%,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age,"
     "VolumeMode*",
     volume_claim},
    {"resourcequotas", "Name%,Age,Request,Limit", quota},
    {"limitranges", "Name%,Created At:d", name_and_date},
    {"roles.rbac.authorization.k8s.io", "Name%,Created At:d", name_and_date},
    {"clusterroles.rbac.authorization.k8s.io", "Name%,Created At:d", name_and_date},
    {"rolebindings.rbac.authorization.k8s.io", "Name%,Role,Age,Users*,Groups*,ServiceAccounts*",
     role_binding},
    {"clusterrolebindings.rbac.authorization.k8s.io",
     "Name%,Role,Age,Users*,Groups*,ServiceAccounts*", role_binding},
    {"customresourcedefinitions.apiextensions.k8s.io", "Name%,Created At:d", name_and_date},
    {"certificatesigningrequests.certificates.k8s.io",
     "Name%,Age,SignerName,Requestor,RequestedDuration,Condition", signing_request},
    {"leases.coordination.k8s.io", "Name%,Holder,Age", lease},
    {"storageclasses.storage.k8s.io",
     "Name%,Provisioner,ReclaimPolicy,VolumeBindingMode,AllowVolumeExpansion,Age", storage_class},
    {"volumeattachments.storage.k8s.io", "Name%,Attacher%,PV,Node,Attached:b,Age",
     volume_attachment},
    {"csinodes.storage.k8s.io", "Name%,Drivers:i,Age", csi_node},
    {"csidrivers.storage.k8s.io",
     "Name%,AttachRequired:b,PodInfoOnMount:b,StorageCapacity:b,TokenRequests,RequiresRepublish:b,"
     "Modes,Age",
     csi_driver},
    {"csistoragecapacities.storage.k8s.io", "Name%,Created At:d", name_and_date},
    {"controllerrevisions.apps", "Name%,Controller,Revision,Age", controller_revision},
    {"priorityclasses.scheduling.k8s.io", "Name%,Value:i,Global-Default:b,Age,PreemptionPolicy",
     priority_class},
    {"runtimeclasses.node.k8s.io", "Name%,Handler,Age", runtime_class},
    {"validatingwebhookconfigurations.admissionregistration.k8s.io", "Name%,Webhooks:i,Age",
     webhooks},
    {"mutatingwebhookconfigurations.admissionregistration.k8s.io", "Name%,Webhooks:i,Age",
     webhooks},
    {"validatingadmissionpolicies.admissionregistration.k8s.io",
     "Name%,Validations:i,ParamKind,Age", admission_policy},
    {"validatingadmissionpolicybindings.admissionregistration.k8s.io",
     "Name%,PolicyName,ParamRef,Age", admission_binding},
    {"flowschemas.flowcontrol.apiserver.k8s.io",
     "Name%,PriorityLevel,MatchingPrecedence,DistinguisherMethod,Age,MissingPL", flow_schema},
    {"prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
     "Name%,Type,NominalConcurrencyShares,Queues,HandSize,QueueLengthLimit,Age", priority_level},
    {"apiservices.apiregistration.k8s.io", "Name%,Service,Available,Age", api_service},
};

}  // namespace

const BuiltinTable* builtin_table(std::string_view group_resource) {
  const auto hit = std::find_if(
      std::begin(kTables), std::end(kTables),
      [&](const BuiltinTable& table) { return table.group_resource == group_resource; });
  return hit == std::end(kTables) ? nullptr : hit;
}

}  // namespace spokelab::fakeapi
