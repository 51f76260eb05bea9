// Meter: counts what budgets bound, and decides them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"
#include "base/run_time.h"
#include "harness/scenario/diagnostic.h"
#include "harness/scenario/scenario.h"
#include "reports/run.h"

namespace spokelab::harness {

/// Counts between begin() and end(). Rates are counted in windows of their own length, one after
/// the other from the begin on.
class Meter {
 public:
  explicit Meter(const std::vector<Budget>& budgets) : budgets_(budgets) {}

  void begin(RunTime now) { begun_ = now; }
  void end() { over_ = true; }
  /// So much of a measure was spent ("requests", "prod").
  void add(std::string_view measure, std::string_view object, RunTime at, std::int64_t count = 1);
  /// What the history itself tells: syncs, alerts, users' requests.
  void apply(const Event& event);
  /// Whether any budget is on that measure: nobody need count it otherwise.
  bool wants(std::string_view measure) const;

  /// One row for each budget. `without_faults`: the same run's meter where no fault was played.
  std::vector<reports::Expectation> results(const Sources& sources, const Meter* without_faults,
                                            RunTime now) const;

 private:
  struct Tally {
    std::int64_t total = 0;
    std::int64_t peak = 0;     // in one window of the rate
    std::int64_t window = -1;  // the number of the window under way,
    std::int64_t inside = 0;   // and what is in it
    RunTime peak_at{};
  };
  reports::Expectation judge(std::size_t index, const Sources& sources, const Meter* without_faults,
                             RunTime now) const;
  static std::int64_t of(const std::map<std::string, Tally>& tallies, const std::string& object);

  const std::vector<Budget>& budgets_;
  std::optional<RunTime> begun_;
  bool over_ = false;
  std::map<std::size_t, std::map<std::string, Tally>> tallies_;  // by budget, by object
  std::map<std::string, std::int64_t> sent_;                     // users' requests, by traffic
};

}  // namespace spokelab::harness
