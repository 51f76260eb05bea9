// Outside: what a lab that runs in real time shows to the world around it (port).
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/http.h"
#include "fakeapi/auth.h"
#include "sim/world.h"

namespace spokelab::harness {

/// How an API server is reached by clients of this machine.
struct SiteAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string server;           ///< Its URL.
  std::set<std::string> names;  ///< What its certificate is for.
  std::string ca_pem;
  bool tls = true;
};

/// Lives longer than the lab.
class Outside {
 public:
  virtual ~Outside() = default;
  /// Called once, first: the lab's world, which is to keep real time.
  virtual void begin(sim::World& world) = 0;
  /// `site`: "hub" or a cluster.
  virtual SiteAddress address_of(const std::string& site) = 0;
  /// The secret token of one of the lab's own users, the same each time.
  virtual std::string token_of(const std::string& user) = 0;
  /// What a cluster signs the tokens of its service accounts with.
  virtual fakeapi::TokenSigner signer_of(const std::string& site) = 0;
  /// Opens real connections for one of the lab's processes.
  virtual std::unique_ptr<HttpDialer> dialer(const std::string& node, Clock& clock) = 0;
};

}  // namespace spokelab::harness
