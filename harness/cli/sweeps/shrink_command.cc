// spokelab shrink: a failing scenario becomes the smallest file that still fails in the same way.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "base/duration.h"
#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/cli/runs/run_files.h"
#include "harness/cli/sweeps/interruption.h"
#include "harness/cli/sweeps/progress.h"
#include "harness/run/play.h"
#include "harness/shrink/fixed.h"
#include "harness/shrink/identity.h"
#include "harness/shrink/shrinker.h"
#include "harness/wall/worker_pool.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;
using Stopwatch = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kHangs = "it hangs";

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class Shrinking {
 public:
  Shrinking(const CommonOptions& common, const ShrinkArguments& arguments, Nanos budget,
            Nanos patience)
      : common_(common),
        arguments_(arguments),
        workers_(arguments.jobs > 0 ? arguments.jobs : usable_cores()),
        line_(common.quiet) {
    if (budget > Nanos(0)) budget_ = std::chrono::ceil<milliseconds>(budget);
    patience_ = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(patience));
  }

  int run() {
    if (const int code = choose(); code != kPassed) return code;
    started_ = Stopwatch::now();
    line_.show("playing it as it is", true);
    original_ = endings(1, [&](std::uint64_t) { return play_original(); }).front();
    if (!original_.failed()) {
      line_.clear();
      fmt::print(stderr,
                 "spokelab: {} passes with seed {}{}: there is nothing to shrink. spokelab sweep "
                 "--until-fail finds seeds that fail\n",
                 path_, seed_, case_->is_swarm() ? " as a swarm" : "");
      return kUsage;
    }
    be_less_patient();
    const auto fixed = fixed_scenario(*case_, seed_, target());
    const auto base = endings(1, [&](std::uint64_t) { return play_text(fixed); }).front();
    if (!fails_alike(original_, base)) {
      line_.clear();
      fmt::print(stderr,
                 "spokelab: {}: written out as a file of its own it does not fail in the same way\n"
                 "  it fails by      {}\n  the file {}\n",
                 path_, words_of(original_),
                 base.failed() ? "fails by  " + words_of(base) : "passes");
      return kInternal;
    }
    lines_before_ = lines_of(fixed);
    return shrink(fixed);
  }

 private:
  /// Finds the case and the seed. Returns an exit code.
  int choose() {
    const bool colour = colours_wanted(common_.colour, STDERR_FILENO);
    if (arguments_.file.ends_with(".slrun") || fs::is_directory(arguments_.file)) {
      int code = kPassed;
      auto kept = load_kept_run(arguments_.file, code);
      if (!kept) return code;
      if (!arguments_.plant.empty()) kept->run.plant = arguments_.plant;
      auto chosen = case_of(kept->run, colour);
      if (!chosen) return kBadScenario;
      path_ = kept->run.file;
      seed_ = arguments_.seed.value_or(kept->run.seed);
      case_.emplace(chosen->one());
      file_ = std::move(chosen->file);
      index_ = chosen->index;
      return kPassed;
    }
    bool found = true;
    scenario_files({arguments_.file}, found);
    if (!found) return kBadScenario;
    path_ = arguments_.file;
    file_ = load_file(path_, colour, false, arguments_.plant);
    if (!file_.ok()) return kBadScenario;
    const auto index = choose_case(file_, path_, arguments_.variant);
    if (!index) return kUsage;
    index_ = *index;
    const auto& one = file_.loaded.cases[index_];
    seed_ = arguments_.seed.value_or(one.seed().value_or(1));
    case_.emplace(arguments_.swarm ? one.as_swarm() : one);
    return kPassed;
  }

  /// Where the small file goes, or would lie if it were written.
  std::string target() const {
    if (arguments_.out == "-") return (fs::path(path_).parent_path() / "shrunk.yaml").string();
    if (!arguments_.out.empty()) return arguments_.out;
    return fmt::format("spokelab-out/{}.seed-{}.min.yaml", case_->name(), seed_);
  }

  /// What takes far longer than the whole scenario did goes round in circles, and fails otherwise
  /// than a run that came to an end.
  void be_less_patient() {
    if (original_ == crash_ending(kHangs)) return;
    const auto spent = std::chrono::duration_cast<milliseconds>(Stopwatch::now() - started_);
    patience_ = std::min(patience_, std::max<milliseconds>(std::chrono::seconds(10), 20 * spent));
  }

  // Playing, each run in a process of its own: it may crash or hang.

  std::vector<Ending> endings(std::size_t count,
                              const std::function<std::string(std::uint64_t)>& work) const {
    std::vector<Ending> out(count);
    std::vector<std::uint64_t> jobs;
    for (std::size_t i = 0; i < count; ++i) jobs.push_back(i);
    PoolOptions pool;
    pool.workers = workers_;
    pool.patience = patience_;
    run_jobs(jobs, pool, work, [&](const JobOutcome& outcome) {
      out[outcome.job] = outcome.finished ? parse_ending(outcome.result)
                                          : crash_ending(outcome.hung ? kHangs : outcome.failure);
    });
    return out;
  }

  std::string play_original() const {
    PlayOptions options;
    options.seed = seed_;
    return print(ending_of(play(*case_, *file_.loaded.sources, *file_.assets[index_], options)));
  }

  std::string play_text(const std::string& text) const {
    const auto loaded = load_scenario_text(target(), text, load_options());
    const Ending unplayable;
    if (!loaded.ok() || loaded.cases.empty()) return print(unplayable);
    const auto assets = Assets::read(loaded.cases.front().resolve(seed_stream(seed_)).scenario);
    if (!assets) return print(unplayable);
    PlayOptions options;
    options.seed = seed_;
    return print(ending_of(play(loaded.cases.front(), *loaded.sources, **assets, options)));
  }

  static std::string words_of(const Ending& ending) {
    return ending.failures.empty() ? std::string(reports::name_of(ending.verdict))
                                   : ending.failures.front();
  }

  int shrink(const std::string& fixed) {
    const Interruption interruption;
    ShrinkSettings settings;
    settings.path = target();
    settings.load = load_options();
    settings.together = static_cast<std::size_t>(workers_);
    settings.keep_strength = is_of_absence(original_);
    settings.runs_max = arguments_.runs.value_or(SIZE_MAX);
    settings.out_of_time = [&] {
      return interruption.asked() || (budget_ && Stopwatch::now() - started_ >= *budget_);
    };
    settings.fails = [&](const std::vector<std::string>& texts) {
      std::vector<bool> out;
      for (const auto& ending :
           endings(texts.size(), [&](std::uint64_t job) { return play_text(texts[job]); }))
        out.push_back(fails_alike(original_, ending));
      return out;
    };
    settings.progress = [&](const ShrinkProgress& progress) {
      line_.show(fmt::format("{} runs, {} of {} lines{}{}", progress.runs, progress.lines,
                             lines_before_, progress.done.empty() ? "" : ": ", progress.done),
                 true);
    };
    const auto shrunk = shrink_scenario(fixed, settings);
    line_.clear();
    const int code = write(shrunk);
    return interruption.asked() ? kInterrupted : code;
  }

  int write(const Shrunk& shrunk) const {
    const auto text = fmt::format("# Shrunk from {}, seed {}{}{}.\n# Fails by {}\n{}", path_, seed_,
                                  case_->is_swarm() ? " as a swarm" : "",
                                  case_->variant().empty() ? "" : ", " + case_->variant(),
                                  words_of(original_), shrunk.text);
    if (arguments_.out == "-") {
      fmt::print("{}", text);
    } else if (!write_file(target(), text)) {
      return kEnvironment;
    }
    if (common_.quiet) return kPassed;
    // The file itself may go to standard output.
    auto* told = arguments_.out == "-" ? stderr : stdout;
    const auto spent = std::chrono::duration_cast<milliseconds>(Stopwatch::now() - started_);
    fmt::print(told, "{} seed {} fails by {}\n", path_, seed_, words_of(original_));
    fmt::print(told, "{} lines became {}, in {} runs and {}{}\n", lines_before_,
               lines_of(shrunk.text), shrunk.runs, format_duration(spent),
               shrunk.complete ? "" : "; runs or time were used up before nothing more could go");
    if (arguments_.out != "-") fmt::print(told, "Replay: spokelab run {}\n", target());
    return kPassed;
  }

  const CommonOptions& common_;
  const ShrinkArguments& arguments_;
  int workers_;
  ProgressLine line_;
  std::optional<milliseconds> budget_;
  milliseconds patience_{0};
  Stopwatch::time_point started_;
  std::string path_;
  LoadedFile file_;
  std::size_t index_ = 0;
  std::optional<ScenarioCase> case_;
  std::uint64_t seed_ = 1;
  Ending original_;
  std::size_t lines_before_ = 0;
};

}  // namespace

int shrink_failure(const CommonOptions& common, const ShrinkArguments& arguments) {
  const auto budget = span_option("--budget", arguments.budget, Nanos(0));
  const auto patience = span_option("--timeout", arguments.timeout, std::chrono::seconds(120));
  if (!budget || !patience || !known_plant(arguments.plant)) return kUsage;
  return Shrinking(common, arguments, *budget, *patience).run();
}

}  // namespace spokelab::harness
