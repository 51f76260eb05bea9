// Sweep: many seeds of one scenario, their timings as distributions, and the seeds that failed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "reports/run.h"
#include "reports/sweeps/seeds.h"
#include "reports/terminal.h"

namespace spokelab::reports {

/// A seed with one of the longest values of a timing.
struct SweepWorst {
  std::uint64_t seed = 0;
  std::optional<Nanos> measured;  ///< Absent: it was awaited and never happened.
  friend bool operator==(const SweepWorst&, const SweepWorst&) = default;
};

/// One timing over all seeds.
struct SweepTiming {
  std::optional<Nanos> limit;
  std::vector<Nanos>
      values;  ///< Sorted once `sort()` was called; a value for each run in which it happened.
  std::uint64_t never = 0;  ///< Runs in which it was awaited and never happened.
  std::uint64_t over = 0;   ///< Runs over the limit, `never` included where there is a limit.
  /// The seeds with the longest values, worst first, what never happened before all others; equal
  /// ones by seed. At most kWorst once `sort()` was called.
  std::vector<SweepWorst> worst;
  static constexpr std::size_t kWorst = 10;

  /// The smallest value that at least `per_mille` of a thousand runs stay within; kNever's span
  /// when so many runs never came to it; absent without runs.
  std::optional<Nanos> quantile(std::uint32_t per_mille) const;
  std::uint64_t runs() const { return values.size() + never; }
  /// Takes a run's value in, and the limit that this run had.
  void add(std::uint64_t seed, std::optional<Nanos> measured, std::optional<Nanos> most);
  void sort();
};

/// How a run came to no result of its own.
enum class Loss { crash, hang };

/// A seed that did not pass.
struct SweepFailure {
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::failed;
  std::string reason;
  std::string replay;
  std::vector<std::string> drawn =
      {};  ///< Of a swarm: what the seed chose, "faults.cut.for = 12s".
};

struct Sweep {
  std::string scenario;
  std::string because;
  std::string variant;
  std::string file;
  std::string version;
  std::string digest;  ///< Of the scenario file's text: sweeps of different texts do not add up.
  bool swarm = false;  ///< Each seed played some of the faults, at strengths of its own.
  std::string plant;   ///< Mistakes put into the hub; empty: none.
  SeedSet asked;       ///< Seeds that were asked for; set by who runs it. Empty: those played.
  SeedSet played;
  std::string cut_short;  ///< Why not all that was asked for was played; empty: it was.
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;  ///< Crashed and hung runs included.
  std::uint64_t inconclusive = 0;
  std::uint64_t crashed = 0;
  std::uint64_t hung = 0;
  std::map<std::pair<std::string, std::string>, SweepTiming> timings;  ///< By fault, name.
  std::vector<SweepFailure> failures;  ///< Sorted by seed once `sort()` was called.
  std::uint64_t failures_left_out = 0;
  Nanos wall{0};                           ///< Real time of the whole sweep; set by who runs it.
  std::chrono::milliseconds virtually{0};  ///< Virtual time of all runs together; may be centuries.

  /// Failures that are kept with their reasons; more are counted.
  static constexpr std::size_t kFailuresMax = 1000;

  std::uint64_t runs() const { return passed + failed + inconclusive; }
  /// Of the seeds played; 0 without any.
  std::uint64_t seed_first() const;
  std::uint64_t seed_last() const;
  SeedSet not_played() const { return asked.minus(played); }
  /// Takes a run in, in any order. Its events are not looked at.
  void add(const Run& run);
  /// Takes in that a run ended without a result: its process crashed, or was stopped since it hung.
  /// Counts as failed.
  void add_lost(Loss how, std::uint64_t seed, std::string reason, std::string replay);
  /// Why another sweep cannot be added to this one: another scenario, variant, text or version, or
  /// seeds that both have played. Empty: it can.
  std::string conflict(const Sweep& other) const;
  /// Takes another sweep of the same scenario in: a worker's, or a shard's. `wall` becomes the
  /// longer one. Seeds that both have would count twice: see conflict.
  void merge(Sweep other);
  /// Must be called after the last add or merge, before any report: makes it the same whatever the
  /// order was.
  void sort();
  /// Whole runs a minute of real time; 0 without a wall time.
  std::uint64_t runs_per_minute() const;

 private:
  void take_name(const Sweep& other);
};

/// Counts, per timing n/p50/p90/p95/p99/max with a small histogram, and the first failing seeds.
std::string to_text(const Sweep& sweep, const TerminalOptions& options);
/// Kind SweepResult; holds every value, so that shards can be merged.
std::string to_json(const Sweep& sweep);
/// One SweepResult, or for several a SweepResultList whose `items` they are.
std::string to_json(std::span<const Sweep> sweeps);
/// Reads what to_json wrote of one sweep. Errors: bad_input, with the field.
Result<Sweep> load_sweep(std::string_view text);
/// Reads either kind of document.
Result<std::vector<Sweep>> load_sweeps(std::string_view text);
/// One HTML page, as that of a run.
std::string to_html(const Sweep& sweep);

}  // namespace spokelab::reports
