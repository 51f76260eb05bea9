// Probe: one health checker of one target: what it sends, when, and what it believes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/rng.h"
#include "sim/traffic/exchange.h"

namespace spokelab::sim::traffic {

/// The settings of a health check. Scenario keys: those of `probe`.
struct ProbeSpec {
  /// Asked for over HTTP, which must answer below 500; empty: an open TCP connection is enough.
  std::string path = "/healthz";
  Nanos every = std::chrono::seconds(30);
  Nanos timeout =
      std::chrono::seconds(6);  ///< For the connection; and for everything if answer is 0.
  Nanos answer{0};              ///< Further time for the answer once connected (Route 53: 2 s).
  bool tls = false;
  std::uint32_t unhealthy = 2;  ///< Failures in a row that turn a healthy target.
  std::uint32_t healthy = 5;    ///< Successes in a row that turn an unhealthy one.
  /// Repetitions of a probe that timed out, at once; it has failed when all of them have
  /// (Cloudflare).
  std::uint32_t retries = 0;
  /// Above 0: judged by the last so many probes, and not by runs: healthy while `successes` of them
  /// were good (Azure Front Door).
  std::uint32_t samples = 0;
  std::uint32_t successes = 0;
  /// Above 0: unhealthy once no probe was good for so long, and not before (F5 BIG-IP DNS).
  Nanos silence{0};
  /// Asks a list of endpoints that is kept by watching: a target that says nothing is believed as
  /// before (DNS inside clusters).
  bool watches = false;
  /// True: `every` runs from the end of one probe to the next (Route 53). False: probes go out on a
  /// fixed grid, one at a time; an instant at which the one before is still open is skipped.
  bool from_answer = false;
  bool starts_healthy = false;  ///< False: unknown until the first success, or enough failures.
  std::optional<Nanos> phase;   ///< First probe; absent: drawn from [0, every).

  /// AWS Network Load Balancer, HTTP check: 30 s, 6 s, 2, 5.
  static ProbeSpec nlb() { return ProbeSpec(); }
  /// AWS Route 53: 30 s from answer to request, 4 s to connect + 2 s to answer, 3, 3; starts
  /// healthy.
  static ProbeSpec route53();
};

enum class Health : std::uint8_t { initial, healthy, unhealthy };
std::string_view name_of(Health health) noexcept;

/// Why a probe changed its mind.
struct Flip {
  Health now = Health::initial;
  std::uint32_t in_a_row = 0;  ///< Results that led to it.
  RunTime first_sent{};        ///< The first of them was sent then,
  RunTime first_known{};       ///< and judged then.
  RunTime last_sent{};
  RunTime decided{};           ///< The last was judged: the mind changed.
  Ending ending = Ending::ok;  ///< How the last one ended.
};

/// Sends probes and counts results. A probe is judged by the truth when it is sent; should the
/// truth change while it is open, then
///  - a target that begins to answer is reached by the next SYN retransmission (1, 3, 7, 15 s after
///  the
///    first), if that comes within the timeout;
///  - a target that turns black while an answer is due costs the timeout; one that is cut fails at
///  once.
/// While results can only repeat what is believed, no events are queued: the probe sleeps until the
/// truth changes, and then continues where its schedule has arrived. A probe due at the very
/// instant of a change then sees the new truth.
class Probe {
 public:
  /// Starts at once. `clock` and `field` must outlive this. `on_flip` must not destroy this.
  Probe(Clock& clock, Field& field, Point from, Point to, ProbeSpec spec, Rng rng,
        std::function<void(const Flip&)> on_flip);
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  Health health() const noexcept { return health_; }
  /// The last change of mind; `in_a_row` is 0 before the first.
  const Flip& last_flip() const noexcept { return flip_; }
  /// From now on probes end well (true) or badly (false) at once, whatever the truth: a check that
  /// is too shallow, or broken. nullopt: honest again. A probe that is open is not touched.
  void pretend(std::optional<bool> good);

 private:
  struct Open {
    RunTime sent;
    RunTime known;
    Ending ending;
  };
  Exchange ask(std::uint64_t index) const;
  bool foreseeable() const;
  /// The belief that all results so far ask for.
  Health judged(bool good);
  /// Nothing in the results so far can turn the belief.
  bool calm() const;
  void flip();
  void mind_the_silence(bool good);
  void send();
  void finish();
  void schedule_next(const Open& done);
  void before_change();
  void after_change();
  void amend_open();
  void wait_for_answer();

  Clock& clock_;
  Field& field_;
  Point from_;
  Point to_;
  ProbeSpec spec_;
  std::uint64_t luck_seed_ = 0;
  std::function<void(const Flip&)> on_flip_;
  Health health_;
  Flip flip_;    // the last decision
  Flip streak_;  // results against the current belief, so far
  std::uint64_t sent_ = 0;
  RunTime next_;  // when the next probe goes out
  std::optional<Open> open_;
  std::deque<bool> recent_;  // with `samples`: the last results
  RunTime last_good_;        // with `silence`: when the last good result was known
  Timer silent_;
  std::optional<bool> pretended_;
  bool asleep_ = false;
  Nanos period_{0};  // while asleep: between two sends
  Exchange steady_;  // while asleep: how each of them ends
  Timer timer_;
  Field::Hook::Subscription before_;
  Field::Hook::Subscription after_;
};

}  // namespace spokelab::sim::traffic
