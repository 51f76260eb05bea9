// Lists and descriptions, from the objects alone.
#include "harness/look/tables.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "harness/look/describe.h"
#include "harness/look/differences.h"
#include "harness/look/hidden.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Json shop() {
  return Json::parse(R"({
    "metadata": {"name": "shop", "namespace": "argocd"},
    "spec": {"project": "default",
             "source": {"repoURL": "https://git.example/shop", "path": "app", "targetRevision": "main",
                        "helm": {"valueFiles": ["values.yaml", "prod.yaml"]}},
             "destination": {"server": "https://prod:6443", "namespace": "shop"},
             "syncPolicy": {"automated": {"prune": true}}},
    "status": {
      "sync": {"status": "OutOfSync", "revision": "0123456789abcdef0123456789abcdef01234567"},
      "health": {"status": "Progressing", "message": "waiting"},
      "conditions": [{"type": "UnknownError", "message": "gone"},
                     {"type": "ComparisonError", "message": "a", "lastTransitionTime": "2026-01-01T00:01:00Z"},
                     {"type": "ComparisonError", "message": "b\nc", "lastTransitionTime": "2026-01-01T00:01:00Z"}],
      "history": [{"id": 0, "deployedAt": "2026-01-01T00:00:05Z",
                   "revision": "0123456789abcdef0123456789abcdef01234567",
                   "source": {"repoURL": "https://git.example/shop", "targetRevision": "main"}},
                  {"id": 1, "deployedAt": "2026-01-01T00:05:00Z",
                   "revision": "89abcdef0123456789abcdef0123456701234567",
                   "source": {"repoURL": "https://git.example/shop", "targetRevision": "main"}}],
      "operationState": {"phase": "Running", "message": "waiting for healthy state",
        "startedAt": "2026-01-01T00:06:40Z", "retryCount": 2,
        "syncResult": {"revision": "89abcdef0123456789abcdef0123456701234567", "resources": [
          {"group": "batch", "kind": "Job", "namespace": "shop", "name": "migrate", "hookType": "PreSync",
           "hookPhase": "Succeeded", "status": "Synced", "message": "done"},
          {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web",
           "status": "Synced", "message": "deployment.apps/web configured"}]}},
      "resources": [
        {"group": "apps", "kind": "Deployment", "version": "v1", "namespace": "shop", "name": "web",
         "status": "Synced", "health": {"status": "Progressing"}},
        {"kind": "Service", "version": "v1", "namespace": "shop", "name": "web", "status": "OutOfSync"}]
    }})");
}

Json answer_of(Json item) {
  Json answer{{"now", "2026-01-01T00:07:00Z"}};
  answer["items"] = Json::array({std::move(item)});
  return answer;
}

TEST(Tables, ListApplicationsInArgocdsColumns) {
  EXPECT_EQ(
      app_table(answer_of(shop()), {}),
      "NAME         CLUSTER            NAMESPACE  PROJECT  STATUS     HEALTH       SYNCPOLICY  "
      "CONDITIONS\n"
      "argocd/shop  https://prod:6443  shop       default  OutOfSync  Progressing  Auto-Prune  "
      "ComparisonError(2),UnknownError\n");
  TableOptions wide;
  wide.wide = true;
  wide.headers = false;
  const auto text = app_table(answer_of(shop()), wide);
  EXPECT_THAT(text, HasSubstr("https://git.example/shop  app  main\n"));
  EXPECT_THAT(text, Not(HasSubstr("NAME")));
}

TEST(Tables, ListClustersInArgocdsColumns) {
  const Json prod = Json::parse(R"({"name": "prod", "server": "https://prod:6443",
    "serverVersion": "v1.32.0", "namespaces": ["a", "b"], "owner": "hub-1",
    "lastSeen": "2026-01-01T00:05:00Z",
    "info": {"applicationsCount": 3, "cacheInfo": {"resourcesCount": 40}},
    "connectionState": {"status": "Failed", "message": "dial tcp: i/o timeout"}})");
  EXPECT_EQ(
      cluster_table(answer_of(prod), {}),
      "SERVER                            NAME  VERSION  STATUS  MESSAGE                PROJECT\n"
      "https://prod:6443 (2 namespaces)  prod  v1.32.0  Failed  dial tcp: i/o timeout\n");
  TableOptions wide;
  wide.wide = true;
  EXPECT_THAT(cluster_table(answer_of(prod), wide), HasSubstr("hub-1  3     40       2m00s ago\n"));
}

TEST(Tables, ListApplicationSets) {
  const Json set = Json::parse(R"({"metadata": {"name": "all", "namespace": "argocd"},
    "spec": {"syncPolicy": {"applicationsSync": "create-only"},
             "template": {"spec": {"project": "p", "source": {"repoURL": "r", "path": "x"}}}},
    "status": {"conditions": [{"type": "ErrorOccurred", "status": "False"},
                              {"type": "ResourcesUpToDate", "status": "True"}]}})");
  EXPECT_EQ(appset_table(answer_of(set), {}),
            "NAME        PROJECT  SYNCPOLICY   HEALTH  CONDITIONS\n"
            "argocd/all  p        create-only          ResourcesUpToDate\n");
}

TEST(Describe, ShowsAnApplicationAsArgocdAppGetDoes) {
  auto answer = answer_of(shop());
  answer["windows"] =
      Json::parse(R"({"state": "Manual Allowed", "assigned": ["deny:0 8 * * *:1h"]})");
  EXPECT_EQ(describe_app(answer),
            R"(Name:               argocd/shop
Project:            default
Server:             https://prod:6443
Namespace:          shop
Source:
- Repo:             https://git.example/shop
  Target:           main
  Path:             app
  Helm Values:      values.yaml,prod.yaml
SyncWindow:         Manual Allowed
Assigned Windows:   deny:0 8 * * *:1h
Sync Policy:        Automated (Prune)
Sync Status:        OutOfSync from main (0123456)
Health Status:      Progressing (waiting)

CONDITION        MESSAGE  LAST TRANSITION
UnknownError     gone     <nil>
ComparisonError  a        2026-01-01T00:01:00Z
ComparisonError  b c      2026-01-01T00:01:00Z

Operation:          Sync
Sync Revision:      89abcdef0123456789abcdef0123456701234567
Phase:              Running
Start:              2026-01-01T00:06:40Z
Finished:           <nil>
Duration:           20s
Retries:            2
Message:            waiting for healthy state

GROUP  KIND        NAMESPACE  NAME     STATUS     HEALTH       HOOK     MESSAGE
batch  Job         shop       migrate  Succeeded  Synced       PreSync  done
apps   Deployment  shop       web      Synced     Progressing           deployment.apps/web configured
       Service     shop       web      OutOfSync
)");
}

TEST(Describe, KeepsALongSourceFromWideningTheDates) {
  auto app = shop();
  app["status"]["history"].erase(1);
  app["status"]["history"][0]["source"]["repoURL"] = "https://git.example/a/path/of/many/parts";
  EXPECT_EQ(history_table(app),
            "SOURCE  https://git.example/a/path/of/many/parts\n"
            "ID      DATE                           REVISION\n"
            "0       2026-01-01 00:00:05 +0000 UTC  main (0123456)\n");
}

TEST(Describe, ShowsTheHistoryOfEachSource) {
  EXPECT_EQ(history_table(shop()),
            "SOURCE  https://git.example/shop\n"
            "ID      DATE                           REVISION\n"
            "0       2026-01-01 00:00:05 +0000 UTC  main (0123456)\n"
            "1       2026-01-01 00:05:00 +0000 UTC  main (89abcde)\n");
  EXPECT_EQ(history_table(Json::object()), "");
}

TEST(Differences, AreShownFromLiveToDesired) {
  Json answer = Json::parse(R"({"items": [
    {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web",
     "live": {"spec": {"replicas": 2}}, "target": {"spec": {"replicas": 3}}},
    {"group": "", "kind": "ConfigMap", "namespace": "shop", "name": "new",
     "live": null, "target": {"data": {"k": "v"}}},
    {"group": "", "kind": "ConfigMap", "namespace": "shop", "name": "odd", "live": {}, "target": {},
     "error": "cannot be compared"}]})");
  EXPECT_EQ(difference_text(answer), R"(
===== apps/Deployment shop/web ======
--- live
+++ desired
@@ -1,2 +1,2 @@
 spec:
-  replicas: 2
+  replicas: 3

===== /ConfigMap shop/new ======
--- live (not there)
+++ desired
@@ -0,0 +1,2 @@
+data:
+  k: v

===== /ConfigMap shop/odd ======
cannot be compared
)");
}

TEST(Differences, DoNotShowSecrets) {
  Json live = Json::parse(R"({"data": {"same": "YQ==", "other": "YQ=="},
    "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "YQ=="}}})");
  Json target = Json::parse(R"({"data": {"same": "YQ==", "other": "Yg==", "new": "Yw=="}})");
  hide_secret(live, target);
  EXPECT_EQ(live["data"]["same"], target["data"]["same"]);
  EXPECT_NE(live["data"]["other"], target["data"]["other"]);
  EXPECT_EQ(target["data"]["new"], "++++++++");
  EXPECT_THAT(live.dump() + target.dump(), Not(HasSubstr("==")));
  Json nothing;
  hide_secret(nothing, target);
  EXPECT_TRUE(nothing.is_null());
}

}  // namespace
}  // namespace spokelab::harness
