// Tests of images and URLs in an application's objects.
#include "hub/app/summary.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

JsonRef node(const std::string& text) { return freeze(Json::parse(text)); }
const Json kApp = Json::object();

TEST(Summary, ImagesAreThoseOfManagedPodsAndTemplates) {
  const auto pod = node(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{
      "initContainers":[{"image":"init:1"}],"containers":[{"image":"web:2"},{"image":"web:2"}]}})");
  const auto deployment = node(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":
      {"name":"a"},"spec":{"template":{"spec":{"containers":[{"image":"web:3"}]}}}})");
  EXPECT_EQ(summary_of(kApp, {pod, deployment})["images"],
            Json::array({"init:1", "web:2", "web:3"}));
  // A ReplicaSet of an earlier rollout does not count.
  EXPECT_EQ(summary_of(kApp, {}, {deployment}), Json::object());
}

TEST(Summary, AnIngressLinksToItsHostsAndPaths) {
  const auto ingress = node(R"({"apiVersion":"networking.k8s.io/v1","kind":"Ingress",
      "metadata":{"name":"a"},"spec":{"tls":[{"secretName":"t"}],"rules":[
      {"host":"helm-guestbook.com","http":{"paths":[{"path":"/"},{"path":"/api/*"}]}}]}})");
  EXPECT_EQ(
      summary_of(kApp, {ingress}),
      Json({{"externalURLs", {"https://helm-guestbook.com/", "https://helm-guestbook.com/api/"}}}));
}

TEST(Summary, AnIngressWithoutHostLinksToItsLoadBalancer) {
  const auto ingress = node(R"({"apiVersion":"networking.k8s.io/v1","kind":"Ingress",
      "metadata":{"name":"a"},"spec":{"rules":[{"http":{"paths":[{"path":"/"}]}}]},
      "status":{"loadBalancer":{"ingress":[{"ip":"107.178.210.11"}]}}})");
  EXPECT_EQ(summary_of(kApp, {ingress}), Json({{"externalURLs", {"http://107.178.210.11/"}}}));
}

TEST(Summary, DefaultLinksCanBeTurnedOffAndOthersAdded) {
  const auto ingress = node(R"({"apiVersion":"networking.k8s.io/v1","kind":"Ingress",
      "metadata":{"name":"a","annotations":{"argocd.argoproj.io/ignore-default-links":"true",
      "link.argocd.argoproj.io/x":"Shop|https://shop.example",
      "link.argocd.argoproj.io/y":"javascript:alert"}},
      "spec":{"rules":[{"host":"h","http":{"paths":[{"path":"/"}]}}]}})");
  EXPECT_EQ(summary_of(kApp, {ingress}), Json({{"externalURLs", {"Shop|https://shop.example"}}}));
}

TEST(Summary, TellsAnApplicationOfApplications) {
  const auto child =
      node(R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":"a"}})");
  EXPECT_EQ(summary_of(kApp, {child}), Json({{"isAppOfApps", true}}));
  EXPECT_EQ(summary_of(kApp, {}), Json::object());
}

}  // namespace
}  // namespace spokelab::hub
