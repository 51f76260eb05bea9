// Updates: what of an object a write at one endpoint may change.
#pragma once

#include <optional>
#include <string_view>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// Whether status is written at an endpoint of its own.
bool has_status_endpoint(const ServedKind& kind);
/// Puts back what nobody may change. Errors: for another uid 409, or 422 when it is `patched`.
std::optional<kube::Status> keep_metadata(const ServedKind& kind, const Json& old, Json& object,
                                          bool patched);
/// Takes over from `old` what the endpoint `subresource` ("" for the main one) does not write.
void keep_other_half(const ServedKind& kind, const Json& old, Json& object,
                     std::string_view subresource);
/// Raises metadata.generation when the change counts.
void count_generation(const ServedKind& kind, const Json& old, Json& object);

}  // namespace spokelab::fakeapi
