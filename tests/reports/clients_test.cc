// The results of clients as every report writes them.
#include "reports/clients.h"

#include <gtest/gtest.h>

#include <chrono>

namespace spokelab::reports {
namespace {

using namespace std::chrono_literals;

ClientResult browser() {
  ClientResult result;
  result.traffic = "shop";
  result.kind = "browser";
  result.share = 600'000;
  result.sent = 120'000;
  result.failed = 12'345;
  result.downtime = 72s;
  result.p50 = 31s;
  result.p95 = 72s;
  result.slo = 999'000;
  result.burned = 61s;
  result.budget = 2'629'800ms;
  return result;
}

TEST(ClientResults, AreWrittenInCells) {
  const auto cells = client_cells(browser());
  ASSERT_EQ(cells.size(), client_columns().size());
  EXPECT_EQ(cells[0], "shop browser 60%");
  EXPECT_EQ(cells[1], "31s");
  EXPECT_EQ(cells[2], "1m12s");
  EXPECT_EQ(cells[3], "never");
  EXPECT_EQ(cells[4], "1m12s");
  EXPECT_EQ(cells[5], "12,345");
  EXPECT_EQ(cells[6], "120,000");
  EXPECT_EQ(cells[7], "2.31% of 43m50s");
}

TEST(ClientResults, CountTheBudgetInHundredthsOfAPercent) {
  auto result = browser();
  EXPECT_EQ(budget_spent(result), 231);
  result.burned = 24h;
  EXPECT_EQ(budget_spent(result), 328'542);
  result.budget = Nanos(0);
  EXPECT_EQ(budget_spent(result), 0);
}

TEST(ClientResults, AreToldWhereRequestsFailed) {
  auto result = browser();
  EXPECT_TRUE(worth_telling(result));
  result.failed = 0;
  EXPECT_FALSE(worth_telling(result));
}

}  // namespace
}  // namespace spokelab::reports
