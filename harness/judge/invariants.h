// Invariants: what must hold in every run, whatever the scenario says.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/history.h"

namespace spokelab::harness {

/// Watches the history and may only complain. "One writer": of all hub replicas, only the one that
/// owns a cluster writes to it.
class Invariants {
 public:
  static constexpr std::size_t kComplaintsMax = 10;

  void apply(const Event& event);
  /// One sentence for each breach, at most kComplaintsMax.
  const std::vector<std::string>& complaints() const noexcept { return complaints_; }
  /// How many writes were looked at.
  std::uint64_t writes() const noexcept { return writes_; }

 private:
  std::map<std::string, std::string> owners_;  // cluster -> replica
  std::vector<std::string> complaints_;
  std::uint64_t writes_ = 0;
};

}  // namespace spokelab::harness
