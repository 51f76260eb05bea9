// What an Application asks for in vain is named.
#include "hub/app/unsupported.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

TEST(UnsupportedFeatures, SaysWhatItAsksForInVain) {
  const Json plain = Json::parse(R"({
    "metadata": {"name": "shop"},
    "spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true", "PruneLast=true"]}}})");
  EXPECT_TRUE(unsupported_features(*read_application(plain)).empty());
  const Json asking = Json::parse(R"({
    "metadata": {"name": "shop",
                 "annotations": {"argocd.argoproj.io/compare-options": "ServerSideDiff=true,Glance"}},
    "spec": {"syncPolicy": {"syncOptions": ["Shine=true"]},
             "ignoreDifferences": [{"kind": "Secret", "jqPathExpressions": [".data", "def f: f; f"]},
                                   {"kind": "Secret", "managedFieldsManagers": ["vault"]}]}})");
  EXPECT_EQ(unsupported_features(*read_application(asking)),
            (std::vector<std::string>{
                "compare option Glance is not supported by this engine and has no effect",
                "ignoreDifferences: jq path expression def f: f; f: def is not supported",
                "sync option Shine=true is not supported by this engine and has no effect"}));
}

}  // namespace
}  // namespace spokelab::hub
