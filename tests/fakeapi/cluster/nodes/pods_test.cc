// Pods: stages, crash loops, image pulls, termination.
#include <gtest/gtest.h>

#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

std::string waiting(const Lab& lab, const std::string& name) {
  const Json status = lab.status("pods", name);
  const Json& containers = array_at(status, {"containerStatuses"});
  return containers.empty() ? "" : text_at(containers[0], {"state", "waiting", "reason"});
}

TEST(Pods, AreScheduledPulledStartedAndReady) {
  Lab lab;
  lab.create(pod("a"));
  lab.clock.run_for(milliseconds(100));
  Json status = lab.status("pods", "a");
  EXPECT_EQ(text_at(status, {"phase"}), "Pending");
  EXPECT_EQ(waiting(lab, "a"), "ContainerCreating");
  lab.clock.run_for(seconds(5));
  status = lab.status("pods", "a");
  EXPECT_EQ(text_at(status, {"phase"}), "Running");
  EXPECT_TRUE(is_ready(*lab.api.get("pods", "shop", "a")));
  EXPECT_FALSE(text_at(status, {"podIP"}).empty());
  EXPECT_TRUE(bool_at(status["containerStatuses"][0], {"started"}));
  for (const char* type :
       {"PodReadyToStartContainers", "Initialized", "ContainersReady", "PodScheduled"}) {
    EXPECT_TRUE(has_condition(*lab.api.get("pods", "shop", "a"), type)) << type;
  }
}

TEST(Pods, AnImageIsPulledOncePerNode) {
  ClusterSettings settings = small_cluster();
  settings.nodes = 1;
  Lab lab(settings);
  LifeCycleRule slow;
  slow.name = "slow registry";
  slow.pull = DelayRange{seconds(60), seconds(60)};
  ASSERT_TRUE(lab.controllers.add_rule(slow));
  lab.create(pod("a"));
  lab.clock.run_for(seconds(59));
  EXPECT_EQ(text_at(lab.status("pods", "a"), {"phase"}), "Pending");
  lab.clock.run_for(seconds(5));
  EXPECT_EQ(text_at(lab.status("pods", "a"), {"phase"}), "Running");
  lab.create(pod("b"));
  lab.clock.run_for(seconds(3));
  EXPECT_EQ(text_at(lab.status("pods", "b"), {"phase"}), "Running");
}

TEST(Pods, ReadinessFollowsTheProbesTimes) {
  Lab lab;
  LifeCycleRule exact;
  exact.name = "exact";
  exact.ready = DelayRange{milliseconds(2500), milliseconds(2500)};
  ASSERT_TRUE(lab.controllers.add_rule(exact));
  Json probed = pod("a");
  probed["spec"]["containers"][0]["readinessProbe"] = {{"initialDelaySeconds", 5},
                                                       {"periodSeconds", 10}};
  lab.create(probed);
  lab.until([&] { return text_at(lab.status("pods", "a"), {"phase"}) == "Running"; }, seconds(10));
  const Nanos took =
      lab.until([&] { return is_ready(*lab.api.get("pods", "shop", "a")); }, seconds(60));
  EXPECT_GE(took, milliseconds(4980));
  EXPECT_LE(took, milliseconds(5030));
}

TEST(Pods, CrashLoopsWaitTenSecondsDoubledUpToFiveMinutes) {
  Lab lab;
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:1", {0, 1, 0, 0})));
  lab.create(pod("a"));
  std::vector<std::string> messages;
  const auto container = [&]() -> Json {
    const Json status = lab.status("pods", "a");
    const Json& all = array_at(status, {"containerStatuses"});
    return all.empty() ? Json::object() : all[0];
  };
  for (int i = 0; i < 14000; ++i) {
    lab.clock.run_for(milliseconds(100));
    const Json now = container();
    if (text_at(now, {"state", "waiting", "reason"}) != "CrashLoopBackOff") continue;
    const std::string text = text_at(now, {"state", "waiting", "message"});
    const std::string wait = text.substr(0, text.find(" restarting"));
    if (messages.empty() || messages.back() != wait) messages.push_back(wait);
  }
  EXPECT_EQ(messages,
            (std::vector<std::string>{"back-off 10s", "back-off 20s", "back-off 40s",
                                      "back-off 1m20s", "back-off 2m40s", "back-off 5m0s"}));
  std::vector<RunTime> restarts;
  for (const Event& event : lab.history.events()) {
    if (event.subject == "pod.prod.shop.a" && event.value == "restarted")
      restarts.push_back(event.at);
  }
  ASSERT_GE(restarts.size(), 8U);
  const int waits[] = {10, 20, 40, 80, 160, 300, 300};
  for (std::size_t i = 0; i < 7; ++i) {
    const Nanos gap = restarts[i + 1] - restarts[i];
    EXPECT_GE(gap, seconds(waits[i])) << i;
    EXPECT_LE(gap, seconds(waits[i]) + seconds(3)) << i;
  }
  EXPECT_EQ(int_at(container(), {"lastState", "terminated", "exitCode"}), 1);
}

TEST(Pods, AreHealedByTheNextRestartOnceTheRuleIsGone) {
  Lab lab;
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:1", {0, 1, 0, 0})));
  lab.create(pod("a"));
  lab.clock.run_for(seconds(60));
  EXPECT_TRUE(lab.controllers.remove_rule("outcome of app:1"));
  lab.clock.run_for(seconds(90));
  EXPECT_TRUE(is_ready(*lab.api.get("pods", "shop", "a")));
}

TEST(Pods, WithAMissingImageBackOff) {
  Lab lab;
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:none", {0, 0, 1, 0})));
  lab.create(pod("a", "app:none"));
  EXPECT_LT(lab.until([&] { return waiting(lab, "a") == "ErrImagePull"; }, seconds(5)), seconds(5));
  lab.clock.run_for(seconds(3));
  EXPECT_EQ(waiting(lab, "a"), "ImagePullBackOff");
  EXPECT_EQ(text_at(lab.status("pods", "a"), {"phase"}), "Pending");
}

TEST(Pods, OfAnImageWhoseNameIsNoneNeverStart) {
  Lab lab;
  lab.create(pod("a", "nginx:bad tag"));
  EXPECT_LT(lab.until([&] { return waiting(lab, "a") == "InvalidImageName"; }, seconds(5)),
            seconds(5));
  lab.clock.run_for(seconds(60));
  EXPECT_EQ(waiting(lab, "a"), "InvalidImageName");
  EXPECT_EQ(text_at(lab.status("pods", "a"), {"phase"}), "Pending");
}

TEST(Pods, WaitForTheSecretsTheyNeed) {
  Lab lab;
  Json object = pod("a");
  object["spec"]["containers"][0]["env"] =
      parsed(R"([{"name":"K","valueFrom":{"secretKeyRef":{"name":"keys","key":"k"}}}])");
  lab.create(object);
  lab.clock.run_for(seconds(5));
  EXPECT_EQ(waiting(lab, "a"), "CreateContainerConfigError");
  lab.create(parsed(
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"keys","namespace":"shop"},"data":{"k":"eA=="}})"));
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(text_at(lab.status("pods", "a"), {"phase"}), "Running");
}

TEST(Pods, EndGracefullyWithinTheirGracePeriod) {
  Lab lab;
  LifeCycleRule slow;
  slow.name = "slow";
  slow.terminate = DelayRange{seconds(20), seconds(20)};
  ASSERT_TRUE(lab.controllers.add_rule(slow));
  Json quick = pod("quick");
  quick["spec"]["terminationGracePeriodSeconds"] = 5;
  lab.create(quick);
  lab.create(pod("slow"));
  lab.clock.run_for(seconds(10));
  ASSERT_TRUE(lab.api.remove("test", "pods", "shop", "quick"));
  ASSERT_TRUE(lab.api.remove("test", "pods", "shop", "slow"));
  lab.clock.run_for(milliseconds(4900));
  EXPECT_TRUE(is_deleting(*lab.api.get("pods", "shop", "quick")));
  lab.clock.run_for(milliseconds(200));
  EXPECT_EQ(lab.api.get("pods", "shop", "quick"), nullptr);
  lab.clock.run_for(milliseconds(14800));
  EXPECT_NE(lab.api.get("pods", "shop", "slow"), nullptr);
  lab.clock.run_for(milliseconds(300));
  EXPECT_EQ(lab.api.get("pods", "shop", "slow"), nullptr);
}

TEST(Pods, ThatNoNodeTakesSayWhy) {
  ClusterSettings settings = small_cluster();
  settings.pods_per_node = 1;
  Lab lab(settings);
  lab.create(deployment("web", 4));
  lab.clock.run_for(seconds(10));
  int pending = 0;
  for (const JsonRef& each : lab.pods()) {
    if (!text_at(*each, {"spec", "nodeName"}).empty()) continue;
    ++pending;
    const Json* scheduled = condition_in(array_at(*each, {"status", "conditions"}), "PodScheduled");
    ASSERT_NE(scheduled, nullptr);
    EXPECT_EQ(text_at(*scheduled, {"message"}),
              "0/3 nodes are available: 3 Too many pods. preemption: 0/3 nodes are available: "
              "3 No preemption victims found for incoming pod.");
  }
  EXPECT_EQ(pending, 1);
  lab.patch("deployments.apps", "web", R"({"spec":{"replicas":3}})");
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 3);
}

TEST(Pods, NeedTheirRequestsFreeOnANode) {
  ClusterSettings settings = small_cluster();
  settings.node_cpu = "2";
  Lab lab(settings);
  Json web = deployment("web", 4);
  web["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "1500m";
  lab.create(web);
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 3);
  for (const JsonRef& each : lab.pods()) {
    if (!text_at(*each, {"spec", "nodeName"}).empty()) continue;
    const Json* scheduled = condition_in(array_at(*each, {"status", "conditions"}), "PodScheduled");
    ASSERT_NE(scheduled, nullptr);
    EXPECT_EQ(text_at(*scheduled, {"message"}),
              "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: "
              "3 No preemption victims found for incoming pod.");
  }
}

TEST(Pods, CrashOnCommandAndRestartAtOnce) {
  Lab lab;
  lab.create(pod("a"));
  lab.clock.run_for(seconds(5));
  PodSelector selector;
  selector.name = "a*";
  EXPECT_EQ(lab.controllers.crash_pods(selector, 137), 1);
  lab.clock.run_for(seconds(2));
  EXPECT_EQ(int_at(lab.status("pods", "a")["containerStatuses"][0], {"restartCount"}), 1);
  EXPECT_TRUE(is_ready(*lab.api.get("pods", "shop", "a")));
  selector.name = "nobody";
  EXPECT_EQ(lab.controllers.crash_pods(selector), 0);
}

TEST(Pods, ThatHangAreRestartedByTheirLivenessProbe) {
  Lab lab;
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:hung", {0, 0, 0, 0, 1})));
  Json object = pod("a", "app:hung");
  object["spec"]["containers"][0]["livenessProbe"] = {{"periodSeconds", 2},
                                                      {"httpGet", {{"port", 80}}}};
  lab.create(object);
  lab.clock.run_for(seconds(15));
  const Json status = lab.status("pods", "a")["containerStatuses"][0];
  EXPECT_GE(int_at(status, {"restartCount"}), 1);
  EXPECT_EQ(int_at(status, {"lastState", "terminated", "exitCode"}), 137);
}

TEST(Pods, RunTheirSidecarsFromBeforeTheFirstContainerToAfterTheLast) {
  Lab lab;
  Json object = pod("a");
  object["spec"]["restartPolicy"] = "Never";
  object["spec"]["containers"][0]["command"] = {"sleep", "5"};
  object["spec"]["initContainers"] = parsed(
      R"([{"name":"mesh","image":"mesh:1","restartPolicy":"Always"},{"name":"setup","image":"app:1",
      "command":["true"]}])");
  lab.create(object);
  lab.until([&] { return text_at(lab.status("pods", "a"), {"phase"}) == "Running"; }, seconds(20));
  const Json status = lab.status("pods", "a");
  EXPECT_TRUE(bool_at(status["initContainerStatuses"][0], {"started"}));
  EXPECT_EQ(text_at(status["initContainerStatuses"][1], {"state", "terminated", "reason"}),
            "Completed");
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(text_at(lab.status("pods", "a"), {"phase"}), "Succeeded");
}

TEST(Pods, ArePendingAsLongAsOneContainerHasNotRun) {
  Lab lab;
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:none", {0, 0, 1, 0, 0})));
  Json object = pod("a");
  object["spec"]["containers"].push_back({{"name", "other"}, {"image", "app:none"}});
  lab.create(object);
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(text_at(lab.status("pods", "a"), {"phase"}), "Pending");
}

TEST(Pods, PullAgainWhatTheirPolicyWantsPulledAlways) {
  ClusterSettings settings = small_cluster();
  settings.nodes = 1;
  Lab lab(settings);
  lab.create(pod("first"));
  lab.clock.run_for(seconds(5));
  ASSERT_TRUE(lab.controllers.add_rule(outcome_rule("app:1", {0, 0, 1, 0, 0})));
  Json always = pod("always");
  always["spec"]["containers"][0]["imagePullPolicy"] = "Always";
  lab.create(always);
  lab.create(pod("cached"));
  lab.clock.run_for(seconds(8));
  EXPECT_EQ(waiting(lab, "always"), "ImagePullBackOff");
  EXPECT_EQ(text_at(lab.status("pods", "cached"), {"phase"}), "Running");
}

TEST(Pods, EndAtTheirDeadline) {
  Lab lab;
  Json object = pod("a");
  object["spec"]["activeDeadlineSeconds"] = 20;
  lab.create(object);
  lab.clock.run_for(seconds(25));
  const Json status = lab.status("pods", "a");
  EXPECT_EQ(text_at(status, {"phase"}), "Failed");
  EXPECT_EQ(text_at(status, {"reason"}), "DeadlineExceeded");
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
