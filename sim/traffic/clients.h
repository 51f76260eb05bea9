// Clients: what users hold on to: cached DNS answers and live connections, in cohorts of equal
// size.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// Scenario keys of `clients: {...}`: cohorts, pool-age, floor-60s, floor-300s, pinned,
/// serve-stale.
struct ClientHabits {
  std::uint32_t cohorts = 200;  ///< Shares move in steps of one cohort.
  /// Mean age (exponential) at which a kept connection is closed; 0: a new connection for each
  /// request.
  Nanos pool_age{0};
  // Only behind DNS; all in millionths. The rest keeps answers for exactly their TTL.
  std::uint32_t floor_60s = 30'000;   ///< Resolvers that raise a TTL to 60 s.
  std::uint32_t floor_300s = 15'000;  ///< Resolvers that raise a TTL to 300 s.
  std::uint32_t pinned = 5'000;       ///< Clients that never look a name up again.
  /// Resolvers go on with an expired answer while the name servers are silent (RFC 8767).
  bool serve_stale = true;

  /// Behind a load balancer: no kept connections.
  static ClientHabits plain() { return ClientHabits(); }
  /// Behind DNS: connections are kept for 2 min on average.
  static ClientHabits pooled();
};

/// Where a cohort's requests go now.
struct Seat {
  static constexpr std::uint8_t kNowhere = 255;
  std::uint8_t target = kNowhere;  ///< Index in the router's targets.
  bool warm = false;               ///< Over a live connection.
  friend bool operator==(const Seat&, const Seat&) = default;
  /// Numbers the seats of a router with so many targets: 0 to 2 * targets, the last being nowhere.
  std::size_t number(std::size_t targets) const noexcept {
    return target == kNowhere ? 2 * targets : 2 * std::size_t{target} + (warm ? 1 : 0);
  }
};

/// Each cohort is one resolver with its clients. It looks the name up each time its answer has
/// expired, on its own schedule (phase drawn), and keeps a connection to what it found until the
/// connection dies, is cut by the router, or reaches its age; only then does it look at its answer
/// again.
class Clients {
 public:
  static constexpr std::uint32_t kCohortsMax = 10'000;

  /// `before` is called just before seats() changes, `after` just after it. References must outlive
  /// this. Answers are fresh at the start, as after a long time of peace.
  Clients(Clock& clock, Rng rng, const ClientHabits& habits, const Router& router,
          std::function<void()> before, std::function<void()> after);

  /// The router's offer, or whether it answers at all, has changed.
  void offer_changed();
  /// Whether connections to a target can live: false kills those that there are.
  void set_open(std::size_t target, bool open);
  /// Kills the live connections to a target.
  void cut(std::size_t target);

  /// By cohort. Request k is sent by cohort k mod size.
  const std::vector<Seat>& seats() const noexcept { return seats_; }
  /// Cohorts in each kind of seat, by Seat::number.
  const std::vector<std::uint32_t>& seated() const noexcept { return seated_; }
  /// Cohorts that go to a target.
  std::uint32_t count(std::size_t target) const {
    return seated_[2 * target] + seated_[2 * target + 1];
  }
  /// How the users followed the last change of the offer: when half, 95 % and all were where it
  /// wants them.
  std::vector<Step> explain() const;

 private:
  struct Cohort {
    std::uint32_t draw = 0;                 // place within the weights, in millionths
    std::optional<Nanos> period;            // between look-ups; absent: pinned
    RunTime phase{};                        // one of its look-ups
    std::uint8_t offered = Seat::kNowhere;  // what the router offers it now
    std::uint8_t answer = Seat::kNowhere;   // what it last looked up
    std::uint8_t flow = Seat::kNowhere;
    RunTime look_up_at = kNever;    // set while the next look-up would change the answer
    RunTime flow_ends_at = kNever;  // set while the connection keeps it from its answer
    RunTime due = kNever;           // the earlier of the two, as filed in due_
  };
  using Moves = std::vector<std::pair<std::uint32_t, Seat>>;
  std::uint8_t offered(const Cohort& cohort) const;
  std::uint8_t found_now(const Cohort& cohort) const;
  void deal_habits(Rng& rng);
  RunTime next_look_up(const Cohort& cohort) const;
  void judge(std::uint32_t index, Moves& moves);
  void judge_all();
  void judge_due();
  void carry_out(const Moves& moves);
  void note_progress();

  Clock& clock_;
  Rng ages_;
  ClientHabits habits_;
  const Router& router_;
  std::function<void()> before_;
  std::function<void()> after_;
  std::vector<Cohort> cohorts_;
  std::vector<Seat> seats_;
  std::vector<std::uint32_t> seated_;
  std::uint32_t there_ = 0;  // cohorts that go where the router wants them
  std::vector<bool> open_;
  std::set<std::pair<RunTime, std::uint32_t>> due_;
  RunTime timer_at_ = kNever;
  Timer timer_;
  std::optional<RunTime> offer_changed_at_;
  std::vector<Step> progress_;
  std::size_t milestone_ = 0;
};

}  // namespace spokelab::sim::traffic
