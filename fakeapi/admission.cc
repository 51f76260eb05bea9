// The admission pipeline.
#include "fakeapi/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/admit/decode.h"
#include "fakeapi/admit/structural.h"
#include "fakeapi/admit/validate.h"
#include "kube/defaults.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi {

namespace {

using kube::Status;
using MaybeStatus = std::optional<Status>;

constexpr std::string_view kNameLetters = "bcdfghjklmnpqrstvwxz2456789";

bool has_status(const ServedKind& kind) {
  return kind.custom ? kind.custom->status_subresource : kind.info.subresource("status") != nullptr;
}

bool is(const ServedKind& kind, std::string_view group_resource) {
  return kind.bucket->group_resource() == group_resource;
}

/// Objects are equal but for what every write may touch.
bool same_part(const Json& a, const Json& b, std::initializer_list<std::string_view> path) {
  const Json* left = find(a, path);
  const Json* right = find(b, path);
  return left == nullptr ? right == nullptr : right != nullptr && *left == *right;
}

bool same_without(const Json& a, const Json& b, bool status) {
  const auto skipped = [status](const std::string& key) {
    return key == "metadata" || key == "apiVersion" || (status && key == "status");
  };
  std::size_t counted = 0;
  for (const auto& [key, value] : a.items()) {
    if (skipped(key)) continue;
    ++counted;
    const auto other = b.find(key);
    if (other == b.end() || *other != value) return false;
  }
  for (const auto& [key, value] : b.items()) counted -= skipped(key) ? 0 : 1;
  return counted == 0;
}

/// "Guaranteed", "Burstable" or "BestEffort", as kubelet's qos package decides.
std::string quality_of(const Json& pod) {
  bool any = false;
  bool all = true;
  for (const char* list : {"containers", "initContainers"}) {
    const Json* containers = find(pod, {"spec", list});
    if (containers == nullptr || !containers->is_array()) continue;
    for (const Json& container : *containers) {
      for (const char* resource : {"cpu", "memory"}) {
        const std::string limit = text_at(container, {"resources", "limits", resource});
        const std::string request = text_at(container, {"resources", "requests", resource}, limit);
        if (!limit.empty() || !request.empty()) any = true;
        if (limit.empty() || request != limit) all = false;
      }
    }
  }
  return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
}

void fold_string_data(Json& secret) {
  const auto texts = secret.find("stringData");
  if (texts == secret.end()) return;
  if (texts->is_object()) {
    for (const auto& [key, value] : texts->items()) {
      if (value.is_string()) secret["data"][key] = base64(value.get_ref<const std::string&>());
    }
  }
  secret.erase("stringData");
}

Json condition(std::string_view type, std::string_view reason, std::string_view message,
               const std::string& now) {
  return Json{{"type", type},
              {"status", "True"},
              {"reason", reason},
              {"message", message},
              {"lastTransitionTime", now}};
}

void establish(Json& crd, const std::string& now) {
  Json status{{"acceptedNames", crd["spec"]["names"]}, {"storedVersions", Json::array()}};
  for (const Json& version : crd["spec"]["versions"]) {
    if (bool_at(version, {"storage"})) status["storedVersions"].push_back(version["name"]);
  }
  status["conditions"] =
      Json::array({condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
                   condition("Established", "InitialNamesAccepted",
                             "the initial names have been accepted", now)});
  crd["status"] = std::move(status);
}

}  // namespace

Admission::Admission(Store& store, const ServedKinds& kinds, const Clock& clock, Rng rng,
                     std::string service_prefix)
    : store_(&store),
      kinds_(&kinds),
      clock_(&clock),
      rng_(rng),
      service_prefix_(std::move(service_prefix)) {}

std::string Admission::new_uid() {
  const std::uint64_t high = rng_.next();
  const std::uint64_t low = rng_.next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xfff, 0x8000 | (low >> 48 & 0x3fff), low & 0xffffffffffff);
}

std::string Admission::now_text() const { return format_rfc3339(clock_->wall_now()); }

MaybeStatus Admission::decode(const ServedKind& kind, Json& object, AdmissionRequest& request) {
  DecodeFindings findings;
  const auto& type = kind.type();
  if (kind.info.schema != nullptr) {
    decode_by_schema(object, *kind.info.schema, findings);
  } else {
    auto& metadata = object["metadata"];
    if (metadata.is_null()) metadata = Json::object();
    if (!metadata.is_object()) return kube::bad_request("metadata must be an object");
    decode_by_schema(metadata, *kube::schema_named("meta.ObjectMeta"), findings);
    for (auto& field : findings.unknown) field.insert(0, "metadata.");
    if (kind.custom && kind.custom->schema != nullptr) {
      prune_by_structure(*kind.custom->schema, object, findings.unknown);
    }
  }
  if (!findings.type_error.empty()) {
    return kube::bad_request(fmt::format("{} in version \"{}\" cannot be handled as a {}: {}",
                                         type.kind, type.version, type.kind, findings.type_error));
  }
  if (findings.unknown.empty() || request.fields == FieldValidation::ignore) return std::nullopt;
  std::string list;
  for (const auto& field : findings.unknown) {
    const std::string text = fmt::format("unknown field \"{}\"", field);
    list += (list.empty() ? "" : ", ") + text;
    if (request.fields == FieldValidation::warn) request.warnings.push_back(text);
  }
  if (request.fields == FieldValidation::warn) return std::nullopt;
  return kube::bad_request(
      fmt::format("{} in version \"{}\" cannot be handled as a {}: strict decoding error: {}",
                  type.kind, type.version, type.kind, list));
}

MaybeStatus Admission::check_namespace(const ServedKind& kind, std::string_view name,
                                       std::string_view ns) const {
  if (!kind.type().namespaced) return std::nullopt;
  const ServedKind* namespaces = kinds_->by_resource("namespaces");
  const JsonRef space = namespaces->bucket->get("", ns);
  if (!space) return kube::not_found(namespaces->type(), ns);
  if (find(*space, {"metadata", "deletionTimestamp"}) == nullptr) return std::nullopt;
  Status status = kube::forbidden(
      kind.type(), name,
      fmt::format("unable to create new content in namespace {} because it is being terminated",
                  ns));
  status.causes.push_back({"NamespaceTerminating",
                           fmt::format("namespace {} is being terminated", ns),
                           "metadata.namespace"});
  return status;
}

MaybeStatus Admission::start_metadata(const ServedKind& kind, std::string_view ns, Json& object) {
  Json& metadata = object["metadata"];
  if (!text_at(metadata, {"resourceVersion"}).empty()) {
    Status status =
        kube::internal_error("resourceVersion should not be set on objects to be created");
    status.message = "resourceVersion should not be set on objects to be created";
    return status;
  }
  for (const char* field :
       {"uid", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion"}) {
    metadata.erase(field);
  }
  if (kind.type().namespaced)
    metadata["namespace"] = std::string(ns);
  else
    metadata.erase("namespace");
  std::string name = text_at(metadata, {"name"});
  const std::string base = text_at(metadata, {"generateName"});
  if (name.empty() && base.empty()) {
    return kube::invalid(
        kind.type(), "",
        {kube::required_value("metadata.name", "name or generateName is required")});
  }
  for (int tries = 0; name.empty(); ++tries) {
    std::string drawn = base.substr(0, 58);
    for (int i = 0; i < 5; ++i) drawn += kNameLetters[rng_.below(kNameLetters.size())];
    if (!kind.bucket->get(kind.type().namespaced ? ns : "", drawn) || tries == 8)
      name = std::move(drawn);
  }
  metadata["name"] = name;
  metadata["uid"] = new_uid();
  metadata["creationTimestamp"] = now_text();
  if (kind.info.generation != kube::Generation::none) metadata["generation"] = 1;
  return std::nullopt;
}

MaybeStatus Admission::admit_create(const ServedKind& kind, std::string_view ns, Json& object,
                                    AdmissionRequest& request) {
  if (has_status(kind)) object.erase("status");
  if (auto status = decode(kind, object, request)) return status;
  if (auto status = start_metadata(kind, ns, object)) return status;
  const std::string name = text_at(object, {"metadata", "name"});
  if (auto status = check_namespace(kind, name, ns)) return status;
  const auto& type = kind.type();
  if (is(kind, "secrets")) fold_string_data(object);
  kube::apply_defaults(type.group, type.version, type.kind, object);
  if (kind.custom && kind.custom->schema != nullptr)
    default_by_structure(*kind.custom->schema, object);
  if (is(kind, "pods")) {
    if (auto status = mutate_pod(kind, object)) return status;
  }
  if (auto status = allocate(kind, nullptr, object)) return status;
  auto causes = validate(kind, object, nullptr);
  if (!causes.empty()) return kube::invalid(type, name, std::move(causes));
  if (is(kind, "customresourcedefinitions.apiextensions.k8s.io")) establish(object, now_text());
  return std::nullopt;
}

MaybeStatus Admission::keep_metadata(const ServedKind& kind, const Json& old, Json& object) {
  Json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  const Json& before = old["metadata"];
  const std::string uid = text_at(metadata, {"uid"});
  if (!uid.empty() && uid != text_at(before, {"uid"})) {
    return kube::conflict(
        kind.type(), text_at(before, {"name"}),
        fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", uid,
                    text_at(before, {"uid"})));
  }
  for (const char* field :
       {"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "generation", "generateName", "selfLink"}) {
    const auto was = before.find(field);
    if (was == before.end())
      metadata.erase(field);
    else
      metadata[field] = *was;
  }
  return std::nullopt;
}

void Admission::keep_other_half(const ServedKind& kind, const Json& old, Json& object,
                                std::string_view subresource) {
  if (subresource == "status") {
    Json next = old;
    const auto status = object.find("status");
    if (status == object.end())
      next.erase("status");
    else
      next["status"] = std::move(*status);
    if (!kind.custom) {
      for (const char* field : {"annotations", "finalizers"}) {
        const auto given = object["metadata"].find(field);
        if (given != object["metadata"].end()) next["metadata"][field] = *given;
      }
    }
    object = std::move(next);
    return;
  }
  if (subresource == "finalize") {
    Json next = old;
    if (const Json* finalizers = find(object, {"spec", "finalizers"}))
      next["spec"]["finalizers"] = *finalizers;
    else
      next["spec"].erase("finalizers");
    object = std::move(next);
    return;
  }
  if (!has_status(kind)) return;
  const auto was = old.find("status");
  if (was == old.end())
    object.erase("status");
  else
    object["status"] = *was;
  if (is(kind, "namespaces")) object["spec"] = old["spec"];  // finalizers change by /finalize alone
}

void Admission::count_generation(const ServedKind& kind, const Json& old, Json& object) {
  bool changed = false;
  switch (kind.info.generation) {
    case kube::Generation::none:
      return;
    case kube::Generation::spec:
      changed = !same_part(old, object, {"spec"});
      break;
    case kube::Generation::spec_or_annotations:
      changed =
          !same_part(old, object, {"spec"}) || !same_part(old, object, {"metadata", "annotations"});
      break;
    case kube::Generation::webhooks:
      changed = !same_part(old, object, {"webhooks"});
      break;
    case kube::Generation::all_but_metadata:
      changed = !same_without(old, object, false);
      break;
    case kube::Generation::all_but_status:
      changed = !same_without(old, object, true);
      break;
  }
  if (changed) object["metadata"]["generation"] = int_at(old, {"metadata", "generation"}) + 1;
}

MaybeStatus Admission::admit_update(const ServedKind& kind, const Json& old, Json& object,
                                    AdmissionRequest& request) {
  if (auto status = decode(kind, object, request)) return status;
  if (auto status = keep_metadata(kind, old, object)) return status;
  keep_other_half(kind, old, object, request.subresource);
  const auto& type = kind.type();
  if (is(kind, "secrets")) fold_string_data(object);
  kube::apply_defaults(type.group, type.version, type.kind, object);
  if (kind.custom && kind.custom->schema != nullptr)
    default_by_structure(*kind.custom->schema, object);
  const bool main = request.subresource != "status" && request.subresource != "finalize";
  if (main) {
    if (auto status = allocate(kind, &old, object)) return status;
    count_generation(kind, old, object);
  }
  if (request.subresource == "binding")
    return std::nullopt;  // nodeName may be set there and only there
  auto causes = validate(kind, object, &old);
  if (!causes.empty())
    return kube::invalid(type, text_at(old, {"metadata", "name"}), std::move(causes));
  return std::nullopt;
}

MaybeStatus Admission::mutate_pod(const ServedKind& kind, Json& pod) {
  Json& spec = pod["spec"];
  if (!spec.is_object()) return std::nullopt;
  const std::string ns = text_at(pod, {"metadata", "namespace"});
  std::string account = text_at(spec, {"serviceAccountName"});
  if (account.empty()) account = "default";
  spec["serviceAccountName"] = account;
  spec["serviceAccount"] = account;
  const JsonRef found = kinds_->by_resource("serviceaccounts")->bucket->get(ns, account);
  if (!found) {
    return kube::forbidden(
        kind.type(), text_at(pod, {"metadata", "name"}),
        fmt::format("error looking up service account {}/{}: serviceaccount \"{}\" not found", ns,
                    account, account));
  }
  const Json* secrets = find(*found, {"imagePullSecrets"});
  if (secrets != nullptr && !secrets->empty() && !spec.contains("imagePullSecrets"))
    spec["imagePullSecrets"] = *secrets;
  const bool automount = bool_at(spec, {"automountServiceAccountToken"},
                                 bool_at(*found, {"automountServiceAccountToken"}, true));
  if (automount && spec.contains("containers") && spec["containers"].is_array()) {
    std::string volume = "kube-api-access-";
    for (int i = 0; i < 5; ++i) volume += kNameLetters[rng_.below(kNameLetters.size())];
    static constexpr const char* kPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    bool used = false;
    for (const char* list : {"initContainers", "containers"}) {
      if (!spec.contains(list) || !spec[list].is_array()) continue;
      for (Json& container : spec[list]) {
        Json& mounts = container["volumeMounts"];
        const bool has =
            mounts.is_array() && std::any_of(mounts.begin(), mounts.end(), [](const Json& mount) {
              return text_at(mount, {"mountPath"}) == kPath;
            });
        if (has) continue;
        mounts.push_back(Json{{"name", volume}, {"mountPath", kPath}, {"readOnly", true}});
        used = true;
      }
    }
    if (used) {
      static const Json kSources = Json::parse(
          R"([{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},
              {"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}},
              {"downwardAPI":{"items":[{"path":"namespace",
                "fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"}}]}}])");
      spec["volumes"].push_back(
          Json{{"name", volume}, {"projected", {{"defaultMode", 420}, {"sources", kSources}}}});
    }
  }
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    Json& tolerations = spec["tolerations"];
    const bool has =
        tolerations.is_array() &&
        std::any_of(tolerations.begin(), tolerations.end(), [&](const Json& one) {
          const std::string name = text_at(one, {"key"});
          const std::string effect = text_at(one, {"effect"});
          return (name == key || name.empty()) && (effect == "NoExecute" || effect.empty());
        });
    if (has) continue;
    tolerations.push_back(Json{
        {"key", key}, {"operator", "Exists"}, {"effect", "NoExecute"}, {"tolerationSeconds", 300}});
  }
  if (spec["tolerations"].is_null()) spec.erase("tolerations");
  const std::string priority_class = text_at(spec, {"priorityClassName"});
  if (!spec.contains("priority")) {
    std::int64_t priority = 0;
    if (!priority_class.empty()) {
      const JsonRef rank =
          kinds_->by_resource("priorityclasses.scheduling.k8s.io")->bucket->get("", priority_class);
      const bool builtin =
          priority_class == "system-node-critical" || priority_class == "system-cluster-critical";
      if (!rank && !builtin) {
        return kube::forbidden(
            kind.type(), text_at(pod, {"metadata", "name"}),
            fmt::format("no PriorityClass with name {} was found", priority_class));
      }
      priority = rank                                       ? int_at(*rank, {"value"})
                 : priority_class == "system-node-critical" ? 2'000'001'000
                                                            : 2'000'000'000;
    }
    spec["priority"] = priority;
  }
  if (!spec.contains("preemptionPolicy")) spec["preemptionPolicy"] = "PreemptLowerPriority";
  pod["status"] = Json{{"phase", "Pending"}, {"qosClass", quality_of(pod)}};
  return std::nullopt;
}

MaybeStatus Admission::allocate(const ServedKind& kind, const Json* old, Json& object) {
  if (is(kind, "services")) return allocate_service(kind, old, object);
  if (is(kind, "namespaces")) {
    set_at(object, {"metadata", "labels", "kubernetes.io/metadata.name"},
           object["metadata"]["name"]);
    if (old == nullptr) set_at(object, {"spec", "finalizers"}, Json::array({"kubernetes"}));
    return std::nullopt;
  }
  if (old != nullptr) return std::nullopt;
  const auto add_finalizer = [&object](const char* name) {
    Json& list = object["metadata"]["finalizers"];
    if (!list.is_array()) list = Json::array();
    if (std::find(list.begin(), list.end(), Json(name)) == list.end()) list.push_back(name);
  };
  if (is(kind, "persistentvolumeclaims")) add_finalizer("kubernetes.io/pvc-protection");
  if (is(kind, "persistentvolumes")) add_finalizer("kubernetes.io/pv-protection");
  const auto default_class = [&](std::string_view classes,
                                 std::string_view annotation) -> std::string {
    std::string chosen;
    store_->bucket(classes).each("", [&](const std::string&, const JsonRef& one) {
      if (text_at(*one, {"metadata", "annotations", annotation}) == "true")
        chosen = text_at(*one, {"metadata", "name"});
      return chosen.empty();
    });
    return chosen;
  };
  if (is(kind, "persistentvolumeclaims") && find(object, {"spec", "storageClassName"}) == nullptr) {
    const auto name = default_class("storageclasses.storage.k8s.io",
                                    "storageclass.kubernetes.io/is-default-class");
    if (!name.empty()) object["spec"]["storageClassName"] = name;
  }
  if (is(kind, "ingresses.networking.k8s.io") &&
      find(object, {"spec", "ingressClassName"}) == nullptr &&
      find(object, {"metadata", "annotations", "kubernetes.io/ingress.class"}) == nullptr) {
    const auto name = default_class("ingressclasses.networking.k8s.io",
                                    "ingressclass.kubernetes.io/is-default-class");
    if (!name.empty()) object["spec"]["ingressClassName"] = name;
  }
  if (is(kind, "daemonsets.apps")) {
    set_at(object, {"metadata", "annotations", "deprecated.daemonset.template.generation"}, "1");
  }
  if (is(kind, "jobs.batch") && !bool_at(object, {"spec", "manualSelector"})) {
    const std::string uid = text_at(object, {"metadata", "uid"});
    const std::string name = text_at(object, {"metadata", "name"});
    set_at(object, {"spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"}, uid);
    for (const char* key : {"batch.kubernetes.io/controller-uid", "controller-uid"}) {
      set_at(object, {"spec", "template", "metadata", "labels", key}, uid);
    }
    for (const char* key : {"batch.kubernetes.io/job-name", "job-name"}) {
      set_at(object, {"spec", "template", "metadata", "labels", key}, name);
    }
  }
  return std::nullopt;
}

MaybeStatus Admission::allocate_service(const ServedKind& kind, const Json* old, Json& service) {
  Json& spec = service["spec"];
  if (!spec.is_object()) return std::nullopt;
  const std::string type = text_at(spec, {"type"});
  if (type == "ExternalName") {
    for (const char* field : {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"})
      spec.erase(field);
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
      const auto number = 256 + rng_.below(65'000);
      address = fmt::format("{}.{}.{}", service_prefix_, number / 256, number % 256);
    } while (addresses.contains(address));
    spec["clusterIP"] = address;
  } else if (address != "None" && addresses.contains(address)) {
    return kube::invalid(
        kind.type(), name,
        {kube::invalid_value(
            "spec.clusterIPs", Json::array({address}),
            fmt::format("failed to allocate IP {}: provided IP is already allocated", address))});
  }
  if (!spec.contains("clusterIPs")) spec["clusterIPs"] = Json::array({address});
  if (!spec.contains("ipFamilies")) spec["ipFamilies"] = Json::array({"IPv4"});
  if (!spec.contains("ipFamilyPolicy")) spec["ipFamilyPolicy"] = "SingleStack";
  const bool wants = type == "NodePort" || (type == "LoadBalancer" &&
                                            bool_at(spec, {"allocateLoadBalancerNodePorts"}, true));
  if (!spec.contains("ports") || !spec["ports"].is_array()) return std::nullopt;
  for (Json& port : spec["ports"]) {
    if (!port.is_object()) continue;
    if (!wants) {
      if (type == "ClusterIP") port.erase("nodePort");
      continue;
    }
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
        chosen = rng_.between(std::int64_t{30'000}, std::int64_t{32'767});
      } while (node_ports.contains(chosen));
      port["nodePort"] = chosen;
    } else if (node_ports.contains(chosen)) {
      return kube::invalid(kind.type(), name,
                           {kube::invalid_value("spec.ports[0].nodePort", chosen,
                                                "provided port is already allocated")});
    } else if (chosen < 30'000 || chosen > 32'767) {
      return kube::invalid(
          kind.type(), name,
          {kube::invalid_value(
              "spec.ports[0].nodePort", chosen,
              "provided port is not in the valid range. The range of valid ports is 30000-32767")});
    }
    node_ports.insert(chosen);
  }
  return std::nullopt;
}

}  // namespace spokelab::fakeapi
