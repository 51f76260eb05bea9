// Nlb: a load balancer that every request passes through, with one health check a target.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// Scenario keys of `by: {kind: nlb, ...}`: order or weights, probe, fail-open, reset-unhealthy,
/// at.
struct NlbSpec {
  std::string name;  ///< Of the traffic; events are "router.<name>", "traffic.<name>...".
  std::vector<Target> targets;
  Policy policy = Policy::order;
  ProbeSpec probe = ProbeSpec::nlb();
  /// With no healthy target: traffic to all of them (NLB guide, "target group health"); false: to
  /// none.
  bool fail_open = true;
  /// Live connections to a target that turned unhealthy are reset (NLB's default); false: they
  /// stay.
  bool reset_unhealthy = true;
  /// Where the balancer stands, as a place of the Field. Empty: "router.<name>".
  std::string at;
};

class Nlb final : public Router {
 public:
  /// Starts probing at once. All references must outlive this.
  Nlb(Clock& clock, History& history, Rng rng, Field& field, NlbSpec spec);

  const std::vector<Target>& targets() const override { return spec_.targets; }
  const Weights& offer() const override { return offer_; }
  Hooks<std::uint64_t>& on_offer() override { return on_offer_; }
  Hooks<std::size_t>& on_cut() override { return on_cut_; }
  std::optional<Point> via() const override { return at_; }
  Health belief(std::size_t target) const override { return probes_[target]->health(); }
  std::vector<Step> explain(std::size_t target) const override;

 private:
  void flipped(std::size_t target, const Flip& flip);
  Weights decide() const;

  History& history_;
  Field& field_;
  NlbSpec spec_;
  Point at_;
  std::vector<std::unique_ptr<Probe>> probes_;
  Weights offer_;
  Hooks<std::uint64_t> on_offer_;
  Hooks<std::size_t> on_cut_;
};

}  // namespace spokelab::sim::traffic
