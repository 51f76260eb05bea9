// How sigs.k8s.io/yaml and encoding/json fit documents into typed Go values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub::helm {

/// A scalar read into a Go string: numbers and truths become texts (1.10 is "1.1"). Nothing for
/// lists and maps; null is "".
std::optional<std::string> scalar_text(const Json& value);

/// encoding/json's name of a value's sort: "string", "number", "bool", "array", "object".
std::string_view go_sort(const Json& value);

/// `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal <sort> into Go struct
/// field <field> of type <type>`; an empty `field`: `into Go value of type`.
Error unmarshal_error(const Json& value, std::string_view field, std::string_view type);

}  // namespace spokelab::hub::helm
