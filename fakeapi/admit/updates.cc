// The registry strategies' PrepareForUpdate, for all kinds.
#include "fakeapi/admit/updates.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "fakeapi/admit/mutate.h"

namespace spokelab::fakeapi {

namespace {

using kube::Status;

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

/// Takes one value over from one object to another, absence included.
void take(Json& into, const Json& from, const char* name) {
  const auto hit = from.find(name);
  if (hit == from.end())
    into.erase(name);
  else
    into[name] = *hit;
}

/// A write of status: spec and what identifies the object stay as they are.
void keep_all_but_status(const ServedKind& kind, const Json& old, Json& object) {
  if (kind.custom) {
    Json next = old;
    take(next, object, "status");
    take(next["metadata"], object["metadata"], "managedFields");
    object = std::move(next);
    return;
  }
  erase_members(object, [&old](const std::string& key, const Json&) {
    return key != "metadata" && key != "status" && !old.contains(key);
  });
  for (auto it = old.begin(); it != old.end(); ++it) {
    if (it.key() != "metadata" && it.key() != "status") object[it.key()] = *it;
  }
  if (is_resource(kind, "deployments.apps")) take(object["metadata"], old["metadata"], "labels");
  if (is_resource(kind, "pods")) take(object["metadata"], old["metadata"], "ownerReferences");
}

/// A write of some fields below spec: everything else stays.
void keep_all_but_spec(const Json& old, Json& object, std::initializer_list<const char*> fields) {
  Json next = old;
  for (const char* field : fields) take(next["spec"], object["spec"], field);
  take(next["metadata"], object["metadata"], "managedFields");
  object = std::move(next);
}

/// New sizes for containers that are there.
void keep_all_but_resources(const Json& old, Json& object) {
  Json next = old;
  for (const char* list : {"containers", "initContainers"}) {
    const Json* wanted = find(object, {"spec", list});
    if (wanted == nullptr || !wanted->is_array() || !next["spec"].contains(list)) continue;
    Json& now = next["spec"][list];
    for (std::size_t i = 0; i < now.size() && i < wanted->size(); ++i) {
      take(now[i], (*wanted)[i], "resources");
      take(now[i], (*wanted)[i], "resizePolicy");
    }
  }
  take(next["metadata"], object["metadata"], "managedFields");
  object = std::move(next);
}

/// Told twice, since upstream checks twice.
Status immutable_metadata(const ServedKind& kind, const Json& metadata, const std::string& field,
                          const std::string& shown) {
  const kube::StatusCause cause{"FieldValueInvalid",
                                fmt::format("Invalid value: {}: field is immutable", shown),
                                "metadata." + field};
  Status status = kube::invalid(kind.type(), text_at(metadata, {"name"}), {cause});
  status.causes.push_back(cause);
  return status;
}

}  // namespace

bool has_status_endpoint(const ServedKind& kind) {
  return kind.custom ? kind.custom->status_subresource : kind.info.subresource("status") != nullptr;
}

MaybeStatus keep_metadata(const ServedKind& kind, const Json& old, Json& object, bool patched) {
  Json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  const Json& before = old["metadata"];
  const std::string uid = text_at(metadata, {"uid"});
  if (!uid.empty() && uid != text_at(before, {"uid"})) {
    if (patched) return immutable_metadata(kind, before, "uid", Json(uid).dump());
    return kube::conflict(
        kind.type(), text_at(before, {"name"}),
        fmt::format("StorageError: invalid object, Code: 4, Key: /registry/{}/{}/{}, "
                    "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
                    "precondition: {}, UID in object meta: {}",
                    kind.type().plural, text_at(before, {"namespace"}), text_at(before, {"name"}),
                    uid, text_at(before, {"uid"})));
  }
  const Json* asked = find(metadata, {"deletionTimestamp"});
  const Json* stands = find(before, {"deletionTimestamp"});
  if (asked != nullptr && asked->is_string() && stands == nullptr) {
    std::string shown = asked->get<std::string>();  // as Go prints a time
    std::replace(shown.begin(), shown.end(), 'T', ' ');
    if (shown.ends_with('Z')) shown.replace(shown.size() - 1, 1, " +0000 UTC");
    return immutable_metadata(kind, before, "deletionTimestamp", shown);
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

void keep_other_half(const ServedKind& kind, const Json& old, Json& object,
                     std::string_view subresource) {
  if (subresource == "status") return keep_all_but_status(kind, old, object);
  if (subresource == "approval") return keep_all_but_status(kind, old, object);
  if (subresource == "finalize") return keep_all_but_spec(old, object, {"finalizers"});
  if (subresource == "ephemeralcontainers")
    return keep_all_but_spec(old, object, {"ephemeralContainers"});
  if (subresource == "resize") return keep_all_but_resources(old, object);
  if (subresource == "binding" || !has_status_endpoint(kind)) return;
  take(object, old, "status");
  if (is_resource(kind, "namespaces"))
    take(object, old, "spec");  // finalizers change by /finalize alone
}

void count_generation(const ServedKind& kind, const Json& old, Json& object) {
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

}  // namespace spokelab::fakeapi
