// WallDialer: opens real connections, with the checks and words of Go's dialer.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/http.h"
#include "harness/wall/door.h"
#include "harness/wall/pace.h"

namespace spokelab::harness {

/// HTTP/1.1 over TCP and TLS 1.2+. A connection is one to the server's address; requests that are
/// under way at once each use a socket of their own, which later ones use again. Deadlines are
/// times of `clock`, and certificates must be valid by its calendar.
class WallDialer final : public HttpDialer {
 public:
  /// Dials as `node`, so that doors of this process know where it comes from. Pace, callers and
  /// clock must outlive the dialer and its connections.
  WallDialer(Pace& pace, Callers& callers, std::string node, Clock& clock);
  ~WallDialer() override;

  Task<Result<std::shared_ptr<HttpConnection>>> dial(HttpEndpoint endpoint,
                                                     RunTime deadline) override;
  /// Cuts everything it has opened; what waits for it ends. Nothing may be dialled afterwards.
  void close();

  struct Parts;

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace spokelab::harness
