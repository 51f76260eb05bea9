// What the server takes, but tells the client to think about.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"

namespace spokelab::fakeapi {

/// Texts for Warning headers about a new object, or about one whose spec has changed, as the
/// strategies' WarningsOnCreate and WarningsOnUpdate have them. `old`: nullptr for a creation.
std::vector<std::string> warnings_about(const ServedKind& kind, const Json& object,
                                        const Json* old);

}  // namespace spokelab::fakeapi
