// Exchange: TCP, TLS and HTTP reduced to round trips, losses and timeouts.
#include "sim/traffic/exchange.h"

namespace spokelab::sim::traffic {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Either direction losing its packet loses the round trip: 1 - (1-p)^2.
std::uint32_t trip_loss(std::uint32_t packet_loss) {
  const std::uint64_t kept = (1'000'000ULL - packet_loss) * (1'000'000ULL - packet_loss);
  return 1'000'000U - static_cast<std::uint32_t>(kept / 1'000'000);
}

/// Adds one round trip with its retransmissions, each wait twice the one before, up to `limit`.
bool round_trip(const Way& way, Nanos first_wait, Nanos limit, Luck& luck, Nanos& took) {
  const auto lost = trip_loss(way.loss);
  for (Nanos wait = first_wait; luck.chance(lost); wait *= 2) {
    took += wait;
    if (took >= limit) return false;
  }
  took += way.rtt;
  return took <= limit;
}

}  // namespace

std::string_view name_of(Ending ending) noexcept {
  switch (ending) {
    case Ending::ok:
      return "ok";
    case Ending::refused:
      return "refused";
    case Ending::connect_timeout:
      return "connect-timeout";
    case Ending::request_timeout:
      return "request-timeout";
    case Ending::reset:
      return "reset";
    case Ending::http_error:
      return "http-error";
    case Ending::slow:
      return "slow";
    case Ending::no_answer:
      return "no-answer";
  }
  return "?";
}

std::string_view words_for(Ending ending) noexcept {
  switch (ending) {
    case Ending::ok:
      return "answered";
    case Ending::refused:
      return "connection refused";
    case Ending::connect_timeout:
      return "no connection within the timeout";
    case Ending::request_timeout:
      return "no answer within the timeout";
    case Ending::reset:
      return "connection reset";
    case Ending::http_error:
      return "answered with a server error";
    case Ending::slow:
      return "answered too late";
    case Ending::no_answer:
      return "no address to go to";
  }
  return "?";
}

Exchange exchange(const Way& given, const Service& service, const Patience& patience, Luck luck) {
  Nanos took(0);
  Way way = given;
  if (luck.chance(way.slow_share)) way.rtt += way.slow;
  // A black hole elsewhere on the way swallows what would be refused here.
  if (way.wire != Wire::blackhole && luck.chance(way.cut_share)) way.wire = way.cut;
  // The cluster's own balancing passes packets on: a silent pod is a black hole behind an open way.
  if (way.wire == Wire::open && luck.chance(service.silent)) way.wire = Wire::blackhole;
  if (patience.cold) {
    if (way.wire == Wire::blackhole) return {Ending::connect_timeout, patience.connect};
    if (!round_trip(way, seconds(1), patience.connect, luck, took)) {
      return {Ending::connect_timeout, patience.connect};
    }
    const bool nobody = !patience.http && service.ready_pods == 0;
    if (way.wire == Wire::refused || nobody) return {Ending::refused, took};
  } else if (way.wire == Wire::blackhole) {
    return {Ending::request_timeout, patience.whole};
  } else if (way.wire == Wire::refused) {
    return {Ending::reset, way.rtt};  // a dead host's successor answers a live connection with RST
  }
  if (!patience.http && way.wire != Wire::reset) return {Ending::ok, took};
  const int trips = patience.cold && patience.tls && way.wire != Wire::reset ? 2 : 1;
  for (int trip = 0; trip < trips; ++trip) {
    if (!round_trip(way, way.rtt + milliseconds(200), patience.whole, luck, took)) {
      return {Ending::request_timeout, patience.whole};
    }
  }
  if (way.wire == Wire::reset) return {Ending::reset, took};
  if (service.ready_pods == 0) return {Ending::http_error, took};
  took += service.think;
  if (took > patience.whole) return {Ending::request_timeout, patience.whole};
  return {luck.chance(service.errors) ? Ending::http_error : Ending::ok, took};
}

bool certain(const Way& way, const Service& service, const Patience& patience) noexcept {
  if (way.wire == Wire::blackhole) return true;
  if (way.loss != 0 || way.cut_share != 0 || way.slow_share != 0) return false;
  if (way.wire == Wire::open && service.silent != 0) return service.silent == 1'000'000;
  return way.wire != Wire::open || !patience.http || service.ready_pods == 0 ||
         service.errors == 0 || service.errors == 1'000'000;
}

}  // namespace spokelab::sim::traffic
