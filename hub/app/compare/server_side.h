// ServerSide: comparison by what the API server says an apply would make of an object.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/app/application.h"
#include "hub/app/compare/diff.h"
#include "hub/app/compare/normalize.h"

namespace spokelab::hub {

/// What is sent as a dry run: `target` without what is ignored.
Json server_side_body(const Json& target, const Json& live, const NormalizeRules& rules);

/// `predicted`: the answer to a dry-run server-side apply of server_side_body(). Unless
/// `webhooks_count`, only fields that `manager` owns can differ: what an admission webhook or a
/// default adds is no difference (GE/diff ServerSideDiff, removeWebhookMutation); fields it owned
/// and would own no more, and that would be gone, do. Errors: bad_input for an answer without
/// managed fields.
Result<Difference> server_side_diff(const Json& target, const Json& predicted, const Json& live,
                                    const NormalizeRules& rules, bool webhooks_count,
                                    std::string_view manager);

}  // namespace spokelab::hub
