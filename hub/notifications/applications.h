// AppNotifications: Argo CD's notifications controller. One replica at a time runs it (the leader's
// Lease).
#pragma once

#include <string>
#include <utility>

#include "base/async.h"
#include "base/json_fwd.h"
#include "base/rng.h"
#include "hub/notifications/notifier.h"
#include "hub/notifications/ports.h"

namespace spokelab::hub::notifications {

/// Watches Applications and AppProjects as long as there is an argocd-notifications-cm, and looks
/// at an Application when it changes and every kResyncEvery, one after the other: a receiver that
/// does not answer holds up all that wait. What was told stands in the Application's annotation.
class AppNotifications {
 public:
  AppNotifications(Ports ports, Rng rng);
  /// Runs until cancelled.
  Task<void> run();

 private:
  struct Session;
  Task<void> serve();
  using Place = std::pair<std::string, std::string>;  ///< Namespace and name.
  Task<void> process(Session& session, Place place);

  Ports ports_;
  Rng rng_;
  Notifier notifier_;
};

/// Whether what the status says of the sync is newer than the last operation (Argo CD
/// isAppSyncStatusRefreshed); until then an Application is passed over.
bool is_sync_status_refreshed(const Json& application);

}  // namespace spokelab::hub::notifications
