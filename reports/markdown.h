// The summary as Markdown, for the page of a CI run.
#pragma once

#include <span>
#include <string>

#include "reports/run.h"

namespace spokelab::reports {

/// What a CI page takes, in bytes (GitHub takes 1 MiB).
inline constexpr std::size_t kMarkdownBytesMax = 900'000;

/// Runs that did not pass first and open, passed ones folded. Cut at kMarkdownBytesMax, and says
/// so.
std::string markdown(std::span<const Run> runs);

}  // namespace spokelab::reports
