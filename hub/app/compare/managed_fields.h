// ManagedFields: fields that trusted managers may change.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::hub {

/// Takes from both objects what differs between them and is owned, by `live`'s managedFields, by
/// one of `managers` (Argo CD util/argo/managedfields). Fields that only one of them has stay.
void remove_trusted(Json& live, Json& target, const std::vector<std::string>& managers);

}  // namespace spokelab::hub
