// Create, modify and delete, as k8s.io/apiserver's generic registry store does them.
#include "fakeapi/writes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/conversion.h"

namespace spokelab::fakeapi {

namespace {

using kube::Answer;
using kube::Status;

bool has_items(const Json* list) { return list != nullptr && list->is_array() && !list->empty(); }

/// Nothing is left that holds back the removal of an object being deleted.
bool may_go(const Json& object) {
  return find(object, {"metadata", "deletionTimestamp"}) != nullptr &&
         !has_items(find(object, {"metadata", "finalizers"})) &&
         !has_items(find(object, {"spec", "finalizers"})) &&
         int_at(object, {"metadata", "deletionGracePeriodSeconds"}) == 0;
}

std::string default_propagation(const ServedKind& kind) {
  const auto& name = kind.bucket->group_resource();
  return name == "jobs.batch" || name == "replicationcontrollers" ? "Orphan" : "Background";
}

/// A conflict that names the kind where others name the resource.
Status precondition_failed(const ServedKind& kind, std::string_view name, std::string_view why) {
  kube::ResourceType shown = kind.type();
  shown.plural = shown.kind;
  return kube::conflict(shown, name, why);
}

/// As pkg/registry/core/pod's CheckGracefulDelete.
std::int64_t pod_grace(const Json& pod, std::int64_t asked) {
  std::int64_t grace =
      asked >= 0 ? asked : int_at(pod, {"spec", "terminationGracePeriodSeconds"}, 30);
  if (grace < 0) grace = 1;
  const std::string phase = text_at(pod, {"status", "phase"});
  if (text_at(pod, {"spec", "nodeName"}).empty() || phase == "Succeeded" || phase == "Failed")
    grace = 0;
  return grace;
}

/// The program behind a user of the cluster's own, as it names itself in managedFields.
std::string manager_of(const WriteRequest& request) {
  if (!request.manager.empty()) return request.manager;
  const std::string_view user = request.user;
  if (user.starts_with("system:node")) return "kubelet";
  if (user.starts_with("system:kube-scheduler")) return "kube-scheduler";
  if (user.starts_with("system:apiserver")) return "kube-apiserver";
  return is_control_plane(user) ? "kube-controller-manager" : "unknown";
}

AdmissionRequest admission_request(WriteRequest& request) {
  AdmissionRequest admission;
  admission.user = request.user;
  admission.who = request.who;
  admission.subresource = request.subresource;
  admission.fields = request.fields;
  admission.manager = manager_of(request);
  admission.apply = request.apply;
  admission.shown_patch = request.shown_patch;
  admission.merged_strategically = request.merged_strategically;
  admission.written = std::move(request.written);
  return admission;
}

}  // namespace

bool is_control_plane(std::string_view user) {
  static constexpr std::string_view kOwn[] = {"system:kube-controller-manager",
                                              "system:kube-scheduler", "system:kubelet",
                                              "system:node", "system:apiserver"};
  if (std::any_of(std::begin(kOwn), std::end(kOwn),
                  [user](std::string_view own) { return user.starts_with(own); })) {
    return true;
  }
  // The control loops of kube-controller-manager act under accounts like these.
  return user.starts_with("system:serviceaccount:kube-system:") &&
         (user.ends_with("-controller") || user.ends_with("-collector") ||
          user.ends_with("-autoscaler"));
}

Writes::Writes(Store& store, const ServedKinds& kinds, Admission& admission, Clock& clock,
               History& history, std::string cluster)
    : store_(&store),
      kinds_(&kinds),
      admission_(&admission),
      clock_(&clock),
      history_(&history),
      cluster_(std::move(cluster)) {}

void Writes::tell(const ServedKind& kind, std::string_view user, std::string_view agent,
                  std::string_view verb, const Json& object) {
  const auto& resource = kind.bucket->group_resource();
  if (resource == "events" || resource == "leases.coordination.k8s.io" || is_control_plane(user))
    return;
  Event event;
  event.kind = EventKind::fact;
  event.who = cluster_ + ".api";
  event.subject = fmt::format("object.{}.{}.{}.{}", cluster_, resource,
                              text_at(object, {"metadata", "namespace"}, "-"),
                              text_at(object, {"metadata", "name"}));
  event.value = std::string(verb);
  event.cluster = cluster_;
  event.message = agent.empty() ? std::string(user) : fmt::format("{} via {}", user, agent);
  history_->add(std::move(event));
}

Answer<JsonRef> Writes::create(const ServedKind& kind, std::string_view ns, Json object,
                               WriteRequest& request) {
  if (!kind.type().namespaced) ns = "";
  if (store_->full()) return kube::unavailable("etcdserver: mvcc: database space exceeded");
  AdmissionRequest admission = admission_request(request);
  auto refused = admission_->admit_create(kind, ns, object, admission);
  request.warnings = std::move(admission.warnings);
  if (refused) return std::move(*refused);
  const std::string name = text_at(object, {"metadata", "name"});
  if (!request.dry_run && !text_at(object, {"metadata", "resourceVersion"}).empty()) {
    Status status;
    status.message = "resourceVersion should not be set on objects to be created";
    return status;
  }
  object["metadata"].erase("resourceVersion");
  if (const JsonRef there = kind.bucket->get(ns, name)) {
    Status status = kube::already_exists(kind.type(), name);
    if (find(*there, {"metadata", "deletionTimestamp"}) != nullptr) {
      status.message = "object is being deleted: " + status.message;
    }
    return status;
  }
  if (guard_) {
    if (auto forbidden = guard_(kind, nullptr, object)) return std::move(*forbidden);
  }
  object["kind"] = kind.type().kind;
  to_stored(kind, object);
  if (request.dry_run) return freeze(std::move(object));
  const JsonRef stored = store_->put(*kind.bucket, std::move(object));
  tell(kind, request.user, request.agent, "create", *stored);
  return stored;
}

Answer<JsonRef> Writes::modify(const ServedKind& kind, std::string_view ns, std::string_view name,
                               const Change& change, WriteRequest& request) {
  if (!kind.type().namespaced) ns = "";
  const JsonRef old = kind.bucket->get(ns, name);
  if (!old) return kube::not_found(kind.type(), name);
  const JsonRef served = to_served(kind, old);
  Answer<Json> changed = change(*served);
  if (!changed) return changed.error();
  Json object = std::move(*changed);
  if (!object.is_object()) return kube::bad_request("the object must be a JSON object");
  const std::string version = text_at(object, {"metadata", "resourceVersion"});
  const std::string now = text_at(*old, {"metadata", "resourceVersion"});
  if (version.find_first_not_of("0123456789") != std::string::npos) {
    Status status;
    status.message =
        fmt::format("strconv.ParseUint: parsing {}: invalid syntax", Json(version).dump());
    return status;
  }
  if (!version.empty() && version != now) return kube::conflict(kind.type(), name);
  AdmissionRequest admission = admission_request(request);
  auto refused = admission_->admit_update(kind, *served, object, admission);
  request.warnings = std::move(admission.warnings);
  if (refused) return std::move(*refused);
  if (guard_) {
    if (auto forbidden = guard_(kind, &*served, object)) return std::move(*forbidden);
  }
  object["kind"] = kind.type().kind;
  to_stored(kind, object);
  object["metadata"]["resourceVersion"] = now;
  if (object == *old) {
    ++noops_;
    return old;
  }
  if (request.dry_run) return freeze(std::move(object));
  if (may_go(object)) {
    const JsonRef last = store_->erase(*kind.bucket, ns, name, std::move(object));
    tell(kind, request.user, request.agent, request.verb, *last);
    return last;
  }
  const JsonRef stored = store_->put(*kind.bucket, std::move(object));
  tell(kind, request.user, request.agent, request.verb, *stored);
  return stored;
}

Answer<Deleted> Writes::remove(const ServedKind& kind, std::string_view ns, std::string_view name,
                               const DeleteRequest& request) {
  if (!kind.type().namespaced) ns = "";
  const JsonRef old = kind.bucket->get(ns, name);
  if (!old) return kube::not_found(kind.type(), name);
  const std::string uid = text_at(*old, {"metadata", "uid"});
  if (!request.uid.empty() && request.uid != uid) {
    return precondition_failed(
        kind, name,
        fmt::format("the UID in the precondition ({}) does not match the UID in record ({}). The "
                    "object might have been deleted and then recreated",
                    request.uid, uid));
  }
  const std::string version = text_at(*old, {"metadata", "resourceVersion"});
  if (!request.resource_version.empty() && request.resource_version != version) {
    return precondition_failed(
        kind, name,
        fmt::format(
            "the ResourceVersion in the precondition ({}) does not match the ResourceVersion "
            "in record ({}). The object might have been modified",
            request.resource_version, version));
  }
  const auto& resource = kind.bucket->group_resource();
  if (resource == "namespaces" &&
      (name == "default" || name == "kube-system" || name == "kube-public")) {
    return kube::forbidden(kind.type(), name, "this namespace may not be deleted");
  }
  Json object = *old;
  Json& metadata = object["metadata"];
  const bool deleting = metadata.contains("deletionTimestamp");
  // Finalizers: what others set, plus the one that carries the propagation policy.
  const std::string policy =
      request.propagation.empty() ? default_propagation(kind) : request.propagation;
  Json finalizers = Json::array();
  if (const Json* list = find(metadata, {"finalizers"}); list != nullptr && list->is_array())
    finalizers = *list;
  const auto set_finalizer = [&finalizers](const char* own, bool wanted) {
    const auto hit = std::find(finalizers.begin(), finalizers.end(), Json(own));
    if (hit == finalizers.end() && wanted) finalizers.push_back(own);
    if (hit != finalizers.end() && !wanted) finalizers.erase(hit);
  };
  if (!deleting || !request.propagation.empty()) {
    set_finalizer("orphan", policy == "Orphan");
    set_finalizer("foregroundDeletion", policy == "Foreground");
  }
  if (finalizers.empty())
    metadata.erase("finalizers");
  else
    metadata["finalizers"] = std::move(finalizers);

  std::int64_t grace = 0;
  if (resource == "pods") {
    grace = pod_grace(object, request.grace_seconds);
    if (deleting) grace = std::min(grace, int_at(metadata, {"deletionGracePeriodSeconds"}));
  }
  if (!deleting) {
    metadata["deletionTimestamp"] =
        format_rfc3339(clock_->wall_now() + std::chrono::seconds(grace));
    if (int_at(metadata, {"generation"}) > 0)
      metadata["generation"] = int_at(metadata, {"generation"}) + 1;
    if (resource == "namespaces") object["status"]["phase"] = "Terminating";
  } else if (grace < int_at(metadata, {"deletionGracePeriodSeconds"})) {
    metadata["deletionTimestamp"] =
        format_rfc3339(clock_->wall_now() + std::chrono::seconds(grace));
  }
  if (resource != "namespaces") metadata["deletionGracePeriodSeconds"] = grace;
  if (may_go(object)) {
    // Gone at once: no marks of deletion, save for kinds that know grace.
    if (!deleting && resource != "pods") object = *old;
    if (request.dry_run) return Deleted{old, true};
    const JsonRef last = store_->erase(*kind.bucket, ns, name, std::move(object));
    tell(kind, request.user, request.agent, "delete", *last);
    return Deleted{last, true};
  }
  if (object == *old) return Deleted{old, false};
  if (request.dry_run) return Deleted{freeze(std::move(object)), false};
  const JsonRef stored = store_->put(*kind.bucket, std::move(object));
  tell(kind, request.user, request.agent, "delete", *stored);
  return Deleted{stored, false};
}

}  // namespace spokelab::fakeapi
