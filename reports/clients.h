// How the results of clients are written, the same in every report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/run.h"

namespace spokelab::reports {

/// The share of a month's error budget that is spent, in hundredths of a percent; may exceed
/// 10,000.
std::int64_t budget_spent(const ClientResult& result);

/// The cells of a row, in the order of client_columns(): "browser 60%", "31s", "1m12s", "never",
/// ...
std::vector<std::string> client_cells(const ClientResult& result);
/// "client", "p50", "p95", "p99", "down", "failed", "of", "budget".
const std::vector<std::string>& client_columns();

/// Whether a row tells anything: some request failed.
bool worth_telling(const ClientResult& result);

}  // namespace spokelab::reports
