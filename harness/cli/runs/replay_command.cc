// spokelab replay: a run that was kept, played again up to an instant.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "harness/cli/runs/instant.h"
#include "harness/cli/runs/run_files.h"
#include "harness/cli/runs/state.h"
#include "harness/run/play.h"
#include "reports/compare/compare.h"
#include "reports/terminal.h"

namespace spokelab::harness {

namespace {

class Replay {
 public:
  Replay(const CommonOptions& common, const ReplayArguments& arguments)
      : arguments_(arguments), quiet_(common.quiet) {
    terminal_.colour = colours_wanted(common.colour, STDOUT_FILENO);
    json_ = arguments.output == "json";
    colour_errors_ = colours_wanted(common.colour, STDERR_FILENO);
  }

  int run() {
    int code = kPassed;
    kept_ = load_kept_run(arguments_.run, code);
    if (!kept_) return code;
    const auto& old = kept_->run;
    if (!arguments_.until.empty()) {
      const auto at = instant_of(arguments_.until, old);
      if (!at) {
        fmt::print(stderr, "spokelab: --until {}\n", at.error().message());
        return kUsage;
      }
      until_ = *at;
    }
    const auto chosen = case_of(old, colour_errors_);
    if (!chosen) return kBadScenario;
    if (old.version != version()) {
      fmt::print(
          stderr,
          "spokelab: this run was made by spokelab {}, and this is {}: histories may differ\n",
          old.version, version());
    }
    return play_again(*chosen);
  }

 private:
  int play_again(const KeptCase& chosen) {
    const auto& old = kept_->run;
    PlayOptions options;
    options.seed = old.seed;
    options.stop_at = until_;
    std::optional<reports::Story> story;
    if (!json_ && !quiet_) {
      story.emplace(terminal_, [](std::string_view text) {
        fmt::print("{}", text);
        std::fflush(stdout);
      });
    }
    options.watch = [&](const Event& event) {
      // The world has told some things before anybody could watch.
      parted_ = parted_ || !is_as_kept(event);
      if (story && !parted_) story->tell(event);
    };
    const auto again =
        play(chosen.one(), *chosen.file.loaded.sources, *chosen.file.assets[chosen.index], options);
    if (story) story->finish();
    // Up to where the new one was left, the old one has no more than this.
    const bool whole = !until_ || again.ended < *until_;
    const auto due = whole ? old.events.size() : events_until(old, *until_);
    find_difference(again.events, due);
    tell_state(again);
    if (differs_) return tell_difference(again);
    if (!json_ && !quiet_) {
      fmt::print("{} of {} events are as they were kept; the run {}.\n", due, old.events.size(),
                 whole ? fmt::format("is over: {}", name_of(again.verdict))
                       : fmt::format("went on until {} and {}", format_run_time(old.ended),
                                     name_of(old.verdict)));
    }
    return kPassed;
  }

  static std::size_t events_until(const reports::Run& run, RunTime at) {
    std::size_t count = 0;
    while (count < run.events.size() && run.events[count].at <= at) ++count;
    return count;
  }

  bool is_as_kept(const Event& event) const {
    const auto& old = kept_->run.events;
    return event.id >= 1 && event.id <= old.size() && reports::same_event(old[event.id - 1], event);
  }

  /// Compares all events with the first `due` that were kept.
  void find_difference(const std::vector<Event>& events, std::size_t due) {
    const auto& old = kept_->run.events;
    const auto count = std::min(due, events.size());
    for (std::size_t i = 0; i < count && !differs_; ++i) {
      if (!reports::same_event(old[i], events[i])) differs_ = i;
    }
    if (!differs_ && events.size() != due) differs_ = count;
  }

  void tell_state(const reports::Run& again) const {
    const auto at = until_ && again.ended >= *until_ ? *until_ : again.ended;
    const auto state = state_after(again, again.events, again.events.size(), at);
    if (json_) {
      auto document = to_json(state);
      document["asKept"] = !differs_.has_value();
      fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
    } else {
      fmt::print("{}{}", quiet_ ? "" : "\n", to_text(state, terminal_));
    }
  }

  int tell_difference(const reports::Run& again) const {
    const auto& old = kept_->run.events;
    fmt::print(stderr, "spokelab: not the same history: event {} is another one\n", *differs_ + 1);
    if (*differs_ < old.size())
      fmt::print(stderr, "  kept  {}\n", reports::line_of(old[*differs_]));
    if (*differs_ < again.events.size())
      fmt::print(stderr, "  now   {}\n", reports::line_of(again.events[*differs_]));
    fmt::print(
        stderr,
        "  Was the scenario, a repository beside it or spokelab changed since? Else report it: "
        "the same seed must give the same history\n");
    return kNotDeterministic;
  }

  const ReplayArguments& arguments_;
  reports::TerminalOptions terminal_;
  bool quiet_ = false;
  bool json_ = false;
  bool colour_errors_ = false;
  std::optional<KeptRun> kept_;
  std::optional<RunTime> until_;
  bool parted_ = false;                 // while it is played: an event was another one
  std::optional<std::size_t> differs_;  // index of the first that is another one
};

}  // namespace

int replay_run(const CommonOptions& common, const ReplayArguments& arguments) {
  return Replay(common, arguments).run();
}

}  // namespace spokelab::harness
