// Server-side apply: who owns which fields, conflicts, and what an applier no longer wants.
#pragma once

#include <string>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// Who writes, at which endpoint, when.
struct FieldWrite {
  std::string manager;
  std::string subresource;
  std::string now;  ///< RFC 3339.
};

/// `live` with the applied configuration, and managedFields to match. For a creation `live` is the
/// kind's empty object. Errors: 400 (managedFields in the configuration), 409 with one cause for
/// each conflict, 500 (fields that the type does not have, duplicate keys).
kube::Answer<Json> apply_server_side(const ServedKind& kind, const Json& live, const Json& config,
                                     const FieldWrite& write, bool force);

/// After any other write: the manager takes over what it changed, and nobody owns what is gone.
/// `object` may bring managedFields of its own; [{}] asks to forget all. An object without
/// managedFields gets none unless `creates`.
void track_write(const ServedKind& kind, const Json& old, Json& object, const FieldWrite& write,
                 bool creates);

/// What a typed client would write for a new, empty object of this kind.
Json empty_object(const ServedKind& kind);

}  // namespace spokelab::fakeapi
