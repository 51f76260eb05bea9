// set_yaml_values: new values in a YAML file, by dotted path.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::harness {

/// The file with each value set; "image.tag" walks maps, "containers.0.image" lists, and missing
/// maps are made. The document is printed anew: comments are lost, values are not. Errors:
/// bad_input for a file that is not one YAML map, or a path through something that is neither map
/// nor list.
Result<std::string> set_yaml_values(const std::string& text,
                                    const std::vector<std::pair<std::string, JsonRef>>& values);

}  // namespace spokelab::harness
