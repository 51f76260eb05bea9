// Router: whoever decides which target users go to: a load balancer, or DNS (port).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/history.h"
#include "base/run_time.h"
#include "sim/traffic/backend.h"
#include "sim/traffic/probe.h"

namespace spokelab::sim::traffic {

/// A share for each target of a router, in its order, in millionths. They add up to 1,000,000, or
/// all are 0: nobody is let through.
using Weights = std::vector<std::uint32_t>;

/// One step on the way to a decision, for the breakdown of a timing.
struct Step {
  RunTime at;
  std::string what;  ///< One clause: "3rd failed probe in a row was sent".
};

/// A target and how the router wants it used.
struct Target {
  std::string name;          ///< The cluster.
  std::uint32_t weight = 0;  ///< Relative share; only among targets with weights.
};

/// How a router shares users out among healthy targets.
enum class Policy : std::uint8_t {
  order,    ///< Active/passive: all to the first healthy one.
  weights,  ///< In proportion to Target::weight.
};

/// Where a router sends users when it believes that no target is healthy.
enum class Fallback : std::uint8_t {
  nobody,  ///< Nowhere.
  all,     ///< To every target, evenly or by weight.
  usual,   ///< As if all were healthy: to the first of the order, or by weight.
  last,    ///< To the last target (Cloudflare's fallback pool).
};

class Router {
 public:
  static constexpr std::size_t kTargetsMax = 64;

  virtual ~Router() = default;
  virtual const std::vector<Target>& targets() const = 0;
  /// What a new connection (load balancer) or a fresh look-up (DNS) gets now.
  virtual const Weights& offer() const = 0;
  /// Told after offer() has changed, with the id of the history event that tells why.
  virtual Hooks<std::uint64_t>& on_offer() = 0;
  /// Told when the router itself cuts the live connections to a target (its index).
  virtual Hooks<std::size_t>& on_cut() = 0;
  /// The place every request passes through; absent: users go to the target directly.
  virtual std::optional<Point> via() const { return std::nullopt; }
  /// The place from which it sends them on; absent where via() is.
  virtual std::optional<Point> sender() const { return via(); }
  /// It picks a target for each request, so that live connections of users bind nobody to one.
  virtual bool by_request() const { return false; }
  /// Callers know all targets: a further attempt goes to the next one.
  virtual bool next_on_failure() const { return false; }
  /// For DNS: how long resolvers may keep an answer of offer(). Absent: clients see offer() at
  /// once.
  virtual std::optional<Nanos> ttl() const { return std::nullopt; }
  /// False while nobody answers look-ups.
  virtual bool answers() const { return true; }
  /// Believed now of a target.
  virtual Health belief(std::size_t target) const = 0;
  /// The steps that led to the present belief about a target and to what was made of it, in order
  /// of time; empty when it never changed.
  virtual std::vector<Step> explain(std::size_t target) const = 0;
  /// From now on all probes end well (true) or badly (false) whatever the truth; nullopt: honest
  /// again.
  virtual void pretend(std::optional<bool> good) = 0;
};

/// Shares among `targets` given who is healthy; `fallback` when none is.
Weights share_out(const std::vector<Target>& targets, Policy policy,
                  const std::vector<bool>& healthy, Fallback fallback);

/// For messages: "prod", "prod 70%, dr 30%", "nobody".
std::string describe(const std::vector<Target>& targets, const Weights& weights);

/// The sentence and the numbers (instants in ns: first_sent, first_known, last_sent; in_a_row) of a
/// belief that probes of `path` led to.
void tell_flip(const Flip& flip, const std::string& path, Event& event);
/// The same as steps.
std::vector<Step> steps_of(const Flip& flip, const std::string& path);

}  // namespace spokelab::sim::traffic
