// Parameter sets: how their values are flattened, printed and matched, as Go does it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub {

/// A value as fmt.Sprintf("%v") prints what encoding/json made of it: 1000000 is "1e+06", null
/// "<nil>", lists "[a b]", maps "map[a:1 b:2]".
std::string go_text(const Json& value);

/// As Go's %q, for texts.
std::string go_quote(std::string_view text);

/// Nested maps and lists as one level of dotted keys: {"a": {"b": 1}, "c": ["x"]} -> a.b, c.0.
/// Empty maps and lists stay as values.
std::map<std::string, Json> flatten(const Json& document);

/// Maps merged deeply; where both sides have a value that is not a map, `winner`'s stays.
Json deep_merge(const Json& winner, const Json& other);

/// A generator's `selector` over one parameter set, flattened. Unlike labels, values may be any
/// text. Errors: bad_input `error parsing label selector: ...`.
Result<bool> selected(const Json& selector, const Json& params);

}  // namespace spokelab::hub
