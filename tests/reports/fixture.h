// A finished run to report on: prod is lost for ten minutes, with three clusters and half an hour
// of users.
#pragma once

#include <string>

#include "reports/run.h"

namespace spokelab::reports {

/// The run passes; every part of it has something to say.
Run prod_outage();

/// The same run with a failover that took too long, a broken expectation and an inconclusive one.
Run prod_outage_failed();

/// Counts of what `needle` occurs in `text`.
std::size_t count_of(const std::string& text, const std::string& needle);

}  // namespace spokelab::reports
