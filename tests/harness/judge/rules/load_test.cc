// Storms of requests, and what an outage leaves behind.
#include "harness/judge/rules/load.h"

#include <gmock/gmock.h>

#include "harness/judge/rules/leftovers.h"

namespace spokelab::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct ApiLoad : ::testing::Test {
  void sample(std::uint64_t requests, std::uint64_t dials, bool trouble) {
    now += BoundedLoad::kEvery;
    rule.sample(now, {{"prod", {requests, dials}}}, trouble);
  }
  RunTime now{};
  std::vector<std::string> complaints;
  BoundedLoad rule{[this](std::string text) { complaints.push_back(std::move(text)); }};
};

TEST_F(ApiLoad, MayBeAsHighAsItEverWas) {
  sample(2'000, 10, false);
  sample(2'100, 20, false);
  sample(9'000, 1'000, true);
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(ApiLoad, IsAStormFarBeyondThatAndIsToldOnce) {
  sample(200, 10, false);
  sample(3'300, 4'000, true);
  sample(9'300, 8'000, true);
  EXPECT_THAT(complaints, ElementsAre(HasSubstr("3100 requests to prod within 10s"),
                                      HasSubstr("3990 dials to prod")));
}

TEST(Leftovers, AreToldWhereThereIsMuchMoreThanBefore) {
  const Standing before{{{"open watches at prod", 60}, {"connections of the hub to prod", 2}}};
  const Standing after{{{"open watches at prod", 120},
                        {"connections of the hub to prod", 9},
                        {"open watches at new", 500}}};
  EXPECT_THAT(leftovers(before, after),
              ElementsAre("left over: 120 open watches at prod at the end, 60 before the first "
                          "fault"));
  EXPECT_THAT(leftovers(after, before), IsEmpty());
}

}  // namespace
}  // namespace spokelab::harness
