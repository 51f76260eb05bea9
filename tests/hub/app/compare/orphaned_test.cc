// Which objects of a namespace nobody knows.
#include "hub/app/compare/orphaned.h"

#include <gtest/gtest.h>

#include <map>

#include "base/json.h"
#include "hub/app/compare/tracking.h"

namespace spokelab::hub {
namespace {

struct Namespace {
  std::vector<JsonRef> objects;

  void add(const std::string& api, const std::string& kind, const std::string& name,
           const std::string& app = "", const std::string& owner = "") {
    Json object = {{"apiVersion", api},
                   {"kind", kind},
                   {"metadata", {{"name", name}, {"namespace", "shop"}, {"uid", kind + name}}}};
    if (!app.empty()) set_tracking(object, app, "shop");
    if (!owner.empty()) object["metadata"]["ownerReferences"] = Json::array({{{"uid", owner}}});
    objects.push_back(freeze(std::move(object)));
  }
  static std::string owner_uid(const Json& object) {
    const Json* owners = find(object, {"metadata", "ownerReferences"});
    return owners == nullptr ? "" : text_at(owners->at(0), {"uid"});
  }
  std::string orphans(const char* spec, std::set<kube::ObjectKey> managed = {}) const {
    Json object = {{"metadata", {{"name", "p"}}}};
    object["spec"] = Json::parse(spec);
    const AppProject project = *read_project(object);
    ClusterInfo cluster;
    cluster.name = "prod";
    cluster.server = "https://prod";
    const OrphanSearch search{project,
                              cluster,
                              "shop",
                              std::move(managed),
                              [this](const std::string&) {
                                std::vector<JsonRef> top;
                                for (const JsonRef& one : objects) {
                                  if (owner_uid(*one).empty()) top.push_back(one);
                                }
                                return top;
                              },
                              [this](const std::string& uid) {
                                std::vector<JsonRef> children;
                                for (const JsonRef& one : objects) {
                                  if (owner_uid(*one) == uid) children.push_back(one);
                                }
                                return children;
                              },
                              [](const Json& one) { return tracked_app(one) == "existing"; }};
    std::string text;
    for (const kube::ObjectKey& key : find_orphans(search)) text += key.kind + "/" + key.name + " ";
    return text;
  }
};

constexpr const char* kAll = R"({"destinations": [{"server": "*", "namespace": "*"}],
                                "orphanedResources": {}})";

TEST(Orphans, AreWhatNoApplicationKnowsAndWhatItOwns) {
  Namespace ns;
  ns.add("v1", "ConfigMap", "mine");
  ns.add("v1", "ConfigMap", "tracked", "existing");
  ns.add("v1", "ConfigMap", "left-over", "gone");
  ns.add("apps/v1", "Deployment", "web");
  ns.add("apps/v1", "ReplicaSet", "web-1", "", "Deploymentweb");
  ns.add("v1", "Pod", "web-1-a", "", "ReplicaSetweb-1");
  ns.add("v1", "Pod", "of-tracked", "", "Deploymenttracked");
  EXPECT_EQ(ns.orphans(kAll, {{"", "ConfigMap", "shop", "mine"}}),
            "ConfigMap/left-over Pod/web-1-a Deployment/web ReplicaSet/web-1 ");
}

TEST(Orphans, AreNoneWhereTheProjectDoesNotAsk) {
  Namespace ns;
  ns.add("v1", "ConfigMap", "a");
  EXPECT_EQ(ns.orphans(R"({"destinations": [{"server": "*", "namespace": "*"}]})"), "");
}

TEST(Orphans, AreNotWhatComesWithEveryNamespaceNorWhatIsIgnored) {
  Namespace ns;
  ns.add("v1", "ServiceAccount", "default");
  ns.add("v1", "ConfigMap", "kube-root-ca.crt");
  ns.add("v1", "ConfigMap", "cache-1");
  ns.add("v1", "Secret", "cache-1");
  ns.add("v1", "Secret", "token");
  ns.add("apps/v1", "Deployment", "web");
  EXPECT_EQ(ns.orphans(kAll), "ConfigMap/cache-1 Secret/cache-1 Secret/token Deployment/web ");
  EXPECT_EQ(ns.orphans(R"({"destinations": [{"server": "*", "namespace": "*"}],
                           "orphanedResources": {"ignore": [{"kind": "ConfigMap", "name": "cache-*"},
                                                            {"kind": "Sec*"}]}})"),
            "Deployment/web ");
  // An entry without a group concerns the core group only.
  EXPECT_EQ(ns.orphans(R"({"destinations": [{"server": "*", "namespace": "*"}],
                           "orphanedResources": {"ignore": [{"name": "*"}]}})"),
            "Deployment/web ");
}

TEST(Orphans, AreOnlyOfKindsAndPlacesThatTheProjectPermits) {
  Namespace ns;
  ns.add("v1", "Secret", "a");
  ns.add("v1", "ConfigMap", "a");
  EXPECT_EQ(ns.orphans(R"({"destinations": [{"server": "*", "namespace": "*"}],
                           "namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}],
                           "orphanedResources": {}})"),
            "ConfigMap/a ");
  EXPECT_EQ(ns.orphans(R"({"destinations": [{"server": "*", "namespace": "other"}],
                           "orphanedResources": {}})"),
            "");
}

}  // namespace
}  // namespace spokelab::hub
