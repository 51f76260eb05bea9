// The controllers behind a whole API server, whose admission judges every write of theirs.
#include <gtest/gtest.h>

#include "fakeapi/cluster/controllers.h"
#include "fakeapi/cluster/objects.h"
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

class ClusterOnServer : public ServerTest {
 protected:
  static ClusterSettings cluster_settings() {
    ClusterSettings made;
    made.name = "prod";
    made.ca_pem = "CA";
    return made;
  }
  ClusterOnServer()
      : controllers(server, world, history, Rng(2), cluster_settings(),
                    [this](const std::string& ns, const std::string& account) {
                      return server.issue_token(ns, account);
                    }) {
    const auto started = controllers.start();
    EXPECT_TRUE(started) << started.error().message();
    run(std::chrono::seconds(2));
  }
  Json create(const std::string& path, std::string_view text) {
    Json made = json("POST", path, *parse_json(text));
    EXPECT_EQ(last_status, 201) << made.dump();
    return made;
  }
  Json at(const std::string& path) { return json("GET", path); }
  std::vector<std::string> event_reasons(const std::string& name) {
    std::vector<std::string> reasons;
    const Json events =
        at("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D" + name);
    for (const Json& event : array_at(events, {"items"}))
      reasons.push_back(text_at(event, {"reason"}));
    return reasons;
  }
  static std::string condition(const Json& object, std::string_view type) {
    const Json* found = condition_in(array_at(object, {"status", "conditions"}), type);
    return found == nullptr ? "" : text_at(*found, {"status"});
  }

  Controllers controllers;
};

TEST_F(ClusterOnServer, NodesAreReadyAndRenewTheirLeases) {
  const Json node = at("/api/v1/nodes/prod-node-1");
  EXPECT_EQ(condition(node, "Ready"), "True");
  EXPECT_EQ(text_at(node, {"status", "allocatable", "pods"}), "110");
  const std::string path =
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/prod-node-1";
  const std::string before = text_at(at(path), {"spec", "renewTime"});
  EXPECT_FALSE(before.empty());
  run(std::chrono::seconds(11));
  EXPECT_GT(text_at(at(path), {"spec", "renewTime"}), before);
}

TEST_F(ClusterOnServer, ADeploymentRunsWithEventsAndEndpoints) {
  json("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web"));
  ASSERT_EQ(last_status, 201);
  create("/api/v1/namespaces/default/services",
         R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"selector":
      {"app":"web"},"ports":[{"port":80}]}})");
  run(std::chrono::seconds(20));
  const Json web = at("/apis/apps/v1/namespaces/default/deployments/web");
  EXPECT_EQ(condition(web, "Available"), "True");
  EXPECT_EQ(event_reasons("web"), std::vector<std::string>{"ScalingReplicaSet"});
  const Json pods = at("/api/v1/namespaces/default/pods");
  ASSERT_EQ(array_at(pods, {"items"}).size(), 1U);
  const Json pod = pods["items"][0];
  EXPECT_EQ(condition(pod, "Ready"), "True");
  EXPECT_EQ(text_at(pod["status"]["containerStatuses"][0], {"image"}),
            "docker.io/library/nginx:1.27");
  const auto reasons = event_reasons(text_at(pod, {"metadata", "name"}));
  EXPECT_EQ(std::set<std::string>(reasons.begin(), reasons.end()),
            (std::set<std::string>{"Scheduled", "Pulling", "Pulled", "Created", "Started"}));
  const Json slices =
      at("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector="
         "kubernetes.io/service-name%3Dweb");
  ASSERT_EQ(array_at(slices, {"items"}).size(), 1U);
  EXPECT_EQ(array_at(slices["items"][0], {"endpoints"}).size(), 1U);
}

TEST_F(ClusterOnServer, JobsAreCountedAndLetGo) {
  create(
      "/apis/batch/v1/namespaces/default/jobs",
      R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"work"},"spec":{"completions":2,
      "completionMode":"Indexed","template":{"spec":{"restartPolicy":"Never","containers":
      [{"name":"c","image":"busybox","command":["sleep","1"]}]}}}})");
  run(std::chrono::seconds(60));
  const Json job = at("/apis/batch/v1/namespaces/default/jobs/work");
  EXPECT_EQ(condition(job, "Complete"), "True") << job["status"].dump();
  EXPECT_EQ(text_at(job, {"status", "completedIndexes"}), "0,1");
  json("DELETE", "/apis/batch/v1/namespaces/default/jobs/work?propagationPolicy=Background");
  run(std::chrono::seconds(10));
  EXPECT_TRUE(array_at(at("/api/v1/namespaces/default/pods"), {"items"}).empty());
}

TEST_F(ClusterOnServer, ClaimsAreBoundKeptWhileInUseAndTakeTheirVolumeAlong) {
  create("/api/v1/namespaces/default/persistentvolumeclaims",
         R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},"spec":
      {"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}})");
  create("/api/v1/namespaces/default/pods",
         R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"user"},"spec":{"containers":
      [{"name":"c","image":"nginx"}],"volumes":[{"name":"d","persistentVolumeClaim":
      {"claimName":"data"}}]}})");
  run(std::chrono::seconds(20));
  const std::string path = "/api/v1/namespaces/default/persistentvolumeclaims/data";
  const Json claim = at(path);
  EXPECT_EQ(text_at(claim, {"status", "phase"}), "Bound") << claim.dump();
  const std::string volume = "/api/v1/persistentvolumes/" + text_at(claim, {"spec", "volumeName"});
  EXPECT_EQ(text_at(at(volume), {"status", "phase"}), "Bound");
  json("DELETE", path);
  run(std::chrono::seconds(10));
  at(path);
  EXPECT_EQ(last_status, 200);  // a pod uses it
  json("DELETE", "/api/v1/namespaces/default/pods/user");
  run(std::chrono::seconds(20));
  at(path);
  EXPECT_EQ(last_status, 404);
  at(volume);
  EXPECT_EQ(last_status, 404);
}

TEST_F(ClusterOnServer, ANamespaceSaysWhatHoldsIt) {
  create("/api/v1/namespaces",
         R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"old"}})");
  create("/api/v1/namespaces/old/configmaps",
         R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":
      ["example.com/hold"]}})");
  json("DELETE", "/api/v1/namespaces/old");
  run(std::chrono::seconds(10));
  const Json old = at("/api/v1/namespaces/old");
  const auto message = [&](std::string_view type) {
    const Json* found = condition_in(array_at(old, {"status", "conditions"}), type);
    return found == nullptr ? "" : text_at(*found, {"message"});
  };
  EXPECT_EQ(message("NamespaceContentRemaining"),
            "Some resources are remaining: configmaps. has 1 resource instances");
  EXPECT_EQ(
      message("NamespaceFinalizersRemaining"),
      "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource "
      "instances");
  json("PATCH", "/api/v1/namespaces/old/configmaps/held",
       Json{{"metadata", {{"finalizers", nullptr}}}}, "application/merge-patch+json");
  run(std::chrono::seconds(10));
  at("/api/v1/namespaces/old");
  EXPECT_EQ(last_status, 404);
}

TEST_F(ClusterOnServer, AQuotaKnowsWhatIsUsed) {
  create("/api/v1/namespaces/default/resourcequotas",
         R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":
      {"pods":"10","requests.cpu":"2","count/deployments.apps":"5","secrets":"9"}}})");
  Json web = deployment("web");
  web["spec"]["replicas"] = 2;
  web["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "250m";
  json("POST", "/apis/apps/v1/namespaces/default/deployments", web);
  run(std::chrono::seconds(10));
  const Json used = at("/api/v1/namespaces/default/resourcequotas/q")["status"]["used"];
  EXPECT_EQ(used, (Json{{"pods", "2"},
                        {"requests.cpu", "500m"},
                        {"count/deployments.apps", "1"},
                        {"secrets", "0"}}));
}

TEST_F(ClusterOnServer, PodsLiveAsTheirAnnotationsSay) {
  create("/api/v1/namespaces/default/pods",
         R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad","annotations":
      {"lab.spokelab.dev/outcome":"crash","lab.spokelab.dev/exit-code":"42"}},"spec":{"containers":
      [{"name":"c","image":"nginx:1"}]}})");
  create("/api/v1/namespaces/default/pods",
         R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"odd","annotations":
      {"lab.spokelab.dev/ready":"soon"}},"spec":{"containers":[{"name":"c","image":"nginx:1"}]}})");
  run(std::chrono::seconds(30));
  const Json status = at("/api/v1/namespaces/default/pods/bad")["status"]["containerStatuses"][0];
  EXPECT_GE(int_at(status, {"restartCount"}), 1);
  EXPECT_EQ(int_at(status, {"lastState", "terminated", "exitCode"}), 42);
  const auto reasons = event_reasons("odd");
  EXPECT_NE(std::find(reasons.begin(), reasons.end(), "InvalidLifeCycle"), reasons.end());
}

}  // namespace
}  // namespace spokelab::fakeapi
