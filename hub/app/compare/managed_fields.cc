// Walking the fields a manager owns.
#include "hub/app/compare/managed_fields.h"

#include <algorithm>
#include <string_view>

#include "base/json.h"

namespace spokelab::hub {
namespace {

constexpr int kDepthMax = 200;

Json* item_with(Json& list, const Json& keys) {
  for (Json& item : list) {
    const bool fits = item.is_object() &&
                      std::all_of(keys.items().begin(), keys.items().end(), [&](const auto& key) {
                        const auto found = item.find(key.key());
                        return found != item.end() && *found == key.value();
                      });
    if (fits) return &item;
  }
  return nullptr;
}

/// A field that holds nothing but itself is owned as a whole.
bool whole(const Json& fields) {
  return fields.empty() || (fields.size() == 1 && fields.contains("."));
}

void walk(const Json& fields, Json& live, Json& target, int depth) {
  if (!fields.is_object() || depth > kDepthMax) return;
  for (const auto& [name, below] : fields.items()) {
    const std::string_view path = name;
    if (path.starts_with("f:") && live.is_object() && target.is_object()) {
      const std::string key(path.substr(2));
      const auto left = live.find(key);
      const auto right = target.find(key);
      if (left == live.end() || right == target.end() || *left == *right) continue;
      const bool branches = (left->is_object() && right->is_object()) ||
                            (left->is_array() && right->is_array() && !whole(below));
      if (branches) {
        walk(below, *left, *right, depth + 1);
      } else {
        live.erase(left);
        target.erase(right);
      }
    } else if (path.starts_with("k:") && live.is_array() && target.is_array()) {
      const auto keys = parse_json(path.substr(2));
      if (!keys || !keys->is_object()) continue;
      Json* left = item_with(live, *keys);
      Json* right = item_with(target, *keys);
      if (left != nullptr && right != nullptr) walk(below, *left, *right, depth + 1);
    }
  }
}

}  // namespace

void remove_trusted(Json& live, Json& target, const std::vector<std::string>& managers) {
  const Json* entries = find(live, {"metadata", "managedFields"});
  if (managers.empty() || entries == nullptr || !entries->is_array()) return;
  const Json owned = *entries;
  for (const Json& entry : owned) {
    const std::string manager = text_at(entry, {"manager"});
    const Json* fields = find(entry, {"fieldsV1"});
    if (fields == nullptr || std::find(managers.begin(), managers.end(), manager) == managers.end())
      continue;
    walk(*fields, live, target, 0);
  }
}

}  // namespace spokelab::hub
