// What the parts of the notifications controller work with.
#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/history.h"
#include "base/http.h"
#include "hub/cluster/cluster_set.h"
#include "hub/metrics/hub_metrics.h"
#include "hub/notifications/config/config_watch.h"
#include "hub/profile.h"
#include "kube/client.h"

namespace spokelab::hub::notifications {

/// All of it must outlive whoever uses it.
struct Ports {
  Clock& clock;
  HttpDialer& dialer;  ///< To receivers of webhooks.
  History& history;
  kube::Client& hub;
  ClusterSet& clusters;
  ConfigWatch& config;
  const Profile& profile;
  std::string ns;                 ///< Argo CD's namespace.
  std::string who;                ///< This replica, "hub-0".
  HubMetrics* metrics = nullptr;  ///< nullptr: nothing is counted.
};

/// How often everything is looked at again, although nothing has changed (Argo CD
/// notification_controller/controller: resyncPeriod).
inline constexpr Nanos kResyncEvery = std::chrono::seconds(60);

}  // namespace spokelab::hub::notifications
