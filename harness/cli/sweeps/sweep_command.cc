// spokelab sweep: many seeds of one scenario, on all cores.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <vector>

#include "base/duration.h"
#include "base/rng.h"
#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/cli/sweeps/interruption.h"
#include "harness/cli/sweeps/progress.h"
#include "harness/cli/sweeps/results.h"
#include "harness/cli/sweeps/seed_list.h"
#include "harness/run/play.h"
#include "harness/wall/worker_pool.h"
#include "reports/sweeps/sweep.h"

namespace spokelab::harness {

namespace {

using Stopwatch = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// When a sweep has to end, and why it ends before all is played.
struct Ends {
  Stopwatch::time_point started = Stopwatch::now();
  std::optional<milliseconds> budget;
  milliseconds patience{120'000};
  bool until_fail = false;
  const Interruption* interruption = nullptr;

  milliseconds spent() const {
    return std::chrono::duration_cast<milliseconds>(Stopwatch::now() - started);
  }
};

class Sweeping {
 public:
  Sweeping(const ScenarioCase& one, const Sources& sources, const Assets& assets, const Ends& ends,
           int workers, bool quiet, std::string plant)
      : one_(one),
        sources_(sources),
        assets_(assets),
        ends_(ends),
        workers_(workers),
        line_(quiet),
        plant_(std::move(plant)) {
    sweep_.scenario = one.name();
    sweep_.because = one.resolve(seed_stream(1)).scenario.because;
    sweep_.variant = one.variant();
    sweep_.file = sources.path(0);
    sweep_.version = version();
    sweep_.digest = fmt::format("{:016x}", stable_hash(sources.text(0)));
    sweep_.swarm = one.is_swarm();
    sweep_.plant = plant_;
  }

  reports::Sweep sweep(const std::vector<std::uint64_t>& seeds) {
    all_ = seeds.size();
    seeds_ = &seeds;
    started_ = Stopwatch::now();
    for (const auto seed : seeds) sweep_.asked.add(seed);
    const auto work = [&](std::uint64_t seed) {
      PlayOptions options;
      options.seed = seed;
      options.plant = plant_;
      reports::Sweep mine;
      mine.add(play(one_, sources_, assets_, options));
      return reports::to_json(mine);
    };
    PoolOptions pool;
    pool.workers = workers_;
    pool.patience = ends_.patience;
    pool.stop = [this] { return is_over(); };
    pool.tick = [this](const std::vector<JobUnderWay>& jobs) { tick(jobs); };
    run_jobs(seeds, pool, work, [this](const JobOutcome& outcome) { done(outcome); });
    line_.clear();
    take_first_failure();
    sweep_.wall = Stopwatch::now() - started_;
    if (!sweep_.not_played().empty()) sweep_.cut_short = why_;
    sweep_.sort();
    return std::move(sweep_);
  }

 private:
  bool is_over() {
    if (ends_.interruption->asked()) {
      why_ = "interrupted";
    } else if (first_failed_) {
      why_ = "it was to end at the first seed that fails";
    } else if (ends_.budget && ends_.spent() >= *ends_.budget) {
      why_ = fmt::format("the budget of {} was used up", format_duration(*ends_.budget));
    }
    return !why_.empty();
  }

  void done(const JobOutcome& outcome) {
    reports::Sweep one;
    auto told =
        outcome.finished ? reports::load_sweep(outcome.result) : Result<reports::Sweep>(Error());
    if (told) {
      one = std::move(*told);
    } else {
      one.add_lost(outcome.hung ? reports::Loss::hang : reports::Loss::crash, outcome.job,
                   outcome.finished ? told.error().message() : outcome.failure,
                   replay(outcome.job));
    }
    ++played_;
    not_passed_ += one.failed + one.inconclusive;
    if (!ends_.until_fail) {
      sweep_.merge(std::move(one));
    } else {
      const bool failed = one.failed > 0;
      if (failed) first_failed_ = std::min(first_failed_.value_or(outcome.job), outcome.job);
      kept_.emplace(outcome.job, std::move(one));
      take_settled();
    }
    show({});
  }

  /// What passed, and has none before it that may still fail, counts for certain.
  void take_settled() {
    while (!kept_.empty() && next_ < seeds_->size() && kept_.begin()->first == (*seeds_)[next_] &&
           kept_.begin()->second.failed == 0) {
      sweep_.merge(std::move(kept_.begin()->second));
      kept_.erase(kept_.begin());
      ++next_;
    }
  }

  /// Seeds begin in their order, so that all before the first failing one have been played, too.
  /// Those behind it, which happened to be played beside it, are left out: the result is the same
  /// however many workers there are.
  void take_first_failure() {
    for (auto& [seed, one] : kept_) {
      if (!first_failed_ || seed <= *first_failed_) sweep_.merge(std::move(one));
    }
    kept_.clear();
  }

  std::string replay(std::uint64_t seed) const {
    auto out = fmt::format("spokelab run {} --seed {}", sources_.path(0), seed);
    if (one_.is_swarm()) out += " --swarm";
    if (!plant_.empty()) out += fmt::format(" --plant '{}'", plant_);
    if (!one_.variant().empty()) out += fmt::format(" --variant '{}'", one_.variant());
    return out;
  }

  void tick(const std::vector<JobUnderWay>& jobs) { show(jobs); }

  void show(const std::vector<JobUnderWay>& jobs) {
    SweepProgress progress;
    progress.done = played_;
    progress.all = all_;
    progress.failed = not_passed_;
    progress.spent = std::chrono::duration_cast<milliseconds>(Stopwatch::now() - started_);
    if (ends_.budget)
      progress.budget = std::max(milliseconds(0), *ends_.budget - ends_.spent()) + progress.spent;
    for (const auto& job : jobs) {
      if (job.since <= progress.slow_since) continue;
      progress.slow_since = job.since;
      progress.slow_seed = job.job;
    }
    line_.show(progress_text(progress));
  }

  const ScenarioCase& one_;
  const Sources& sources_;
  const Assets& assets_;
  const Ends& ends_;
  int workers_;
  ProgressLine line_;
  std::string plant_;
  reports::Sweep sweep_;
  std::map<std::uint64_t, reports::Sweep> kept_;  // by seed, until it is known which count
  std::optional<std::uint64_t> first_failed_;
  const std::vector<std::uint64_t>* seeds_ = nullptr;
  std::size_t next_ = 0;  // the first of them that is not settled
  std::string why_;
  std::size_t all_ = 0;
  std::uint64_t played_ = 0;
  std::uint64_t not_passed_ = 0;
  Stopwatch::time_point started_;
};

/// What is wrong with the arguments, told to stderr; nullopt then.
std::optional<std::vector<std::uint64_t>> wanted_seeds(const SweepArguments& arguments) {
  auto seeds = parse_seeds(arguments.seeds);
  if (!seeds) {
    fmt::print(stderr,
               "spokelab: --seeds {}: write a number or a range, for instance 500 or 100..199 (at "
               "most {})\n",
               arguments.seeds, kSeedsMax);
    return std::nullopt;
  }
  if (arguments.shard.empty()) return seeds;
  const auto shard = parse_shard(arguments.shard);
  if (!shard) {
    fmt::print(stderr, "spokelab: --shard {}: write I/N, for instance 3/8 for the third of eight\n",
               arguments.shard);
    return std::nullopt;
  }
  seeds = seeds_of(*shard, *seeds);
  if (seeds->empty()) {
    fmt::print(stderr, "spokelab: --shard {}: there are fewer seeds than shards\n",
               arguments.shard);
    return std::nullopt;
  }
  return seeds;
}

}  // namespace

int sweep_scenario(const CommonOptions& common, const SweepArguments& arguments) {
  const auto seeds = wanted_seeds(arguments);
  const auto budget = span_option("--budget", arguments.budget, Nanos(0));
  const auto patience = span_option("--timeout", arguments.timeout, std::chrono::seconds(120));
  if (!seeds || !budget || !patience || !known_plant(arguments.plant)) return kUsage;
  bool found = true;
  scenario_files({arguments.file}, found);
  if (!found) return kBadScenario;
  const auto file = load_file(arguments.file, colours_wanted(common.colour, STDERR_FILENO), true,
                              arguments.plant);
  if (!file.ok()) return kBadScenario;
  const auto& cases = file.loaded.cases;
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (arguments.variant.empty() || cases[i].variant() == arguments.variant) chosen.push_back(i);
  }
  if (chosen.empty()) {
    choose_case(file, arguments.file, arguments.variant);
    return kUsage;
  }
  const Interruption interruption;
  Ends ends;
  if (*budget > Nanos(0)) ends.budget = std::chrono::ceil<milliseconds>(*budget);
  ends.patience = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(*patience));
  ends.until_fail = arguments.until_fail;
  ends.interruption = &interruption;
  int code = kPassed;
  std::vector<reports::Sweep> sweeps;
  for (const auto i : chosen) {
    const auto one = arguments.swarm ? cases[i].as_swarm() : cases[i];
    Sweeping sweeping(one, *file.loaded.sources, *file.assets[i], ends,
                      arguments.jobs > 0 ? arguments.jobs : usable_cores(), common.quiet,
                      arguments.plant);
    sweeps.push_back(sweeping.sweep(*seeds));
    code = graver(code, code_of(sweeps.back()));
    if (interruption.asked()) {
      code = kInterrupted;
      break;
    }
    if (ends.until_fail && sweeps.back().failed > 0) break;
  }
  print_sweeps(common, sweeps, arguments.output);
  if (sweeps.size() < chosen.size()) {
    for (std::size_t i = sweeps.size(); i < chosen.size(); ++i)
      fmt::print(stderr, "not played: variant '{}'\n", cases[chosen[i]].variant());
  }
  auto suffix = arguments.shard.empty() ? std::string() : ".shard-" + arguments.shard;
  if (const auto slash = suffix.find('/'); slash != std::string::npos)
    suffix.replace(slash, 1, "-of-");
  if (!arguments.out.empty() && !write_sweeps(arguments.out, sweeps, suffix))
    code = graver(code, kEnvironment);
  return code;
}

}  // namespace spokelab::harness
