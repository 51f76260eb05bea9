// Sweep: many seeds of one scenario, their timings as distributions, and the seeds that failed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "reports/run.h"
#include "reports/terminal.h"

namespace spokelab::reports {

/// One timing over all seeds.
struct SweepTiming {
  std::optional<Nanos> limit;
  std::vector<Nanos>
      values;  ///< Sorted once `sort()` was called; a value for each run in which it happened.
  std::uint64_t never = 0;  ///< Runs in which it was awaited and never happened.
  std::uint64_t over = 0;   ///< Runs over the limit, `never` included where there is a limit.

  /// The smallest value that at least `per_mille` of a thousand runs stay within; kNever's span
  /// when so many runs never came to it; absent without runs.
  std::optional<Nanos> quantile(std::uint32_t per_mille) const;
  std::uint64_t runs() const { return values.size() + never; }
};

/// A seed that did not pass.
struct SweepFailure {
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::failed;
  std::string reason;
  std::string replay;
};

struct Sweep {
  std::string scenario;
  std::string because;
  std::string variant;
  std::string file;
  std::string version;
  std::uint64_t seed_first = 0;
  std::uint64_t seed_last = 0;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t inconclusive = 0;
  std::map<std::pair<std::string, std::string>, SweepTiming> timings;  ///< By fault, name.
  std::vector<SweepFailure> failures;  ///< Sorted by seed once `sort()` was called.
  std::uint64_t failures_left_out = 0;
  Nanos wall{0};                           ///< Real time of the whole sweep; set by who runs it.
  std::chrono::milliseconds virtually{0};  ///< Virtual time of all runs together; may be centuries.

  /// Failures that are kept with their reasons; more are counted.
  static constexpr std::size_t kFailuresMax = 1000;

  std::uint64_t runs() const { return passed + failed + inconclusive; }
  /// Takes a run in, in any order. Its events are not looked at.
  void add(const Run& run);
  /// Takes in that a run ended without a result: its process crashed, or was stopped. Counts as
  /// failed.
  void add_crash(std::uint64_t seed, std::string reason, std::string replay);
  /// Takes another sweep of the same scenario in: a thread's, or a shard's. `wall` becomes the
  /// longer one.
  void merge(Sweep other);
  /// Must be called after the last add or merge, before any report: makes it the same whatever the
  /// order was.
  void sort();
  /// Whole runs a minute of real time; 0 without a wall time.
  std::uint64_t runs_per_minute() const;

 private:
  void take_name(const std::string& of, const std::string& why, const std::string& case_of,
                 const std::string& at, const std::string& made_by);
  void take_seeds(std::uint64_t first, std::uint64_t last);
};

/// Counts, per timing n/p50/p90/p95/p99/max with a small histogram, and the first failing seeds.
std::string to_text(const Sweep& sweep, const TerminalOptions& options);
/// Kind SweepResult; holds every value, so that shards can be merged.
std::string to_json(const Sweep& sweep);
/// Reads what to_json wrote. Errors: bad_input, with the field.
Result<Sweep> load_sweep(std::string_view text);
/// One HTML page, as that of a run.
std::string to_html(const Sweep& sweep);

}  // namespace spokelab::reports
