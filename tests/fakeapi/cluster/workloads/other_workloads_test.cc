// StatefulSets, DaemonSets, Jobs, CronJobs and autoscalers.
#include <gtest/gtest.h>

#include "base/duration.h"
#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

Json workload(const char* kind, const std::string& name) {
  Json object = deployment(name, 3);
  object["kind"] = kind;
  return object;
}

TEST(StatefulSet, StartsAndUpdatesOnePodAfterTheOther) {
  Lab lab;
  Json db = workload("StatefulSet", "db");
  db["spec"]["serviceName"] = "db";
  db["spec"]["volumeClaimTemplates"] =
      parsed(R"([{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],
    "resources":{"requests":{"storage":"1Gi"}}}}])");
  lab.create(db);
  for (int i = 0; i < 6000; ++i) {
    lab.clock.run_for(milliseconds(10));
    int unready = 0;
    for (const JsonRef& each : lab.pods()) unready += is_ready(*each) ? 0 : 1;
    ASSERT_LE(unready, 1);
  }
  Json status = lab.status("statefulsets.apps", "db");
  EXPECT_EQ(int_at(status, {"readyReplicas"}), 3);
  EXPECT_EQ(text_at(status, {"currentRevision"}), text_at(status, {"updateRevision"}));
  EXPECT_NE(lab.api.get("persistentvolumeclaims", "shop", "data-db-2"), nullptr);
  const std::string before = text_at(status, {"updateRevision"});
  lab.patch("statefulsets.apps", "db",
            R"({"spec":{"template":{"metadata":{"labels":{"v":"2"}}}}})");
  lab.clock.run_for(milliseconds(100));
  status = lab.status("statefulsets.apps", "db");
  EXPECT_NE(text_at(status, {"currentRevision"}), text_at(status, {"updateRevision"}));
  EXPECT_TRUE(is_deleting(*lab.api.get("pods", "shop", "db-2")));
  EXPECT_FALSE(is_deleting(*lab.api.get("pods", "shop", "db-0")));
  lab.clock.run_for(seconds(60));
  status = lab.status("statefulsets.apps", "db");
  EXPECT_NE(text_at(status, {"currentRevision"}), before);
  EXPECT_EQ(text_at(status, {"currentRevision"}), text_at(status, {"updateRevision"}));
  EXPECT_EQ(int_at(status, {"updatedReplicas"}), 3);
  const std::size_t writes = lab.api.writes();
  lab.clock.run_for(std::chrono::minutes(30));
  EXPECT_EQ(lab.api.writes(), writes);
}

TEST(DaemonSet, RunsOnEveryNodeAndUpdatesOneByOne) {
  Lab lab;
  lab.create(workload("DaemonSet", "agent"));
  lab.clock.run_for(seconds(20));
  Json status = lab.status("daemonsets.apps", "agent");
  EXPECT_EQ(int_at(status, {"desiredNumberScheduled"}), 3);
  EXPECT_EQ(int_at(status, {"numberAvailable"}), 3);
  EXPECT_EQ(int_at(status, {"updatedNumberScheduled"}), 3);
  lab.patch("daemonsets.apps", "agent",
            R"({"spec":{"template":{"metadata":{"labels":{"v":"2"}}}}})");
  for (int i = 0; i < 6000; ++i) {
    lab.clock.run_for(milliseconds(10));
    ASSERT_GE(int_at(lab.status("daemonsets.apps", "agent"), {"numberReady"}), 2);
  }
  status = lab.status("daemonsets.apps", "agent");
  EXPECT_EQ(int_at(status, {"updatedNumberScheduled"}), 3);
  EXPECT_EQ(int_at(status, {"numberAvailable"}), 3);
  lab.controllers.lose_node("prod-node-1");
  lab.clock.run_for(seconds(500));
  EXPECT_EQ(lab.pods().size(), 3U);
  for (const JsonRef& each : lab.pods()) EXPECT_FALSE(is_deleting(*each));
}

Json job(const std::string& name, const std::string& image) {
  Json object = parsed(
      R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"namespace":"shop"},"spec":{"completions":3,
    "parallelism":2,"backoffLimit":2,"selector":{"matchLabels":{}},"template":{"metadata":{"labels":{}},"spec":{"restartPolicy":"Never","containers":[{"name":"main"}]}}}})");
  object["metadata"]["name"] = name;
  object["spec"]["selector"]["matchLabels"]["job-name"] = name;
  object["spec"]["template"]["metadata"]["labels"]["job-name"] = name;
  object["spec"]["template"]["spec"]["containers"][0]["image"] = image;
  return object;
}

TEST(Job, CompletesAfterItsCompletions) {
  Lab lab;
  lab.create(job("work", "app:1"));
  lab.clock.run_for(seconds(60));
  const JsonRef done = lab.api.get("jobs.batch", "shop", "work");
  EXPECT_TRUE(has_condition(*done, "Complete"));
  EXPECT_EQ(int_at(*done, {"status", "succeeded"}), 3);
  EXPECT_FALSE(text_at(*done, {"status", "completionTime"}).empty());
  EXPECT_EQ(lab.pods().size(), 3U);
}

TEST(Job, FailsBeyondItsBackOffLimit) {
  Lab lab;
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:bad", {0, 1, 0, 0})));
  lab.create(job("work", "app:bad"));
  lab.clock.run_for(seconds(120));
  const JsonRef failed = lab.api.get("jobs.batch", "shop", "work");
  EXPECT_TRUE(has_condition(*failed, "Failed"));
  EXPECT_EQ(text_at(*condition_in((*failed)["status"]["conditions"], "Failed"), {"reason"}),
            "BackoffLimitExceeded");
}

TEST(Job, SuspendedHasNoPods) {
  Lab lab;
  Json object = job("work", "app:1");
  object["spec"]["suspend"] = true;
  lab.create(object);
  lab.clock.run_for(seconds(5));
  EXPECT_TRUE(has_condition(*lab.api.get("jobs.batch", "shop", "work"), "Suspended"));
  EXPECT_TRUE(lab.pods().empty());
  lab.patch("jobs.batch", "work", R"({"spec":{"suspend":false}})");
  lab.clock.run_for(seconds(60));
  EXPECT_TRUE(has_condition(*lab.api.get("jobs.batch", "shop", "work"), "Complete"));
}

TEST(CronJob, StartsAJobAtEachOfItsTimesAndKeepsThree) {
  Lab lab;
  Json cron = parsed(
      R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"tick","namespace":"shop"},
    "spec":{"schedule":"*/5 * * * *"}})");
  cron["spec"]["jobTemplate"]["spec"] = job("x", "app:1")["spec"];
  lab.create(cron);
  lab.clock.run_for(std::chrono::minutes(32));
  EXPECT_EQ(lab.api.list("jobs.batch").size(), 3U);
  const Json status = lab.status("cronjobs.batch", "tick");
  EXPECT_EQ(text_at(status, {"lastScheduleTime"}), "2026-01-01T00:30:00Z");
  EXPECT_FALSE(text_at(status, {"lastSuccessfulTime"}).empty());
}

TEST(Autoscaler, KeepsReplicasWithinItsBoundsAndFollowsTheLoad) {
  Lab lab;
  lab.create(deployment("web", 1));
  lab.create(parsed(R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler",
    "metadata":{"name":"web","namespace":"shop"},"spec":{"minReplicas":2,"maxReplicas":5,
    "scaleTargetRef":{"kind":"Deployment","name":"web"}}})"));
  lab.clock.run_for(seconds(40));
  const JsonRef scaled = lab.api.get("horizontalpodautoscalers.autoscaling", "shop", "web");
  EXPECT_TRUE(has_condition(*scaled, "AbleToScale"));
  EXPECT_TRUE(has_condition(*scaled, "ScalingActive"));
  EXPECT_EQ(lab.pods().size(), 2U);
  lab.controllers.set_load("shop", "web", 900);
  lab.clock.run_for(seconds(60));
  EXPECT_EQ(lab.pods().size(), 5U);
  lab.controllers.set_load("shop", "web", 250);
  lab.clock.run_for(seconds(200));
  EXPECT_EQ(lab.pods().size(), 5U);
  lab.clock.run_for(seconds(200));
  EXPECT_EQ(lab.pods().size(), 3U);
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
