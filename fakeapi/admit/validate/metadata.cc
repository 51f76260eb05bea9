// Metadata, the same for all kinds.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi::validation {

namespace {

constexpr std::size_t kAnnotationBytesMax = 262'144;

bool is_standard_finalizer(std::string_view name) {
  return name == "kubernetes" || name == "orphan" || name == "foregroundDeletion";
}

void check_finalizer_names(Causes& causes, const Json& object) {
  for (const Json& one : list_at(object, {"metadata", "finalizers"})) {
    if (!one.is_string()) continue;
    const auto& name = one.get_ref<const std::string&>();
    name_rule(causes, "metadata.finalizers", name, kube::label_key_problem(name));
  }
}

void check_new_finalizers(Causes& causes, const Json& object, const Json& old) {
  if (find(old, {"metadata", "deletionTimestamp"}) == nullptr) return;
  const Json& before = list_at(old, {"metadata", "finalizers"});
  Json added = Json::array();
  for (const Json& one : list_at(object, {"metadata", "finalizers"})) {
    if (one.is_string() && std::find(before.begin(), before.end(), one) == before.end())
      added.push_back(one);
  }
  if (!added.empty())
    causes.push_back(kube::forbidden_value(
        "metadata.finalizers",
        "no new finalizers can be added if the object is being deleted, found new finalizers " +
            go_texts(added)));
}

/// An owner as Go prints it; addresses of pointers are not told.
std::string go_owner(const Json& owner) {
  const auto flag = [&owner](const char* name) {
    return find(owner, {name}) != nullptr ? "(*bool)(0xc000000000)" : "(*bool)(nil)";
  };
  const auto text = [&owner](const char* name) { return Json(text_at(owner, {name})).dump(); };
  return fmt::format(
      "v1.OwnerReference{{APIVersion:{}, Kind:{}, Name:{}, UID:{}, Controller:{}, "
      "BlockOwnerDeletion:{}}}",
      text("apiVersion"), text("kind"), text("name"), text("uid"), flag("controller"),
      flag("blockOwnerDeletion"));
}

void check_owners(Causes& causes, const Json& object) {
  const Json* owners = find(object, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return;
  std::vector<std::string> controllers;
  for (std::size_t i = 0; i < owners->size(); ++i) {
    const std::string at = "metadata.ownerReferences";
    for (const char* field : {"apiVersion", "kind", "name", "uid"}) {
      if (text_at((*owners)[i], {field}).empty()) {
        causes.push_back(kube::invalid_value(at + "." + field, "",
                                             std::string(field) == "apiVersion"
                                                 ? std::string("version must not be empty")
                                                 : std::string(field) + " must not be empty"));
      }
    }
    if (text_at((*owners)[i], {"apiVersion"}) == "v1" && text_at((*owners)[i], {"kind"}) == "Event")
      causes.push_back(invalid_text(at, go_owner((*owners)[i]),
                                    "/v1, Kind=Event is disallowed from being an owner"));
    if (bool_at((*owners)[i], {"controller"}))
      controllers.push_back(text_at((*owners)[i], {"kind"}) + "/" +
                            text_at((*owners)[i], {"name"}));
  }
  if (controllers.size() > 1) {
    std::string shown;
    for (const Json& one : *owners) shown += (shown.empty() ? "" : ", ") + go_owner(one);
    causes.push_back(invalid_text(
        "metadata.ownerReferences", "[]v1.OwnerReference{" + shown + "}",
        fmt::format("Only one reference can have Controller set to true. Found \"true\" in "
                    "references for {} and {}",
                    controllers[0], controllers[1])));
  }
}

}  // namespace

void check_annotations(Causes& causes, const std::string& at, const Json& annotations) {
  std::size_t size = 0;
  for (auto it = annotations.begin(); it != annotations.end(); ++it) {
    // Keys may be written in capitals here.
    std::string key = it.key();
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    name_rule(causes, at, it.key(), kube::label_key_problem(key));
    size += it.key().size() + (it->is_string() ? it->get_ref<const std::string&>().size() : 0);
  }
  if (size > kAnnotationBytesMax) causes.push_back(too_long(at, kAnnotationBytesMax));
}

void check_metadata(Causes& causes, const Json& object) {
  if (const auto generation = int_at(object, {"metadata", "generation"}); generation < 0)
    causes.push_back(kube::invalid_value("metadata.generation", generation,
                                         "must be greater than or equal to 0"));
  check_labels(causes, "metadata.labels", find(object, {"metadata", "labels"}));
  check_annotations(causes, "metadata.annotations", object_at(object, {"metadata", "annotations"}));
  check_owners(causes, object);
  check_finalizer_names(causes, object);
}

void check_metadata_change(Causes& causes, const Json& object, const Json& old) {
  check_new_finalizers(causes, object, old);
  check_labels(causes, "metadata.labels", find(object, {"metadata", "labels"}));
  check_annotations(causes, "metadata.annotations", object_at(object, {"metadata", "annotations"}));
  check_owners(causes, object);
}

void check_builtin_finalizers(Causes& causes, const Json& object) {
  const Json& finalizers = list_at(object, {"metadata", "finalizers"});
  for (std::size_t i = 0; i < finalizers.size(); ++i) {
    if (!finalizers[i].is_string()) continue;
    const auto& name = finalizers[i].get_ref<const std::string&>();
    if (name.find('/') != std::string::npos || is_standard_finalizer(name)) continue;
    causes.push_back(
        kube::invalid_value(fmt::format("metadata.finalizers[{}]", i), name,
                            "name is neither a standard finalizer name nor is it fully qualified"));
  }
}

}  // namespace spokelab::fakeapi::validation
