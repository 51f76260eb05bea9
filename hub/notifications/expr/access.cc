#include "hub/notifications/expr/access.h"

#include "base/json.h"

namespace spokelab::hub::expr {

using ListRef = std::shared_ptr<const List>;
using MapRef = std::shared_ptr<const Map>;

bool is_list(const Value& value) {
  const auto* json = value.as<JsonRef>();
  return json != nullptr ? (*json)->is_array() : value.as<ListRef>() != nullptr;
}

bool is_map(const Value& value) {
  const auto* json = value.as<JsonRef>();
  return json != nullptr ? (*json)->is_object() : value.as<MapRef>() != nullptr;
}

std::optional<std::size_t> length(const Value& value) {
  if (const auto* text = value.as<std::string>()) return text->size();
  if (const auto* json = value.as<JsonRef>()) return (*json)->size();
  if (const auto* list = value.as<ListRef>()) return (*list)->size();
  if (const auto* map = value.as<MapRef>()) return (*map)->size();
  return std::nullopt;
}

Value element(const Value& list, std::size_t n) {
  if (const auto* json = list.as<JsonRef>()) return of_member(*json, (**json)[n]);
  return (**list.as<ListRef>())[n];
}

std::optional<Value> member(const Value& map, std::string_view key) {
  if (const auto* json = map.as<JsonRef>()) {
    const Json* found = find(**json, {key});
    if (found == nullptr) return std::nullopt;
    return of_member(*json, *found);
  }
  const auto& entries = **map.as<MapRef>();
  const auto hit = entries.find(key);
  if (hit == entries.end()) return std::nullopt;
  return hit->second;
}

std::vector<std::string> keys(const Value& map) {
  std::vector<std::string> out;
  if (const auto* json = map.as<JsonRef>()) {
    for (const auto& [key, value] : (*json)->items()) out.push_back(key);
  } else {
    for (const auto& [key, value] : **map.as<MapRef>()) out.push_back(key);
  }
  return out;
}

List elements(const Value& list) {
  List out;
  const auto size = *length(list);
  out.reserve(size);
  for (std::size_t i = 0; i < size; ++i) out.push_back(element(list, i));
  return out;
}

}  // namespace spokelab::hub::expr
