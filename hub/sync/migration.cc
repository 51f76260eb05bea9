// Managed fields of one manager joined to another's.
#include "hub/sync/migration.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "kube/three_way.h"

namespace spokelab::hub {

namespace {

const Json* managed_fields(const Json& object) {
  const Json* fields = find(object, {"metadata", "managedFields"});
  return fields != nullptr && fields->is_array() ? fields : nullptr;
}

bool updates(const Json& entry) {
  return text_at(entry, {"operation"}) == "Update" && text_at(entry, {"subresource"}).empty();
}

bool owns_last_applied(const Json& entry) {
  const std::string annotation = "f:" + std::string(kube::kLastAppliedAnnotation);
  return find(entry, {"fieldsV1", "f:metadata", "f:annotations", annotation}) != nullptr;
}

/// Sets of fields as trees: the union of both.
void join(Json& into, const Json& more) {
  if (!more.is_object()) return;
  if (!into.is_object()) into = Json::object();
  for (const auto& [key, value] : more.items()) {
    const auto known = into.find(key);
    if (known == into.end()) {
      into[key] = value;
    } else {
      join(*known, value);
    }
  }
}

}  // namespace

bool has_field_manager(const Json& object, std::string_view manager) {
  const Json* fields = managed_fields(object);
  return fields != nullptr && std::any_of(fields->begin(), fields->end(), [&](const Json& entry) {
           return text_at(entry, {"manager"}) == manager;
         });
}

std::optional<Json> fields_handed_over(const Json& object, std::string_view manager) {
  const Json* fields = managed_fields(object);
  if (fields == nullptr) return std::nullopt;
  std::set<std::string> clients;
  for (const Json& entry : *fields) {
    if (text_at(entry, {"operation"}) == "Update" && owns_last_applied(entry))
      clients.insert(text_at(entry, {"manager"}));
  }
  const auto handed_over = [&](const Json& entry) {
    return updates(entry) && clients.contains(text_at(entry, {"manager"}));
  };
  if (std::none_of(fields->begin(), fields->end(), handed_over)) return std::nullopt;
  Json kept = Json::array();
  Json theirs = Json::object();
  Json* ours = nullptr;
  Json first;  // becomes ours where we have none
  for (const Json& entry : *fields) {
    if (!handed_over(entry)) {
      kept.push_back(entry);
      continue;
    }
    if (first.is_null()) first = entry;
    if (const Json* set = find(entry, {"fieldsV1"})) join(theirs, *set);
  }
  for (Json& entry : kept) {
    const bool applies = text_at(entry, {"operation"}) == "Apply" &&
                         text_at(entry, {"subresource"}).empty() &&
                         text_at(entry, {"manager"}) == manager;
    if (applies && ours == nullptr) ours = &entry;
  }
  if (ours != nullptr) {
    Json set = ours->value("fieldsV1", Json::object());
    join(set, theirs);
    (*ours)["fieldsV1"] = std::move(set);
  } else {
    first["operation"] = "Apply";
    first["manager"] = std::string(manager);
    first["fieldsV1"] = std::move(theirs);
    kept.insert(kept.begin(), std::move(first));
  }
  return Json::array(
      {Json{{"op", "replace"}, {"path", "/metadata/managedFields"}, {"value", std::move(kept)}},
       Json{{"op", "replace"},
            {"path", "/metadata/resourceVersion"},
            {"value", text_at(object, {"metadata", "resourceVersion"})}}});
}

}  // namespace spokelab::hub
