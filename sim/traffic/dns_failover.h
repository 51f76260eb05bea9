// DnsFailover: DNS answers that follow health checks made from many places, as Route 53 does it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// Scenario keys of `by: {kind: dns-failover, ...}`: order or weights, ttl, propagation, probe,
/// checkers, quorum, from, fail-open.
struct DnsFailoverSpec {
  std::string name;
  std::vector<Target> targets;
  Policy policy = Policy::order;
  Nanos ttl = std::chrono::seconds(60);
  /// From a change of belief until the name servers answer anew. AWS gives no figure for health
  /// checks (record changes: usually below 60 s); 10 s is our assumption.
  Nanos propagation = std::chrono::seconds(10);
  ProbeSpec probe = ProbeSpec::route53();
  std::uint32_t checkers = 15;  ///< Uncoordinated checkers of each target.
  std::uint32_t quorum =
      180'000;  ///< Healthy while more than this share of them say so; millionths.
  std::vector<std::string> from = {"internet"};  ///< Places of the checkers, taken in turn.
  /// With no healthy target all count as healthy: the answer is the first of the order, or the
  /// weights.
  bool fail_open = true;
};

class DnsFailover final : public Router {
 public:
  static constexpr std::uint32_t kCheckersMax = 1000;

  /// Starts checking at once. All references must outlive this.
  DnsFailover(Clock& clock, History& history, Rng rng, Field& field, DnsFailoverSpec spec);

  const std::vector<Target>& targets() const override { return spec_.targets; }
  /// What the name servers answer.
  const Weights& offer() const override { return override_ ? *override_ : published_; }
  Hooks<std::uint64_t>& on_offer() override { return on_offer_; }
  Hooks<std::size_t>& on_cut() override { return on_cut_; }
  std::optional<Nanos> ttl() const override { return spec_.ttl; }
  bool answers() const override { return up_; }
  Health belief(std::size_t target) const override;
  std::vector<Step> explain(std::size_t target) const override;

  /// The name servers stop answering look-ups, or answer again.
  void set_answering(bool up);
  /// The record is edited by hand: `answer` is given whatever the health checks say, at once; all
  /// zero: the name has no address. nullopt: the health checks decide again.
  void set_override(std::optional<Weights> answer);

 private:
  struct Believed {
    Health health = Health::initial;
    std::uint32_t agree = 0;  // checkers that shared the new belief when it was formed
    RunTime since{};
    Flip first;  // the change of mind of the first and of the last checker that were needed
    Flip last;
    std::optional<RunTime> published;
  };
  struct Publication {
    Weights weights;
    std::size_t target;
    std::uint64_t cause;
    Timer timer;
  };
  void flipped(std::size_t target, const Flip& flip);
  Health vote(std::size_t target) const;
  Flip first_flip_to(std::size_t target, Health health) const;
  void publish();
  void tell_record(std::uint64_t cause, std::string message);

  Clock& clock_;
  History& history_;
  DnsFailoverSpec spec_;
  std::vector<std::vector<std::unique_ptr<Probe>>> checkers_;  // by target
  std::vector<Believed> believed_;
  Weights decided_;    // what the beliefs ask for
  Weights published_;  // what the name servers have
  std::optional<Weights> override_;
  bool up_ = true;
  std::deque<Publication> under_way_;
  Hooks<std::uint64_t> on_offer_;
  Hooks<std::size_t> on_cut_;
};

}  // namespace spokelab::sim::traffic
