// What every cluster has from its first second: namespaces, roles, bindings, the kubernetes
// Service.
#pragma once

#include <vector>

#include "base/json_fwd.h"

namespace spokelab::fakeapi {

/// In the order in which they are to be created.
std::vector<Json> bootstrap_objects();

}  // namespace spokelab::fakeapi
