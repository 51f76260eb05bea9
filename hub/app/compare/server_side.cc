// Laying over a live object what its manager would change.
#include "hub/app/compare/server_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/json.h"

namespace spokelab::hub {
namespace {

constexpr int kDepthMax = 200;

/// A field that holds nothing but itself is owned as a whole.
bool whole(const Json& fields) {
  return !fields.is_object() || fields.empty() || (fields.size() == 1 && fields.contains("."));
}

bool has_keys(const Json& item, const Json& keys) {
  return item.is_object() && std::all_of(keys.items().begin(), keys.items().end(), [&](auto& key) {
           const auto found = item.find(key.key());
           return found != item.end() && *found == key.value();
         });
}

Json::iterator item_with(Json& list, const Json& keys) {
  return std::find_if(list.begin(), list.end(),
                      [&](const Json& item) { return has_keys(item, keys); });
}

Json::const_iterator item_with(const Json& list, const Json& keys) {
  return std::find_if(list.begin(), list.end(),
                      [&](const Json& item) { return has_keys(item, keys); });
}

Json empty_like(const Json& value) {
  return value.is_array() ? Json::array() : value.is_object() ? Json::object() : value;
}

/// Gives `into` the values that `fields` name, as they are in `from`.
void lay_over(const Json& fields, const Json& from, Json& into, int depth) {
  if (!fields.is_object() || depth > kDepthMax) return;
  for (const auto& [name, below] : fields.items()) {
    const std::string_view path = name;
    if (path.size() < 2) continue;
    const std::string rest(path.substr(2));
    if (path.starts_with("f:") && from.is_object() && into.is_object()) {
      const auto wanted = from.find(rest);
      if (wanted == from.end()) continue;
      if (whole(below)) {
        into[rest] = *wanted;
        continue;
      }
      if (!into.contains(rest) || into[rest].type() != wanted->type())
        into[rest] = empty_like(*wanted);
      lay_over(below, *wanted, into[rest], depth + 1);
    } else if (path.starts_with("k:") && from.is_array() && into.is_array()) {
      const auto keys = parse_json(rest);
      if (!keys || !keys->is_object()) continue;
      const auto wanted = item_with(from, *keys);
      if (wanted == from.end()) continue;
      auto found = item_with(into, *keys);
      if (found == into.end()) {
        into.push_back(*keys);
        found = into.end() - 1;
      }
      lay_over(below, *wanted, *found, depth + 1);
    } else if (path.starts_with("v:") && from.is_array() && into.is_array()) {
      const auto value = parse_json(rest);
      if (value && std::find(into.begin(), into.end(), *value) == into.end())
        into.push_back(*value);
    }
  }
}

/// Takes from `into` what `fields` name and `from` has no more.
void take_gone(const Json& fields, const Json& from, Json& into, int depth) {
  if (!fields.is_object() || depth > kDepthMax) return;
  for (const auto& [name, below] : fields.items()) {
    const std::string_view path = name;
    if (path.size() < 2) continue;
    const std::string rest(path.substr(2));
    if (path.starts_with("f:") && from.is_object() && into.is_object()) {
      const auto left = from.find(rest);
      const auto found = into.find(rest);
      if (found == into.end()) continue;
      if (left == from.end()) {
        into.erase(found);
      } else if (!whole(below)) {
        take_gone(below, *left, *found, depth + 1);
      }
    } else if (path.starts_with("k:") && from.is_array() && into.is_array()) {
      const auto keys = parse_json(rest);
      if (!keys || !keys->is_object()) continue;
      const auto found = item_with(into, *keys);
      if (found == into.end()) continue;
      const auto left = item_with(from, *keys);
      if (left == from.end()) {
        into.erase(found);
      } else {
        take_gone(below, *left, *found, depth + 1);
      }
    } else if (path.starts_with("v:") && from.is_array() && into.is_array()) {
      const auto value = parse_json(rest);
      if (!value || std::find(from.begin(), from.end(), *value) != from.end()) continue;
      const auto found = std::find(into.begin(), into.end(), *value);
      if (found != into.end()) into.erase(found);
    }
  }
}

/// Calls `use` with the fields of each entry of the manager.
template <class Use>
bool each_owned(const Json& object, std::string_view manager, const Use& use) {
  const Json* entries = find(object, {"metadata", "managedFields"});
  if (entries == nullptr || !entries->is_array()) return false;
  bool any = false;
  for (const Json& entry : *entries) {
    const Json* fields = find(entry, {"fieldsV1"});
    if (fields == nullptr || text_at(entry, {"manager"}) != manager ||
        !text_at(entry, {"subresource"}).empty())
      continue;
    any = true;
    use(*fields);
  }
  return any;
}

Json without_bookkeeping(Json object) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return object;
  // A dry run counts a generation that never comes to be.
  for (const char* field : {"managedFields", "generation", "resourceVersion"})
    metadata->erase(field);
  return object;
}

}  // namespace

Json server_side_body(const Json& target, const Json& live, const NormalizeRules& rules) {
  return normalize(without_trusted(target, live, rules).target, rules);
}

Result<Difference> server_side_diff(const Json& target, const Json& predicted, const Json& live,
                                    const NormalizeRules& rules, bool webhooks_count,
                                    std::string_view manager) {
  Json before = without_trusted(target, live, rules).live;
  Json after = predicted;
  if (!webhooks_count) {
    const std::string spoken =
        text_at(predicted, {"kind"}) + "/" + text_at(predicted, {"metadata", "name"});
    const Json* entries = find(predicted, {"metadata", "managedFields"});
    if (entries == nullptr || !entries->is_array() || entries->empty()) {
      return Error(Errc::bad_input,
                   fmt::format("error removing non config mutations for resource {0}: "
                               "predictedLive for resource {0} must have the managedFields",
                               spoken));
    }
    after = before;
    each_owned(live, manager, [&](const Json& fields) { take_gone(fields, predicted, after, 0); });
    const bool any = each_owned(predicted, manager,
                                [&](const Json& fields) { lay_over(fields, predicted, after, 0); });
    if (!any) {
      return Error(Errc::bad_input,
                   fmt::format("error removing non config mutations for resource {}: no managed "
                               "fields found for manager: {}",
                               spoken, manager));
    }
  }
  Json now = without_bookkeeping(normalize(std::move(before), rules));
  after = without_bookkeeping(normalize(std::move(after), rules));
  Difference result;
  if (now == after) return result;
  result.modified = true;
  result.live = freeze(std::move(now));
  result.predicted = freeze(std::move(after));
  return result;
}

}  // namespace spokelab::hub
