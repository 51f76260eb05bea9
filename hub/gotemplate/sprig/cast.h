// Sprig's conversions between types.
#pragma once

#include <string>
#include <vector>

#include "hub/gotemplate/function.h"
#include "hub/gotemplate/runtime.h"

namespace spokelab::hub::gotemplate::sprig {

/// The text itself, or as %v prints it.
std::string to_string(const Value& value);
/// As spf13/cast's ToInt64: floats truncate, texts parse by their base prefix, all else is 0.
std::int64_t to_int64(const Value& value);
double to_float64(const Value& value);
/// Sprig's `empty`: nil, false, 0, "", no items.
bool is_empty(const Value& value);
/// The items of a list as texts (nil left out); of anything else that one text.
/// Fails when they are over the limit together.
std::vector<std::string> to_strings(Call& call, const Value& value);
/// Fails, and is false, when a list of so many items would be over the limit.
bool allow_items(Call& call, std::size_t count);
/// The value itself, or what an object stands for.
Value unwrap(const Value& value);
/// The text as a value; fails when it is over the limit.
Value text_result(const Call& call, std::string text);

}  // namespace spokelab::hub::gotemplate::sprig
