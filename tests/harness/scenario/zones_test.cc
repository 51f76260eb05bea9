// Zones are known by their letter, and by the names that nodes and clouds give them.
#include "harness/scenario/zones.h"

#include <gmock/gmock.h>

namespace spokelab::harness {
namespace {

TEST(Zones, AreLetteredFromA) { EXPECT_THAT(zone_letters(3), testing::ElementsAre("a", "b", "c")); }

TEST(Zones, AreKnownByLetterLabelAndCloudName) {
  for (const char* written : {"b", "us-eastb", "us-east-b"})
    EXPECT_EQ(zone_letter(written, "us-east"), "b") << written;
}

TEST(Zones, OfOtherRegionsAndOtherWordsAreNone) {
  for (const char* written : {"us-west-b", "nowhere", "", "B", "us-east", "us-east-", "us-east-bc"})
    EXPECT_EQ(zone_letter(written, "us-east"), "") << written;
}

}  // namespace
}  // namespace spokelab::harness
