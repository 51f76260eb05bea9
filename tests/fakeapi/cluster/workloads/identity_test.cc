// StatefulSets and DaemonSets in detail: order, partitions, claims, surges, placement.
#include <gtest/gtest.h>

#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

Json workload(const char* kind, const std::string& name, std::string_view spec) {
  Json object = deployment(name, 3);
  object["kind"] = kind;
  object["spec"].merge_patch(parsed(spec));
  return object;
}

constexpr const char* kNewTemplate = R"({"spec":{"template":{"metadata":{"labels":{"v":"2"}}}}})";

std::string label_of(const Lab& lab, const std::string& pod, const char* label) {
  const JsonRef object = lab.api.get("pods", "shop", pod);
  return object ? text_at(*object, {"metadata", "labels", label}) : "gone";
}

TEST(StatefulSet, UpdatesOnlyFromItsPartitionOn) {
  Lab lab;
  lab.create(
      workload("StatefulSet", "db",
               R"({"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":2}}})"));
  lab.clock.run_for(seconds(40));
  lab.patch("statefulsets.apps", "db", kNewTemplate);
  lab.clock.run_for(seconds(40));
  EXPECT_EQ(label_of(lab, "db-1", "v"), "");
  EXPECT_EQ(label_of(lab, "db-2", "v"), "2");
  const Json status = lab.status("statefulsets.apps", "db");
  EXPECT_NE(text_at(status, {"currentRevision"}), text_at(status, {"updateRevision"}));
  EXPECT_EQ(int_at(status, {"currentReplicas"}), 2);
  EXPECT_EQ(int_at(status, {"updatedReplicas"}), 1);
  // A pod below the partition comes back as it was.
  ASSERT_TRUE(lab.api.remove("test", "pods", "shop", "db-0"));
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(label_of(lab, "db-0", "v"), "");
}

TEST(StatefulSet, LeavesUpdatesToWhoDeletesItsPods) {
  Lab lab;
  lab.create(workload("StatefulSet", "db", R"({"updateStrategy":{"type":"OnDelete"}})"));
  lab.clock.run_for(seconds(40));
  lab.patch("statefulsets.apps", "db", kNewTemplate);
  lab.clock.run_for(seconds(20));
  for (const char* pod : {"db-0", "db-1", "db-2"}) EXPECT_EQ(label_of(lab, pod, "v"), "");
  ASSERT_TRUE(lab.api.remove("test", "pods", "shop", "db-1"));
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(label_of(lab, "db-1", "v"), "2");
}

TEST(StatefulSet, CountsFromItsFirstOrdinalAndAllAtOnceIfParallel) {
  Lab lab;
  lab.create(workload("StatefulSet", "db",
                      R"({"podManagementPolicy":"Parallel","ordinals":{"start":5}})"));
  lab.clock.run_for(milliseconds(100));
  EXPECT_EQ(lab.pods().size(), 3U);
  EXPECT_EQ(label_of(lab, "db-7", "apps.kubernetes.io/pod-index"), "7");
}

TEST(StatefulSet, WaitsForMinReadySecondsOfEachPod) {
  Lab lab;
  lab.create(workload("StatefulSet", "db", R"({"replicas":2,"minReadySeconds":30})"));
  lab.until([&] { return lab.pods().size() == 1 && is_ready(*lab.pods()[0]); }, seconds(20));
  lab.clock.run_for(seconds(28));
  EXPECT_EQ(lab.pods().size(), 1U);
  lab.clock.run_for(seconds(4));
  EXPECT_EQ(lab.pods().size(), 2U);
}

TEST(StatefulSet, GivesClaimsAwayAsItsPolicySays) {
  Lab lab;
  Json db = workload("StatefulSet", "db",
                     R"({"replicas":2,"persistentVolumeClaimRetentionPolicy":
      {"whenScaled":"Delete","whenDeleted":"Retain"}})");
  db["spec"]["volumeClaimTemplates"] =
      parsed(R"([{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],
    "resources":{"requests":{"storage":"1Gi"}}}}])");
  lab.create(db);
  lab.clock.run_for(seconds(40));
  EXPECT_NE(lab.api.get("persistentvolumeclaims", "shop", "data-db-1"), nullptr);
  lab.patch("statefulsets.apps", "db", R"({"spec":{"replicas":1}})");
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(lab.api.get("persistentvolumeclaims", "shop", "data-db-1"), nullptr);
  ASSERT_TRUE(lab.api.remove("test", "statefulsets.apps", "shop", "db"));
  lab.clock.run_for(seconds(20));
  EXPECT_NE(lab.api.get("persistentvolumeclaims", "shop", "data-db-0"), nullptr);
}

TEST(StatefulSet, MakesAFailedPodAnew) {
  Lab lab;
  lab.create(workload("StatefulSet", "db", R"({"replicas":1})"));
  lab.clock.run_for(seconds(20));
  const std::string before = uid_of(*lab.api.get("pods", "shop", "db-0"));
  Json failed = *lab.api.get("pods", "shop", "db-0");
  failed["status"]["phase"] = "Failed";
  ASSERT_TRUE(lab.api.update("test", failed, "status"));
  lab.clock.run_for(seconds(40));
  ASSERT_NE(lab.api.get("pods", "shop", "db-0"), nullptr);
  EXPECT_NE(uid_of(*lab.api.get("pods", "shop", "db-0")), before);
}

TEST(DaemonSet, IsPlacedByTheSchedulerOnTheNodeItNames) {
  Lab lab;
  lab.create(workload("DaemonSet", "agent", "{}"));
  lab.clock.run_for(seconds(20));
  ASSERT_EQ(lab.pods().size(), 3U);
  const Json pod = *lab.pods()[0];
  const Json& terms =
      array_at(pod, {"spec", "affinity", "nodeAffinity",
                     "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"});
  ASSERT_EQ(terms.size(), 1U);
  EXPECT_EQ(text_at(terms[0]["matchFields"][0], {"key"}), "metadata.name");
  EXPECT_EQ(terms[0]["matchFields"][0]["values"][0], text_at(pod, {"spec", "nodeName"}));
}

TEST(DaemonSet, FollowsTheLabelsOfNodes) {
  Lab lab;
  lab.create(
      workload("DaemonSet", "agent", R"({"template":{"spec":{"nodeSelector":{"disk":"ssd"}}}})"));
  lab.clock.run_for(seconds(10));
  EXPECT_TRUE(lab.pods().empty());
  lab.patch("nodes", "prod-node-2", R"({"metadata":{"labels":{"disk":"ssd"}}})", "");
  lab.clock.run_for(seconds(10));
  ASSERT_EQ(lab.pods().size(), 1U);
  EXPECT_EQ(text_at(*lab.pods()[0], {"spec", "nodeName"}), "prod-node-2");
  EXPECT_EQ(int_at(lab.status("daemonsets.apps", "agent"), {"desiredNumberScheduled"}), 1);
  lab.patch("nodes", "prod-node-2", R"({"metadata":{"labels":{"disk":null}}})", "");
  lab.clock.run_for(seconds(20));
  EXPECT_TRUE(lab.pods().empty());
}

TEST(DaemonSet, SurgesWhereItMay) {
  Lab lab;
  lab.create(workload(
      "DaemonSet", "agent",
      R"({"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}})"));
  lab.clock.run_for(seconds(20));
  lab.patch("daemonsets.apps", "agent", kNewTemplate);
  std::size_t most = 0;
  std::map<std::string, int> ready_on;
  for (int i = 0; i < 6000; ++i) {
    lab.clock.run_for(milliseconds(10));
    std::size_t active = 0;
    ready_on.clear();
    for (const JsonRef& pod : lab.pods()) {
      if (!is_active(*pod)) continue;
      ++active;
      if (is_ready(*pod)) ++ready_on[text_at(*pod, {"spec", "nodeName"})];
    }
    most = std::max(most, active);
    ASSERT_EQ(ready_on.size(), 3U) << i;  // no node is ever without
  }
  EXPECT_EQ(most, 4U);
  EXPECT_EQ(int_at(lab.status("daemonsets.apps", "agent"), {"updatedNumberScheduled"}), 3);
}

TEST(ReplicaSets, ReleasePodsThatNoLongerFitAndAdoptThoseThatDo) {
  Lab lab;
  lab.create(deployment("web", 2));
  lab.clock.run_for(seconds(10));
  const std::string pod = name_of(*lab.pods()[0]).name;
  lab.patch("pods", pod, R"({"metadata":{"labels":{"app":"under-study"}}})");
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(lab.pods().size(), 3U);
  EXPECT_EQ(controller_of(*lab.api.get("pods", "shop", pod)), nullptr);
  lab.patch("pods", pod, R"({"metadata":{"labels":{"app":"web"}}})");
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(lab.pods().size(), 2U);
}

TEST(ReplicationControllers, KeepTheirPods) {
  Lab lab;
  Json old = deployment("old", 2);
  old["apiVersion"] = "v1";
  old["kind"] = "ReplicationController";
  old["spec"]["selector"] = {{"app", "old"}};
  lab.create(old);
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(lab.pods().size(), 2U);
  EXPECT_EQ(int_at(lab.status("replicationcontrollers", "old"), {"readyReplicas"}), 2);
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
