// What a dry-run apply says about an object.
#include "hub/app/compare/server_side.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

constexpr const char* kManager = "argocd-controller";

Json live() {
  return Json::parse(R"({
    "apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop", "generation": 3, "resourceVersion": "7",
      "labels": {"a": "1", "old": "x"},
      "managedFields": [{"manager": "argocd-controller", "operation": "Apply", "fieldsV1":
        {"f:metadata": {"f:labels": {"f:a": {}, "f:old": {}}},
         "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers":
            {"k:{\"name\":\"app\"}": {".": {}, "f:name": {}, "f:image": {}}}}}}}}]},
    "spec": {"replicas": 2, "template": {"spec": {"containers": [
      {"name": "app", "image": "web:1", "imagePullPolicy": "IfNotPresent"},
      {"name": "injected", "image": "proxy:1"}]}}},
    "status": {"readyReplicas": 2}})");
}

TEST(ServerSideDiff, SeesWhatTheManagerWouldChange) {
  Json predicted = live();
  EXPECT_FALSE(server_side_diff(live(), predicted, live(), {}, false, kManager)->modified);
  predicted["metadata"]["generation"] = 4;  // a dry run counts one that never comes to be
  EXPECT_FALSE(server_side_diff(live(), predicted, live(), {}, false, kManager)->modified);
  predicted["spec"]["template"]["spec"]["containers"][0]["image"] = "web:2";
  const auto difference = server_side_diff(live(), predicted, live(), {}, false, kManager);
  ASSERT_TRUE(difference);
  EXPECT_TRUE(difference->modified);
  EXPECT_EQ((*difference->predicted)["spec"]["template"]["spec"]["containers"][0]["image"],
            "web:2");
  EXPECT_EQ((*difference->predicted)["spec"]["template"]["spec"]["containers"].size(), 2u);
}

TEST(ServerSideDiff, WhatAWebhookAddsIsNoDifferenceUnlessAskedFor) {
  Json predicted = live();
  predicted["metadata"]["annotations"] = {{"webhook", "was here"}};
  predicted["spec"]["template"]["spec"]["containers"][1]["image"] = "proxy:2";
  EXPECT_FALSE(server_side_diff(live(), predicted, live(), {}, false, kManager)->modified);
  EXPECT_TRUE(server_side_diff(live(), predicted, live(), {}, true, kManager)->modified);
}

TEST(ServerSideDiff, SeesWhatTheManagerWouldTakeAway) {
  Json predicted = live();
  predicted["metadata"]["labels"].erase("old");
  predicted["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]["f:labels"].erase("f:old");
  const auto difference = server_side_diff(live(), predicted, live(), {}, false, kManager);
  ASSERT_TRUE(difference);
  EXPECT_TRUE(difference->modified);
  EXPECT_FALSE((*difference->predicted)["metadata"]["labels"].contains("old"));
}

TEST(ServerSideDiff, LeavesOutWhatIsIgnored) {
  Json predicted = live();
  predicted["spec"]["replicas"] = 5;
  predicted["status"]["readyReplicas"] = 9;
  EXPECT_TRUE(server_side_diff(live(), predicted, live(), {}, false, kManager)->modified);
  IgnoredDifference replicas;
  replicas.group = "apps";
  replicas.kind = "Deployment";
  replicas.json_pointers = {"/spec/replicas"};
  const NormalizeRules rules({replicas});
  EXPECT_FALSE(server_side_diff(live(), predicted, live(), rules, false, kManager)->modified);
  EXPECT_FALSE(server_side_body(live(), live(), rules)["spec"].contains("replicas"));
}

TEST(ServerSideDiff, NeedsManagedFields) {
  Json predicted = live();
  predicted["metadata"].erase("managedFields");
  const auto failed = server_side_diff(live(), predicted, live(), {}, false, kManager);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(),
            "error removing non config mutations for resource Deployment/web: predictedLive for "
            "resource Deployment/web must have the managedFields");
}

}  // namespace
}  // namespace spokelab::hub
