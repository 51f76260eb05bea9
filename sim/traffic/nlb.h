// Nlb: a load balancer that every request passes through.
#pragma once

#include <string>

#include "sim/traffic/watched_router.h"

namespace spokelab::sim::traffic {

/// A load balancer, of connections or of requests. Scenario keys: those of WatchSpec, cut,
/// by-request, region. With no healthy target NLB sends traffic to all of them (NLB guide, "target
/// group health").
struct NlbSpec : WatchSpec {
  NlbSpec() { probe = ProbeSpec::nlb(); }
  /// Live connections to a target that turned unhealthy are reset (NLB's default); false: they
  /// stay.
  bool cut = true;
  /// Layer 7 (ALB, proxies at the edge): each request is sent on by itself.
  bool by_request = false;
  /// Where the balancer and its probes stand, as a place of the Field. Empty: "router.<name>".
  std::string at;
  /// Where it sends users' requests on from, which probes do not pass; empty: where it stands.
  std::string sends_from;
};

class Nlb final : public WatchedRouter {
 public:
  /// Starts probing at once. All references must outlive this.
  Nlb(Clock& clock, History& history, Rng rng, Field& field, const NlbSpec& spec);

  const Weights& offer() const override { return decision(); }
  std::optional<Point> via() const override { return at_; }
  std::optional<Point> sender() const override { return sender_; }
  bool by_request() const override { return by_request_; }

 private:
  Nlb(Clock& clock, History& history, Rng rng, Field& field, const NlbSpec& spec, Point at);
  void decided(std::uint64_t cause) override { on_offer().tell(cause); }
  void lost(std::size_t target) override {
    if (cut_) on_cut().tell(target);
  }

  Point at_;
  Point sender_;
  bool cut_;
  bool by_request_;
};

}  // namespace spokelab::sim::traffic
