// Field: the truth about the targets: how each of them answers now, from each place.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/run_time.h"
#include "sim/traffic/hooks.h"

namespace spokelab::sim::traffic {

/// What becomes of packets between two points.
enum class Wire : std::uint8_t {
  open,
  refused,    ///< The host lives, the port does not: a dial fails after one round trip.
  blackhole,  ///< Nothing ever comes back: a dial fails at the caller's timeout.
  reset,      ///< Connections open and are cut at the first request.
};

/// The chance that at least one of two independent things happens, in millionths.
std::uint32_t either(std::uint32_t a, std::uint32_t b) noexcept;

/// The way from a place (users' region, router, health checker) to a target or router.
struct Way {
  Wire wire = Wire::open;
  Nanos rtt = std::chrono::milliseconds(20);  ///< Round trip.
  std::uint32_t loss = 0;                     ///< Packets lost in each direction, in millionths.
  // What strikes a share of the connections, each of them wholly or not at all.
  std::uint32_t cut_share = 0;  ///< Connections that meet `cut` instead of an open way.
  Wire cut = Wire::open;
  std::uint32_t slow_share = 0;  ///< Connections whose round trips take `slow` longer.
  Nanos slow{0};
  friend bool operator==(const Way&, const Way&) = default;
};

/// What stands behind a target's front door.
struct Service {
  std::int64_t ready_pods = 1;  ///< None: the cluster's load balancer answers 503 at once.
  Nanos think = std::chrono::milliseconds(5);  ///< From request to answer, without the network.
  std::uint32_t errors = 0;                    ///< Requests answered with a 5xx, in millionths.
  /// For whoever comes over an open way, from anywhere: a lost region is a black hole here.
  Wire door = Wire::open;
  /// Requests that meet a pod of which nothing is heard (its node is gone), in millionths.
  std::uint32_t silent = 0;
  friend bool operator==(const Service&, const Service&) = default;
};

/// A place or a target, by number. Numbers are given in the order of first mention.
using Point = std::uint32_t;

/// The truth, piecewise constant in time. What is set at instant t holds for requests sent at t or
/// later, whatever the order of calls at t. Whoever depends on it is told before a change, so that
/// it settles what happened until now under the old truth, and again after it.
class Field {
 public:
  static constexpr std::size_t kPointsMax = 4096;

  /// What changed: the way `from` -> `to`, or the service at `to` when `service` is set (`from` is
  /// 0 then).
  struct Change {
    Point from = 0;
    Point to = 0;
    bool service = false;
    bool concerns(Point a, Point b) const noexcept { return to == b && (service || from == a); }
  };
  using Hook = Hooks<const Change&>;

  /// The number of a name; a new name gets the next one. At most kPointsMax.
  Point point(std::string_view name);
  const std::string& name(Point point) const { return names_[point]; }

  /// Sets the way from a place to a target. No effect when it is so already.
  void set_way(std::string_view from, std::string_view to, const Way& way);
  /// Sets what stands at a target. No effect when it is so already.
  void set_service(std::string_view target, const Service& service);

  /// A way that was never set is Way{}, a service Service{}. The target's door is already taken
  /// into the way: way().wire is what a packet meets first.
  Way way(Point from, Point to) const;
  Service service(Point target) const;
  /// The way from -> via, sender -> to as one: round trips add up, losses combine, the first leg
  /// that is not open decides. `sender` is where `via` sends from: mostly itself.
  Way way_through(Point from, Point via, Point sender, Point to) const;

  Hook& before_change() noexcept { return before_; }
  Hook& after_change() noexcept { return after_; }

 private:
  Way set_before(Point from, Point to) const;
  std::vector<std::string> names_;
  std::map<std::string, Point, std::less<>> points_;
  std::map<std::pair<Point, Point>, Way> ways_;
  std::map<Point, Service> services_;
  Hook before_;
  Hook after_;
};

}  // namespace spokelab::sim::traffic
