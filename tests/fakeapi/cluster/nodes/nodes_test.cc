// Nodes: silence, NotReady, eviction, return; and a control plane that is away.
#include <gtest/gtest.h>

#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

const Json kService =
    R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},
  "spec":{"selector":{"app":"web"},"ports":[{"port":80,"targetPort":8080}]}})"_json;

bool node_ready(const Lab& lab, const std::string& name) {
  return has_condition(*lab.api.get("nodes", "", name), "Ready");
}

TEST(Nodes, AreLostEvictedAndComeBack) {
  Lab lab;
  lab.create(deployment("web", 3));
  lab.create(kService);
  lab.clock.run_for(seconds(30));
  ASSERT_EQ(lab.controllers.ready_pods("shop", "web"), 3);
  ASSERT_TRUE(lab.controllers.lose_node("prod-node-2"));
  EXPECT_EQ(lab.controllers.endpoints("shop", "web"), (ReadyEndpoints{3, 2, 1}));
  const Nanos noticed = lab.until([&] { return !node_ready(lab, "prod-node-2"); }, seconds(120));
  EXPECT_GE(noticed, seconds(40));
  EXPECT_LE(noticed, seconds(56));
  lab.clock.run_for(seconds(1));
  EXPECT_EQ(lab.controllers.endpoints("shop", "web"), (ReadyEndpoints{2, 2}));
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 2);
  const Nanos evicted = lab.until([&] { return lab.pods().size() == 4; }, seconds(600));
  EXPECT_GE(evicted, seconds(298));
  EXPECT_LE(evicted, seconds(300));
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 3);
  EXPECT_EQ(lab.pods().size(),
            4U);  // the old one stays Terminating: nobody can say that it has ended
  const std::size_t writes = lab.api.writes();
  lab.clock.run_for(std::chrono::minutes(20));
  EXPECT_EQ(lab.api.writes(), writes);
  ASSERT_TRUE(lab.controllers.restore_node("prod-node-2"));
  lab.clock.run_for(seconds(15));
  EXPECT_TRUE(node_ready(lab, "prod-node-2"));
  EXPECT_EQ(lab.pods().size(), 3U);
  EXPECT_TRUE(array_at(*lab.api.get("nodes", "", "prod-node-2"), {"spec", "taints"}).empty());
  EXPECT_EQ(lab.told("node.prod.prod-node-2"), (std::vector<std::string>{"lost", "up"}));
}

TEST(Nodes, BackInTimeKeepTheirPodsWithOneRestart) {
  Lab lab;
  lab.create(deployment("web", 3));
  lab.clock.run_for(seconds(30));
  lab.controllers.lose_node("prod-node-1");
  lab.clock.run_for(seconds(100));
  lab.controllers.restore_node("prod-node-1");
  lab.clock.run_for(seconds(30));
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 3);
  int restarts = 0;
  for (const JsonRef& each : lab.pods())
    restarts +=
        static_cast<int>(int_at((*each)["status"]["containerStatuses"][0], {"restartCount"}));
  EXPECT_EQ(restarts, 1);
}

TEST(Nodes, FrozenOnesGoOnAnswering) {
  Lab lab;
  lab.create(deployment("web", 3));
  lab.create(kService);
  lab.clock.run_for(seconds(30));
  lab.controllers.freeze_node("prod-node-1");
  EXPECT_EQ(lab.controllers.endpoints("shop", "web"), (ReadyEndpoints{3, 3}));
  lab.clock.run_for(seconds(60));
  EXPECT_EQ(lab.controllers.endpoints("shop", "web"), (ReadyEndpoints{2, 2}));
}

TEST(Nodes, AreNotEvictedWhenAllAreSilent) {
  Lab lab;
  lab.create(deployment("web", 3));
  lab.clock.run_for(seconds(30));
  for (const std::string& node : lab.controllers.nodes()) lab.controllers.lose_node(node);
  lab.clock.run_for(std::chrono::minutes(20));
  EXPECT_EQ(lab.pods().size(), 3U);
  for (const JsonRef& each : lab.pods()) EXPECT_FALSE(is_deleting(*each));
}

TEST(Nodes, ThatAreCordonedBearATaint) {
  Lab lab;
  lab.patch("nodes", "prod-node-1", R"({"spec":{"unschedulable":true}})", "");
  lab.clock.run_for(seconds(1));
  const Json node = *lab.api.get("nodes", "", "prod-node-1");
  ASSERT_EQ(array_at(node, {"spec", "taints"}).size(), 1U);
  EXPECT_EQ(text_at(node["spec"]["taints"][0], {"key"}), "node.kubernetes.io/unschedulable");
  lab.patch("nodes", "prod-node-1", R"({"spec":{"unschedulable":null}})", "");
  lab.clock.run_for(seconds(1));
  EXPECT_TRUE(array_at(*lab.api.get("nodes", "", "prod-node-1"), {"spec", "taints"}).empty());
}

TEST(Nodes, ThatAreDeletedLoseTheirPodsAfterAWhile) {
  Lab lab;
  lab.create(deployment("web", 3));
  lab.clock.run_for(seconds(30));
  ASSERT_TRUE(lab.api.remove("test", "nodes", "", "prod-node-1"));
  lab.clock.run_for(seconds(30));
  EXPECT_EQ(lab.pods().size(), 3U);
  lab.clock.run_for(seconds(60));
  for (const JsonRef& each : lab.pods())
    EXPECT_NE(text_at(*each, {"spec", "nodeName"}), "prod-node-1");
  EXPECT_EQ(int_at(lab.status("deployments.apps", "web"), {"availableReplicas"}), 3);
}

TEST(Nodes, ThatFallSilentAreToldInEvents) {
  Lab lab;
  lab.create(pod("a"));
  lab.clock.run_for(seconds(10));
  const std::string node = text_at(*lab.pods()[0], {"spec", "nodeName"});
  lab.controllers.lose_node(node);
  lab.clock.run_for(seconds(70));
  std::set<std::string> told;
  for (const JsonRef& event : lab.api.list("events")) {
    if (text_at(*event, {"reason"}) == "NodeNotReady")
      told.insert(text_at(*event, {"involvedObject", "kind"}));
  }
  EXPECT_EQ(told, (std::set<std::string>{"Node", "Pod"}));
}

TEST(Nodes, UnknownOnesAreRefused) {
  Lab lab;
  EXPECT_FALSE(lab.controllers.lose_node("nobody"));
}

TEST(ControlPlane, ThatIsDownDoesNothingAndCatchesUp) {
  Lab lab;
  lab.create(deployment("web", 2));
  lab.create(kService);
  lab.clock.run_for(seconds(30));
  lab.controllers.pause();
  const std::size_t writes = lab.api.writes();
  PodSelector all;
  EXPECT_EQ(lab.controllers.crash_pods(all), 2);
  EXPECT_EQ(lab.controllers.endpoints("shop", "web"), (ReadyEndpoints{2, 0}));
  lab.clock.run_for(seconds(30));
  EXPECT_EQ(lab.controllers.endpoints("shop", "web"),
            (ReadyEndpoints{2, 2}));  // restarted by their kubelets
  lab.clock.run_for(std::chrono::minutes(20));
  EXPECT_EQ(lab.api.writes(), writes);
  lab.controllers.resume();
  lab.clock.run_for(seconds(10));
  for (const JsonRef& each : lab.pods()) {
    EXPECT_EQ(int_at((*each)["status"]["containerStatuses"][0], {"restartCount"}), 1);
  }
  EXPECT_TRUE(node_ready(lab, "prod-node-1"));
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
