// Deployments, step by step, as health checks and people see them.
#include <gtest/gtest.h>

#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

std::string reason(const Json& status, std::string_view type) {
  const Json* found = condition_in(array_at(status, {"conditions"}), type);
  return found != nullptr ? text_at(*found, {"status"}) + "/" + text_at(*found, {"reason"}) : "";
}

TEST(Deployment, BecomesAvailableStepByStep) {
  Lab lab;
  lab.create(deployment("web", 3));
  lab.clock.run_for(milliseconds(30));
  Json status = lab.status("deployments.apps", "web");
  EXPECT_EQ(int_at(status, {"replicas"}), 3);
  EXPECT_EQ(int_at(status, {"updatedReplicas"}), 3);
  EXPECT_EQ(int_at(status, {"unavailableReplicas"}), 3);
  EXPECT_FALSE(status.contains("availableReplicas"));
  EXPECT_EQ(reason(status, "Available"), "False/MinimumReplicasUnavailable");
  EXPECT_EQ(reason(status, "Progressing"), "True/ReplicaSetUpdated");
  lab.clock.run_for(seconds(15));
  status = lab.status("deployments.apps", "web");
  EXPECT_EQ(int_at(status, {"readyReplicas"}), 3);
  EXPECT_EQ(int_at(status, {"availableReplicas"}), 3);
  EXPECT_FALSE(status.contains("unavailableReplicas"));
  EXPECT_EQ(reason(status, "Available"), "True/MinimumReplicasAvailable");
  EXPECT_EQ(reason(status, "Progressing"), "True/NewReplicaSetAvailable");
  const JsonRef object = lab.api.get("deployments.apps", "shop", "web");
  EXPECT_EQ(int_at(status, {"observedGeneration"}), int_at(*object, {"metadata", "generation"}));
  EXPECT_EQ(annotation_of(*object, "deployment.kubernetes.io/revision"), "1");
  EXPECT_EQ(lab.told("deployment.prod.shop.web.rollout"),
            (std::vector<std::string>{"progressing", "complete"}));
  EXPECT_EQ(lab.told("deployment.prod.shop.web.image"), std::vector<std::string>{"app:1"});
  EXPECT_EQ(lab.told("deployment.prod.shop.web.ready").back(), "3");
}

TEST(Deployment, RollsWithinItsBounds) {
  Lab lab;
  Json web = deployment("web", 4);
  web["spec"]["strategy"] =
      parsed(R"({"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":1}})");
  lab.create(web);
  lab.clock.run_for(seconds(15));
  lab.patch("deployments.apps", "web", R"({"spec":{"template":{"spec":{"containers":[
    {"name":"main","image":"app:2","readinessProbe":{"periodSeconds":1}}]}}}})");
  std::int64_t most = 0, fewest = 100;
  for (int i = 0; i < 6000; ++i) {
    lab.clock.run_for(milliseconds(5));
    std::int64_t active = 0, ready = 0;
    for (const JsonRef& pod : lab.pods()) {
      active += is_active(*pod) ? 1 : 0;
      ready += is_active(*pod) && is_ready(*pod) ? 1 : 0;
    }
    most = std::max(most, active);
    fewest = std::min(fewest, ready);
  }
  EXPECT_EQ(most, 5);
  EXPECT_EQ(fewest, 3);
  EXPECT_EQ(lab.pods().size(), 4U);
  for (const JsonRef& pod : lab.pods()) {
    EXPECT_EQ(text_at((*pod)["spec"]["containers"][0], {"image"}), "app:2");
  }
  EXPECT_EQ(lab.api.list("replicasets.apps").size(), 2U);
  EXPECT_EQ(annotation_of(*lab.api.get("deployments.apps", "shop", "web"),
                          "deployment.kubernetes.io/revision"),
            "2");
  EXPECT_EQ(lab.told("deployment.prod.shop.web.image"),
            (std::vector<std::string>{"app:1", "app:2"}));
}

TEST(Deployment, GoingBackUsesTheOldReplicaSetWithANewRevision) {
  Lab lab;
  lab.create(deployment("web", 1));
  lab.clock.run_for(seconds(15));
  const char* format = R"({"spec":{"template":{"spec":{"containers":[{"name":"main","image":"app:%",
                           "readinessProbe":{"periodSeconds":1}}]}}}})";
  for (const char image : {'2', '1'}) {
    std::string text = format;
    text[text.find('%')] = image;
    lab.patch("deployments.apps", "web", text);
    lab.clock.run_for(seconds(30));
  }
  EXPECT_EQ(lab.api.list("replicasets.apps").size(), 2U);
  EXPECT_EQ(annotation_of(*lab.api.get("deployments.apps", "shop", "web"),
                          "deployment.kubernetes.io/revision"),
            "3");
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 1);
}

TEST(Deployment, TellsItsSetsOfItselfAndRemembersTheirFormerRevisions) {
  Lab lab;
  Json web = deployment("web", 1);
  web["metadata"]["annotations"] = {{"kubernetes.io/change-cause", "first"},
                                    {"kubectl.kubernetes.io/last-applied-configuration", "{}"}};
  lab.create(web);
  lab.clock.run_for(seconds(15));
  const std::string first = name_of(*lab.api.list("replicasets.apps")[0]).name;
  for (const char* image : {"app:2", "app:1"}) {
    Json patch = Json::object();
    patch["metadata"]["annotations"]["kubernetes.io/change-cause"] = "again";
    patch["spec"]["template"] = deployment("web", 1, image)["spec"]["template"];
    lab.patch("deployments.apps", "web", patch.dump());
    lab.clock.run_for(seconds(30));
  }
  const Json set = *lab.api.get("replicasets.apps", "shop", first);
  EXPECT_EQ(annotation_of(set, "deployment.kubernetes.io/revision"), "3");
  EXPECT_EQ(annotation_of(set, "deployment.kubernetes.io/revision-history"), "1");
  EXPECT_EQ(annotation_of(set, "kubernetes.io/change-cause"), "again");
  EXPECT_EQ(annotation_of(set, "kubectl.kubernetes.io/last-applied-configuration"), "");
}

TEST(Deployment, TakesAnotherNameWhereItsSetsNameIsTaken) {
  Lab lab;
  lab.create(deployment("web", 1));
  lab.clock.run_for(milliseconds(100));
  Json squatter = *lab.api.list("replicasets.apps")[0];
  ASSERT_TRUE(lab.api.remove("test", "deployments.apps", "shop", "web"));
  lab.clock.run_for(seconds(10));
  squatter["metadata"].erase("ownerReferences");
  squatter["metadata"].erase("resourceVersion");
  squatter["spec"]["template"]["spec"]["containers"][0]["image"] = "other:1";
  squatter["spec"]["selector"] = {{"matchLabels", {{"app", "other"}}}};
  squatter["spec"]["template"]["metadata"]["labels"] = {{"app", "other"}};
  squatter["metadata"]["labels"] = {{"app", "other"}};
  lab.create(squatter);
  lab.create(deployment("web", 1));
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"collisionCount"}), 1);
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 1);
}

TEST(Deployment, AdoptsAReplicaSetWithItsVeryTemplate) {
  Lab lab;
  Json set = deployment("web", 2);
  set["kind"] = "ReplicaSet";
  set["metadata"]["name"] = "made-by-hand";
  set["metadata"]["labels"] = {{"app", "web"}};
  lab.create(set);
  lab.clock.run_for(seconds(10));
  lab.create(deployment("web", 2));
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(lab.api.list("replicasets.apps").size(), 1U);
  EXPECT_NE(controller_of(*lab.api.get("replicasets.apps", "shop", "made-by-hand")), nullptr);
  EXPECT_EQ(lab.pods().size(), 2U);
  EXPECT_EQ(reason(lab.status("deployments.apps", "web"), "Progressing"),
            "True/NewReplicaSetAvailable");
}

TEST(Deployment, RecreateWaitsUntilTheOldPodsAreGone) {
  Lab lab;
  Json web = deployment("web", 2);
  web["spec"]["strategy"]["type"] = "Recreate";
  lab.create(web);
  lab.clock.run_for(seconds(15));
  lab.patch("deployments.apps", "web",
            R"({"spec":{"template":{"spec":{"containers":[{"name":"main","image":"app:2"}]}}}})");
  for (int i = 0; i < 2000; ++i) {
    lab.clock.run_for(milliseconds(10));
    std::set<std::string> images;
    for (const JsonRef& pod : lab.pods())
      images.insert(text_at((*pod)["spec"]["containers"][0], {"image"}));
    ASSERT_LE(images.size(), 1U);
  }
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 2);
}

TEST(Deployment, ExceedsItsProgressDeadline) {
  Lab lab;
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:bad", {0, 0, 1, 0})));
  Json web = deployment("web", 1, "app:bad");
  web["spec"]["progressDeadlineSeconds"] = 60;
  lab.create(web);
  lab.clock.run_for(seconds(59));
  EXPECT_EQ(reason(lab.status("deployments.apps", "web"), "Progressing"), "True/ReplicaSetUpdated");
  lab.clock.run_for(seconds(5));
  EXPECT_EQ(reason(lab.status("deployments.apps", "web"), "Progressing"),
            "False/ProgressDeadlineExceeded");
  EXPECT_EQ(lab.told("deployment.prod.shop.web.rollout").back(), "failed");
  const std::size_t writes = lab.api.writes();
  lab.controllers.remove_rule("outcome of app:bad");
  lab.clock.run_for(seconds(310));
  EXPECT_GT(lab.api.writes(), writes);
  EXPECT_EQ(reason(lab.status("deployments.apps", "web"), "Progressing"),
            "True/NewReplicaSetAvailable");
}

TEST(Deployment, PausedDoesNotRollButScales) {
  Lab lab;
  lab.create(deployment("web", 2));
  lab.clock.run_for(seconds(15));
  lab.patch("deployments.apps", "web",
            R"({"spec":{"paused":true,"replicas":3,"template":{"spec":{"containers":[
    {"name":"main","image":"app:2"}]}}}})");
  lab.clock.run_for(seconds(15));
  EXPECT_EQ(lab.api.list("replicasets.apps").size(), 1U);
  EXPECT_EQ(lab.pods().size(), 3U);
  EXPECT_EQ(reason(lab.status("deployments.apps", "web"), "Progressing"),
            "Unknown/DeploymentPaused");
}

TEST(Deployment, KeepsNoMoreOldReplicaSetsThanItsLimit) {
  Lab lab;
  Json web = deployment("web", 1);
  web["spec"]["revisionHistoryLimit"] = 1;
  lab.create(web);
  for (int i = 2; i < 6; ++i) {
    lab.clock.run_for(seconds(30));
    Json patch = parsed(R"({"spec":{"template":{"spec":{"containers":[{"name":"main"}]}}}})");
    patch["spec"]["template"]["spec"]["containers"][0]["image"] = "app:" + std::to_string(i);
    lab.patch("deployments.apps", "web", patch.dump());
  }
  lab.clock.run_for(seconds(30));
  EXPECT_EQ(lab.api.list("replicasets.apps").size(), 2U);
}

TEST(Deployment, SaysWhyPodsCannotBeCreated) {
  Lab lab;
  lab.api.refuse = [](const Json& object) { return text_at(object, {"kind"}) == "Pod"; };
  lab.create(deployment("web", 1));
  lab.clock.run_for(seconds(5));
  EXPECT_EQ(reason(lab.status("deployments.apps", "web"), "ReplicaFailure"), "True/FailedCreate");
  lab.api.refuse = nullptr;
  lab.clock.run_for(seconds(30));
  EXPECT_EQ(reason(lab.status("deployments.apps", "web"), "ReplicaFailure"), "");
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 1);
}

TEST(Deployment, ACalmClusterWritesNothing) {
  Lab lab;
  lab.create(deployment("web", 3));
  lab.create(
      parsed(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},
    "spec":{"type":"LoadBalancer","selector":{"app":"web"},"ports":[{"port":80,"targetPort":8080}]}})"));
  lab.create(parsed(R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler",
    "metadata":{"name":"web","namespace":"shop"},"spec":{"minReplicas":2,"maxReplicas":5,
    "scaleTargetRef":{"kind":"Deployment","name":"web"}}})"));
  lab.create(parsed(
      R"({"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"web","namespace":"shop"},
    "spec":{"minAvailable":"50%","selector":{"matchLabels":{"app":"web"}}}})"));
  lab.clock.run_for(seconds(120));
  const std::size_t writes = lab.api.writes();
  const std::size_t ran = lab.clock.ran();
  lab.clock.run_for(std::chrono::minutes(30));
  EXPECT_EQ(lab.api.writes(), writes);
  EXPECT_LT(lab.clock.ran() - ran, 200U);  // the autoscaler's looks
  const Json budget = lab.status("poddisruptionbudgets.policy", "web");
  EXPECT_EQ(int_at(budget, {"disruptionsAllowed"}), 1);
  EXPECT_EQ(int_at(budget, {"desiredHealthy"}), 2);
}

TEST(Deployment, TheSameSeedGivesTheSameHistory) {
  const auto run = [](std::uint64_t seed) {
    Lab lab(small_cluster(), seed);
    lab.create(deployment("web", 5));
    lab.clock.run_for(seconds(60));
    return lab.history.hash();
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
