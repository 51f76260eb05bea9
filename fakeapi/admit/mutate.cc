// What admission and the strategies add to the other kinds.
#include "fakeapi/admit/mutate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kNameLetters = "bcdfghjklmnpqrstvwxz2456789";

Json condition(std::string_view type, std::string_view reason, std::string_view message,
               const std::string& now) {
  return Json{{"type", type},
              {"status", "True"},
              {"reason", reason},
              {"message", message},
              {"lastTransitionTime", now}};
}

/// Counts the templates that a daemon set has had, in its annotation.
void count_template(const Json* old, Json& set) {
  constexpr const char* kGeneration = "deprecated.daemonset.template.generation";
  std::string count = "1";
  if (old != nullptr) {
    count = text_at(*old, {"metadata", "annotations", kGeneration}, "1");
    const Json* before = find(*old, {"spec", "template"});
    const Json* after = find(set, {"spec", "template"});
    if (before != nullptr && after != nullptr && *before != *after)
      count = std::to_string(std::strtoll(count.c_str(), nullptr, 10) + 1);
  }
  set_at(set, {"metadata", "annotations", kGeneration}, count);
}

/// Fields behind feature gates that are off in 1.32.
void drop_gated(const ServedKind& kind, Json& object) {
  if (kind.custom) return;
  const auto drop = [&object](std::initializer_list<std::string_view> owner, const char* field) {
    Json* at = const_cast<Json*>(find(object, owner));
    if (at != nullptr && at->is_object()) at->erase(field);
  };
  if (is_resource(kind, "leases.coordination.k8s.io")) {
    drop({"spec"}, "strategy");
    drop({"spec"}, "preferredHolder");
  } else if (is_resource(kind, "pods")) {
    drop({"spec"}, "hostUsers");
  } else if (is_resource(kind, "cronjobs.batch")) {
    drop({"spec", "jobTemplate", "spec", "template", "spec"}, "hostUsers");
  } else {
    drop({"spec", "template", "spec"}, "hostUsers");
  }
}

}  // namespace

void establish_definition(Json& crd, const std::string& now) {
  Json status{{"acceptedNames", crd["spec"]["names"]}, {"storedVersions", Json::array()}};
  for (const Json& version : crd["spec"]["versions"]) {
    if (bool_at(version, {"storage"}) && status["storedVersions"].empty())
      status["storedVersions"].push_back(version["name"]);
  }
  status["conditions"] =
      Json::array({condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
                   condition("Established", "InitialNamesAccepted",
                             "the initial names have been accepted", now)});
  crd["status"] = std::move(status);
}

void note_stored_version(Json& crd) {
  if (!crd["status"].is_object()) crd["status"] = Json::object();
  Json& stored = crd["status"]["storedVersions"];
  if (!stored.is_array()) stored = Json::array();
  for (const Json& version : crd["spec"]["versions"]) {
    const Json name = text_at(version, {"name"});
    if (bool_at(version, {"storage"}) &&
        std::find(stored.begin(), stored.end(), name) == stored.end())
      stored.push_back(name);
  }
}

std::string random_suffix(Rng& rng, int count) {
  std::string suffix;
  for (int i = 0; i < count; ++i) suffix += kNameLetters[rng.below(kNameLetters.size())];
  return suffix;
}

MaybeStatus mutate(const MutationContext& context, const ServedKind& kind, const Json* old,
                   Json& object) {
  if (is_resource(kind, "services")) return allocate_service(context, kind, old, object);
  if (is_resource(kind, "namespaces")) {
    set_at(object, {"metadata", "labels", "kubernetes.io/metadata.name"},
           object["metadata"]["name"]);
    if (old != nullptr) return std::nullopt;
    const Json* given = find(object, {"spec", "finalizers"});
    Json finalizers = given != nullptr && given->is_array() ? *given : Json::array();
    if (std::find(finalizers.begin(), finalizers.end(), Json("kubernetes")) == finalizers.end())
      finalizers.push_back("kubernetes");
    set_at(object, {"spec", "finalizers"}, std::move(finalizers));
    return std::nullopt;
  }
  drop_gated(kind, object);
  if (is_resource(kind, "daemonsets.apps")) count_template(old, object);
  if (old != nullptr && is_resource(kind, "pods")) tolerate_by_default(object);
  if (old != nullptr) return std::nullopt;
  const auto add_finalizer = [&object](const char* name) {
    Json& list = object["metadata"]["finalizers"];
    if (!list.is_array()) list = Json::array();
    if (std::find(list.begin(), list.end(), Json(name)) == list.end()) list.push_back(name);
  };
  if (is_resource(kind, "persistentvolumeclaims")) add_finalizer("kubernetes.io/pvc-protection");
  if (is_resource(kind, "persistentvolumes")) {
    add_finalizer("kubernetes.io/pv-protection");
    set_at(object, {"status", "lastPhaseTransitionTime"}, object["metadata"]["creationTimestamp"]);
  }
  const auto default_class = [&](std::string_view classes,
                                 std::string_view annotation) -> std::string {
    std::string chosen;
    context.store.bucket(classes).each("", [&](const std::string&, const JsonRef& one) {
      if (text_at(*one, {"metadata", "annotations", annotation}) == "true")
        chosen = text_at(*one, {"metadata", "name"});
      return chosen.empty();
    });
    return chosen;
  };
  if (is_resource(kind, "persistentvolumeclaims")) {
    // The older field knows claims and snapshots alone.
    const std::string group = text_at(object, {"spec", "dataSource", "apiGroup"});
    const std::string origin = text_at(object, {"spec", "dataSource", "kind"});
    const bool known = (group.empty() && origin == "PersistentVolumeClaim") ||
                       (group == "snapshot.storage.k8s.io" && origin == "VolumeSnapshot");
    if (!known && find(object, {"spec", "dataSource"}) != nullptr)
      object["spec"].erase("dataSource");
    // Two names of one thing; the newer one may also lead into another namespace.
    const Json* source = find(object, {"spec", "dataSource"});
    const Json* reference = find(object, {"spec", "dataSourceRef"});
    if (source != nullptr && reference == nullptr)
      object["spec"]["dataSourceRef"] = Json(*source);
    else if (source == nullptr && reference != nullptr &&
             find(*reference, {"namespace"}) == nullptr)
      object["spec"]["dataSource"] = Json(*reference);
  }
  if (is_resource(kind, "persistentvolumeclaims") &&
      find(object, {"spec", "storageClassName"}) == nullptr) {
    const auto name = default_class("storageclasses.storage.k8s.io",
                                    "storageclass.kubernetes.io/is-default-class");
    if (!name.empty()) object["spec"]["storageClassName"] = name;
  }
  if (is_resource(kind, "ingresses.networking.k8s.io") &&
      find(object, {"spec", "ingressClassName"}) == nullptr &&
      find(object, {"metadata", "annotations", "kubernetes.io/ingress.class"}) == nullptr) {
    const auto name = default_class("ingressclasses.networking.k8s.io",
                                    "ingressclass.kubernetes.io/is-default-class");
    if (!name.empty()) object["spec"]["ingressClassName"] = name;
  }
  if (is_resource(kind, "jobs.batch") && !bool_at(object, {"spec", "manualSelector"})) {
    const std::string uid = text_at(object, {"metadata", "uid"});
    const std::string name = text_at(object, {"metadata", "name"});
    set_at(object, {"spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"}, uid);
    for (const char* key : {"batch.kubernetes.io/controller-uid", "controller-uid"}) {
      set_at(object, {"spec", "template", "metadata", "labels", key}, uid);
    }
    for (const char* key : {"batch.kubernetes.io/job-name", "job-name"}) {
      set_at(object, {"spec", "template", "metadata", "labels", key}, name);
    }
    if (!context.labelled)  // labels that were taken from the template follow it
      object["metadata"]["labels"] = object["spec"]["template"]["metadata"]["labels"];
  }
  return std::nullopt;
}

}  // namespace spokelab::fakeapi
