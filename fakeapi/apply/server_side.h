// Server-side apply: managedFields, conflicts, and what an applier no longer wants.
#pragma once

#include <string>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

struct ApplyRequest {
  std::string manager;      ///< Never empty.
  std::string subresource;  ///< "" or "status".
  bool force = false;
  std::string now;  ///< RFC 3339.
};

/// `live` (nullptr: to be created) with the applied configuration, and managedFields to match.
/// Errors: 400 (managedFields in the configuration), 409 with one cause for each conflict, 500
/// (duplicate keys).
kube::Answer<Json> apply_server_side(const ServedKind& kind, const Json* live, const Json& config,
                                     const ApplyRequest& request);

/// After any other write: `manager` takes over what it changed, and nobody owns what is gone.
/// Objects that nobody has ever applied carry no managedFields, and get none.
void track_update(const ServedKind& kind, const Json& old, Json& object, const std::string& manager,
                  const std::string& subresource, const std::string& now);

}  // namespace spokelab::fakeapi
