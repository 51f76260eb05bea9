// Arrivals: the instants at which requests are sent.
#pragma once

#include <cstdint>
#include <deque>

#include "base/rng.h"
#include "base/run_time.h"

namespace spokelab::sim::traffic {

/// So many requests in each span: {200, 1s} is 200/s, {30, 1min} is 30/m. count 0: none at all.
struct Rate {
  std::uint64_t count = 200;
  Nanos per = std::chrono::seconds(1);
  friend bool operator==(const Rate&, const Rate&) = default;
};

enum class Spacing : std::uint8_t {
  even,     ///< All gaps equal, with a drawn phase.
  poisson,  ///< Independent exponential gaps.
};

/// A draw from the exponential distribution, by von Neumann's comparison method: exact, whole
/// numbers only.
Nanos draw_exponential(Rng& rng, Nanos mean);

/// Numbers requests from 0 and knows when each is sent.
class Arrivals {
 public:
  static constexpr std::uint64_t kPerSecondMax = 1'000'000;

  /// Requests from `start` on. rate.per > 0 and at most kPerSecondMax requests a second.
  Arrivals(Rng rng, Spacing spacing, Rate rate, RunTime start);

  /// How many requests are sent strictly before `t`.
  std::uint64_t before(RunTime t);
  /// When request `index` is sent; kNever when there is none at this rate. `index` must be at least
  /// the last one given to forget().
  RunTime at(std::uint64_t index);
  /// Requests below `index` will not be asked for again.
  void forget(std::uint64_t index);
  /// Goes on at another rate from `now` on. Requests before `now` keep their instants.
  void set_rate(Rate rate, RunTime now);
  const Rate& rate() const noexcept { return rate_; }

 private:
  void rebase(RunTime origin, std::uint64_t index);
  void draw_one();

  Rng rng_;
  Spacing spacing_;
  Rate rate_;
  RunTime origin_;           // even: request first_ is sent at origin_ + phase_
  std::uint64_t first_ = 0;  // number of the first request of this rate, or of times_.front()
  Nanos phase_{0};
  std::deque<RunTime> times_;  // poisson: drawn, not yet forgotten
  RunTime last_;
};

}  // namespace spokelab::sim::traffic
