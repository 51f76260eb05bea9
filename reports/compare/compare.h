// compare: two runs side by side: what was decided otherwise, and where their histories part.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "reports/run.h"
#include "reports/terminal.h"

namespace spokelab::reports {

/// A value of two runs that is not the same in both; empty: the run has none.
struct Difference {
  std::string what;  ///< "verdict", "prod-lost failover", "always: ...", "drawn faults.cut.for".
  std::string a;
  std::string b;
  std::string change;  ///< "+1.6s"; empty where there is no measure of it.
};

/// The first event that the two histories do not share.
struct Parting {
  std::size_t index = 0;   ///< Events before it are the same in both.
  std::optional<Event> a;  ///< Absent: this history is over.
  std::optional<Event> b;
  std::vector<Event> before;   ///< The last ones they share, oldest first.
  std::vector<Event> after_a;  ///< What follows in each.
  std::vector<Event> after_b;
};

struct Comparison {
  std::vector<Difference> differences;  ///< What the runs are, what was decided, and counters.
  std::optional<Parting> parting;       ///< Absent: one history.
  bool same() const noexcept { return differences.empty() && !parting; }
};

/// Whether two events say the same, at the same instant. Ids do not count.
bool same_event(const Event& a, const Event& b);
/// The index of the first event that is not the same in both; nullopt: one history.
std::optional<std::size_t> first_difference(const std::vector<Event>& a,
                                            const std::vector<Event>& b);

/// `context`: so many events before the parting and behind it. Wall time is not compared.
Comparison compare(const Run& a, const Run& b, std::size_t context = 3);

/// One event in a line: time, who says it, what.
std::string line_of(const Event& event);

/// For people. `name_a`, `name_b`: how the two are called.
std::string to_text(const Comparison& comparison, const std::string& name_a,
                    const std::string& name_b, const TerminalOptions& options);
/// Kind RunDiff.
Json to_json(const Comparison& comparison, const std::string& name_a, const std::string& name_b);

}  // namespace spokelab::reports
