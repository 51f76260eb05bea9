// A quick way through the plain block YAML that manifests are made of; all else is left to
// yaml-cpp.
#pragma once

#include <optional>
#include <string_view>

#include "base/json_fwd.h"

namespace spokelab::yaml {

/// The JSON value of an unquoted scalar; nothing for infinities and not-a-number.
std::optional<Json> plain_to_json(std::string_view text);

/// Reads one document in the common subset (block mappings and sequences, one-line scalars, literal
/// blocks, no anchors, tags or directives). Nothing when the text leaves the subset or is wrong in
/// any way: then the full reader must look at it. Whatever is returned, the full reader would
/// return too.
std::optional<Json> parse_fast(std::string_view text);

}  // namespace spokelab::yaml
