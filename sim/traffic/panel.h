// Panel: all health checkers of one target, and what they believe together.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/history.h"
#include "sim/traffic/probe.h"
#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// Who watches a target, and who is believed.
struct PanelSpec {
  std::string traffic;  ///< Events are "router.<traffic>", "traffic.<traffic>.target.<target>".
  std::string target;
  std::vector<Point> from;  ///< Places of the checkers, taken in turn.
  ProbeSpec probe;
  std::uint32_t checkers = 1;  ///< Uncoordinated, each with its own phase.
  /// Healthy while more than this share of them say so; millionths (Route 53: 18 %).
  std::uint32_t quorum = 180'000;
  /// Above 1: checkers are dealt to so many regions; each region goes by its majority, and `quorum`
  /// is asked of the regions (Cloudflare).
  std::uint32_t regions = 1;
};

class Panel {
 public:
  static constexpr std::uint32_t kCheckersMax = 1000;

  /// Starts checking at once. `on_change` gets the id of the belief event, after it was told. The
  /// references must outlive this.
  Panel(Clock& clock, History& history, Rng rng, Field& field, PanelSpec spec,
        std::function<void(std::uint64_t)> on_change);

  Health health() const noexcept { return health_; }
  /// How the present belief came about; empty when it never changed.
  std::vector<Step> explain() const;
  /// As Probe::pretend, for all checkers.
  void pretend(std::optional<bool> good);

 private:
  void flipped(const Flip& flip);
  Health vote() const;

  Clock& clock_;
  History& history_;
  PanelSpec spec_;
  std::function<void(std::uint64_t)> on_change_;
  std::vector<std::unique_ptr<Probe>> checkers_;
  Health health_;
  std::uint32_t agree_ = 0;  // checkers that shared the new belief when it was formed
  Flip last_;                // the change of mind that decided
  RunTime first_{};          // the first of those that led to it
};

}  // namespace spokelab::sim::traffic
