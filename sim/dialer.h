// SimDialer: opens simulated connections from one node, with the waits and words of Go's dialer.
#pragma once

#include <memory>
#include <string>

#include "base/http.h"
#include "sim/connection.h"

namespace spokelab::sim {

class SimDialer final : public HttpDialer {
 public:
  SimDialer(std::shared_ptr<NetworkState> network, std::string node, Clock& clock,
            std::shared_ptr<const HttpPeer> as)
      : network_(std::move(network)), node_(std::move(node)), clock_(clock), as_(std::move(as)) {}
  Task<Result<std::shared_ptr<HttpConnection>>> dial(HttpEndpoint endpoint,
                                                     RunTime deadline) override;

 private:
  Task<Result<void>> connect(std::string server, std::uint16_t port, RunTime deadline,
                             Paths::Lot lot);
  Task<Result<void>> shake_hands(std::string server, HttpEndpoint endpoint, RunTime deadline,
                                 Paths::Lot lot);

  std::shared_ptr<NetworkState> network_;
  std::string node_;
  Clock& clock_;
  std::shared_ptr<const HttpPeer> as_;
};

}  // namespace spokelab::sim
