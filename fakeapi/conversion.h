// Conversion between the version that is asked for and the one that is stored.
#pragma once

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"

namespace spokelab::fakeapi {

/// Turns an object of `kind`'s version into the stored version; sets apiVersion.
void to_stored(const ServedKind& kind, Json& object);
/// The same object in `kind`'s version; the very same document when that is how it is stored.
JsonRef to_served(const ServedKind& kind, const JsonRef& stored);

}  // namespace spokelab::fakeapi
