// WatchedRouter: the part of load balancers and failover DNS that turns beliefs into shares.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/history.h"
#include "base/rng.h"
#include "sim/traffic/panel.h"
#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// Scenario keys common to all that probe: order or weights, probe, fallback, fail-open, hold.
struct WatchSpec {
  std::string name;  ///< Of the traffic; events are "router.<name>", "traffic.<name>...".
  std::vector<Target> targets;
  Policy policy = Policy::order;
  ProbeSpec probe;
  std::uint32_t checkers = 1;
  std::uint32_t quorum = 180'000;  ///< As PanelSpec::quorum.
  std::uint32_t regions = 1;       ///< As PanelSpec::regions.
  Fallback fallback = Fallback::all;
  /// A target that was unhealthy gets users again only after it was healthy for so long, unless no
  /// other is healthy.
  Nanos hold{0};
};

class WatchedRouter : public Router {
 public:
  const std::vector<Target>& targets() const override { return spec_.targets; }
  Hooks<std::uint64_t>& on_offer() override { return on_offer_; }
  Hooks<std::size_t>& on_cut() override { return on_cut_; }
  Health belief(std::size_t target) const override { return panels_[target]->health(); }
  std::vector<Step> explain(std::size_t target) const override;
  void pretend(std::optional<bool> good) override;

 protected:
  /// Checkers stand at `from`.
  WatchedRouter(Clock& clock, History& history, Rng rng, Field& field, WatchSpec spec,
                std::vector<Point> from);

  /// What the beliefs ask for.
  const Weights& decision() const noexcept { return decision_; }
  /// The decision has changed, because of the event `cause`.
  virtual void decided(std::uint64_t cause) = 0;
  /// A target is now believed to be unhealthy. Called after decided().
  virtual void lost(std::size_t) {}

  Clock& clock_;
  History& history_;

 private:
  void believed(std::size_t target, std::uint64_t cause);
  Weights decide() const;
  void review(std::uint64_t cause);

  WatchSpec spec_;
  std::vector<std::unique_ptr<Panel>> panels_;
  std::vector<Health> was_;
  std::vector<RunTime> held_until_;
  Weights decision_;
  Timer hold_;
  Hooks<std::uint64_t> on_offer_;
  Hooks<std::size_t> on_cut_;
};

}  // namespace spokelab::sim::traffic
