// YAML whose floats are told from whole numbers.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab {

/// As parse_yaml with YamlDuplicates::last_wins, but 1e3 and 2.0 stay floats: for those who print
/// numbers where a text belongs, as Go does.
Result<Json> parse_yaml_with_floats(std::string_view text);

}  // namespace spokelab
