// JSON access that reads well: paths that may be absent, text with a default, freezing.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab {

/// Takes the document into shared, immutable keeping.
JsonRef freeze(Json document);

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
