// The picture of a run over time: faults, what was noticed when, requests, and a lane for each
// value.
#pragma once

#include <string>

#include "reports/html/lanes.h"
#include "reports/run.h"

namespace spokelab::reports::html {

/// What part of a run a picture shows.
struct View {
  RunTime from;
  RunTime to;
  /// The axis counts from here; absent: from the start of the run.
  std::optional<RunTime> zero;
  bool changes_only = false;  ///< Lanes that stand still in this part are left out.
  std::string id;             ///< Unique within the page.
  std::string title;
  std::string description;  ///< For those who cannot see it.
};

/// One SVG, with its marks, in a `figure`.
std::string timeline(const Run& run, const Lanes& lanes, const View& view);

/// The parts worth a closer look: around the start and the end of each of the first faults.
std::vector<View> close_ups(const Run& run);

/// How requests went, as a table of stretches in which the split stayed the same.
std::string requests_table(const Lanes& lanes);

}  // namespace spokelab::reports::html
