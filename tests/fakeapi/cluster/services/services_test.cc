// Services, load balancers, claims, tokens: what the control plane fills in.
#include <gtest/gtest.h>

#include "tests/fakeapi/cluster/lab.h"

namespace spokelab::fakeapi::testing {
namespace {

TEST(Services, ListReadyPodsInSlicesAndEndpoints) {
  Lab lab;
  Json web = deployment("web", 2);
  web["spec"]["template"]["spec"]["containers"][0]["ports"] =
      parsed(R"([{"name":"http","containerPort":8080}])");
  lab.create(web);
  lab.create(
      parsed(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},
    "spec":{"selector":{"app":"web"},"ports":[{"port":80,"targetPort":"http"}]}})"));
  std::vector<int> counts;
  lab.controllers.on_ready_change(
      [&](const std::string& ns, const std::string& service, ReadyEndpoints now) {
        EXPECT_EQ(ns + "/" + service, "shop/web");
        counts.push_back(now.listed);
      });
  lab.clock.run_for(seconds(20));
  EXPECT_EQ(lab.controllers.ready_pods("shop", "web"), 2);
  ASSERT_FALSE(counts.empty());
  EXPECT_EQ(counts.back(), 2);
  const auto slices = lab.api.list("endpointslices.discovery.k8s.io");
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ((*slices[0])["endpoints"].size(), 2U);
  EXPECT_EQ(int_at((*slices[0])["ports"][0], {"port"}), 8080);
  const JsonRef endpoints = lab.api.get("endpoints", "shop", "web");
  ASSERT_NE(endpoints, nullptr);
  EXPECT_EQ((*endpoints)["subsets"][0]["addresses"].size(), 2U);
  PodSelector all;
  EXPECT_EQ(lab.controllers.break_readiness(all, true), 2);
  EXPECT_EQ(lab.controllers.endpoints("shop", "web"), (ReadyEndpoints{2, 0}));
  lab.clock.run_for(seconds(2));
  EXPECT_EQ(lab.controllers.ready_pods("shop", "web"), 2);  // until the third probe has failed
  lab.clock.run_for(seconds(3));
  EXPECT_EQ(lab.controllers.ready_pods("shop", "web"), 0);
  EXPECT_EQ(lab.controllers.break_readiness(all, false), 2);
  lab.clock.run_for(seconds(5));
  EXPECT_EQ(lab.controllers.ready_pods("shop", "web"), 2);
  ASSERT_TRUE(lab.api.remove("test", "services", "shop", "web"));
  lab.clock.run_for(seconds(2));
  EXPECT_EQ(lab.api.get("endpoints", "shop", "web"), nullptr);
  EXPECT_EQ(lab.controllers.ready_pods("shop", "web"), 0);
}

TEST(Services, OfTypeLoadBalancerGetAHostNameAndLoseItBeforeTheyGo) {
  Lab lab;
  lab.create(
      parsed(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},
    "spec":{"type":"LoadBalancer","selector":{"app":"web"},"ports":[{"port":80}]}})"));
  lab.clock.run_for(seconds(4));
  EXPECT_TRUE(array_at(lab.status("services", "web"), {"loadBalancer", "ingress"}).empty());
  lab.clock.run_for(seconds(20));
  const Json status = lab.status("services", "web");
  ASSERT_EQ(array_at(status, {"loadBalancer", "ingress"}).size(), 1U);
  EXPECT_EQ(text_at(status["loadBalancer"]["ingress"][0], {"hostname"}), "web-prod.example.com");
  ASSERT_TRUE(lab.api.remove("test", "services", "shop", "web"));
  lab.clock.run_for(seconds(1));
  EXPECT_EQ(lab.api.get("services", "shop", "web"), nullptr);
}

TEST(Ingresses, GetAHostName) {
  Lab lab;
  lab.create(parsed(
      R"({"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"web","namespace":"shop"}})"));
  lab.clock.run_for(seconds(10));
  EXPECT_EQ(array_at(lab.status("ingresses.networking.k8s.io", "web"), {"loadBalancer", "ingress"})
                .size(),
            1U);
}

TEST(Claims, AreBoundToAVolumeOfTheDefaultClass) {
  Lab lab;
  const char* format =
      R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"namespace":"shop"},
    "spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}})";
  Json bound = parsed(format), stuck = parsed(format);
  bound["metadata"]["name"] = "bound";
  stuck["metadata"]["name"] = "stuck";
  stuck["spec"]["storageClassName"] = "nowhere";
  lab.create(bound);
  lab.create(stuck);
  lab.clock.run_for(seconds(5));
  EXPECT_EQ(text_at(lab.status("persistentvolumeclaims", "bound"), {"phase"}), "Bound");
  EXPECT_EQ(text_at(lab.status("persistentvolumeclaims", "stuck"), {"phase"}), "Pending");
}

TEST(TokenSecrets, AreFilledOnceTheAccountExists) {
  Lab lab;
  lab.create(parsed(
      R"({"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"hub","namespace":"kube-system"}})"));
  lab.create(parsed(
      R"({"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/service-account-token","metadata":
    {"name":"hub-token","namespace":"kube-system","annotations":{"kubernetes.io/service-account.name":"hub"}}})"));
  lab.clock.run_for(seconds(1));
  const JsonRef secret = lab.api.get("secrets", "kube-system", "hub-token");
  ASSERT_NE(secret, nullptr);
  EXPECT_EQ(text_at(*secret, {"data", "token"}), "dG9rZW4tb2Yta3ViZS1zeXN0ZW0vaHVi");
  EXPECT_EQ(text_at(*secret, {"data", "ca.crt"}), "Q0E=");
  ASSERT_TRUE(lab.api.remove("test", "serviceaccounts", "kube-system", "hub"));
  lab.clock.run_for(seconds(1));
  EXPECT_EQ(lab.api.get("secrets", "kube-system", "hub-token"), nullptr);
}

TEST(Namespaces, GetTheRootCa) {
  Lab lab;
  lab.create(parsed(R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}})"));
  lab.clock.run_for(seconds(1));
  EXPECT_NE(lab.api.get("configmaps", "shop", "kube-root-ca.crt"), nullptr);
  ASSERT_TRUE(lab.api.remove("test", "configmaps", "shop", "kube-root-ca.crt"));
  lab.clock.run_for(seconds(1));
  EXPECT_NE(lab.api.get("configmaps", "shop", "kube-root-ca.crt"), nullptr);
}

}  // namespace
}  // namespace spokelab::fakeapi::testing
