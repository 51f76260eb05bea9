// Defaults: what an API server adds to built-in objects that their authors left out.
#pragma once

#include <string_view>

#include "base/json_fwd.h"

namespace spokelab::kube {

/// Sets every default that Kubernetes 1.32 sets while decoding an object of this kind; what a
/// server allocates (addresses, ports, tokens) is not among them. Nothing is overwritten. Unknown
/// kinds stay as they are. `object` need not be valid.
void apply_defaults(std::string_view group, std::string_view version, std::string_view kind,
                    Json& object);

}  // namespace spokelab::kube
