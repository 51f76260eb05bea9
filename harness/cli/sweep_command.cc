// spokelab sweep: many seeds of one scenario, on all cores.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "base/json.h"
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

/// What a worker tells of one run.
std::string condensed(const reports::Run& run) {
  Json timings = Json::array();
  for (const auto& timing : run.timings) {
    timings.push_back({{"name", timing.fault + " " + timing.name},
                       {"nanos", timing.measured ? Json(timing.measured->count()) : Json(nullptr)}});
  }
  return Json{{"verdict", reports::name_of(run.verdict)},
              {"hash", run.hash},
              {"reasons", run.reasons},
              {"replay", run.replay},
              {"timings", timings}}
      .dump();
}

class Sweeping {
 public:
  Sweeping(const SweepArguments& arguments, bool progress) : arguments_(arguments), progress_(progress) {}

  reports::Sweep sweep(const ScenarioCase& one, const Sources& sources, const Assets& assets,
                       const std::vector<std::uint64_t>& seeds) {
    sweep_.scenario = one.title();
    sweep_.file = sources.path(0);
    total_ = seeds.size();
    started_ = Stopwatch::now();
    const auto work = [&](std::uint64_t seed) {
      PlayOptions options;
      options.seed = seed;
      return condensed(play(one, sources, assets, options));
    };
    PoolOptions pool;
    pool.workers = arguments_.jobs > 0 ? arguments_.jobs : usable_cores();
    run_jobs(seeds, pool, work, [this](const JobOutcome& outcome) { done(outcome); });
    if (progress_) fmt::print(stderr, "\r\033[K");
    sweep_.wall = Stopwatch::now() - started_;
    for (auto& [name, values] : timings_) {
      std::sort(values.begin(), values.end());
      sweep_.timings.push_back({name, values, missing_[name]});
    }
    std::sort(sweep_.failures.begin(), sweep_.failures.end(),
              [](const auto& a, const auto& b) { return a.seed < b.seed; });
    return std::move(sweep_);
  }
  bool crashed() const noexcept { return crashed_; }

 private:
  void done(const JobOutcome& outcome) {
    ++sweep_.seeds;
    const auto told = outcome.finished ? parse_json(outcome.result) : Result<Json>(Error());
    if (!outcome.finished || !told) {
      crashed_ = true;
      ++sweep_.failed;
      sweep_.failures.push_back({outcome.job, reports::Verdict::failed, outcome.failure,
                                 fmt::format("spokelab run {} --seed {}", sweep_.file, outcome.job)});
    } else {
      take(outcome.job, *told);
    }
    show_progress();
  }

  void take(std::uint64_t seed, const Json& told) {
    const auto verdict = text_at(told, {"verdict"});
    if (verdict == "passed") {
      ++sweep_.passed;
    } else {
      const bool failed = verdict == "failed";
      ++(failed ? sweep_.failed : sweep_.inconclusive);
      std::string reason;
      for (const auto& one : told["reasons"]) {
        if (reason.empty()) reason = one.get<std::string>();
      }
      sweep_.failures.push_back({seed, failed ? reports::Verdict::failed : reports::Verdict::inconclusive, reason,
                                 text_at(told, {"replay"})});
    }
    for (const auto& timing : told["timings"]) {
      const auto name = text_at(timing, {"name"});
      if (timing["nanos"].is_null()) {
        ++missing_[name];
        timings_[name];
      } else {
        timings_[name].push_back(Nanos(timing["nanos"].get<std::int64_t>()));
      }
    }
  }

  void show_progress() {
    if (!progress_) return;
    const auto spent = std::chrono::duration<double>(Stopwatch::now() - started_).count();
    const auto rate = spent > 0 ? static_cast<double>(sweep_.seeds) / spent : 0.0;
    fmt::print(stderr, "\r\033[K{} of {} seeds, {} failed, {:.0f} a minute", sweep_.seeds, total_,
               sweep_.failed + sweep_.inconclusive, rate * 60);
    std::fflush(stderr);
  }

  const SweepArguments& arguments_;
  bool progress_;
  reports::Sweep sweep_;
  std::map<std::string, std::vector<Nanos>> timings_;
  std::map<std::string, std::uint64_t> missing_;
  std::size_t total_ = 0;
  bool crashed_ = false;
  Stopwatch::time_point started_;
};

}  // namespace

int sweep_scenario(const CommonOptions& common, const SweepArguments& arguments) {
  const auto seeds = parse_seeds(arguments.seeds);
  if (!seeds) {
    fmt::print(stderr, "spokelab: --seeds {}: write a number or a range, for instance 500 or 100..199 (at most {})\n",
               arguments.seeds, kSeedsMax);
    return kUsage;
  }
  bool found = true;
  scenario_files({arguments.file}, found);
  if (!found) return kBadScenario;
  const auto file = load_file(arguments.file, colours_wanted(common.colour, STDERR_FILENO));
  if (!file.assets) return kBadScenario;
  int code = kPassed;
  bool any = false;
  for (const auto& one : file.loaded.cases) {
    if (!arguments.variant.empty() && one.variant() != arguments.variant) continue;
    any = true;
    Sweeping sweeping(arguments, isatty(STDERR_FILENO) == 1 && !common.quiet);
    const auto sweep = sweeping.sweep(one, *file.loaded.sources, *file.assets, *seeds);
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
