// JSONPath, as printer columns use it: fields, indexes, wildcards, slices and filters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::fakeapi {

/// What a path such as ".status.conditions[?(@.type=='Ready')].status" finds in the document, in
/// order. Pointers into `document`. Nothing for a path that is malformed.
std::vector<const Json*> json_path_values(const Json& document, std::string_view path);

/// Several values in one text, joined by spaces; objects and lists as JSON.
std::string json_path_text(const std::vector<const Json*>& values);

}  // namespace spokelab::fakeapi
