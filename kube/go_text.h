// JSON values as Go's fmt prints them, which is how API servers quote them in some messages.
#pragma once

#include <string>

#include "base/json_fwd.h"

namespace spokelab::kube {

/// As %v: "map[a:1 b:[x y]]", "<nil>".
std::string go_text(const Json& value);

}  // namespace spokelab::kube
