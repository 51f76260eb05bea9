// JSON access that reads well: paths that may be absent, text with a default, freezing.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/json_object.h"

/// The library takes every document apart by way of a list, for fear of its depth. No document is
/// deep here (parse_json and the YAML reader have their limits), and most have a few members: one
/// after the other is three times quicker.
template <>
inline void spokelab::Json::json_value::destroy(spokelab::Json::value_t type) {
  switch (type) {
    case spokelab::Json::value_t::object:
      delete object;
      break;
    case spokelab::Json::value_t::array:
      delete array;
      break;
    case spokelab::Json::value_t::string:
      delete string;
      break;
    case spokelab::Json::value_t::binary:
      delete binary;
      break;
    default:
      break;
  }
}

namespace spokelab {

/// Takes the document into shared, immutable keeping.
JsonRef freeze(Json document);

/// Members of an object, in any order.
using JsonMembers = Json::object_t::sequence_type;

/// An object of these members; of those with the same key, the last. The way to make a large
/// object: a member added to an object that stands already moves all that follow it.
Json json_object(JsonMembers members);

/// Adds members whose keys the object has not, each once. Errors: none; `object` must be an object.
void add_members(Json& object, JsonMembers members);

/// Removes the members for which `drop(key, value)` holds; it is asked once for each, in order, and
/// may change the values. `object` must be an object.
template <class Drop>
void erase_members(Json& object, Drop drop) {
  auto& members = object.get_ref<Json::object_t&>();
  auto kept = members.begin();
  for (auto at = members.begin(); at != members.end(); ++at) {
    if (drop(std::as_const(at->first), at->second)) continue;
    if (kept != at) *kept = std::move(*at);
    ++kept;
  }
  members.erase(kept, members.end());
}

/// The value at a path of object keys, or nullptr where any step is absent or no object.
/// The pointer lives as long as `document`.
const Json* find(const Json& document, std::initializer_list<std::string_view> path);

/// The text, number or truth at a path, or the fallback where it is absent or of another type.
std::string text_at(const Json& document, std::initializer_list<std::string_view> path,
                    std::string_view fallback = "");
std::int64_t int_at(const Json& document, std::initializer_list<std::string_view> path,
                    std::int64_t fallback = 0);
bool bool_at(const Json& document, std::initializer_list<std::string_view> path,
             bool fallback = false);

/// Sets the value at a path, making the objects on the way. Replaces whatever stood there.
void set_at(Json& document, std::initializer_list<std::string_view> path, Json value);

/// Parses one JSON text. Errors: Errc::bad_input with the byte offset. Depth is limited to 500.
Result<Json> parse_json(std::string_view text);

}  // namespace spokelab
