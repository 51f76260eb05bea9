// Direct: callers that hold the addresses of the clusters themselves, with nobody in between.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// Scenario keys of `by: {kind: direct, ...}`: order or weights.
struct DirectSpec {
  std::string name;
  std::vector<Target> targets;
  Policy policy = Policy::order;
};

/// Nobody watches the targets, so nothing is ever decided anew: users go where their configuration
/// says. What helps is a further attempt, which goes to the next address.
class Direct final : public Router {
 public:
  explicit Direct(DirectSpec spec);

  const std::vector<Target>& targets() const override { return spec_.targets; }
  const Weights& offer() const override { return offer_; }
  Hooks<std::uint64_t>& on_offer() override { return on_offer_; }
  Hooks<std::size_t>& on_cut() override { return on_cut_; }
  bool next_on_failure() const override { return true; }
  Health belief(std::size_t) const override { return Health::initial; }
  std::vector<Step> explain(std::size_t) const override { return {}; }
  /// There are no probes to lie.
  void pretend(std::optional<bool>) override {}

 private:
  DirectSpec spec_;
  Weights offer_;
  Hooks<std::uint64_t> on_offer_;
  Hooks<std::size_t> on_cut_;
};

}  // namespace spokelab::sim::traffic
