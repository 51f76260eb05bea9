// Application service: what argocd-server does to Applications for people, pipelines and webhooks.
#pragma once

#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "kube/client.h"

namespace spokelab::hub {

/// `argocd app sync` without flags, but for these.
struct SyncOrder {
  std::string app;
  std::string revision;  ///< Empty: what the spec names.
  bool prune = false;
  std::string user = "admin";
};

/// Writes `operation`, as a user asks for it (server/application Sync). The retry is the
/// Application's own. Errors: not_found; conflict "another operation is already in progress";
/// forbidden "cannot sync: blocked by sync window"; bad_input for a revision that automated sync
/// would undo; what the hub's API server says.
Task<Result<void>> order_sync(Clock& clock, kube::Client& hub, std::string ns, SyncOrder order);

/// `argocd app get --refresh`, `--hard-refresh`: the annotation. Errors: not_found, and what the
/// hub's API server says.
Task<Result<void>> order_refresh(kube::Client& hub, std::string ns, std::string app, bool hard);

/// A Git server's push event (util/webhook): a normal refresh for every Application with a source
/// in that repository that follows the branch; `head`: the branch is the repository's own. Returns
/// their names.
Task<Result<std::vector<std::string>>> take_push(kube::Client& hub, std::string ns, std::string url,
                                                 std::string branch, bool head);

}  // namespace spokelab::hub
