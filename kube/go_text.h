// JSON values as Go's fmt and encoding/json print them, as API servers quote and kubectl keeps
// them.
#pragma once

#include <string>

#include "base/json_fwd.h"

namespace spokelab::kube {

/// As %v: "map[a:1 b:[x y]]", "<nil>".
std::string go_text(const Json& value);

/// As encoding/json: what could end a script element in HTML is escaped.
std::string go_json(const Json& value);

}  // namespace spokelab::kube
