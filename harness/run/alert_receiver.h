// AlertReceiver: where webhooks of a lab arrive.
#pragma once

#include <string_view>

#include "base/http.h"
#include "sim/network.h"

namespace spokelab::harness {

/// Its node in the simulated network, and its region: no cluster's outage touches it.
inline constexpr std::string_view kAlertsNode = "alerts";

/// Takes whatever is sent to alerts.example.com and alertmanager.example.com: HTTP on ports 80 and
/// 9093, HTTPS on 443, with a certificate that everybody trusts. Answers 200. Other hosts of
/// webhooks do not exist in a lab.
class AlertReceiver final : public HttpHandler {
 public:
  /// Listens there. The receiver must outlive the network.
  void join(sim::Network& network);
  HttpReply handle(const HttpRequest& request, const HttpPeer& peer) override;
};

}  // namespace spokelab::harness
