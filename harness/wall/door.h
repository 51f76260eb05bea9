// Door: a real listening port that leads to a server of the lab.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/http.h"
#include "harness/wall/certificates.h"
#include "harness/wall/pace.h"
#include "sim/network.h"

namespace spokelab::harness {

/// Which of the lab's own processes dials from which local port; whoever is not listed comes from
/// outside.
class Callers {
 public:
  void add(std::uint16_t port, std::string node) { nodes_[port] = std::move(node); }
  void remove(std::uint16_t port) { nodes_.erase(port); }
  /// The node, or "outside"; it is forgotten, since ports are used again.
  std::string take(std::uint16_t port);

 private:
  std::map<std::uint16_t, std::string> nodes_;
};
inline constexpr const char* kOutside = "outside";

struct DoorLimits {
  std::size_t connections = 10'000;  ///< More are closed as they come.
  std::size_t header_bytes = 64 * 1024;
  std::size_t body_bytes = 3 * 1024 * 1024;  ///< As kube-apiserver; longer ones are answered 413.
  std::chrono::nanoseconds handshake = std::chrono::seconds(10);
  std::chrono::nanoseconds request =
      std::chrono::seconds(30);                               ///< From its first byte to its last.
  std::chrono::nanoseconds idle = std::chrono::minutes(5);    ///< Between two requests.
  std::chrono::nanoseconds write = std::chrono::seconds(30);  ///< For a reader to take a write.
};

/// Accepts on 127.0.0.1 and carries each connection to the server that listens in the simulated
/// network at `node`:`port`, as a connection of the node it comes from. So whatever the network
/// does to that path, and the server to a request, happens to a real client: a server that is down
/// refuses, a reset is a reset, a black hole is silent, its certificate is the one that the network
/// holds. HTTP/1.1, over TLS where the server has a certificate. All times here are real.
class Door {
 public:
  struct Target {
    std::string node;
    std::uint16_t port = 0;
    bool tls = true;  ///< False: plain HTTP, for looking at the wire.
  };
  /// `ca` has signed the server's certificates and those of its clients; it must outlive the door,
  /// as must everything else.
  Door(Pace& pace, sim::Network& network, Callers& callers, const CertificateAuthority& ca,
       Target target, DoorLimits limits = {});
  ~Door();
  Door(const Door&) = delete;

  /// Begins to listen; 0: a port of the system's choice. Errors: refused, with the system's words.
  Result<void> open(std::uint16_t port);
  std::uint16_t port() const noexcept { return port_; }
  /// False while nobody behind it would answer: whoever comes is refused by the system.
  bool is_open() const noexcept;
  std::size_t connections() const noexcept;
  /// Ends every connection; nothing is accepted any more.
  void close();

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
  std::uint16_t port_ = 0;
};

}  // namespace spokelab::harness
