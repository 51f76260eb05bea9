// Clients: cohorts of users, and the DNS answers and live connections they hold on to.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// What one sort of client programs and resolvers does with names and connections.
struct ClientKind {
  std::uint32_t share = 0;  ///< Of all users, in millionths.
  /// Behind DNS: an answer is kept for this long, or for its TTL where that is longer.
  Nanos names_for{0};
  /// Mean age (exponential) at which a kept connection is closed; 0: a new one for each request.
  Nanos pool_age{0};
  bool pinned = false;  ///< Behind DNS: the name is never looked up again.
  std::string name = {};
  /// Its resolver takes TTLs for at least and at most this (RFC 8767 caps them at 7 days).
  Nanos ttl_min{0};
  Nanos ttl_max = std::chrono::hours(7 * 24);
  /// How long its resolver goes on with an expired answer while the name servers are silent (RFC
  /// 8767: 1 to 3 days); 0: not at all.
  Nanos stale = std::chrono::hours(24);
  /// A kept connection over a way that fell silent is found to be dead after this; 0: with the
  /// first request that times out.
  Nanos dead_after{0};
  /// Further attempts, after `backoff` and then twice as long each time; 0: as soon as the one
  /// before has failed. The request counts once, with the time of all.
  std::uint32_t retries = 0;
  Nanos backoff{0};
  /// Retries are at most this share of the requests, in millionths; 0: no budget.
  std::uint32_t retry_budget = 0;
};

/// Scenario key `clients: {KIND: share}`.
struct ClientHabits {
  std::uint32_t cohorts = 200;  ///< Shares move in steps of one cohort.
  /// What is missing to 1,000,000 looks up and connects anew each time: ClientKind{}.
  std::vector<ClientKind> kinds;
  /// Resolvers go on with an expired answer while the name servers are silent (RFC 8767).
  bool serve_stale = true;

  static ClientKind browser(std::uint32_t share) {
    return {share, std::chrono::seconds(60), Nanos(0), false, "browser"};
  }
  static ClientKind jvm(std::uint32_t share) {
    return {share, std::chrono::seconds(30), Nanos(0), false, "jvm"};
  }
  static ClientKind pooled(std::uint32_t share) {
    return {share, Nanos(0), std::chrono::minutes(2), false, "pooled"};
  }
  static ClientKind pinned(std::uint32_t share) {
    return {share, Nanos(0), Nanos(0), true, "pinned"};
  }
  /// What one meets on the Internet: 95 % keep to the TTL, 3 % raise it to 60 s, 1.5 % to 300 s,
  /// 0.5 % never look again; all keep connections for `pool_age`.
  static ClientHabits mixed(Nanos pool_age);
};

/// What becomes of live connections over a way.
enum class Line : std::uint8_t {
  open,    ///< They live.
  cut,     ///< They end at once: reset, refused.
  silent,  ///< They hang: nobody answers.
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
  /// this. Answers are fresh at the start, as after a long time of peace. `origins` are the shares
  /// of the places that users come from, in millionths.
  Clients(Clock& clock, Rng rng, const ClientHabits& habits, const Router& router,
          const std::vector<std::uint32_t>& origins, std::function<void()> before,
          std::function<void()> after);

  /// The router's offer, or whether it answers at all, has changed.
  void offer_changed();
  /// What becomes of connections from an origin to a target from now on.
  void set_line(std::size_t origin, std::size_t target, Line line);
  /// Kills the live connections to a target.
  void cut(std::size_t target);

  /// By cohort. Request k is sent by cohort k mod size.
  const std::vector<Seat>& seats() const noexcept { return seats_; }
  /// What decides a cohort's fate, as one number: origin * kinds_of_seats() + Seat::number.
  std::size_t lot(std::size_t cohort) const {
    return cohorts_[cohort].origin * kinds_of_seats() + seats_[cohort].number(targets_);
  }
  std::size_t kinds_of_seats() const noexcept { return 2 * targets_ + 1; }
  /// Cohorts of each lot.
  const std::vector<std::uint32_t>& lots() const noexcept { return lots_; }
  /// Cohorts that go to a target.
  std::uint32_t count(std::size_t target) const;
  /// The kinds of clients: those of the habits, and last what their shares leave.
  const std::vector<ClientKind>& kinds() const noexcept { return kinds_; }
  std::size_t kind_of(std::size_t cohort) const { return cohorts_[cohort].kind; }
  /// How the users followed the last change of the offer: when half, 95 % and all were where it
  /// wants them.
  std::vector<Step> explain() const;

 private:
  struct Cohort {
    std::uint32_t draw = 0;       // place within the weights, in millionths
    std::optional<Nanos> period;  // between look-ups; absent: pinned
    RunTime phase{};              // one of its look-ups
    std::uint16_t kind = 0;
    std::uint16_t origin = 0;
    std::uint8_t offered = Seat::kNowhere;  // what the router offers it now
    std::uint8_t answer = Seat::kNowhere;   // what it last looked up
    std::uint8_t flow = Seat::kNowhere;
    RunTime look_up_at = kNever;    // set while the next look-up would change the answer
    RunTime flow_ends_at = kNever;  // set while the connection keeps it from its answer
    RunTime flow_dead_at = kNever;  // set while its connection hangs
    RunTime due = kNever;           // the earliest of the three, as filed in due_
  };
  using Moves = std::vector<std::pair<std::uint32_t, Seat>>;
  std::uint8_t offered(const Cohort& cohort) const;
  /// Which answer a cohort is going to have, and when it gets it at the earliest.
  std::pair<std::uint8_t, RunTime> next_answer(const Cohort& cohort) const;
  void judge_answer(Cohort& cohort) const;
  void judge_flow(Cohort& cohort);
  void deal(Rng& rng, const std::vector<std::uint32_t>& origins);
  RunTime next_look_up(const Cohort& cohort) const;
  void judge(std::uint32_t index, Moves& moves);
  void judge_all();
  void judge_due();
  void carry_out(const Moves& moves);
  void note_progress();

  Clock& clock_;
  Rng ages_;
  std::vector<ClientKind> kinds_;
  const Router& router_;
  std::function<void()> before_;
  std::function<void()> after_;
  std::vector<Cohort> cohorts_;
  std::vector<Seat> seats_;
  std::size_t targets_;
  std::vector<std::uint32_t> lots_;
  std::uint32_t there_ = 0;  // cohorts that go where the router wants them
  std::vector<Line> lines_;  // by origin and target
  std::set<std::pair<RunTime, std::uint32_t>> due_;
  RunTime timer_at_ = kNever;
  Timer timer_;
  std::optional<RunTime> offer_changed_at_;
  std::vector<Step> progress_;
  std::size_t milestone_ = 0;
};

}  // namespace spokelab::sim::traffic
