// Exchange: one request over one way: how it ends, and after how long.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/run_time.h"
#include "sim/traffic/backend.h"

namespace spokelab::sim::traffic {

/// Draws that belong to one numbered request alone, so that its luck does not depend on when, or in
/// what portions, requests are settled. The seed comes from an Rng stream; the mixing is
/// SplitMix64's.
class Luck {
 public:
  Luck(std::uint64_t seed, std::uint64_t index) : state_(mixed(seed ^ mixed(index))) {}
  std::uint64_t next() { return mixed(state_ += kStep); }
  /// True in `millionths` of 1,000,000 cases.
  bool chance(std::uint32_t millionths) {
    return millionths != 0 && ((next() >> 32) * 1'000'000 >> 32) < millionths;
  }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;
  static constexpr std::uint64_t mixed(std::uint64_t z) {
    z += kStep;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

/// How a request ends.
enum class Ending : std::uint8_t {
  ok,
  refused,
  connect_timeout,
  request_timeout,
  reset,
  http_error,  ///< A 5xx: drawn, or because no pod is ready.
  slow,        ///< Answered, but later than the users' latency objective.
  no_answer,   ///< The name has no address, or the router has nowhere to send it.
};
inline constexpr std::size_t kEndings = 8;
/// Stable short name: "ok", "refused", "connect-timeout", ...
std::string_view name_of(Ending ending) noexcept;
/// For sentences: "connection refused", "no connection within the timeout", ...
std::string_view words_for(Ending ending) noexcept;

/// How long a caller waits, and what it must set up first.
struct Patience {
  Nanos connect = std::chrono::seconds(2);  ///< For the TCP handshake.
  Nanos whole = std::chrono::seconds(5);    ///< For everything, from the first packet.
  bool cold = true;                         ///< A new connection; false: a live one is at hand.
  bool tls = true;                          ///< One more round trip on a new connection (TLS 1.3).
  bool http = true;  ///< False: the open TCP connection is all that is wanted.
};

struct Exchange {
  Ending ending = Ending::ok;
  Nanos took{0};  ///< From the first packet to the answer, or to giving up.
};

/// One request, judged by the truth at the instant it is sent. Retransmission as in Linux: SYNs at
/// 0, 1, 3, 7, 15 s; data again after 200 ms, doubling. A lost packet of either direction costs the
/// round trip. What strikes a share of the connections is drawn for each request, for want of
/// connections that are told apart.
Exchange exchange(const Way& way, const Service& service, const Patience& patience, Luck luck);

/// True when exchange() gives the same for every Luck.
bool certain(const Way& way, const Service& service, const Patience& patience) noexcept;

}  // namespace spokelab::sim::traffic
