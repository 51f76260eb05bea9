// Expectations: decides the five words of a scenario while the history grows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/history.h"
#include "harness/judge/board.h"
#include "harness/scenario/scenario.h"
#include "reports/run.h"

namespace spokelab::harness {

/// A position as reports name it.
reports::Place place_of(const Position& at, const Sources& sources);

/// Conditions are asked between instants, never half-way through one. `start` is the instant at
/// which the world is ready (see run.h), `end` the end of the scenario's own time; both are told by
/// begin() and finish(). An expectation that was never asked, or only about values that were never
/// there, fails.
class Expectations {
 public:
  explicit Expectations(const std::vector<Expectation>& specs);

  /// The event "start" happens now.
  void begin(RunTime now);
  /// Takes the next event of the history.
  void apply(const Event& event);
  /// The event "end" happens now: decides what is still open.
  void finish(RunTime now);

  const Board& board() const noexcept { return board_; }
  /// One entry for each spec, in order.
  std::vector<reports::Expectation> results(const Sources& sources) const;

 private:
  struct Watch {
    const Expectation* spec;
    std::optional<RunTime> opens;
    std::optional<RunTime> closes;  // of `until` or `within`
    bool open = false;
    bool dirty = false;
    std::vector<Nanos> spans;        // of a condition on lag: what it is compared with
    std::optional<RunTime> holding;  // since when the condition is true without a break
    std::uint64_t evaluations = 0;   // answers other than unknown
    std::optional<reports::Verdict> verdict;
    RunTime decided{};
    std::string message;
  };
  void happened(const std::string& event, RunTime at);
  void settle();
  void pass_time(RunTime now);
  void pass_spans(RunTime now);
  void ask(Watch& watch, RunTime at);
  void close(Watch& watch, RunTime at);
  void refuse_vacuous(Watch& watch, RunTime now);
  void decide(Watch& watch, reports::Verdict verdict, RunTime at, std::string message);

  std::vector<Watch> watches_;
  Board board_;
  RunTime instant_{};  // of the last event taken in
};

}  // namespace spokelab::harness
