// Capacity: shedding, queues, pods that warm up.
#include "sim/traffic/load/capacity.h"

#include <gtest/gtest.h>

#include "tests/sim/traffic/lab.h"

namespace spokelab::sim::traffic {
namespace {

CapacitySpec spec_of(Overload overload) {
  CapacitySpec spec;
  spec.per_pod = {50, 1s};
  spec.overload = overload;
  return spec;
}

constexpr std::uint64_t kThousand = 1000;  // loads are counted in 1,000 seconds

TEST(Capacity, CarriesWhatItsPodsCarry) {
  Capacity capacity(spec_of(Overload::shed));
  EXPECT_EQ(capacity.look(at(0s), 4, 200 * kThousand), Pressure());
  EXPECT_EQ(capacity.carries(), 200 * kThousand);
  EXPECT_FALSE(capacity.overloaded());
}

TEST(Capacity, ShedsWhatIsTooMuch) {
  Capacity capacity(spec_of(Overload::shed));
  EXPECT_EQ(capacity.look(at(0s), 3, 200 * kThousand).shed, 250'000U);
  EXPECT_EQ(capacity.served(), 150 * kThousand);
  EXPECT_EQ(capacity.look(at(1s), 4, 200 * kThousand).shed, 0U);
}

TEST(Capacity, LetsRequestsWaitUntilTheQueueIsFull) {
  auto spec = spec_of(Overload::queue);
  spec.queue = 100;
  Capacity capacity(spec);
  EXPECT_EQ(capacity.look(at(0s), 2, 150 * kThousand), Pressure());
  // 50 more a second than 100: after 2 s 100 wait, one second's worth.
  EXPECT_EQ(capacity.look(at(2s), 2, 150 * kThousand).wait, 1s);
  EXPECT_EQ(capacity.look(at(2s), 2, 150 * kThousand).shed, 0U);
  const auto full = capacity.look(at(4s), 2, 150 * kThousand);
  EXPECT_EQ(full.wait, 2s);
  EXPECT_EQ(full.shed, 333'333U);
  EXPECT_EQ(capacity.look(at(60s), 2, 150 * kThousand).wait, 2s);
  // It drains by what is left of the capacity.
  capacity.look(at(60s), 2, 50 * kThousand);
  EXPECT_EQ(capacity.look(at(62s), 2, 50 * kThousand).wait, 1s);
  EXPECT_TRUE(capacity.overloaded());
  EXPECT_EQ(capacity.look(at(70s), 2, 50 * kThousand).wait, 0s);
  EXPECT_FALSE(capacity.overloaded());
}

TEST(Capacity, GrowsAsNewPodsWarmUp) {
  auto spec = spec_of(Overload::shed);
  spec.warm_up = 20s;
  spec.cold = 200'000;
  Capacity capacity(spec);
  capacity.look(at(0s), 2, 0);
  EXPECT_EQ(capacity.carries(), 100 * kThousand);  // there from the start: warm
  capacity.look(at(10s), 3, 0);
  EXPECT_EQ(capacity.carries(), 110 * kThousand);
  capacity.look(at(20s), 3, 0);
  EXPECT_EQ(capacity.carries(), 130 * kThousand);
  capacity.look(at(30s), 3, 0);
  EXPECT_EQ(capacity.carries(), 150 * kThousand);
  capacity.look(at(31s), 4, 0);
  capacity.look(at(32s), 3, 0);
  EXPECT_EQ(capacity.carries(), 150 * kThousand);  // the cold one went
}

TEST(Capacity, OfNoPodsIsNotOverload) {
  Capacity capacity(spec_of(Overload::queue));
  EXPECT_EQ(capacity.look(at(0s), 0, 150 * kThousand), Pressure());
  EXPECT_EQ(capacity.look(at(9s), 0, 150 * kThousand), Pressure());
}

}  // namespace
}  // namespace spokelab::sim::traffic
