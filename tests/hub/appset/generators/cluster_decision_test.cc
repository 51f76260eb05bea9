// The clusterDecisionResource generator.
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/hub/appset/generators/fixture.h"

namespace spokelab::hub {
namespace {

const char* const kByName =
    R"({"clusterDecisionResource": {"configMapRef": "ducks", "name": "quack",
        "values": {"note": "{{name}}"}}})";

class ClusterDecisions : public Generators {
 protected:
  void ducks(const char* data = R"({"apiVersion": "mallard.io/v1beta1", "kind": "ducks",
                                    "statusListKey": "decisions", "matchKey": "clusterName"})") {
    config_map("ducks", Json::parse(data));
  }
  void resources(const char* list, ListKey key = {"mallard.io", "v1beta1", "ducks", "argocd", "",
                                                  "metadata.name=quack"}) {
    std::vector<JsonRef> items;
    for (const Json& item : Json::parse(list)) items.push_back(freeze(item));
    facts_.lists.put(key, std::move(items));
  }
};

TEST_F(ClusterDecisions, AsksForItsConfigMapThenForTheResources) {
  EXPECT_FALSE(run(kByName));
  EXPECT_EQ(facts_.objects.wanted(),
            (std::set<ObjectKey>{{"", "v1", "configmaps", "argocd", "ducks"}}));
  ducks();
  EXPECT_FALSE(run(kByName));
  EXPECT_EQ(
      facts_.lists.wanted(),
      (std::set<ListKey>{{"mallard.io", "v1beta1", "ducks", "argocd", "", "metadata.name=quack"}}));
}

TEST_F(ClusterDecisions, EachDecisionThatNamesAClusterIsASet) {
  ducks();
  resources(R"([{"status": {"decisions": [{"clusterName": "prod", "weight": 3},
                                          {"clusterName": "unknown"}, {"other": "x"}]}},
                {"metadata": {}}, {"status": {"decisions": [{"clusterName": "in-cluster"}]}}])");
  const auto flat = run(kByName);
  ASSERT_TRUE(flat) << flat.error().message();
  EXPECT_EQ(*flat, (ParamSets{Json::parse(R"({"name": "prod", "server": "https://prod:6443",
      "clusterName": "prod", "weight": "3", "values.note": "{{name}}"})"),
                              Json::parse(R"({"name": "in-cluster",
      "server": "https://kubernetes.default.svc", "clusterName": "in-cluster",
      "values.note": "{{name}}"})")}));
  const auto nested = run(kByName, true);
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->at(0)["values"]["note"], "{{name}}");
}

TEST_F(ClusterDecisions, SelectsByLabelsToo) {
  ducks();
  const char* entry = R"({"clusterDecisionResource": {"configMapRef": "ducks",
      "labelSelector": {"matchLabels": {"pond": "north"},
                        "matchExpressions": [{"key": "size", "operator": "In", "values": ["s", "m"]}]}}})";
  EXPECT_FALSE(run(entry));
  ASSERT_EQ(facts_.lists.wanted().size(), 1u);
  EXPECT_EQ(facts_.lists.wanted().begin()->label_selector, "pond=north,size in (m,s)");
  EXPECT_EQ(facts_.lists.wanted().begin()->field_selector, "");
}

TEST_F(ClusterDecisions, TheListOfDecisionsHasADefaultName) {
  ducks(R"({"apiVersion": "mallard.io/v1beta1", "kind": "ducks", "matchKey": "clusterName"})");
  resources(R"([{"status": {"clusters": [{"clusterName": "dr"}]}}])");
  const auto sets = run(kByName);
  ASSERT_TRUE(sets);
  EXPECT_EQ(sets->size(), 1u);
}

TEST_F(ClusterDecisions, WithoutAMatchKeyThereIsNothing) {
  ducks(R"({"apiVersion": "mallard.io/v1beta1", "kind": "ducks"})");
  resources(R"([{"status": {"clusters": [{"clusterName": "dr"}]}}])");
  const auto sets = run(kByName);
  ASSERT_TRUE(sets);
  EXPECT_TRUE(sets->empty());
}

TEST_F(ClusterDecisions, ErrorsAreWordedAsArgoCdWordsThem) {
  facts_.objects.put({"", "v1", "configmaps", "argocd", "ducks"},
                     Error(Errc::not_found, "configmaps \"ducks\" not found"));
  EXPECT_EQ(error(kByName), "error reading configMapRef: configmaps \"ducks\" not found");
  for (const char* data :
       {R"({"apiVersion": "v1", "kind": "ducks"})", R"({"apiVersion": "/v1", "kind": "ducks"})",
        R"({"kind": "ducks"})", R"({"apiVersion": "a/v1"})", R"({})"}) {
    ducks(data);
    EXPECT_EQ(error(kByName),
              "there is a problem with the apiVersion, kind or resourceName provided");
  }
  ducks();
  for (const char* entry : {R"({"clusterDecisionResource": {"configMapRef": "ducks"}})",
                            R"({"clusterDecisionResource": {"configMapRef": "ducks", "name": "a",
            "labelSelector": {"matchLabels": {"a": "b"}}}})"}) {
    EXPECT_EQ(error(entry),
              "there is a problem with the definition of the ClusterDecisionResource generator");
  }
  resources("[]");
  EXPECT_EQ(error(kByName), "no clusterDecisionResources found");
  facts_.lists.put({"mallard.io", "v1beta1", "ducks", "argocd", "", "metadata.name=quack"},
                   Error(Errc::not_found, "the server could not find the requested resource"));
  EXPECT_EQ(error(kByName),
            "failed to get dynamic resources: the server could not find the requested resource");
}

}  // namespace
}  // namespace spokelab::hub
