// What a project permits.
#include "hub/app/project/project.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

AppProject project_of(const char* spec) {
  Json object = {{"metadata", {{"name", "shop"}}}};
  object["spec"] = Json::parse(spec);
  auto project = read_project(object);
  EXPECT_TRUE(project) << project.error().message();
  return project ? std::move(*project) : AppProject();
}

ClusterInfo cluster_of(std::string name, std::string server) {
  ClusterInfo info;
  info.name = std::move(name);
  info.server = std::move(server);
  return info;
}

TEST(Project, PermitsTheRepositoriesThatItsPatternsName) {
  struct Row {
    std::vector<std::string> allowed;
    const char* repo;
    bool permitted;
  };
  const Row rows[] = {
      {{"*"}, "https://github.com/argoproj/test.git", true},
      {{"**"}, "https://github.com/argoproj/test.git", true},
      {{"https://github.com/argoproj/test.git"}, "https://github.com/argoproj/test", true},
      {{"https://GITHUB.com/argoproj/test"}, "https://github.com/argoproj/test.git", true},
      {{"https://github.com/argoproj/tEst.git"}, "https://github.com/argoproj/test.git", false},
      {{"ssh://git@GITHUB.com/argoproj/test"}, "git@github.com:argoproj/test.git", true},
      {{"https://github.com/argoproj/*"}, "https://github.com/argoproj/argoproj.git", true},
      {{"https://github.com/test1/test.git", "https://github.com/test2/test.git"},
       "https://github.com/test2/test.git",
       true},
      {{"https://github.com/test1/test.git"}, "https://github.com/test2/test.git", false},
      {{"https://gitlab.com/group/*"}, "https://gitlab.com/group/repo/owner", false},
      {{"https://gitlab.com/group/*/*"}, "https://gitlab.com/group/repo/owner", true},
      {{"https://gitlab.com/group/**"}, "https://gitlab.com/group/sub/repo/owner", true},
      {{"!https://github.com/argoproj/*", "*"}, "https://github.com/argoproj/test.git", false},
      {{"*", "!https://github.com/argoproj/test.git"}, "https://github.com/argoproj/test", false},
      {{"*", "!https://github.com/argoproj/test.git"}, "https://github.com/argoproj/other", true},
      {{"!https://github.com/argoproj/test.git"}, "https://github.com/argoproj/other", true},
      {{}, "https://github.com/argoproj/test.git", false},
  };
  for (const Row& row : rows) {
    Json spec = Json::object();
    spec["sourceRepos"] = row.allowed;
    const AppProject project = project_of(spec.dump().c_str());
    EXPECT_EQ(project.permits_source(row.repo), row.permitted) << spec.dump() << " " << row.repo;
  }
}

TEST(Project, PermitsDestinationsByServerOrNameAndNamespace) {
  struct Row {
    const char* destinations;
    ClusterInfo cluster;
    const char* ns;
    bool permitted;
  };
  const ClusterInfo local = cluster_of("in-cluster", "https://kubernetes.default.svc");
  const ClusterInfo team = cluster_of("team1-dev", "https://team1-dev");
  const Row rows[] = {
      {R"([{"server":"https://kubernetes.default.svc","namespace":"default"}])", local, "default",
       true},
      {R"([{"server":"https://kubernetes.default.svc","namespace":"default"}])", local,
       "kube-system", false},
      {R"([{"server":"https://my-cluster","namespace":"default"}])", local, "default", false},
      {R"([{"server":"https://kubernetes.default.svc","namespace":"*"}])", local, "kube-system",
       true},
      {R"([{"server":"https://team1-*","namespace":"default"}])", team, "default", true},
      {R"([{"server":"https://team1-*","namespace":"default"}])",
       cluster_of("t2", "https://test2-dev"), "default", false},
      {R"([{"server":"https://kubernetes.default.svc","namespace":"test-*"}])", local, "test-foo",
       true},
      {R"([{"server":"*","namespace":"*"}])", team, "anything", true},
      {R"([{"name":"team1-*","namespace":"default"}])", team, "default", true},
      {R"([{"name":"team2-*","namespace":"default"}])", team, "default", false},
      {R"([{"server":"*","namespace":"team1-*"},{"server":"*","namespace":"!team1-secret"}])", team,
       "team1-app", true},
      {R"([{"server":"*","namespace":"*"},{"server":"*","namespace":"!kube-system"}])", team,
       "kube-system", false},
      {R"([{"server":"*","namespace":"*"},{"server":"!https://team1-*","namespace":"*"}])", team,
       "default", false},
      {R"([{"server":"!https://team1-*","namespace":"*"}])", local, "default", true},
      {R"([{"name":"!team1-*","namespace":"*"},{"server":"*","namespace":"*"}])", team, "default",
       false},
      {"[]", local, "default", false},
  };
  for (const Row& row : rows) {
    const AppProject project =
        project_of((std::string(R"({"destinations":)") + row.destinations + "}").c_str());
    EXPECT_EQ(project.permits_destination(row.cluster, row.ns), row.permitted)
        << row.destinations << " " << row.cluster.server << " " << row.ns;
  }
}

TEST(Project, ClusterScopedKindsMustBeListedAndNamespacedOnesMustNotBeDenied) {
  struct Row {
    const char* spec;
    const char* group;
    const char* kind;
    const char* name;
    bool namespaced;
    bool permitted;
  };
  const Row rows[] = {
      {"{}", "apps", "Deployment", "a", true, true},
      {"{}", "", "Namespace", "a", false, false},
      {R"({"namespaceResourceWhitelist":[]})", "apps", "Deployment", "a", true, false},
      {R"({"namespaceResourceWhitelist":[{"group":"apps","kind":"*"}]})", "apps", "Deployment", "a",
       true, true},
      {R"({"namespaceResourceWhitelist":[{"group":"apps","kind":"*"}]})", "", "Service", "a", true,
       false},
      {R"({"namespaceResourceBlacklist":[{"group":"apps","kind":"Deployment"}]})", "apps",
       "Deployment", "a", true, false},
      {R"({"namespaceResourceBlacklist":[{"group":"*","kind":"*"}]})", "apps", "ReplicaSet", "a",
       true, false},
      {R"({"namespaceResourceWhitelist":[{"group":"*","kind":"*"}],
           "namespaceResourceBlacklist":[{"group":"","kind":"Secret"}]})",
       "", "Secret", "a", true, false},
      {R"({"clusterResourceWhitelist":[{"group":"*","kind":"*"}]})", "", "Namespace", "a", false,
       true},
      {R"({"clusterResourceWhitelist":[{"group":"*","kind":"*"}],
           "clusterResourceBlacklist":[{"group":"","kind":"Namespace"}]})",
       "", "Namespace", "a", false, false},
      {R"({"clusterResourceWhitelist":[{"group":"","kind":"Namespace","name":"team1-*"}]})", "",
       "Namespace", "team1-dev", false, true},
      {R"({"clusterResourceWhitelist":[{"group":"","kind":"Namespace","name":"team1-*"}]})", "",
       "Namespace", "team2-dev", false, false},
      {R"({"clusterResourceWhitelist":[{"group":"","kind":"Namespace"}],
           "clusterResourceBlacklist":[{"group":"","kind":"Namespace","name":"kube-*"}]})",
       "", "Namespace", "kube-system", false, false},
      {R"({"clusterResourceWhitelist":[{"group":"rbac.*","kind":"Cluster*"}]})",
       "rbac.authorization.k8s.io", "ClusterRole", "a", false, true},
  };
  for (const Row& row : rows) {
    const kube::ObjectKey key{row.group, row.kind, row.namespaced ? "n" : "", row.name};
    EXPECT_EQ(project_of(row.spec).permits_kind(key, row.namespaced), row.permitted)
        << row.spec << " " << key.text();
  }
}

TEST(Project, RefusesObjectsInArgoCdsWords) {
  const AppProject project = project_of(R"({
    "destinations": [{"server": "*", "namespace": "shop"}],
    "namespaceResourceBlacklist": [{"group": "apps", "kind": "Deployment"}]})");
  const ClusterInfo cluster = cluster_of("prod", "https://prod");
  EXPECT_EQ(project.refusal({"apps", "Deployment", "shop", "a"}, true, cluster),
            "resource apps:Deployment is not permitted in project shop");
  EXPECT_EQ(project.refusal({"", "Namespace", "", "a"}, false, cluster),
            "resource :Namespace is not permitted in project shop");
  EXPECT_EQ(project.refusal({"", "Service", "other", "a"}, true, cluster),
            "namespace other is not permitted in project 'shop'");
  EXPECT_EQ(project.refusal({"", "Service", "shop", "a"}, true, cluster), "");
}

TEST(Project, ClustersOfAProjectAreDestinationsOfIt) {
  ClusterInfo ours = cluster_of("ours", "https://ours");
  ours.project = "shop";
  ours.namespaces = {"a", "b"};
  ClusterInfo whole = cluster_of("whole", "https://whole");
  whole.project = "shop";
  const ClusterInfo other = cluster_of("other", "https://other");
  AppProject project = project_of(R"({"destinations": [{"server": "*", "namespace": "c"}]})");
  EXPECT_FALSE(project.permits_destination(ours, "a"));
  add_scoped_clusters(project, {&ours, &whole, &other});
  EXPECT_TRUE(project.permits_destination(ours, "a"));
  EXPECT_FALSE(project.permits_destination(ours, "z"));
  EXPECT_TRUE(project.permits_destination(whole, "anything"));
  EXPECT_TRUE(project.permits_destination(other, "c"));
  project.only_scoped_clusters = true;
  EXPECT_FALSE(project.permits_destination(other, "c"));
  EXPECT_TRUE(project.permits_destination(ours, "c"));
}

TEST(Project, AGlobalProjectAddsItsLists) {
  AppProject project = project_of(R"({"sourceRepos": ["https://a"]})");
  const AppProject global = project_of(R"({
    "sourceRepos": ["https://b"],
    "namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}],
    "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
    "syncWindows": [{"kind": "deny", "schedule": "* * * * *", "duration": "1h"}]})");
  add_global(project, global);
  EXPECT_TRUE(project.permits_source("https://a"));
  EXPECT_TRUE(project.permits_source("https://b"));
  EXPECT_FALSE(project.permits_kind({"", "Secret", "n", "s"}, true));
  EXPECT_TRUE(project.permits_kind({"", "ConfigMap", "n", "s"}, true));
  EXPECT_TRUE(project.permits_kind({"", "Namespace", "", "n"}, false));
  EXPECT_EQ(project.windows.size(), 1u);
}

TEST(Project, TheDefaultOnePermitsEverything) {
  const auto project = read_project(default_project("argocd"));
  ASSERT_TRUE(project);
  EXPECT_EQ(project->name, "default");
  EXPECT_TRUE(project->permits_source("https://anything/at/all.git"));
  EXPECT_TRUE(project->permits_destination(cluster_of("a", "https://a"), "b"));
  EXPECT_TRUE(project->permits_kind({"apps", "Deployment", "n", "d"}, true));
  EXPECT_TRUE(project->permits_kind({"", "Namespace", "", "n"}, false));
  EXPECT_FALSE(project->orphans);
}

TEST(Project, SaysWhichOfItsFieldsHaveNoEffectAndWhichAreWrong) {
  const AppProject project = project_of(R"({
    "signatureKeys": [{"keyID": "4AEE18F83AFDEB23"}],
    "sourceIntegrity": {}})");
  ASSERT_EQ(project.unsupported.size(), 1u);
  EXPECT_EQ(project.unsupported[0],
            "signatureKeys of the project is not supported by this engine and has no effect");
  const auto wrong = read_project(Json::parse(R"({"spec": {"destinations": "everywhere"}})"));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("spec.destinations"), std::string::npos)
      << wrong.error().message();
}

TEST(Project, NamesTheServiceAccountOfTheFirstDestinationThatFits) {
  const AppProject project = project_of(R"({"destinationServiceAccounts": [
    {"server": "https://a*", "namespace": "shop", "defaultServiceAccount": "shop-deployer"},
    {"server": "*", "namespace": "{web,api}", "defaultServiceAccount": "ops:deployer"},
    {"server": "*", "namespace": "", "defaultServiceAccount": "home"},
    {"server": "*", "namespace": "empty", "defaultServiceAccount": " "},
    {"server": "*", "namespace": "slash", "defaultServiceAccount": "a/b"}]})");
  const auto account = [&](const std::string& server, const std::string& ns) {
    const auto found = project.service_account_for(server, ns, "argocd");
    return found ? *found : found.error().message();
  };
  EXPECT_EQ(account("https://a1", "shop"), "system:serviceaccount:shop:shop-deployer");
  EXPECT_EQ(account("https://b", "web"), "system:serviceaccount:ops:deployer");
  EXPECT_EQ(account("https://b", ""), "system:serviceaccount:argocd:home");
  EXPECT_EQ(account("https://b", "shop"), "");
  EXPECT_EQ(account("https://b", "empty"), "default service account contains invalid chars ' '");
  EXPECT_EQ(account("https://b", "slash"), "default service account contains invalid chars 'a/b'");
}

TEST(Project, OrphansWarnUnlessToldNotTo) {
  EXPECT_FALSE(project_of("{}").orphans);
  ASSERT_TRUE(project_of(R"({"orphanedResources": {}})").orphans);
  EXPECT_TRUE(project_of(R"({"orphanedResources": {}})").orphans->warn);
  EXPECT_FALSE(project_of(R"({"orphanedResources": {"warn": false}})").orphans->warn);
}

}  // namespace
}  // namespace spokelab::hub
