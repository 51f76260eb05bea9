// Capacity: what the pods of one cluster can carry, and what becomes of the rest.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/run_time.h"
#include "sim/traffic/arrivals.h"

namespace spokelab::sim::traffic {

enum class Overload : std::uint8_t {
  shed,   ///< What is too much is answered with an error at once.
  queue,  ///< It waits, until the queue is full; the rest is shed.
};

/// Scenario key: to.capacity.
struct CapacitySpec {
  Rate per_pod;  ///< Requests that a warm pod answers.
  Overload overload = Overload::shed;
  std::uint64_t queue = 100;     ///< Requests that wait, for each pod.
  Nanos warm_up{0};              ///< From ready until it carries all it can,
  std::uint32_t cold = 500'000;  ///< beginning with this share of it, in millionths.
};

/// What users feel of it.
struct Pressure {
  std::uint32_t shed = 0;  ///< Share of requests answered with an error, in millionths.
  Nanos wait{0};           ///< In the queue, for those that are answered.
  friend bool operator==(const Pressure&, const Pressure&) = default;
};

/// Steps from one look to the next, each under the load since the last: fluid, not requests.
/// Loads and capacities are in requests per 1,000 seconds.
class Capacity {
 public:
  /// Pods that are ready at the first look are warm.
  explicit Capacity(CapacitySpec spec) : spec_(spec) {}

  /// `now` must not go back. `load`: what has come since the last look, and still comes.
  Pressure look(RunTime now, std::int64_t ready_pods, std::uint64_t load);

  std::uint64_t carries() const noexcept { return carries_; }
  std::uint64_t load() const noexcept { return load_; }
  /// Load that is answered.
  std::uint64_t served() const noexcept { return std::min(load_, carries_); }
  /// What one warm pod carries.
  std::uint64_t per_pod() const;
  bool overloaded() const noexcept { return load_ > carries_ || backlog_ > 0; }

 private:
  void count_pods(RunTime now, std::int64_t ready);
  std::uint64_t capacity_at(RunTime now) const;

  CapacitySpec spec_;
  bool begun_ = false;
  RunTime looked_{};
  std::int64_t pods_ = 0;
  std::vector<RunTime> cold_;  // since when, of those that are not yet warm; oldest first
  std::uint64_t carries_ = 0;
  std::uint64_t load_ = 0;
  std::uint64_t backlog_ = 0;  // requests that wait
};

}  // namespace spokelab::sim::traffic
