// Escalation: nobody may give rights that he does not have.
#pragma once

#include <optional>

#include "base/json_fwd.h"
#include "fakeapi/auth.h"
#include "fakeapi/rbac.h"
#include "fakeapi/served_kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// Why a user may not write this Role, ClusterRole or binding: it would grant what the user does
/// not hold, and neither "escalate" (on the role) nor "bind" (on the role bound) lets that pass.
/// nullopt for everything else. `before`: null for a creation. As
/// pkg/registry/rbac/{role,rolebinding}/policybased.
std::optional<kube::Status> escalation(Authorizer& authorizer, const UserInfo& user,
                                       const ServedKind& kind, const Json* before,
                                       const Json& next);

}  // namespace spokelab::fakeapi
