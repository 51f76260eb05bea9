// The `format` keyword of JSON Schema.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spokelab::hub::helm {

/// Why `text` is not of this format; nothing when it is, or when the format is not known. Known
/// are those of the validator that Helm uses (santhosh-tekuri/jsonschema v6).
std::optional<std::string> format_problem(std::string_view format, std::string_view text);

}  // namespace spokelab::hub::helm
