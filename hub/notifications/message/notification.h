// Notification: one message, rendered and addressed.
#pragma once

#include <map>
#include <string>

#include "base/json.h"

namespace spokelab::hub::notifications {

struct WebhookCall {
  std::string method;  ///< Empty: GET.
  std::string path;    ///< Empty: the service's URL as it is.
  std::string body;
};

/// What the templates of a condition made for one object (notifications-engine pkg/services).
struct Notification {
  std::string message;
  std::map<std::string, WebhookCall> webhook;  ///< By service.
  Json alertmanager;                           ///< An alert of Alertmanager's API; null: none.
  /// Of other services, texts rendered: "slack", "email", ...
  std::map<std::string, Json> sections;

  /// The first line for a person: the message, or what the section of that service type says; at
  /// most 200 bytes.
  std::string headline(const std::string& service_type) const;
};

}  // namespace spokelab::hub::notifications
