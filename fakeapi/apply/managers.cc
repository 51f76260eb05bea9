// managedFields in and out (apimachinery managedfields/internal).
#include "fakeapi/apply/managers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/json.h"
#include "fakeapi/apply/field_set.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::size_t kUpdatersMax = 10;
constexpr const char* kOldUpdates = "ancient-changes";

/// What identifies an object or is the server's own business.
const Json& unowned() {
  static const Json set = [] {
    Json metadata{{".", Json::object()}};
    for (const char* name : {"name", "namespace", "creationTimestamp", "selfLink", "uid",
                             "clusterName", "generation", "managedFields", "resourceVersion"})
      metadata[std::string("f:") + name] = Json::object();
    return Json{{"f:apiVersion", Json::object()},
                {"f:kind", Json::object()},
                {"f:metadata", std::move(metadata)}};
  }();
  return set;
}

bool same_id(const ManagerId& a, const ManagerId& b) {
  return a.manager == b.manager && a.applies == b.applies && a.subresource == b.subresource &&
         (a.applies || a.api_version == b.api_version);
}

}  // namespace

Managers Managers::read(const Json& object) {
  Managers managers;
  const Json* list = spokelab::find(object, {"metadata", "managedFields"});
  if (list == nullptr || !list->is_array()) return managers;
  for (const Json& json : *list) {
    const std::string operation = text_at(json, {"operation"});
    const Json* fields = spokelab::find(json, {"fieldsV1"});
    if ((operation != "Apply" && operation != "Update") ||
        (fields != nullptr && !fields->is_object()) || text_at(json, {"apiVersion"}).empty()) {
      managers.usable_ = false;
      continue;
    }
    ManagerId id{text_at(json, {"manager"}), operation == "Apply", text_at(json, {"apiVersion"}),
                 text_at(json, {"subresource"})};
    managers.entries_.push_back(
        {std::move(id), text_at(json, {"time"}), fields != nullptr ? *fields : Json::object()});
  }
  return managers;
}

std::ptrdiff_t Managers::find(const ManagerId& id) const {
  const auto hit = std::find_if(entries_.begin(), entries_.end(),
                                [&](const Entry& entry) { return same_id(entry.id, id); });
  return hit == entries_.end() ? -1 : hit - entries_.begin();
}

void Managers::put(const ManagerId& id, Json fields) {
  const auto at = find(id);
  if (at < 0) {
    entries_.push_back({id, "", std::move(fields)});
    return;
  }
  Entry& entry = entries_[static_cast<std::size_t>(at)];
  entry.id.api_version = id.api_version;
  entry.fields = std::move(fields);
}

void Managers::touch(const ManagerId& id, const std::string& now) {
  if (const auto at = find(id); at >= 0) entries_[static_cast<std::size_t>(at)].time = now;
}

void Managers::drop_empty() {
  std::erase_if(entries_, [](const Entry& entry) { return entry.fields.empty(); });
}

void Managers::strip() {
  for (Entry& entry : entries_) entry.fields = subtract(entry.fields, unowned());
  drop_empty();
}

void Managers::cap_updates() {
  std::vector<std::size_t> updaters;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].id.applies) updaters.push_back(i);
  }
  if (updaters.size() <= kUpdatersMax) return;
  std::stable_sort(updaters.begin(), updaters.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(entries_[a].time, entries_[a].id.manager) <
           std::tie(entries_[b].time, entries_[b].id.manager);
  });
  std::size_t left = updaters.size();
  std::map<std::string, std::size_t> first;  // by version: the entry that takes the others in
  for (const std::size_t i : updaters) {
    if (left <= kUpdatersMax) break;
    const auto [hit, fresh] = first.emplace(entries_[i].id.api_version, i);
    if (fresh) continue;
    Entry& into = entries_[hit->second];
    into.id = ManagerId{kOldUpdates, false, into.id.api_version, ""};
    into.fields = unite(std::move(into.fields), entries_[i].fields);
    into.time = entries_[i].time;
    entries_[i].fields = Json::object();
    --left;
  }
  drop_empty();
}

void Managers::write(Json& object) const {
  if (entries_.empty()) {
    object["metadata"].erase("managedFields");
    return;
  }
  std::vector<const Entry*> order;
  for (const Entry& entry : entries_) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    const auto rank = [](const Entry& entry) {
      return std::make_tuple(!entry.id.applies, std::cref(entry.time), std::cref(entry.id.manager),
                             std::cref(entry.id.api_version), std::cref(entry.id.subresource));
    };
    return rank(*a) < rank(*b);
  });
  Json list = Json::array();
  for (const Entry* entry : order) {
    Json& json = list.emplace_back(Json::object());
    json["manager"] = entry->id.manager;
    json["operation"] = entry->id.applies ? "Apply" : "Update";
    json["apiVersion"] = entry->id.api_version;
    if (!entry->time.empty()) json["time"] = entry->time;
    json["fieldsType"] = "FieldsV1";
    json["fieldsV1"] = entry->fields;
    if (!entry->id.subresource.empty()) json["subresource"] = entry->id.subresource;
  }
  object["metadata"]["managedFields"] = std::move(list);
}

std::string shown_manager(const ManagerId& id) {
  std::string text = Json(id.manager).dump();
  if (!id.subresource.empty()) text += " with subresource " + Json(id.subresource).dump();
  if (!id.applies) text += " using " + id.api_version;
  return text;
}

}  // namespace spokelab::fakeapi
