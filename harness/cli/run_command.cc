// spokelab run: plays scenarios one after the other.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"
#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/run/play.h"
#include "reports/compare/compare.h"
#include "reports/html.h"
#include "reports/json.h"
#include "reports/junit.h"
#include "reports/markdown.h"
#include "reports/terminal.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;
using Stopwatch = std::chrono::steady_clock;

std::string file_stem(const reports::Run& run) {
  std::string stem = run.scenario;
  if (!run.variant.empty()) stem += "." + run.variant;
  for (auto& c : stem) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_';
    if (!plain) c = '_';
  }
  return stem;
}

/// Writes every report of one run. Returns where the HTML lies; nullopt when something could not be
/// written.
std::optional<std::string> write_reports(const std::string& directory, const reports::Run& run) {
  const auto base = (fs::path(directory) / file_stem(run)).string();
  const bool written = write_file(base + ".html", reports::to_html(run)) &&
                       write_file(base + ".json", reports::result_json({&run, 1})) &&
                       write_file(base + ".slrun", reports::save_run(run)) &&
                       write_file(base + ".md", reports::markdown({&run, 1}));
  if (!written) return std::nullopt;
  return base + ".html";
}

class Session {
 public:
  Session(const CommonOptions& common, const RunArguments& arguments) : arguments_(arguments) {
    terminal_.colour = colours_wanted(common.colour, STDOUT_FILENO);
    terminal_.quiet = common.quiet;
    silent_ = arguments.hash_only || arguments.output == "json";
    out_ = arguments.out;
    if (out_.empty() && !silent_ && !arguments.no_reports) out_ = "spokelab-out";
  }

  int play_all() {
    bool found = true;
    const auto files = scenario_files(arguments_.files, found);
    if (!found) code_ = kBadScenario;
    for (const auto& path : files) play_file(path);
    if (files.empty()) return graver(code_, kBadScenario);
    finish();
    return code_;
  }

 private:
  void play_file(const std::string& path) {
    const auto file =
        load_file(path, colours_wanted("auto", STDERR_FILENO), true, arguments_.plant);
    if (!file.ok()) {
      code_ = graver(code_, kBadScenario);
      return;
    }
    bool any = false;
    for (std::size_t i = 0; i < file.loaded.cases.size(); ++i) {
      const auto& one = file.loaded.cases[i];
      if (!arguments_.variant.empty() && one.variant() != arguments_.variant) continue;
      any = true;
      play_case(arguments_.swarm ? one.as_swarm() : one, *file.loaded.sources, *file.assets[i]);
    }
    if (!any) {
      fmt::print(stderr, "spokelab: {}: no variant '{}'\n", path, arguments_.variant);
      code_ = graver(code_, kUsage);
    }
  }

  void play_case(const ScenarioCase& one, const Sources& sources, const Assets& assets) {
    PlayOptions options;
    options.seed = arguments_.seed.value_or(one.seed().value_or(1));
    options.plant = arguments_.plant;
    std::optional<reports::Story> story;
    if (!silent_ && !terminal_.quiet) {
      story.emplace(terminal_, [](std::string_view text) {
        fmt::print("{}", text);
        std::fflush(stdout);
      });
      options.watch = [&](const Event& event) { story->tell(event); };
    }
    const auto started = Stopwatch::now();
    auto run = play(one, sources, assets, options);
    run.wall = Stopwatch::now() - started;
    if (story) story->finish();
    if (arguments_.check_determinism) check_twice(one, sources, assets, options, run);
    if (!run.as_stated()) {
      const bool open = run.verdict == reports::Verdict::inconclusive;
      code_ = graver(code_, open ? kInconclusive : kFailed);
    }
    std::string report;
    if (!out_.empty()) {
      const auto written = write_reports(out_, run);
      if (!written) code_ = graver(code_, kEnvironment);
      report = written.value_or("");
    }
    if (arguments_.hash_only) fmt::print("{}\n", run.hash);
    if (!silent_) fmt::print("{}", reports::summary(run, terminal_, report));
    std::fflush(stdout);
    // Only what later summaries need: a history may hold a million events.
    if (arguments_.output != "json") run.events.clear();
    runs_.push_back(std::move(run));
  }

  void check_twice(const ScenarioCase& one, const Sources& sources, const Assets& assets,
                   PlayOptions options, const reports::Run& first) {
    options.watch = nullptr;
    const auto second = play(one, sources, assets, options);
    if (second.hash == first.hash) {
      if (!silent_ && !terminal_.quiet)
        fmt::print("determinism: two runs, one hash: {}\n", first.hash);
      return;
    }
    code_ = graver(code_, kNotDeterministic);
    const auto at =
        reports::first_difference(first.events, second.events).value_or(first.events.size());
    fmt::print(stderr, "spokelab: {}: not deterministic: hash {} and {}\n", first.file, first.hash,
               second.hash);
    for (const auto* run : {&first, &second}) {
      if (at >= run->events.size()) continue;
      const auto& event = run->events[at];
      fmt::print(stderr, "  event {} at {}: {} {} = {} {}\n", event.id, format_run_time(event.at),
                 event.who, event.subject, event.value, event.message);
    }
    fmt::print(stderr, "  replay: {} --check-determinism\n", first.replay);
  }

  void finish() {
    if (arguments_.output == "json" && !arguments_.hash_only)
      fmt::print("{}\n", reports::result_json(runs_));
    if (!silent_ && runs_.size() > 1) fmt::print("{}", reports::table(runs_, terminal_));
    if (!out_.empty()) {
      const auto path = (fs::path(out_) / "junit.xml").string();
      if (!write_file(path, reports::junit_xml(runs_))) code_ = graver(code_, kEnvironment);
    }
  }

  const RunArguments& arguments_;
  reports::TerminalOptions terminal_;
  bool silent_ = false;
  std::string out_;  // empty: no reports
  int code_ = kPassed;
  std::vector<reports::Run> runs_;
};

}  // namespace

int run_scenarios(const CommonOptions& common, const RunArguments& arguments) {
  if (!known_plant(arguments.plant)) return kUsage;
  Session session(common, arguments);
  return session.play_all();
}

}  // namespace spokelab::harness
