// Fleet: a hub and its clusters, served to this machine's clients in real time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/fleet/injected.h"
#include "harness/run/lab.h"
#include "harness/run/outside.h"
#include "harness/run/truth.h"
#include "harness/wall/certificates.h"
#include "harness/wall/dialer.h"
#include "harness/wall/door.h"
#include "harness/wall/pace.h"

namespace spokelab::harness {

struct FleetOptions {
  double speed = 1;             ///< Virtual seconds in a real one.
  std::uint16_t port_base = 0;  ///< Of the first API server; 0: ports of the system's choice.
  bool tls = true;
  bool hub = true;
  std::uint64_t seed = 1;
  WallTime epoch{};  ///< What real calendars say now.
};

/// One API server of the fleet, for its clients.
struct FleetMember {
  std::string name;
  std::string server;  ///< URL.
};

/// Runs the lab of a scenario beside real doors to each of its API servers. The hub's replicas,
/// too, reach the clusters through those doors.
class Fleet final : private Outside {
 public:
  /// All of it must outlive the fleet. Errors: a profile's, a port's, a cluster's start.
  static Result<std::unique_ptr<Fleet>> start(const Scenario& scenario, const Assets& assets,
                                              FleetOptions options);
  ~Fleet() override;

  Pace& pace() noexcept { return *pace_; }
  Lab& lab() noexcept { return *lab_; }
  /// The hub first, then the clusters by name.
  std::vector<FleetMember> members() const;
  /// Where the metrics of each hub replica are read, by its name.
  std::vector<FleetMember> metrics() const;
  /// For kubectl: one context for each member, its user by client certificate; a second user for
  /// each, by token.
  Json kubeconfig() const;

  /// Begins a fault, worded as a scenario words it. Returns its name. Errors: bad_input with
  /// everything that is wrong with it.
  Result<std::string> inject(const FaultOrder& order);
  /// Ends one fault, or all for an empty name. Returns which. Errors: not_found.
  Result<std::vector<std::string>> heal(const std::string& name);
  Json status() const;

  /// Says goodbye to every client and stops everything. Done by the destructor, too.
  void stop();

 private:
  explicit Fleet(FleetOptions options) : options_(options) {}
  void begin(sim::World& world) override;
  SiteAddress address_of(const std::string& site) override;
  std::string token_of(const std::string& user) override;
  fakeapi::TokenSigner signer_of(const std::string& site) override;
  std::unique_ptr<HttpDialer> dialer(const std::string& node, Clock& clock) override;
  Result<void> open_doors();

  struct Gate {
    CertificateAuthority ca;
    SiteAddress address;
    KeyPair admin;
    boost::asio::ip::tcp::acceptor reserved;  // holds the port, and never listens
    std::unique_ptr<Door> door;
  };
  FleetOptions options_;
  boost::asio::io_context io_;
  Callers callers_;
  std::map<std::string, Gate> gates_;
  std::map<std::string, std::unique_ptr<Door>> metrics_doors_;  // by replica
  std::map<std::string, std::string> tokens_;
  std::vector<WallDialer*> dialers_;  // the lab's
  std::string trouble_;               // of a port that cannot be had
  std::unique_ptr<Pace> pace_;
  std::unique_ptr<Lab> lab_;
  std::unique_ptr<Truths> truths_;
  std::unique_ptr<InjectedFaults> injected_;
  bool stopped_ = false;
};

}  // namespace spokelab::harness
