// Helm values: reading, merging, and the --set grammar.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub::helm {

/// Reads a values file: every number becomes a float, as Helm sees it; several documents merge in
/// order; an empty text is {}. Errors: bad_input.
Result<Json> read_values(std::string_view yaml);
/// Turns the whole numbers of a JSON document into floats, as if it had been read from YAML.
Json as_values(Json document);
/// Merges `from` over `into`: maps merge, all else is replaced; null is kept (it deletes a default
/// later).
void merge_values(Json& into, const Json& from);

/// --set: "a.b[0].c=v,d={x,y}". Whole numbers become integers, true/false/null what they say, all
/// else text. Errors: bad_input "failed parsing --set data: key "k" has no value" and the like.
Result<void> set_value(Json& values, std::string_view expression);
/// --set-string: the same, every value is text.
Result<void> set_text(Json& values, std::string_view expression);
/// --set-json: "a.b={...}".
Result<void> set_json(Json& values, std::string_view expression);

}  // namespace spokelab::hub::helm
