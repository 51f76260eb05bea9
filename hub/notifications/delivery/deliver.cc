#include "hub/notifications/delivery/deliver.h"

#include <utility>

namespace spokelab::hub::notifications {

Task<Delivery> deliver(Clock& clock, HttpDialer& dialer, Service service, Notification notification,
                       Destination to) {
  if (service.type == "webhook") {
    co_return co_await deliver_webhook(clock, dialer, std::move(service), std::move(notification),
                                       std::move(to));
  }
  if (service.type == "alertmanager") {
    co_return co_await deliver_alert(clock, dialer, std::move(service), std::move(notification));
  }
  co_return Delivery{};
}

}  // namespace spokelab::hub::notifications
