#include "harness/run/alert_receiver.h"

#include <optional>
#include <string>

#include "base/json.h"

namespace spokelab::harness {

void AlertReceiver::join(sim::Network& network) {
  const std::string node(kAlertsNode);
  network.add_node(node, node);
  sim::TlsIdentity identity;
  for (const char* host : {"alerts.example.com", "alertmanager.example.com"}) {
    network.add_name(host, node);
    identity.names.insert(host);
  }
  network.serve(node, 80, *this, std::nullopt);
  network.serve(node, 9093, *this, std::nullopt);
  network.serve(node, 443, *this, identity);
}

HttpReply AlertReceiver::handle(const HttpRequest&, const HttpPeer&) {
  HttpReply reply;
  reply.response.body = Body(freeze(Json{{"status", "success"}}));
  return reply;
}

}  // namespace spokelab::harness
