// spokelab sweep: many seeds of one scenario, on all cores.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/run/play.h"
#include "harness/wall/worker_pool.h"
#include "reports/sweep.h"

namespace spokelab::harness {

namespace {

using Stopwatch = std::chrono::steady_clock;

constexpr std::uint64_t kSeedsMax = 10'000'000;

/// "N" is 1..N; "A..B" includes both ends.
std::optional<std::vector<std::uint64_t>> parse_seeds(const std::string& text) {
  const auto dots = text.find("..");
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  const auto read = [](std::string_view part, std::uint64_t& into) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), into);
    return error == std::errc() && end == part.data() + part.size();
  };
  const std::string_view view = text;
  const bool good = dots == std::string::npos
                        ? read(view, last)
                        : read(view.substr(0, dots), first) && read(view.substr(dots + 2), last);
  if (!good || last < first || last - first >= kSeedsMax) return std::nullopt;
  std::vector<std::uint64_t> seeds;
  for (auto seed = first;; ++seed) {
    seeds.push_back(seed);
    if (seed == last) return seeds;
  }
}

class Sweeping {
 public:
  Sweeping(const SweepArguments& arguments, bool progress)
      : arguments_(arguments), progress_(progress) {}

  reports::Sweep sweep(const ScenarioCase& one, const Sources& sources, const Assets& assets,
                       const std::vector<std::uint64_t>& seeds) {
    replay_ = fmt::format("spokelab run {}", sources.path(0));
    if (!one.variant().empty()) variant_ = fmt::format(" --variant '{}'", one.variant());
    total_ = seeds.size();
    started_ = Stopwatch::now();
    const auto work = [&](std::uint64_t seed) {
      PlayOptions options;
      options.seed = seed;
      reports::Sweep mine;
      mine.add(play(one, sources, assets, options));
      return reports::to_json(mine);
    };
    PoolOptions pool;
    pool.workers = arguments_.jobs > 0 ? arguments_.jobs : usable_cores();
    run_jobs(seeds, pool, work, [this](const JobOutcome& outcome) { done(outcome); });
    if (progress_) fmt::print(stderr, "\r\033[K");
    sweep_.wall = Stopwatch::now() - started_;
    sweep_.sort();
    return std::move(sweep_);
  }
  bool crashed() const noexcept { return crashed_; }

 private:
  void done(const JobOutcome& outcome) {
    auto told =
        outcome.finished ? reports::load_sweep(outcome.result) : Result<reports::Sweep>(Error());
    if (told) {
      sweep_.merge(std::move(*told));
    } else {
      crashed_ = true;
      sweep_.add_crash(outcome.job, outcome.finished ? told.error().message() : outcome.failure,
                       fmt::format("{} --seed {}{}", replay_, outcome.job, variant_));
    }
    show_progress();
  }

  void show_progress() {
    if (!progress_) return;
    const auto spent = std::chrono::duration<double>(Stopwatch::now() - started_).count();
    const auto rate = spent > 0 ? static_cast<double>(sweep_.runs()) / spent : 0.0;
    fmt::print(stderr, "\r\033[K{} of {} seeds, {} not passed, {:.0f} a minute", sweep_.runs(),
               total_, sweep_.failed + sweep_.inconclusive, rate * 60);
    std::fflush(stderr);
  }

  const SweepArguments& arguments_;
  bool progress_;
  reports::Sweep sweep_;
  std::string replay_;
  std::string variant_;
  std::size_t total_ = 0;
  bool crashed_ = false;
  Stopwatch::time_point started_;
};

}  // namespace

int sweep_scenario(const CommonOptions& common, const SweepArguments& arguments) {
  const auto seeds = parse_seeds(arguments.seeds);
  if (!seeds) {
    fmt::print(stderr,
               "spokelab: --seeds {}: write a number or a range, for instance 500 or 100..199 (at "
               "most {})\n",
               arguments.seeds, kSeedsMax);
    return kUsage;
  }
  bool found = true;
  scenario_files({arguments.file}, found);
  if (!found) return kBadScenario;
  const auto file = load_file(arguments.file, colours_wanted(common.colour, STDERR_FILENO));
  if (!file.ok()) return kBadScenario;
  int code = kPassed;
  bool any = false;
  for (std::size_t i = 0; i < file.loaded.cases.size(); ++i) {
    const auto& one = file.loaded.cases[i];
    if (!arguments.variant.empty() && one.variant() != arguments.variant) continue;
    any = true;
    Sweeping sweeping(arguments, isatty(STDERR_FILENO) == 1 && !common.quiet);
    const auto sweep = sweeping.sweep(one, *file.loaded.sources, *file.assets[i], *seeds);
    if (sweep.inconclusive > 0) code = graver(code, kInconclusive);
    if (sweep.failed > 0) code = graver(code, kFailed);
    if (sweeping.crashed()) code = graver(code, kInternal);
    if (arguments.output == "json") {
      fmt::print("{}\n", reports::to_json(sweep));
    } else {
      reports::TerminalOptions terminal;
      terminal.colour = colours_wanted(common.colour, STDOUT_FILENO);
      terminal.quiet = common.quiet;
      fmt::print("{}", reports::to_text(sweep, terminal));
    }
    if (!arguments.out.empty()) {
      const auto path = (std::filesystem::path(arguments.out) / "sweep.html").string();
      if (!write_file(path, reports::to_html(sweep))) code = graver(code, kEnvironment);
    }
  }
  if (!any) {
    fmt::print(stderr, "spokelab: {}: no variant '{}'\n", arguments.file, arguments.variant);
    return kUsage;
  }
  return code;
}

}  // namespace spokelab::harness
