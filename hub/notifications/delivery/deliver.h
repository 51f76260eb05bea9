// Delivery: one notification through one service.
#pragma once

#include <optional>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/http.h"
#include "hub/notifications/config/config.h"
#include "hub/notifications/config/subscriptions.h"
#include "hub/notifications/message/notification.h"

namespace spokelab::hub::notifications {

struct Delivery {
  /// Over HTTP; false: through a service that only real life has, so that it was only told.
  bool carried = false;
  int attempts = 0;  ///< Requests sent.
  std::optional<Error> error;
};

/// Sends. `webhook` and `alertmanager` go over the HTTP port; other services (slack, email, ...)
/// cannot be reached from here, and count as delivered. The clock and dialer must outlive the call.
Task<Delivery> deliver(Clock& clock, HttpDialer& dialer, Service service, Notification notification,
                       Destination to);

/// notifications-engine pkg/services/webhook.go: tried again after 1, 2, 4 s when there is no
/// answer, a 429 or a 5xx, `retryMax` times (3).
Task<Delivery> deliver_webhook(Clock& clock, HttpDialer& dialer, Service service,
                               Notification notification, Destination to);

/// notifications-engine pkg/services/alertmanager.go: POST /api/v2/alerts to every target at once,
/// 3 s each, never again; one that takes it is enough.
Task<Delivery> deliver_alert(Clock& clock, HttpDialer& dialer, Service service,
                             Notification notification);

}  // namespace spokelab::hub::notifications
