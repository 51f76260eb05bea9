// BoundedLoad: an outage does not make the hub hammer an API server.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/run_time.h"

namespace spokelab::harness {

/// Sampled every kEvery: what the hub's replicas have asked of each API server so far, and how
/// often they have dialled it. From the first fault on, neither may exceed in one such span what
/// was most before it, several times over; what little that is counts as kLeast.
class BoundedLoad {
 public:
  static constexpr Nanos kEvery = std::chrono::seconds(10);
  static constexpr std::uint64_t kLeast = 2'000;  ///< In kEvery.
  static constexpr std::uint64_t kTimes = 4;

  using Complain = std::function<void(std::string)>;
  explicit BoundedLoad(Complain complain) : complain_(std::move(complain)) {}

  struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t dials = 0;
  };
  /// Totals by cluster, a span of kEvery or more after the last ones. `trouble`: a fault has begun.
  void sample(RunTime now, const std::map<std::string, Counts>& totals, bool trouble);

 private:
  void judge(RunTime now, const std::string& cluster, const char* what, std::uint64_t now_count,
             std::uint64_t& peak, bool trouble);
  Complain complain_;
  std::map<std::string, Counts> last_;
  std::optional<RunTime> sampled_;
  std::map<std::string, Counts> peak_;  // before the first fault
  std::set<std::string> told_;
};

}  // namespace spokelab::harness
