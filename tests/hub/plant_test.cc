// Mistakes made on purpose.
#include "hub/plant.h"

#include <gtest/gtest.h>

#include "hub/profile.h"

namespace spokelab::hub {
namespace {

TEST(Plants, AreReadByName) {
  const auto plants = Plants::parse("double-owner, watch-gap");
  ASSERT_TRUE(plants);
  for (const auto& one : all_plants()) {
    const bool wanted = one.plant == Plant::double_owner || one.plant == Plant::watch_gap;
    EXPECT_EQ(plants->has(one.plant), wanted) << one.name;
  }
}

TEST(Plants, OfAnUnknownNameAreAnErrorThatListsThem) {
  const auto plants = Plants::parse("double-trouble");
  ASSERT_FALSE(plants);
  EXPECT_TRUE(plants.error().message().starts_with(
      "no plant is called \"double-trouble\"; there are double-owner, lost-update, "))
      << plants.error().message();
}

TEST(Plants, AreASettingOfTheHubAndNoneByDefault) {
  const auto calm = make_profile("spokelab", {});
  const auto planted = make_profile("argocd-3.5", {{"spokelab.plant", "deaf-probe"}});
  ASSERT_TRUE(calm && planted);
  EXPECT_FALSE(calm->plants.has(Plant::deaf_probe));
  EXPECT_TRUE(planted->plants.has(Plant::deaf_probe));
}

}  // namespace
}  // namespace spokelab::hub
