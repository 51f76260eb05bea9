// Lanes: what each value of interest was, from when until when; and how requests went, second by
// second.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/run.h"
#include "reports/words.h"

namespace spokelab::reports::html {

struct Span {
  RunTime from;
  RunTime to;
  std::string value;
  std::string why;  ///< The event's message.
  Tone tone = Tone::quiet;
};

struct Lane {
  std::string name;         ///< "the hub believes".
  std::vector<Span> spans;  ///< In order, without overlap.
};

struct LaneGroup {
  std::string name;    ///< A cluster, "hub", or "users".
  std::string remark;  ///< Its region.
  std::vector<Lane> lanes;
};

/// Counts of one interval, usually a second.
struct Interval {
  RunTime from;
  RunTime to;
  std::int64_t sent = 0;
  std::int64_t failed = 0;
  std::vector<std::int64_t> ok;  ///< By cluster, as in `Requests::clusters`.
};

struct Requests {
  std::string traffic;
  std::vector<std::string> clusters;
  std::vector<Interval> intervals;
};

struct Lanes {
  std::vector<LaneGroup> groups;
  std::vector<Requests> requests;
  std::size_t clusters_left_out = 0;
};

/// Clusters that are drawn; those with a fault come first, then those in which most happened.
inline constexpr std::size_t kClustersMax = 12;
/// Applications of a cluster that get lanes of their own; more share one.
inline constexpr std::size_t kApplicationsMax = 3;

Lanes lanes_of(const Run& run);

}  // namespace spokelab::reports::html
