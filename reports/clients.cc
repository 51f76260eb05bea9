#include "reports/clients.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "reports/text.h"

namespace spokelab::reports {

namespace {

/// 12.34 % of hundredths of a percent: as many decimals as a reader can use.
std::string percent(std::int64_t hundredths) {
  if (hundredths >= 1000) return fmt::format("{}%", (hundredths + 50) / 100);
  if (hundredths % 100 == 0) return fmt::format("{}%", hundredths / 100);
  return fmt::format("{}.{:02}%", hundredths / 100, hundredths % 100);
}

std::string share_of(std::uint32_t millionths) {
  return percent((std::int64_t{millionths} + 50) / 100);
}

std::string recovery(const std::optional<Nanos>& at) {
  if (!at) return "never";
  return *at == Nanos(0) ? "-" : format_duration(*at);
}

}  // namespace

std::int64_t budget_spent(const ClientResult& result) {
  if (result.budget <= Nanos(0)) return 0;
  // Milliseconds are fine enough, and do not overflow.
  constexpr std::int64_t kMillion = 1'000'000;
  const auto budget = std::max<std::int64_t>(1, result.budget.count() / kMillion);
  const auto burned = std::min<std::int64_t>(result.burned.count() / kMillion, 400'000'000'000);
  return burned * 10'000 / budget;
}

const std::vector<std::string>& client_columns() {
  static const std::vector<std::string> columns{"clients", "p50",    "p95", "p99",
                                                "down",    "failed", "of",  "budget"};
  return columns;
}

std::vector<std::string> client_cells(const ClientResult& result) {
  auto who = clean(result.kind);
  if (result.kind != "all") who += " " + share_of(result.share);
  return {clean(result.traffic) + " " + who,
          recovery(result.p50),
          recovery(result.p95),
          recovery(result.p99),
          format_duration(result.downtime),
          grouped(result.failed),
          grouped(result.sent),
          fmt::format("{} of {}", percent(budget_spent(result)),
                      format_duration(std::chrono::round<std::chrono::seconds>(result.budget)))};
}

bool worth_telling(const ClientResult& result) { return result.failed > 0; }

}  // namespace spokelab::reports
