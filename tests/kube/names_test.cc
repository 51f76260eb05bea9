// Names as the API machinery has them.
#include "kube/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace spokelab::kube {
namespace {

TEST(Names, VersionsRankByStageThenNumberAndOddOnesComeLast) {
  std::vector<std::string> versions = {"foo10", "v1alpha1", "v1beta2", "v10",     "v1",
                                       "foo1",  "v2",       "v1beta1", "v11beta2"};
  std::stable_sort(versions.begin(), versions.end(), version_before);
  EXPECT_EQ(versions, (std::vector<std::string>{"v10", "v2", "v1", "v11beta2", "v1beta2", "v1beta1",
                                                "v1alpha1", "foo1", "foo10"}));
}

TEST(Names, NoTextIsTooOddForAVersion) {
  for (const char* text : {"", "v", "v1beta", "v1gamma1", "v99999999999999", "vv1", "v-1"}) {
    EXPECT_FALSE(version_before(text, "v1alpha1")) << text;
    EXPECT_TRUE(version_before("v1alpha1", text)) << text;
  }
}

}  // namespace
}  // namespace spokelab::kube
