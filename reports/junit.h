// JUnit XML, in the dialect that GitLab, Jenkins and the GitHub actions all read.
#pragma once

#include <span>
#include <string>

#include "reports/run.h"

namespace spokelab::reports {

/// One suite for each run, one test case for each limit and each expectation (liveness is one of
/// them). Names are unique within the document; `classname` holds file and scenario. Times are wall
/// time, as test reports want them: a run's whole time is told by its first case. Inconclusive is
/// skipped, with the reason.
std::string junit_xml(std::span<const Run> runs);

}  // namespace spokelab::reports
