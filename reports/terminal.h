// What a run prints: the story while it happens, the summary after it, and a table of several runs.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/history.h"
#include "reports/run.h"
#include "reports/words.h"

namespace spokelab::reports {

struct TerminalOptions {
  bool colour = false;      ///< ANSI colours. Nothing is said by colour alone.
  bool ascii = false;       ///< Check marks and dashes from ASCII only.
  bool quiet = false;       ///< Failures only: a passed run prints nothing.
  std::size_t width = 100;  ///< Columns; taken into 60..200.
};

/// Tells a run while it happens, one line for each thing that a person cares about: phases, faults,
/// steps, beliefs, applications, owners, failing users, rollouts. Hands over whole lines, ending in
/// a line end. The set-up phase becomes one line, things of one instant are joined, and what
/// repeats is counted.
class Story {
 public:
  Story(TerminalOptions options, std::function<void(std::string_view)> print);
  /// The next event, in the order of the history.
  void tell(const Event& event);
  /// Prints what is still held back. Call it once, when the run is over.
  void finish();

 private:
  struct Line {
    Tone tone = Tone::quiet;
    std::string cluster;
    std::string what;
    std::string message;
  };
  struct Users {
    std::map<std::string, int> route;  ///< Percent sent to each cluster, as it is.
    std::map<std::string, int> told;   ///< As last printed.
    bool moved = false;                ///< The route changed in this instant.
    bool failing = false;
    std::int64_t second = 0;  ///< Requests that failed in the last second.
    std::int64_t failed = 0;  ///< The same, since they began to fail.
  };

  void note_set_up(const Event& event);
  void phase(const Event& event);
  void traffic(const Event& event, const std::vector<std::string>& parts);
  void success(const Event& event, const std::string& name);
  void application(const Event& event, const std::vector<std::string>& parts);
  void hold(const std::string& class_name, Line line);
  void end_instant();
  void say_routes();
  void say_applications();
  void say_held();
  void print_line(const Line& line);
  void rule(const std::string& title);

  TerminalOptions options_;
  std::function<void(std::string_view)> print_;
  RunTime at_{};
  bool set_up_ = false;
  std::map<std::string, std::int64_t> set_up_counts_;
  std::map<std::string, Users> users_;
  std::map<std::string, std::map<std::string, Event>> applications_;  ///< This instant: app, field.
  std::vector<Line> lines_;                                           ///< This instant.
  std::map<std::string, int> window_;  ///< Lines of each class printed in this window.
  std::map<std::string, int> held_;    ///< Lines of each class not printed.
  RunTime window_from_{};
};

/// The end of a run: its timings against their limits, its expectations, the verdict and why, and
/// how to play it again. `report` is where a written report lies; empty: nowhere. Empty when quiet
/// and passed.
std::string summary(const Run& run, const TerminalOptions& options, std::string_view report = "");

/// Several runs, a row each, and the sum. When quiet only those that did not pass.
std::string table(std::span<const Run> runs, const TerminalOptions& options);

/// "FAILED", in the colour that belongs to it when colours are wanted.
std::string verdict_word(Verdict verdict, const TerminalOptions& options);
/// A check mark, a cross or a question mark, coloured when wanted.
std::string verdict_sign(Verdict verdict, const TerminalOptions& options);

}  // namespace spokelab::reports
