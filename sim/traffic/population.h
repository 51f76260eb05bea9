// Population: users who send requests at a rate; each is judged at its own instant.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/history.h"
#include "base/rng.h"
#include "sim/traffic/arrivals.h"
#include "sim/traffic/clients.h"
#include "sim/traffic/exchange.h"
#include "sim/traffic/router.h"

namespace spokelab::sim::traffic {

/// A place that users come from.
struct Origin {
  std::string place;                ///< A region, as a place of the Field.
  std::uint32_t share = 1'000'000;  ///< Of all users, in millionths.
};

/// Scenario keys: users (rate), from, connect-timeout, timeout, slow, clients or populations.
struct PopulationSpec {
  std::string name;          ///< Events are "users.<name>", "traffic.<name>...".
  std::vector<Origin> from;  ///< Their shares add up to 1,000,000.
  Rate rate;
  Spacing spacing = Spacing::even;
  Nanos connect_timeout = std::chrono::seconds(2);
  Nanos request_timeout = std::chrono::seconds(5);
  Nanos slo = std::chrono::seconds(1);  ///< An answer that takes longer counts as failed.
  bool tls = true;
  /// Further attempts of kinds that name none, each as soon as the one before has failed; the
  /// request counts once, with the time of all. Through a load balancer each goes to a target
  /// picked anew.
  std::uint32_t retries = 0;
  ClientHabits clients;
  bool shares = false;  ///< load() will be asked for.

  /// Errors: bad_input or limit; the sentence names the scenario key.
  Result<void> check() const;
};

/// Counts of requests, by the instant at which they were sent.
struct Tally {
  std::uint64_t sent = 0;
  std::uint64_t ok = 0;
  std::vector<std::uint64_t> sent_to;  ///< By target.
  std::vector<std::uint64_t> ok_from;
  std::array<std::uint64_t, kEndings> endings{};
  std::vector<std::uint64_t> sent_by;  ///< By kind of client.
  std::vector<std::uint64_t> ok_by;
  std::uint64_t failed() const noexcept { return sent - ok; }
};

/// The world is constant between changes, so requests are counted in portions: just before a
/// change, and at every whole second. A request sent at the very instant of a change sees the new
/// state.
///
/// Two instants of a request matter. It is *counted* in the second in which it was sent, by the
/// truth at that instant, also when its failure takes seconds to show (a black hole). Its failure
/// is *seen* when the caller gives up: only "traffic.<name>.first-failure" is told then.
class Population {
 public:
  static constexpr std::uint32_t kRetriesMax = 10;
  static constexpr std::size_t kOriginsMax = 100;
  /// A failure is a first one again after so long without any.
  static constexpr Nanos kCalm = std::chrono::seconds(10);

  /// Users start at once. `spec` must pass check(). All references must outlive this.
  Population(Clock& clock, History& history, Rng rng, Field& field, Router& router,
             PopulationSpec spec);
  Population(const Population&) = delete;
  Population& operator=(const Population&) = delete;

  /// Counts all requests sent before now. Harmless at any time.
  void settle();
  /// From now on users come at another rate. Errors: as PopulationSpec::check.
  Result<void> set_rate(Rate rate);
  /// Settles, and tells the last, unfinished second. For the end of a run.
  void flush();
  /// Since the start, up to the last settle().
  const Tally& totals() const noexcept { return totals_; }
  /// The share of users that go to each target now.
  Weights split() const;
  /// Attempts that reach each target in 1,000 seconds, retries included, as things are now:
  /// expected from rate, routes and what is answered, so that no request need be looked at. Needs
  /// PopulationSpec::shares.
  std::vector<std::uint64_t> load() const;
  /// The steps by which users came to be sent away from, or back to, a target; in order of time.
  std::vector<Step> explain(std::size_t target) const;

 private:
  // How requests to one target end, over a new or a live connection.
  struct Fate {
    Way way;
    Service service;
    Patience patience;
    Exchange always;
    bool certain = true;
    std::uint32_t fails = 0;  // share, in millionths; by sample where luck decides
  };
  struct Failure {
    std::uint8_t target;
    RunTime sent;
    Exchange how;
  };
  Exchange outcome(std::uint64_t index) const;
  Exchange attempt(std::uint64_t index, std::uint32_t nth) const;
  bool may_fail() const;
  void learn_fates();
  void learn_shares();
  std::uint32_t retries_of(const ClientKind& kind) const;
  bool may_retry(std::uint64_t index, std::size_t kind) const;
  void open_ways();
  void seats_changed();
  void count(std::uint64_t from, std::uint64_t to);
  void tick();
  void tell_second();
  void tell_state(const std::string& subject, std::string value, std::string& last,
                  const std::string& cluster, std::uint64_t cause);
  void watch_for_failure();
  void tell_first_failure();
  bool concerns(const Field::Change& change) const;

  Clock& clock_;
  History& history_;
  Field& field_;
  Router& router_;
  PopulationSpec spec_;
  std::vector<Point> from_;
  std::vector<Point> points_;  // of the targets
  std::uint64_t luck_seed_;
  Arrivals arrivals_;
  std::uint64_t next_ = 0;                  // first request not yet counted
  std::vector<Fate> fates_;                 // by Clients::lot()
  std::optional<std::size_t> common_fate_;  // when all cohorts share one
  std::vector<std::uint32_t> failing_;      // by kind: share of first attempts that fail
  std::vector<std::vector<std::uint32_t>> kind_cohorts_;  // by kind: how many before each cohort
  Tally second_;
  Tally totals_;
  std::optional<RunTime> first_failed_;  // in this second
  std::optional<RunTime> last_failed_;
  RunTime last_failure_{};
  bool watching_ = true;
  std::optional<Failure> foreseen_;
  RunTime boundary_{};
  std::uint64_t route_cause_ = 0;
  std::vector<std::string> routes_, shares_;  // last values told
  std::string success_;
  std::vector<std::string> to_names_, ok_names_;
  std::vector<std::string> kind_sent_, kind_failed_;  // empty where all are of one kind
  Clients clients_;
  Timer tick_;
  Timer failure_;
  Field::Hook::Subscription before_;
  Field::Hook::Subscription after_;
  Hooks<std::uint64_t>::Subscription offer_;
  Hooks<std::size_t>::Subscription cut_;
};

}  // namespace spokelab::sim::traffic
