// What `argocd app get` and `argocd app history` show of an application.
#pragma once

#include <string>

#include "base/json_fwd.h"

namespace spokelab::harness {

/// The summary (name, project, destination, sources, windows, sync policy, sync and health), the
/// conditions, the last operation and the resources with what became of each in it. `answer` as
/// look() gives it for "app".
std::string describe_app(const Json& answer);

/// For each source "SOURCE", then ID DATE REVISION: the last syncs, oldest first. Empty for an
/// application that was never synced.
std::string history_table(const Json& app);

}  // namespace spokelab::harness
