// Scheduling: where pods may run, and what the scheduler says where they may not.
#include <gtest/gtest.h>

#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

std::string node_of(const Lab& lab, const std::string& name) {
  return text_at(*lab.api.get("pods", "shop", name), {"spec", "nodeName"});
}

std::string why(const Lab& lab, const std::string& name) {
  const JsonRef object = lab.api.get("pods", "shop", name);
  const Json* scheduled = condition_in(array_at(*object, {"status", "conditions"}), "PodScheduled");
  if (scheduled == nullptr) return "";
  const std::string message = text_at(*scheduled, {"message"});
  return message.substr(0, message.find(" preemption:"));
}

Json labelled_pod(const std::string& name, const std::string& app, std::string_view affinity) {
  Json object = pod(name);
  object["metadata"]["labels"]["app"] = app;
  object["spec"]["affinity"] = parsed(affinity);
  return object;
}

constexpr const char* kApart =
    R"({"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
  [{"labelSelector":{"matchLabels":{"app":"web"}},"topologyKey":"kubernetes.io/hostname"}]}})";

TEST(Scheduler, KeepsPodsApartThatWantToBe) {
  Lab lab;
  for (const char* name : {"a", "b", "c", "d"}) lab.create(labelled_pod(name, "web", kApart));
  lab.clock.run_for(seconds(5));
  std::set<std::string> nodes;
  for (const char* name : {"a", "b", "c", "d"}) nodes.insert(node_of(lab, name));
  EXPECT_EQ(nodes.size(), 4U);  // three, and none
  EXPECT_EQ(why(lab, "a") + why(lab, "b") + why(lab, "c") + why(lab, "d"),
            "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.");
}

TEST(Scheduler, RespectsWhatThoseThatRunWant) {
  Lab lab;
  for (const char* name : {"a", "b", "c"}) lab.create(labelled_pod(name, "web", kApart));
  lab.clock.run_for(seconds(5));
  Json late = pod("late");
  late["metadata"]["labels"]["app"] = "web";
  lab.create(late);
  lab.clock.run_for(seconds(5));
  EXPECT_EQ(why(lab, "late"),
            "0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.");
}

TEST(Scheduler, BringsPodsTogetherThatWantToBe) {
  Lab lab;
  const char* together = R"({"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
    [{"labelSelector":{"matchLabels":{"app":"db"}},"topologyKey":"topology.kubernetes.io/zone"}]}})";
  lab.create(labelled_pod("near", "web", together));
  lab.clock.run_for(seconds(2));
  EXPECT_EQ(why(lab, "near"),
            "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.");
  lab.create(labelled_pod("db", "db", together));  // the first of its kind
  lab.clock.run_for(std::chrono::minutes(6));
  EXPECT_FALSE(node_of(lab, "db").empty());
  EXPECT_EQ(node_of(lab, "near"), node_of(lab, "db"));
}

TEST(Scheduler, SpreadsOverZonesWithinTheSkew) {
  Lab lab;
  for (const char* node : {"prod-node-1", "prod-node-2"})
    lab.patch("nodes", node, R"({"spec":{"unschedulable":true}})", "");
  Json web = deployment("web", 3);
  web["spec"]["template"]["spec"]["topologySpreadConstraints"] =
      parsed(R"([{"maxSkew":1,"topologyKey":"topology.kubernetes.io/zone",
      "whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}])");
  lab.create(web);
  lab.clock.run_for(seconds(5));
  int placed = 0;
  for (const JsonRef& each : lab.pods()) placed += text_at(*each, {"spec", "nodeName"}) != "";
  EXPECT_EQ(placed, 1);
  for (const JsonRef& each : lab.pods()) {
    if (!text_at(*each, {"spec", "nodeName"}).empty()) continue;
    EXPECT_EQ(why(lab, name_of(*each).name),
              "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints, 2 "
              "node(s) were unschedulable.");
  }
}

TEST(Scheduler, GivesHostPortsToOnePodOfANode) {
  Lab lab;
  for (const char* name : {"a", "b", "c", "d"}) {
    Json object = pod(name);
    object["spec"]["containers"][0]["ports"] = parsed(R"([{"containerPort":80,"hostPort":80}])");
    lab.create(object);
  }
  lab.clock.run_for(seconds(5));
  std::string text;
  for (const char* name : {"a", "b", "c", "d"}) text += why(lab, name);
  EXPECT_EQ(text,
            "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod "
            "ports.");
}

TEST(Scheduler, NamesTaintsAndSelectors) {
  Lab lab;
  lab.patch("nodes", "prod-node-1",
            R"({"spec":{"taints":[{"key":"gpu","value":"yes","effect":"NoSchedule"}]}})", "");
  Json object = pod("a");
  object["spec"]["nodeSelector"]["disk"] = "ssd";
  lab.create(object);
  lab.clock.run_for(seconds(2));
  const JsonRef seen = lab.api.get("pods", "shop", "a");
  EXPECT_EQ(
      text_at(*condition_in((*seen)["status"]["conditions"], "PodScheduled"), {"message"}),
      "0/3 nodes are available: 1 node(s) had untolerated taint {gpu: yes}, 2 node(s) didn't match "
      "Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not "
      "helpful for scheduling.");
  lab.patch("nodes", "prod-node-2", R"({"metadata":{"labels":{"disk":"ssd"}}})", "");
  lab.clock.run_for(seconds(2));
  EXPECT_EQ(node_of(lab, "a"), "prod-node-2");
}

TEST(Scheduler, WaitsForVolumesOfTheirFirstConsumer) {
  Lab lab;
  lab.create(parsed(R"({"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","metadata":{"name":
    "zonal"},"provisioner":"csi.example.com","volumeBindingMode":"WaitForFirstConsumer"})"));
  lab.create(parsed(R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data",
    "namespace":"shop"},"spec":{"storageClassName":"zonal","accessModes":["ReadWriteOnce"],
    "resources":{"requests":{"storage":"1Gi"}}}})"));
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(text_at(lab.status("persistentvolumeclaims", "data"), {"phase"}), "Pending");
  Json object = pod("a");
  object["spec"]["volumes"] =
      parsed(R"([{"name":"data","persistentVolumeClaim":{"claimName":"data"}}])");
  lab.create(object);
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(text_at(lab.status("persistentvolumeclaims", "data"), {"phase"}), "Bound");
  EXPECT_EQ(node_of(lab, "a"), annotation_of(*lab.api.get("persistentvolumeclaims", "shop", "data"),
                                             "volume.kubernetes.io/selected-node"));
  EXPECT_EQ(text_at(lab.status("pods", "a"), {"phase"}), "Running");
}

TEST(Taints, OfSortNoExecuteSendPodsAwayThatDoNotTolerateThem) {
  Lab lab;
  Json patient = pod("patient"), stays = pod("stays");
  patient["spec"]["tolerations"] = parsed(
      R"([{"key":"broken","operator":"Exists","effect":"NoExecute","tolerationSeconds":60}])");
  stays["spec"]["tolerations"] = parsed(R"([{"operator":"Exists"}])");
  for (Json each : {pod("goes"), patient, stays}) {
    each["spec"]["nodeName"] = "prod-node-1";
    lab.create(each);
  }
  lab.clock.run_for(seconds(5));
  lab.patch("nodes", "prod-node-1",
            R"({"spec":{"taints":[{"key":"broken","effect":"NoExecute"}]}})", "");
  lab.clock.run_for(milliseconds(100));
  EXPECT_TRUE(is_deleting(*lab.api.get("pods", "shop", "goes")));
  EXPECT_TRUE(has_condition(*lab.api.get("pods", "shop", "goes"), "DisruptionTarget"));
  EXPECT_FALSE(is_deleting(*lab.api.get("pods", "shop", "patient")));
  lab.clock.run_for(seconds(65));
  EXPECT_EQ(lab.api.get("pods", "shop", "patient"), nullptr);
  EXPECT_NE(lab.api.get("pods", "shop", "stays"), nullptr);
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
