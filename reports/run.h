// Run: a finished run as every report sees it. Made from the history alone, with the verdicts on
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/history.h"
#include "base/run_time.h"

namespace spokelab::reports {

enum class Verdict { passed, failed, inconclusive };
inline constexpr const char* name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::failed:
      return "failed";
    case Verdict::inconclusive:
      return "inconclusive";
  }
  return "?";
}
/// The verdict of that name; nothing for another word.
constexpr std::optional<Verdict> verdict_of(std::string_view word) noexcept {
  for (const auto one : {Verdict::passed, Verdict::failed, Verdict::inconclusive}) {
    if (word == name_of(one)) return one;
  }
  return std::nullopt;
}

/// Where in a scenario file something is written; line 0: nowhere (it is made by rule).
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One piece of a timing: what took this long, and why.
struct TimingPart {
  std::string what;  ///< "first failed probe", "second failed probe", "DNS TTL", ...
  Nanos span{0};
};

/// One measured timing of one fault.
struct Timing {
  std::string fault;
  std::string name;               ///< "detection.hub", "failover", "downtime", "reconvergence".
  std::optional<Nanos> measured;  ///< Absent: it never happened.
  std::optional<Nanos> limit;     ///< Absent: measured for information.
  Verdict verdict = Verdict::passed;
  std::vector<TimingPart> parts;  ///< They add up to `measured`.
  std::string note;  ///< What happened, or why it never did; for downtime also the requests lost.
  Place place;       ///< Of the limit.
};

/// One entry of `expect`, or a rule that every run obeys ("everything converges in the end").
struct Expectation {
  std::string text;  ///< As written: "eventually: cluster.prod.connection == Failed".
  std::string because;
  Verdict verdict = Verdict::passed;
  std::string message;  ///< When and how it was decided, in words.
  std::optional<RunTime> decided_at;
  std::uint64_t evaluations = 0;
  Place place;
};

struct FaultWindow {
  std::string name;
  std::string what;              ///< "region-loss".
  std::string scope;             ///< "on prod", "between hub <-> prod", "from hub to prod".
  std::optional<RunTime> start;  ///< Absent: its trigger never fired.
  std::optional<RunTime> end;
  std::uint64_t hits = 0;             ///< How many messages, requests, processes it touched.
  std::vector<std::string> clusters;  ///< Lanes to shade; "hub" included.
};

struct ClusterLine {
  std::string name;
  std::string region;
  std::string role;  ///< "hub" or "spoke".
};

struct Run {
  std::string scenario;
  std::string because;
  std::string variant;  ///< Of a matrix: "spokes=3, fault=refused"; empty otherwise.
  std::string file;
  std::string source;  ///< The scenario file's text.
  std::uint64_t seed = 0;
  bool swarm = false;   ///< The seed also chose among the faults, and how strong they were.
  std::string plant;    ///< Mistakes that the command line put into the hub; empty: none.
  std::string version;  ///< Of spokelab.
  std::string profile;
  Nanos lasts{0};   ///< As the scenario says.
  RunTime ended{};  ///< Virtual time at the end, liveness phase included.
  Nanos wall{0};    ///< Real time it took; never part of a hash.
  std::string hash;
  Verdict verdict = Verdict::passed;
  Verdict stated = Verdict::passed;  ///< What the scenario says that it ends with.
  bool as_stated() const noexcept { return verdict == stated; }
  std::vector<std::string> reasons;  ///< Why not passed, one sentence each, worst first.
  std::vector<ClusterLine> clusters;
  std::vector<std::string> traffic;  ///< Names of the traffic blocks.
  std::vector<FaultWindow> faults;
  std::vector<Timing> timings;
  std::vector<Expectation> expectations;
  std::vector<std::pair<std::string, std::string>>
      drawn;  ///< Values drawn from the seed: path, value.
  std::vector<std::pair<std::string, std::int64_t>> counters;  ///< Requests, writes, messages, ...
  std::vector<Event> events;                                   ///< The whole history.
  std::string replay;  ///< The command that replays this run.
};

}  // namespace spokelab::reports
