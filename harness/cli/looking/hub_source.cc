#include "harness/cli/looking/hub_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "harness/cli/options.h"
#include "harness/cli/runs/instant.h"
#include "harness/cli/runs/run_files.h"
#include "harness/fleet/control.h"
#include "harness/fleet/state_directory.h"
#include "harness/run/play.h"
#include "reports/compare/compare.h"

namespace spokelab::harness {

namespace {

/// What the user may have meant when no fleet is up.
std::string kept_runs_hint() {
  const auto found = kept_runs_below("spokelab-out");
  if (found.empty()) return "spokelab run keeps runs below spokelab-out";
  std::string out = "runs that were kept:";
  for (const auto& one : found) out += "\n  --run " + one;
  return out;
}

std::optional<Json> checked(Json answer, int& code) {
  const auto error = text_at(answer, {"error"});
  if (error.empty()) return answer;
  fmt::print(stderr, "spokelab: {}\n", error);
  code = kFailed;
  return std::nullopt;
}

std::optional<Json> ask_fleet(const LookSource& source, const HubQuestion& question, int& code) {
  const StateDirectory state(state_path(source.state));
  auto answer = ask_control(state.socket(), question.request);
  if (!answer) {
    fmt::print(stderr,
               "spokelab: no fleet is up ({}): spokelab up starts one; to look into a run, name it "
               "with --run\n{}\n",
               answer.error().message(), kept_runs_hint());
    code = kEnvironment;
    return std::nullopt;
  }
  return checked(std::move(*answer), code);
}

class Replayed {
 public:
  Replayed(const CommonOptions& common, const LookSource& source, const HubQuestion& question)
      : common_(common), source_(source), question_(question) {}

  std::optional<Json> answer(int& code) {
    kept_ = load_kept_run(source_.run, code);
    if (!kept_) return std::nullopt;
    PlayOptions options;
    if (!source_.at.empty()) {
      const auto at = instant_of(source_.at, kept_->run);
      if (!at) {
        fmt::print(stderr, "spokelab: --at {}\n", at.error().message());
        code = kUsage;
        return std::nullopt;
      }
      options.stop_at = *at;
      if (*at > kept_->run.ended) {
        fmt::print(stderr, "spokelab: --at {}: the run ended at {}\n", source_.at,
                   format_run_time(kept_->run.ended));
        code = kUsage;
        return std::nullopt;
      }
    }
    const auto chosen = case_of(kept_->run, colours_wanted(common_.colour, STDERR_FILENO));
    if (!chosen) {
      code = kBadScenario;
      return std::nullopt;
    }
    options.seed = kept_->run.seed;
    options.plant = kept_->run.plant;
    std::optional<Json> found;
    options.look = [&](Lab& lab) {
      at_ = lab.world().now();
      found = question_.answer(lab);
    };
    const auto again = play(chosen->one(), *chosen->file.loaded.sources,
                            *chosen->file.assets[chosen->index], options);
    if (!found) {
      fmt::print(stderr, "spokelab: {}: the run breaks off before: {}\n", kept_->path,
                 again.reasons.empty() ? "" : again.reasons.front());
      code = kInconclusive;
      return std::nullopt;
    }
    if (!common_.quiet)
      fmt::print(stderr, "spokelab: {} at {}\n", kept_->path, format_run_time(at_));
    auto answer = checked(std::move(*found), code);
    if (!is_as_kept(again.events)) code = kNotDeterministic;
    return answer;
  }

 private:
  /// Whether everything up to the instant is what was kept; tells if not.
  bool is_as_kept(const std::vector<Event>& events) const {
    const auto& old = kept_->run.events;
    const auto due = static_cast<std::size_t>(
        std::find_if(old.begin(), old.end(), [&](const Event& one) { return one.at > at_; }) -
        old.begin());
    const auto count = std::min(due, events.size());
    for (std::size_t i = 0; i < std::max(due, events.size()); ++i) {
      if (i < count && reports::same_event(old[i], events[i])) continue;
      fmt::print(stderr,
                 "spokelab: this is not the run that was kept: event {} is another one. Was the "
                 "scenario, a repository beside it or spokelab changed since?\n",
                 i + 1);
      return false;
    }
    return true;
  }

  const CommonOptions& common_;
  const LookSource& source_;
  const HubQuestion& question_;
  std::optional<KeptRun> kept_;
  RunTime at_{};
};

}  // namespace

std::optional<Json> ask_hub(const CommonOptions& common, const LookSource& source,
                            const HubQuestion& question, int& code) {
  if (source.run.empty()) {
    if (source.at.empty()) return ask_fleet(source, question, code);
    fmt::print(stderr, "spokelab: --at is an instant of a run: name the run with --run\n{}\n",
               kept_runs_hint());
    code = kUsage;
    return std::nullopt;
  }
  if (!source.state.empty()) {
    fmt::print(stderr, "spokelab: --run and --state exclude each other\n");
    code = kUsage;
    return std::nullopt;
  }
  Replayed replayed(common, source, question);
  return replayed.answer(code);
}

}  // namespace spokelab::harness
