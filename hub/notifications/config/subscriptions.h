// Subscriptions: who is told of which trigger.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::hub::notifications {

struct Config;

/// Where a notification goes.
struct Destination {
  std::string service;    ///< As configured: "slack", "alerts".
  std::string recipient;  ///< A channel, an address; empty where the service needs none.
  friend auto operator<=>(const Destination&, const Destination&) = default;
};

/// By trigger.
using Destinations = std::map<std::string, std::vector<Destination>>;

/// Those of `subscriptions` in the ConfigMap, for an object with these labels.
Destinations default_destinations(const Config& config, const Json& labels);

/// Those of an object's annotations (notifications-engine pkg/subscriptions):
/// `notifications.argoproj.io/subscribe.<trigger>.<service>: a;b`, `subscribe.<service>` for the
/// default triggers, `subscribe_yaml...` with a list. In the order of the keys.
Destinations annotated_destinations(const Config& config, const Json& annotations);

/// Adds what is not there yet.
void merge(Destinations& into, const Destinations& more);

}  // namespace spokelab::hub::notifications
