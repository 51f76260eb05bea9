// Client results: how each sort of users fared under each fault, measured from the history.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/history.h"
#include "reports/run.h"

namespace spokelab::harness {

/// One traffic, as far as results need it.
struct ClientInputs {
  std::string traffic;
  std::uint32_t slo = 999'000;                               ///< In millionths.
  std::vector<std::pair<std::string, std::uint32_t>> kinds;  ///< With their shares, in millionths.
};

/// For each fault that began: a result for each kind, and one called "all" where there are several.
/// What fails after a fault has ended counts for it until the next one begins. `ended`: of the run.
std::vector<reports::ClientResult> client_results(const std::vector<Event>& events,
                                                  const std::vector<reports::FaultWindow>& faults,
                                                  const std::vector<ClientInputs>& traffic,
                                                  RunTime ended);

}  // namespace spokelab::harness
