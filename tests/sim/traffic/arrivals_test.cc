// Arrivals: how many, and when.
#include "sim/traffic/arrivals.h"

#include <gtest/gtest.h>

#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

TEST(Arrivals, SendsExactlyTheRateInEverySecond) {
  Arrivals arrivals(Rng(5), Spacing::even, Rate{200, 1s}, at(0s));
  for (int second = 1; second <= 1000; ++second) {
    ASSERT_EQ(arrivals.before(at(std::chrono::seconds(second))), 200U * second);
  }
}

TEST(Arrivals, CountsAgreeWithInstants) {
  for (const auto spacing : {Spacing::even, Spacing::poisson}) {
    Arrivals arrivals(Rng(5), spacing, Rate{7, 3s}, at(1s));
    for (std::uint64_t index = 0; index < 50; ++index) {
      const RunTime sent = arrivals.at(index);
      EXPECT_GE(sent, at(1s));
      EXPECT_EQ(arrivals.before(sent), index);
      EXPECT_EQ(arrivals.before(sent + 1ns), index + 1);
      arrivals.forget(index);
    }
  }
}

TEST(Arrivals, KeepsTheNumbersWhenTheRateChanges) {
  for (const auto spacing : {Spacing::even, Spacing::poisson}) {
    Arrivals arrivals(Rng(9), spacing, Rate{100, 1s}, at(0s));
    const auto before = arrivals.before(at(10s));
    arrivals.forget(before);
    arrivals.set_rate(Rate{0, 1s}, at(10s));
    EXPECT_EQ(arrivals.before(at(20s)), before);
    EXPECT_EQ(arrivals.at(before), kNever);
    arrivals.set_rate(Rate{1000, 1s}, at(20s));
    EXPECT_EQ(arrivals.before(at(20s)), before);
    EXPECT_GE(arrivals.at(before), at(20s));
    EXPECT_NEAR(static_cast<double>(arrivals.before(at(30s)) - before), 10'000, 400);
  }
}

TEST(Arrivals, DrawsGapsWhoseShareAboveTheMeanIsOneInE) {
  Rng rng(11);
  int above = 0;
  int above_twice = 0;
  std::int64_t sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto gap = draw_exponential(rng, 1ms);
    sum += gap.count();
    above += gap > 1ms ? 1 : 0;
    above_twice += gap > 2ms ? 1 : 0;
  }
  EXPECT_NEAR(above, 36'788, 500);
  EXPECT_NEAR(above_twice, 13'534, 400);
  EXPECT_NEAR(static_cast<double>(sum) / 1e11, 1.0, 0.01);
}

}  // namespace
}  // namespace spokelab::sim::traffic
