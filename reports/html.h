// The report of a run as one HTML file, for a browser without a network.
#pragma once

#include <string>

#include "reports/run.h"

namespace spokelab::reports {

/// Rows of the event log; more are thinned out, and the page says so.
inline constexpr std::size_t kLogRowsMax = 3000;

/// The whole page. Nothing is loaded, nothing needs JavaScript (only the log's filter and the copy
/// button use it), and the same run with the same wall time gives the same bytes.
std::string to_html(const Run& run);

}  // namespace spokelab::reports
