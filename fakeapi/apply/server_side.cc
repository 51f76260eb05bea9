// The apply algorithm (structured-merge-diff merge/update.go, apiserver's fieldmanager).
#include "fakeapi/apply/server_side.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "fakeapi/apply/fields.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::size_t kUpdateEntriesMax = 10;

/// Fields that nobody owns (fieldmanager stripmeta), and the half that this endpoint does not
/// write.
Json without_untracked(Json set, const std::string& subresource) {
  set.erase("f:apiVersion");
  set.erase("f:kind");
  if (subresource.empty()) set.erase("f:status");
  if (subresource == "status") set.erase("f:spec");
  const auto metadata = set.find("f:metadata");
  if (metadata == set.end()) return set;
  for (const char* name : {"name", "namespace", "uid", "creationTimestamp", "generation",
                           "resourceVersion", "selfLink", "managedFields", "deletionTimestamp",
                           "deletionGracePeriodSeconds", "generateName"}) {
    metadata->erase(std::string("f:") + name);
  }
  if (metadata->empty()) set.erase(metadata);
  return set;
}

bool is_entry(const Json& entry, std::string_view manager, std::string_view operation,
              std::string_view subresource) {
  return text_at(entry, {"manager"}) == manager && text_at(entry, {"operation"}) == operation &&
         text_at(entry, {"subresource"}) == subresource;
}

Json entries_of(const Json& object) {
  const Json* entries = find(object, {"metadata", "managedFields"});
  return entries != nullptr && entries->is_array() ? *entries : Json::array();
}

Json new_entry(const ServedKind& kind, const std::string& manager, const char* operation,
               const std::string& subresource, const std::string& now, Json fields) {
  Json entry{
      {"manager", manager}, {"operation", operation},   {"apiVersion", kind.type().api_version()},
      {"time", now},        {"fieldsType", "FieldsV1"}, {"fieldsV1", std::move(fields)}};
  if (!subresource.empty()) entry["subresource"] = subresource;
  return entry;
}

void sort_entries(Json& entries) {
  std::erase_if(entries.get_ref<Json::array_t&>(),
                [](const Json& entry) { return entry["fieldsV1"].empty(); });
  std::stable_sort(entries.begin(), entries.end(), [](const Json& a, const Json& b) {
    const auto rank = [](const Json& entry) {
      return std::make_tuple(text_at(entry, {"operation"}), text_at(entry, {"time"}),
                             text_at(entry, {"manager"}));
    };
    return rank(a) < rank(b);
  });
}

/// Older update entries than the newest ten become one.
void cap_updates(Json& entries) {
  std::vector<std::size_t> updates;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (text_at(entries[i], {"operation"}) == "Update") updates.push_back(i);
  }
  if (updates.size() <= kUpdateEntriesMax) return;
  Json& oldest = entries[updates[0]];
  oldest["fieldsV1"] = unite(std::move(oldest["fieldsV1"]), entries[updates[1]]["fieldsV1"]);
  oldest["manager"] = "ancient-changes";
  entries.erase(updates[1]);
}

struct Conflict {
  std::string who;
  std::vector<std::string> paths;
};

kube::Status conflict_status(const ServedKind& kind, const std::string& name,
                             const std::vector<Conflict>& conflicts) {
  std::size_t count = 0;
  for (const auto& one : conflicts) count += one.paths.size();
  std::string text = fmt::format("Apply failed with {} conflict{}: ", count, count == 1 ? "" : "s");
  kube::Status status = kube::conflict(kind.type(), name, "-");
  status.name.clear();
  status.group.clear();
  status.kind.clear();
  bool first = true;
  for (const auto& one : conflicts) {
    text += fmt::format("{}conflict{} with {}:", std::exchange(first, false) ? "" : "\n",
                        one.paths.size() == 1 ? "" : "s", one.who);
    for (const auto& path : one.paths) {
      text += (one.paths.size() == 1 ? " " : "\n- ") + path;
      status.causes.push_back({"FieldManagerConflict", "conflict with " + one.who, path});
    }
  }
  status.message = std::move(text);
  return status;
}

}  // namespace

kube::Answer<Json> apply_server_side(const ServedKind& kind, const Json* live, const Json& config,
                                     const ApplyRequest& request) {
  if (find(config, {"metadata", "managedFields"}) != nullptr)
    return kube::bad_request("metadata.managedFields must be nil");
  const TypeView type = TypeView::of(kind);
  const std::string name = text_at(config, {"metadata", "name"});
  if (const auto duplicate = duplicate_in(config, type); !duplicate.empty()) {
    kube::Status status = kube::internal_error(duplicate);
    status.message = fmt::format("failed to create typed patch object ({}/{}; {}, Kind={}): {}",
                                 text_at(config, {"metadata", "namespace"}), name,
                                 kind.type().api_version(), kind.type().kind, duplicate);
    return status;
  }
  const Json set = without_untracked(fields_of(config, type), request.subresource);
  const Json nothing = Json::object();
  const Json& before = live != nullptr ? *live : nothing;
  Json entries = live != nullptr ? entries_of(*live) : Json::array();
  if (live != nullptr && entries.empty()) {
    Json all = without_untracked(fields_of(*live, type), request.subresource);
    entries.push_back(
        new_entry(kind, "before-first-apply", "Update", "", request.now, std::move(all)));
  }
  Json merged = live != nullptr ? merge_applied(*live, config, type) : config;

  Json previous = Json::object();
  Json others = Json::object();
  for (const Json& entry : entries) {
    if (is_entry(entry, request.manager, "Apply", request.subresource))
      previous = entry["fieldsV1"];
    else
      others = unite(std::move(others), entry["fieldsV1"]);
  }
  remove_fields(merged, subtract(subtract(previous, set), others), type);

  const Json changed = intersect(changed_fields(before, merged, type), set);
  std::vector<Conflict> conflicts;
  for (Json& entry : entries) {
    if (is_entry(entry, request.manager, "Apply", request.subresource)) continue;
    const Json both = intersect(entry["fieldsV1"], changed);
    if (both.empty()) continue;
    if (request.force) {
      entry["fieldsV1"] = subtract(entry["fieldsV1"], both);
      continue;
    }
    std::string who = fmt::format("\"{}\"", text_at(entry, {"manager"}));
    if (const auto sub = text_at(entry, {"subresource"}); !sub.empty())
      who += fmt::format(" with subresource \"{}\"", sub);
    if (text_at(entry, {"operation"}) == "Update") {
      who += " using " + text_at(entry, {"apiVersion"});
      if (const auto time = text_at(entry, {"time"}); !time.empty()) who += " at " + time;
    }
    conflicts.push_back({std::move(who), paths_of(both)});
  }
  if (!conflicts.empty()) return conflict_status(kind, name, conflicts);

  bool known = false;
  for (Json& entry : entries) {
    if (!is_entry(entry, request.manager, "Apply", request.subresource)) continue;
    known = true;
    if (entry["fieldsV1"] == set && changed.empty())
      break;  // an apply that changes nothing is no write
    entry["fieldsV1"] = set;
    entry["time"] = request.now;
    entry["apiVersion"] = kind.type().api_version();
  }
  if (!known)
    entries.push_back(
        new_entry(kind, request.manager, "Apply", request.subresource, request.now, set));
  sort_entries(entries);
  merged["metadata"]["managedFields"] = std::move(entries);
  return merged;
}

void track_update(const ServedKind& kind, const Json& old, Json& object, const std::string& manager,
                  const std::string& subresource, const std::string& now) {
  const Json before = entries_of(old);
  if (before.empty()) return;
  Json entries = entries_of(object);
  const bool reset = entries.empty() || (entries.size() == 1 && entries[0].empty());
  const bool given = find(object, {"metadata", "managedFields"}) != nullptr;
  if (given && reset) {
    object["metadata"].erase("managedFields");  // asked for by [] or [{}]
    return;
  }
  if (!given) entries = before;
  const TypeView type = TypeView::of(kind);
  const Json changed = without_untracked(changed_fields(old, object, type), "-");
  const Json present = fields_of(object, type);
  const Json gone = subtract(fields_of(old, type), present);
  if (changed.empty() && gone.empty()) {
    object["metadata"]["managedFields"] = std::move(entries);
    return;
  }
  bool known = false;
  for (Json& entry : entries) {
    if (!entry.contains("fieldsV1")) entry["fieldsV1"] = Json::object();
    Json kept = subtract(entry["fieldsV1"], gone);
    if (is_entry(entry, manager, "Update", subresource)) {
      known = true;
      kept = unite(std::move(kept), changed);
      entry["time"] = now;
    } else {
      kept = subtract(kept, changed);
    }
    entry["fieldsV1"] = std::move(kept);
  }
  if (!known && !changed.empty())
    entries.push_back(new_entry(kind, manager, "Update", subresource, now, changed));
  sort_entries(entries);
  cap_updates(entries);
  object["metadata"]["managedFields"] = std::move(entries);
}

}  // namespace spokelab::fakeapi
