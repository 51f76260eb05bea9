// Keys that stand twice in one mapping.
#include "base/yaml_keys.h"

#include <gtest/gtest.h>

namespace spokelab {
namespace {

TEST(YamlKeys, LaterOnesAreToldWithTheirLines) {
  const auto found = repeated_yaml_keys("a: 1\nb: {x: 1, x: 2}\nc:\n- a: 1\n  a: 2\na: 3\n");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].line, 2U);
  EXPECT_EQ(found[0].text, "x");
  EXPECT_EQ(found[1].line, 5U);
  EXPECT_EQ(found[2].line, 6U);
  EXPECT_EQ(found[2].text, "a");
}

TEST(YamlKeys, SameKeysInDifferentMappingsAndMergesAreNoRepetition) {
  EXPECT_TRUE(
      repeated_yaml_keys("a: &x {k: 1}\nb:\n  <<: *x\n  <<: *x\n  k: 2\nc: [a, a]\n").empty());
  EXPECT_TRUE(repeated_yaml_keys("").empty());
  EXPECT_TRUE(repeated_yaml_keys("a: 1\n---\na: 1\n").empty());
}

TEST(YamlKeys, MalformedAndDeepTextsEndTheSearch) {
  EXPECT_TRUE(repeated_yaml_keys("a: b: c").empty());
  EXPECT_TRUE(repeated_yaml_keys(std::string(10'000, '[')).empty());
}

}  // namespace
}  // namespace spokelab
