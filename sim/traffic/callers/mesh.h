// Mesh: proxies beside the callers that learn from their own requests which targets to avoid.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/history.h"
#include "base/rng.h"
#include "sim/traffic/arrivals.h"
#include "sim/traffic/backend.h"
#include "sim/traffic/exchange.h"
#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// How proxies eject a target that fails (Envoy's outlier detection). Scenario key: sidecar.
struct OutlierSpec {
  std::uint32_t proxies = 20;  ///< Each judges for itself, by its share of the requests.
  std::uint32_t errors = 5;    ///< In a row; the last of them ejects at once.
  Nanos sweep = std::chrono::seconds(10);     ///< Ejections end at a sweep only.
  Nanos ejection = std::chrono::seconds(30);  ///< Times how often it was ejected, up to
  Nanos ejection_max = std::chrono::minutes(5);
  Nanos connect_timeout = std::chrono::seconds(10);  ///< To the target.
};

/// Scenario keys of `by: {kind: mesh, ...}`: order or weights, fallback, sidecar.
struct MeshSpec {
  std::string name;
  std::vector<Target> targets;
  Policy policy = Policy::order;
  Fallback fallback = Fallback::usual;
  OutlierSpec outlier;
  std::vector<std::string> from;  ///< Places of the proxies, taken in turn: those of the callers.
  Rate rate;                      ///< Requests of all callers.
  Nanos request_timeout = std::chrono::seconds(5);
  bool tls = true;
};

/// No probes: the requests themselves are the check, so a target without callers is not judged, and
/// one that was ejected is found to be ill again by requests that fail. A proxy's verdict is
/// computed from when its requests come and how they end; it is one event, however many requests
/// led to it. Proxies begin with the belief that all targets are healthy.
class Mesh final : public Router {
 public:
  static constexpr std::uint32_t kProxiesMax = 200;

  /// Begins at once. All references must outlive this.
  Mesh(Clock& clock, History& history, Rng rng, Field& field, MeshSpec spec);

  const std::vector<Target>& targets() const override { return spec_.targets; }
  const Weights& offer() const override { return offer_; }
  Hooks<std::uint64_t>& on_offer() override { return on_offer_; }
  Hooks<std::size_t>& on_cut() override { return on_cut_; }
  bool by_request() const override { return true; }
  /// Healthy unless more than half of the proxies have ejected it.
  Health belief(std::size_t target) const override { return beliefs_[target]; }
  std::vector<Step> explain(std::size_t target) const override;
  /// Requests count as answered well, or as failed, whatever becomes of them.
  void pretend(std::optional<bool> good) override;

 private:
  // What one proxy thinks of one target.
  struct View {
    Timer timer;  // its verdict, or the end of the ejection
    RunTime ejected_until = RunTime();
    bool ejected = false;
    std::uint32_t times = 0;  // ejections that count against it
    RunTime first_error{};    // of the errors that led to the ejection
    RunTime watched_from{};   // requests before this were looked at
  };
  struct Proxy {
    Point from = 0;
    Nanos phase{0};  // of its requests and sweeps
    std::vector<View> views;
    Weights decision;
  };
  Nanos gap(const Proxy& proxy, std::size_t target) const;
  bool fails(const Proxy& proxy, std::size_t target, std::uint64_t luck, Nanos& took) const;
  void review(std::size_t proxy, std::size_t target);
  void eject(std::size_t proxy, std::size_t target);
  void readmit(std::size_t proxy, std::size_t target);
  void decide(std::size_t proxy);
  void tell(std::size_t target);
  void look_again(const Field::Change* change);

  Clock& clock_;
  History& history_;
  Field& field_;
  MeshSpec spec_;
  std::uint64_t luck_seed_;
  std::vector<Point> points_;
  std::vector<Proxy> proxies_;
  std::vector<Health> beliefs_;
  std::vector<std::vector<Step>> steps_;  // of the last change of each belief
  std::optional<bool> pretended_;
  std::uint64_t cause_ = 0;
  Weights offer_;
  Hooks<std::uint64_t> on_offer_;
  Hooks<std::size_t> on_cut_;
  Field::Hook::Subscription after_;
};

}  // namespace spokelab::sim::traffic
