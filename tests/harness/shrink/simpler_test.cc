// Simpler values.
#include "harness/shrink/simpler.h"

#include <gmock/gmock.h>

namespace spokelab::harness {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

Field field(Type type, std::string_view limits = "") {
  Field out;
  out.path = "a/b";
  out.type = type;
  out.limits = limits;
  return out;
}

TEST(SimplerValues, AreShorterAndRoundTimesSimplestFirst) {
  EXPECT_THAT(simpler_values(field(Type::duration), "12s"), ElementsAre("1s", "2s", "5s", "10s"));
  EXPECT_THAT(simpler_values(field(Type::duration), "7ms"), ElementsAre("1ms", "2ms", "5ms"));
  EXPECT_THAT(simpler_values(field(Type::duration), "1s"), IsEmpty());
  EXPECT_THAT(simpler_values(field(Type::duration, "10s..1h"), "30s"),
              ElementsAre("10s", "15s", "20s"));
}

TEST(SimplerValues, DropTheOddSecondsOfATime) {
  const auto all = simpler_values(field(Type::duration), "5m13.25s");
  EXPECT_THAT(all, Contains("5m"));
  EXPECT_THAT(all, Contains("5m10s"));
  EXPECT_THAT(all, Contains("5m13s"));
  EXPECT_THAT(all, Contains("5m13s200ms"));
  EXPECT_THAT(all, Not(Contains("10m")));
}

TEST(RounderValues, AreTheNextRoundTime) {
  EXPECT_THAT(rounder_values(field(Type::duration), "52.031s"), ElementsAre("1m"));
  EXPECT_THAT(rounder_values(field(Type::duration), "1m"), IsEmpty());
  EXPECT_THAT(rounder_values(field(Type::duration, "1s..55s"), "52s"), IsEmpty());
  EXPECT_THAT(rounder_values(field(Type::percent), "37%"), IsEmpty());
}

TEST(SimplerValues, AreSmallerNumbersAndRates) {
  EXPECT_THAT(simpler_values(field(Type::count, "2..64"), "6"), ElementsAre("2", "3", "5"));
  EXPECT_THAT(simpler_values(field(Type::rate), "12/m"),
              ElementsAre("1/m", "2/m", "3/m", "5/m", "10/m"));
}

TEST(SimplerValues, AreWholeTensOfPercent) {
  EXPECT_THAT(simpler_values(field(Type::percent), "37.2%"),
              ElementsAre("100%", "50%", "40%", "37%"));
  EXPECT_THAT(simpler_values(field(Type::percent), "100%"), IsEmpty());
}

TEST(SimplerValues, AreNoneForWhatIsNoQuantity) {
  EXPECT_THAT(simpler_values(field(Type::text), "12"), IsEmpty());
  Field code = field(Type::count, "400..599");
  code.path = "faults/*/code";
  EXPECT_THAT(simpler_values(code, "503"), IsEmpty());
  EXPECT_THAT(simpler_values(field(Type::duration), "no time"), IsEmpty());
}

}  // namespace
}  // namespace spokelab::harness
