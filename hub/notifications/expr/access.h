// Reading lists and maps, wherever they are kept.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/notifications/expr/value.h"

namespace spokelab::hub::expr {

bool is_list(const Value& value);
bool is_map(const Value& value);
/// Of a list, map or text (in bytes); nothing for other values.
std::optional<std::size_t> length(const Value& value);
/// The nth of a list. `n` must be less than its length.
Value element(const Value& list, std::size_t n);
/// Of a map; nothing when it has no such key.
std::optional<Value> member(const Value& map, std::string_view key);
/// Of a map, sorted.
std::vector<std::string> keys(const Value& map);
/// All of a list.
List elements(const Value& list);

}  // namespace spokelab::hub::expr
