// Generation is done again when something that generators look at has changed, and only then.
#include "hub/appset/last_generation.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/json.h"

namespace spokelab::hub {
namespace {

class LastGenerations : public testing::Test {
 protected:
  static ApplicationSet set_with(const std::string& generator, const std::string& version) {
    auto object = parse_json(R"({"metadata": {"name": "web", "namespace": "argocd", "uid": "u1"},
                                 "spec": {"generators": [{")" +
                             generator + R"(": {}}], "template": {}}})");
    (*object)["metadata"]["resourceVersion"] = version;
    auto set = read_application_set(freeze(std::move(*object)));
    EXPECT_TRUE(set) << set.error().message();
    return std::move(*set);
  }
  LastGenerations() {
    prod_.name = "prod";
    prod_.server = "https://prod";
    prod_.labels = {{"env", "prod"}};
    prod_.secret_name = "cluster-prod";
    std::vector<Json> made{Json{{"metadata", {{"name", "web-prod"}}}}};
    last_.keep(set_with("clusters", "1"), clusters_,
               std::make_shared<const std::vector<Json>>(std::move(made)));
  }

  ClusterInfo prod_;
  std::vector<const ClusterInfo*> clusters_{&prod_};
  LastGeneration last_;
};

TEST_F(LastGenerations, HoldWhenTheStatusOfTheSetHasChanged) {
  const auto made = last_.find(set_with("clusters", "2"), clusters_);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->at(0)["metadata"]["name"], "web-prod");
}

TEST_F(LastGenerations, HoldWhenAClustersCredentialsHaveChanged) {
  prod_.access.bearer_token = "another";
  EXPECT_NE(last_.find(set_with("clusters", "1"), clusters_), nullptr);
}

TEST_F(LastGenerations, EndWithAnotherSpec) {
  EXPECT_EQ(last_.find(set_with("list", "2"), clusters_), nullptr);
}

TEST_F(LastGenerations, EndWithAnotherSetOfThatName) {
  ApplicationSet another = set_with("clusters", "1");
  another.uid = "u2";
  EXPECT_EQ(last_.find(another, clusters_), nullptr);
}

TEST_F(LastGenerations, EndWithALabelAClusterOrItsDeparture) {
  const ApplicationSet set = set_with("clusters", "1");
  ClusterInfo dr = prod_;
  dr.name = "dr";
  EXPECT_EQ(last_.find(set, {&prod_, &dr}), nullptr);
  EXPECT_EQ(last_.find(set, {}), nullptr);
  prod_.labels["env"] = "staging";
  EXPECT_EQ(last_.find(set, clusters_), nullptr);
}

TEST_F(LastGenerations, SettleNothingBeforeTheyAreCompared) {
  last_.settled["web-prod"] = freeze(Json::object());
  last_.keep(set_with("list", "1"), clusters_, std::make_shared<const std::vector<Json>>());
  EXPECT_TRUE(last_.settled.empty());
}

}  // namespace
}  // namespace spokelab::hub
