// DnsFailover: DNS answers that follow health checks made from many places, as Route 53 does it.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sim/traffic/watched_router.h"

namespace spokelab::sim::traffic {

/// Scenario keys of `by: {kind: dns-failover | dns-weighted, ...}`: those of WatchSpec, ttl,
/// propagation. With no healthy target Route 53 treats all as healthy.
struct DnsFailoverSpec : WatchSpec {
  DnsFailoverSpec() {
    probe = ProbeSpec::route53();
    checkers = 15;
    fallback = Fallback::usual;
  }
  Nanos ttl = std::chrono::seconds(60);
  /// From a change of belief until the name servers answer anew. AWS gives no figure for health
  /// checks (record changes: usually below 60 s); 10 s is our assumption.
  Nanos propagation = std::chrono::seconds(10);
  std::vector<std::string> from = {"internet"};  ///< Places of the checkers, taken in turn.
};

class DnsFailover final : public WatchedRouter {
 public:
  /// Starts checking at once. All references must outlive this.
  DnsFailover(Clock& clock, History& history, Rng rng, Field& field, const DnsFailoverSpec& spec);

  /// What the name servers answer.
  const Weights& offer() const override { return answer_; }
  std::optional<Nanos> ttl() const override { return ttl_; }
  bool answers() const override { return up_; }
  std::vector<Step> explain(std::size_t target) const override;

  /// The name servers stop answering look-ups, or answer again.
  void set_answering(bool up);
  /// The record is tampered with: a `share` (millionths) of the answers is `answer`, whatever the
  /// health checks say, at once; all zero: no address. nullopt: the health checks decide again.
  void set_override(std::optional<Weights> answer, std::uint32_t share = 1'000'000);

 private:
  struct Publication {
    Weights weights;
    std::uint64_t cause;
    Timer timer;
  };
  void decided(std::uint64_t cause) override;
  void publish();
  Weights mixed() const;
  void tell_record(std::uint64_t cause, std::string message);

  std::string name_;
  Nanos ttl_;
  Nanos propagation_;
  Weights published_;  // what the health checks have brought to the name servers
  std::optional<RunTime> published_at_;
  std::optional<Weights> override_;
  std::uint32_t override_share_ = 0;
  Weights answer_;
  bool up_ = true;
  std::deque<Publication> under_way_;
};

}  // namespace spokelab::sim::traffic
