// The server as its clients see it: requests through handle().
#include "fakeapi/api_server.h"

#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

using namespace std::chrono_literals;
constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";
constexpr const char* kDeployments = "/apis/apps/v1/namespaces/default/deployments";

TEST_F(ServerTest, StartsWithNamespacesAndTheirAccounts) {
  for (const char* ns : {"default", "kube-system", "kube-public", "kube-node-lease"}) {
    EXPECT_EQ(text_at(json("GET", std::string("/api/v1/namespaces/") + ns), {"status", "phase"}),
              "Active");
    EXPECT_TRUE(server.get("serviceaccounts", ns, "default"));
    EXPECT_TRUE(server.get("configmaps", ns, "kube-root-ca.crt"));
  }
  EXPECT_TRUE(server.get("clusterroles.rbac.authorization.k8s.io", "", "cluster-admin"));
  EXPECT_FALSE(
      (*server.get("clusterroles.rbac.authorization.k8s.io", "", "admin"))["rules"].empty());
}

TEST_F(ServerTest, ANamespaceMadeByServerSideApplyHasItsAccountAtOnce) {
  json("PATCH", "/api/v1/namespaces/shop?fieldManager=f",
       Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "shop"}}}},
       "application/apply-patch+yaml");
  EXPECT_EQ(last_status, 201);
  EXPECT_TRUE(server.get("serviceaccounts", "shop", "default"));
  EXPECT_TRUE(server.get("configmaps", "shop", "kube-root-ca.crt"));
}

TEST_F(ServerTest, CreatesReadsReplacesPatchesAndDeletesAnObject) {
  Json made = json("POST", kMaps, config_map("m"));
  EXPECT_EQ(last_status, 201);
  EXPECT_EQ(text_at(made, {"metadata", "creationTimestamp"}), "2026-01-01T00:00:00Z");
  EXPECT_EQ(text_at(made, {"metadata", "uid"}).size(), 36U);
  EXPECT_EQ(json("GET", std::string(kMaps) + "/m"), made);
  made["data"]["a"] = "2";
  Json updated = json("PUT", std::string(kMaps) + "/m", made);
  EXPECT_EQ(last_status, 200);
  EXPECT_NE(updated["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
  EXPECT_EQ(json("PUT", std::string(kMaps) + "/m", made)["reason"], "Conflict");
  EXPECT_EQ(last_status, 409);
  Json patched = json("PATCH", std::string(kMaps) + "/m", Json{{"data", {{"b", "3"}}}},
                      "application/merge-patch+json");
  EXPECT_EQ(patched["data"], (Json{{"a", "2"}, {"b", "3"}}));
  const Json gone = json("DELETE", std::string(kMaps) + "/m");
  EXPECT_EQ(gone["status"], "Success");
  EXPECT_EQ(gone["details"]["kind"], "configmaps");
  EXPECT_EQ(json("GET", std::string(kMaps) + "/m")["message"], "configmaps \"m\" not found");
  EXPECT_EQ(last_status, 404);
}

TEST_F(ServerTest, AWriteThatChangesNothingCommitsNothing) {
  const Json made = json("POST", kDeployments, deployment("web"));
  const auto revision = server.store().revision();
  const auto told = history.events().size();
  EXPECT_EQ(json("PUT", std::string(kDeployments) + "/web", made), made);
  EXPECT_EQ(json("PATCH", std::string(kDeployments) + "/web", Json{{"spec", {{"replicas", 1}}}},
                 "application/merge-patch+json"),
            made);
  EXPECT_EQ(server.store().revision(), revision);
  EXPECT_EQ(server.noop_writes(), 2U);
  EXPECT_EQ(history.events().size(), told);
}

TEST_F(ServerTest, FillsADeploymentAsKubernetesDoes) {
  const Json made = json("POST", kDeployments, deployment("web"));
  const Json want =
      Json::parse(R"({"replicas":1,"revisionHistoryLimit":10,"progressDeadlineSeconds":600,
    "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}},
    "selector":{"matchLabels":{"app":"web"}},
    "template":{"metadata":{"creationTimestamp":null,"labels":{"app":"web"}},"spec":{"restartPolicy":"Always",
     "dnsPolicy":"ClusterFirst","schedulerName":"default-scheduler","securityContext":{},
     "terminationGracePeriodSeconds":30,"containers":[{"name":"c","image":"nginx:1.27","resources":{},
     "imagePullPolicy":"IfNotPresent","terminationMessagePath":"/dev/termination-log",
     "terminationMessagePolicy":"File"}]}}})");
  EXPECT_EQ(made["spec"], want) << Json::diff(want, made["spec"]);
  EXPECT_EQ(made["status"], Json::object());
  EXPECT_EQ(made["metadata"]["generation"], 1);
}

TEST_F(ServerTest, CountsGenerationsForSpecAndNotForStatus) {
  json("POST", kDeployments, deployment("web"));
  const std::string path = std::string(kDeployments) + "/web";
  EXPECT_EQ(json("PATCH", path, Json{{"metadata", {{"labels", {{"x", "y"}}}}}},
                 "application/merge-patch+json")["metadata"]["generation"],
            1);
  EXPECT_EQ(json("PATCH", path, Json{{"spec", {{"replicas", 3}}}},
                 "application/merge-patch+json")["metadata"]["generation"],
            2);
  const Json status = json("PATCH", path + "/status",
                           Json{{"status", {{"replicas", 3}}}, {"spec", {{"replicas", 9}}}},
                           "application/merge-patch+json");
  EXPECT_EQ(status["metadata"]["generation"], 2);
  EXPECT_EQ(status["spec"]["replicas"], 3);
  EXPECT_EQ(status["status"]["replicas"], 3);
  const Json main =
      json("PATCH", path, Json{{"status", {{"replicas", 8}}}}, "application/merge-patch+json");
  EXPECT_EQ(main["status"]["replicas"], 3);
}

TEST_F(ServerTest, ScalesThroughTheScaleSubresource) {
  json("POST", kDeployments, deployment("web"));
  const std::string path = std::string(kDeployments) + "/web/scale";
  const Json scale = json("GET", path);
  EXPECT_EQ(scale["spec"]["replicas"], 1);
  EXPECT_EQ(scale["status"]["selector"], "app=web");
  EXPECT_EQ(json("PATCH", path, Json{{"spec", {{"replicas", 4}}}},
                 "application/merge-patch+json")["spec"]["replicas"],
            4);
  EXPECT_EQ((*server.get("deployments.apps", "default", "web"))["metadata"]["generation"], 2);
}

TEST_F(ServerTest, AllocatesServiceAddressesAndKeepsThemOnReplacement) {
  const Json service{
      {"apiVersion", "v1"},
      {"kind", "Service"},
      {"metadata", {{"name", "web"}}},
      {"spec", {{"type", "LoadBalancer"}, {"ports", Json::array({{{"port", 80}}})}}}};
  const Json made = json("POST", "/api/v1/namespaces/default/services", service);
  ASSERT_EQ(last_status, 201) << made;
  EXPECT_EQ(made["spec"]["clusterIP"].get<std::string>().substr(0, 6), "10.96.");
  EXPECT_EQ(made["spec"]["ports"][0]["targetPort"], 80);
  EXPECT_GE(made["spec"]["ports"][0]["nodePort"], 30000);
  EXPECT_EQ(made["status"], (Json{{"loadBalancer", Json::object()}}));
  Json again = service;
  again["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"];
  EXPECT_EQ(json("PUT", "/api/v1/namespaces/default/services/web", again)["spec"], made["spec"]);
}

TEST_F(ServerTest, WatchesTellChangesInOrderAndShareOneDocument) {
  const Json list = json("GET", kMaps);
  const std::string from = text_at(list, {"metadata", "resourceVersion"});
  const auto target = std::string(kMaps) + "?watch=1&resourceVersion=" + from;
  const HttpReply first = call("GET", target);
  const HttpReply second = call("GET", target);
  json("POST", kMaps, config_map("m"));
  json("PATCH", std::string(kMaps) + "/m", Json{{"data", {{"a", "2"}}}},
       "application/merge-patch+json");
  json("DELETE", std::string(kMaps) + "/m");
  const auto a = first.response.stream->take();
  const auto b = second.response.stream->take();
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->json().get(), b->json().get());
  EXPECT_EQ((*a->json())["type"], "ADDED");
  EXPECT_EQ(next(first)["type"], "MODIFIED");
  const Json gone = next(first);
  EXPECT_EQ(gone["type"], "DELETED");
  EXPECT_EQ(gone["object"]["metadata"]["resourceVersion"],
            std::to_string(server.store().revision()));
}

TEST_F(ServerTest, AWatchWithoutARevisionStartsWithThePresentState) {
  json("POST", kMaps, config_map("m"));
  const HttpReply watch =
      call("GET", std::string(kMaps) + "?watch=true&fieldSelector=metadata.name%3Dm");
  EXPECT_EQ(next(watch)["object"]["metadata"]["name"], "m");
  EXPECT_TRUE(next(watch).is_null());
}

TEST_F(ServerTest, SelectorsTurnChangesIntoAdditionsAndRemovals) {
  const HttpReply watch = call("GET", std::string(kMaps) + "?watch=1&labelSelector=x%3Dy");
  json("POST", kMaps, config_map("m"));
  json("PATCH", std::string(kMaps) + "/m", Json{{"metadata", {{"labels", {{"x", "y"}}}}}},
       "application/merge-patch+json");
  json("PATCH", std::string(kMaps) + "/m", Json{{"metadata", {{"labels", {{"x", "z"}}}}}},
       "application/merge-patch+json");
  EXPECT_EQ(next(watch)["type"], "ADDED");
  const Json gone = next(watch);
  EXPECT_EQ(gone["type"], "DELETED");
  EXPECT_EQ(gone["object"]["metadata"]["labels"]["x"], "y");
  EXPECT_TRUE(next(watch).is_null());
}

TEST_F(ServerTest, ACompactedRevisionIsToldInTheStream) {
  const Json made = json("POST", kMaps, config_map("m"));
  json("DELETE", std::string(kMaps) + "/m");
  server.compact();
  const HttpReply watch = call("GET", std::string(kMaps) + "?watch=1&resourceVersion=" +
                                          text_at(made, {"metadata", "resourceVersion"}));
  EXPECT_EQ(watch.response.status, 200);
  const Json error = next(watch);
  EXPECT_EQ(error["type"], "ERROR");
  EXPECT_EQ(error["object"]["code"], 410);
  EXPECT_EQ(error["object"]["reason"], "Expired");
  EXPECT_TRUE(watch.response.stream->drained());
}

TEST_F(ServerTest, BookmarksComeEachMinuteAndTheStreamEndsAtItsTimeout) {
  const HttpReply watch = call("GET", std::string(kMaps) + "?watch=1&resourceVersion=" +
                                          std::to_string(server.store().revision()) +
                                          "&allowWatchBookmarks=true&timeoutSeconds=150");
  run(130s);
  EXPECT_EQ(next(watch)["type"], "BOOKMARK");
  EXPECT_EQ(next(watch)["type"], "BOOKMARK");
  EXPECT_TRUE(watch.response.stream->open());
  run(30s);
  EXPECT_FALSE(watch.response.stream->open());
  EXPECT_EQ(server.watches().open_count(), 0U);
}

TEST_F(ServerTest, InitialEventsEndWithAMarkedBookmark) {
  const HttpReply watch = call("GET", std::string(kMaps) +
                                          "?watch=1&sendInitialEvents=true&resourceVersionMatch="
                                          "NotOlderThan&allowWatchBookmarks=true");
  EXPECT_EQ(next(watch)["type"], "ADDED");
  const Json mark = next(watch);
  EXPECT_EQ(mark["type"], "BOOKMARK");
  EXPECT_EQ(mark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
}

TEST_F(ServerTest, PagesAreOneSnapshotEvenWhileThingsChange) {
  for (const char* name : {"a", "b", "c", "d"}) json("POST", kMaps, config_map(name));
  const Json page = json("GET", std::string(kMaps) + "?limit=2");
  EXPECT_EQ(page["items"].size(), 2U);
  EXPECT_EQ(page["metadata"]["remainingItemCount"], 3);
  json("DELETE", std::string(kMaps) + "/c");
  json("POST", kMaps, config_map("bb"));
  const std::string token = text_at(page, {"metadata", "continue"});
  const Json rest = json("GET", std::string(kMaps) + "?limit=20&continue=" + token);
  std::string names;
  for (const Json& item : rest["items"]) names += text_at(item, {"metadata", "name"}) + " ";
  EXPECT_EQ(names, "c d kube-root-ca.crt ");
  EXPECT_EQ(rest["metadata"]["resourceVersion"], page["metadata"]["resourceVersion"]);
  server.compact();
  const Json late = json("GET", std::string(kMaps) + "?limit=20&continue=" + token);
  EXPECT_EQ(last_status, 410);
  EXPECT_FALSE(text_at(late, {"metadata", "continue"}).empty());
}

TEST_F(ServerTest, RefusesTheUnknownAndTheForbiddenInKubernetesWords) {
  EXPECT_EQ(json("GET", kMaps, nullptr, "", "wrong")["message"], "Unauthorized");
  EXPECT_EQ(last_status, 401);
  EXPECT_EQ(json("GET", std::string(kMaps) + "/m", nullptr, "", "bob-token")["message"],
            "configmaps \"m\" is forbidden: User \"bob\" cannot get resource \"configmaps\" in API "
            "group \"\" in the namespace \"default\"");
  EXPECT_EQ(last_status, 403);
  EXPECT_EQ(json("GET", "/apis/apps/v1/deployments", nullptr, "", "bob-token")["message"],
            "deployments.apps is forbidden: User \"bob\" cannot list resource \"deployments\" in "
            "API group \"apps\" at the cluster scope");
  EXPECT_EQ(call("GET", "/version", nullptr, "", "").response.status, 200);
  EXPECT_EQ(call("GET", "/apis", nullptr, "", "").response.status, 403);
}

TEST_F(ServerTest, RolesAndBindingsOpenDoorsAtOnce) {
  json("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
       Json{{"metadata", {{"name", "b"}}},
            {"roleRef", {{"kind", "ClusterRole"}, {"name", "view"}}},
            {"subjects", Json::array({{{"kind", "Group"}, {"name", "devs"}}})}});
  ASSERT_EQ(last_status, 201);
  json("GET", kMaps, nullptr, "", "bob-token");
  EXPECT_EQ(last_status, 200);
  json("GET", "/api/v1/namespaces/default/secrets", nullptr, "", "bob-token");
  EXPECT_EQ(last_status, 403);
  json("POST", kMaps, config_map("m"), "application/json", "bob-token");
  EXPECT_EQ(last_status, 403);
}

TEST_F(ServerTest, ATokenSecretIsFilledAndItsTokenWorksUntilTheAccountGoes) {
  json("POST", "/api/v1/namespaces/kube-system/serviceaccounts",
       Json{{"metadata", {{"name", "argocd-manager"}}}});
  json("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
       Json{{"metadata", {{"name", "m"}}},
            {"roleRef", {{"kind", "ClusterRole"}, {"name", "cluster-admin"}}},
            {"subjects", Json::array({{{"kind", "ServiceAccount"},
                                       {"name", "argocd-manager"},
                                       {"namespace", "kube-system"}}})}});
  json("POST", "/api/v1/namespaces/kube-system/secrets",
       Json{{"metadata",
             {{"name", "t"},
              {"annotations", {{"kubernetes.io/service-account.name", "argocd-manager"}}}}},
            {"type", "kubernetes.io/service-account-token"}});
  run(1s);
  const Json secret = json("GET", "/api/v1/namespaces/kube-system/secrets/t");
  ASSERT_FALSE(text_at(secret, {"data", "token"}).empty());
  const std::string token = server.issue_token("kube-system", "argocd-manager");
  json("GET", kMaps, nullptr, "", token);
  EXPECT_EQ(last_status, 200);
  json("DELETE", "/api/v1/namespaces/kube-system/serviceaccounts/argocd-manager");
  json("GET", kMaps, nullptr, "", token);
  EXPECT_EQ(last_status, 401);
  run(1s);
  EXPECT_FALSE(server.get("secrets", "kube-system", "t"));
}

Json owned(Json object, const Json& owner) {
  object["metadata"]["ownerReferences"] = Json::array({{{"apiVersion", owner["apiVersion"]},
                                                        {"kind", owner["kind"]},
                                                        {"name", owner["metadata"]["name"]},
                                                        {"uid", owner["metadata"]["uid"]},
                                                        {"blockOwnerDeletion", true},
                                                        {"controller", true}}});
  return object;
}

TEST_F(ServerTest, DependentsFollowTheirOwner) {
  const Json owner = json("POST", kMaps, config_map("owner"));
  const Json child = json("POST", kMaps, owned(config_map("child"), owner));
  json("POST", kMaps, owned(config_map("grandchild"), child));
  json("DELETE", std::string(kMaps) + "/owner");
  run(1s);
  EXPECT_FALSE(server.get("configmaps", "default", "child"));
  EXPECT_FALSE(server.get("configmaps", "default", "grandchild"));
}

TEST_F(ServerTest, ForegroundDeletionWaitsForDependents) {
  const Json owner = json("POST", kMaps, config_map("owner"));
  Json child = owned(config_map("child"), owner);
  child["metadata"]["finalizers"] = {"x.io/hold"};
  json("POST", kMaps, child);
  const Json pending = json("DELETE", std::string(kMaps) + "/owner?propagationPolicy=Foreground");
  EXPECT_EQ(pending["metadata"]["finalizers"], (Json{"foregroundDeletion"}));
  run(2s);
  EXPECT_TRUE(server.get("configmaps", "default", "owner"));
  json("PATCH", std::string(kMaps) + "/child", Json{{"metadata", {{"finalizers", nullptr}}}},
       "application/merge-patch+json");
  run(1s);
  EXPECT_FALSE(server.get("configmaps", "default", "child"));
  EXPECT_FALSE(server.get("configmaps", "default", "owner"));
}

TEST_F(ServerTest, OrphansLoseTheirOwnerReference) {
  const Json owner = json("POST", kMaps, config_map("owner"));
  json("POST", kMaps, owned(config_map("child"), owner));
  json("DELETE", std::string(kMaps) + "/owner?propagationPolicy=Orphan");
  run(1s);
  EXPECT_FALSE(server.get("configmaps", "default", "owner"));
  const JsonRef child = server.get("configmaps", "default", "child");
  ASSERT_TRUE(child);
  EXPECT_FALSE((*child)["metadata"].contains("ownerReferences"));
}

TEST_F(ServerTest, ANamespaceTakesItsContentAlong) {
  json("POST", "/api/v1/namespaces", Json{{"metadata", {{"name", "shop"}}}});
  json("POST", "/api/v1/namespaces/shop/configmaps", config_map("m"));
  const Json pending = json("DELETE", "/api/v1/namespaces/shop");
  EXPECT_EQ(text_at(pending, {"status", "phase"}), "Terminating");
  const Json refused = json("POST", "/api/v1/namespaces/shop/configmaps", config_map("late"));
  EXPECT_EQ(refused["message"],
            "configmaps \"late\" is forbidden: unable to create new content in namespace shop "
            "because it is being terminated");
  run(10s);
  EXPECT_FALSE(server.get("namespaces", "", "shop"));
  EXPECT_TRUE(server.list("configmaps", "shop").empty());
  EXPECT_EQ(json("POST", "/api/v1/namespaces/shop/configmaps", config_map("m"))["message"],
            "namespaces \"shop\" not found");
}

Json crd() {
  return Json::parse(R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
    "metadata":{"name":"crons.stable.io"},"spec":{"group":"stable.io","scope":"Namespaced",
    "names":{"plural":"crons","kind":"Cron"},"versions":[{"name":"v1","served":true,"storage":true,
    "subresources":{"status":{}},"schema":{"openAPIV3Schema":{"type":"object","properties":{
      "spec":{"type":"object","required":["image"],"properties":{"image":{"type":"string"},"replicas":{"type":"integer","default":2,"minimum":1}}},
      "status":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}]}})");
}

TEST_F(ServerTest, AnAppliedCustomResourceIsMadeAtOnce) {
  json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd());
  const std::string path = "/apis/stable.io/v1/namespaces/default/crons/c?fieldManager=m";
  const Json cron{{"apiVersion", "stable.io/v1"},
                  {"kind", "Cron"},
                  {"metadata", {{"name", "c"}}},
                  {"spec", {{"image", "x"}}}};
  const Json made = json("PATCH", path, cron, "application/apply-patch+yaml");
  EXPECT_EQ(last_status, 201);
  EXPECT_EQ(made["metadata"]["managedFields"][0]["fieldsV1"],
            Json::parse(R"({"f:spec":{"f:image":{}}})"));
  json("PATCH", path, cron, "application/apply-patch+yaml");
  EXPECT_EQ(last_status, 200);
}

TEST_F(ServerTest, ACustomResourceNamesItsVersionAndKindItself) {
  json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd());
  const char* crons = "/apis/stable.io/v1/namespaces/default/crons";
  Json cron{{"kind", "Cron"}, {"metadata", {{"name", "c"}}}, {"spec", {{"image", "x"}}}};
  EXPECT_EQ(json("POST", crons, cron)["message"],
            "the API version in the data () does not match the expected API version "
            "(stable.io/v1)");
  cron["apiVersion"] = "stable.io/v1";
  cron["kind"] = "Foo";
  EXPECT_EQ(json("POST", crons, cron)["message"],
            "Foo.stable.io \"c\" is invalid: kind: Invalid value: \"Foo\": must be Cron");
  EXPECT_EQ(last_status, 422);
}

TEST_F(ServerTest, AServiceThatChangesItsTypeLosesWhatOnlyTheOldOneNeeds) {
  const char* services = "/api/v1/namespaces/default/services";
  Json service{{"metadata", {{"name", "s"}}},
               {"spec", {{"type", "NodePort"}, {"ports", Json::array({{{"port", 80}}})}}}};
  service = json("POST", services, service);
  EXPECT_EQ(service["spec"]["externalTrafficPolicy"], "Cluster");
  service["spec"]["type"] = "ClusterIP";
  const Json after = json("PUT", std::string(services) + "/s", service);
  EXPECT_EQ(last_status, 200) << after;
  EXPECT_FALSE(after["spec"].contains("externalTrafficPolicy"));
  EXPECT_FALSE(after["spec"]["ports"][0].contains("nodePort"));
}

TEST_F(ServerTest, ADefinitionIsServedAtOnceAndItsObjectsFollowItsSchema) {
  const Json made = json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd());
  ASSERT_EQ(last_status, 201) << made;
  EXPECT_EQ(made["status"]["conditions"][1]["type"], "Established");
  EXPECT_EQ(json("GET", "/apis/stable.io/v1")["resources"][0]["name"], "crons");
  const std::string path = "/apis/stable.io/v1/namespaces/default/crons";
  const auto cron_named = [](const char* name, Json spec) {
    return Json{{"apiVersion", "stable.io/v1"},
                {"kind", "Cron"},
                {"metadata", {{"name", name}}},
                {"spec", std::move(spec)}};
  };
  Json first = cron_named("c", {{"image", "i"}, {"typo", 1}});
  first["status"] = {{"x", 1}};
  const HttpReply warned = call("POST", path, first);
  EXPECT_EQ(*warned.response.headers.find("Warning"), "299 - \"unknown field \\\"spec.typo\\\"\"");
  const Json cron = *warned.response.body.json();
  EXPECT_EQ(cron["spec"], (Json{{"image", "i"}, {"replicas", 2}}));
  EXPECT_FALSE(cron.contains("status"));
  EXPECT_EQ(cron["metadata"]["generation"], 1);
  EXPECT_EQ(json("POST", path, cron_named("d", Json::object()))["message"],
            "Cron.stable.io \"d\" is invalid: spec.image: Required value");
  json("POST", path + "?fieldValidation=Strict", cron_named("d", {{"image", "i"}, {"typo", 1}}));
  EXPECT_EQ(last_status, 400);
  const Json status = json("PATCH", path + "/c/status", Json{{"status", {{"phase", "ok"}}}},
                           "application/merge-patch+json");
  EXPECT_EQ(status["metadata"]["generation"], 1);
  json("PATCH", path + "/c", Json{{"spec", {{"replicas", 3}}}},
       "application/strategic-merge-patch+json");
  EXPECT_EQ(last_status, 415);
  json("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crons.stable.io");
  run(10s);
  json("GET", path);
  EXPECT_EQ(last_status, 404);
}

TEST_F(ServerTest, DryRunsStoreNothing) {
  json("POST", std::string(kMaps) + "?dryRun=All", config_map("m"));
  EXPECT_EQ(last_status, 201);
  EXPECT_FALSE(server.get("configmaps", "default", "m"));
  json("POST", std::string(kMaps) + "?dryRun=Some", config_map("m"));
  EXPECT_EQ(last_status, 422);
}

TEST_F(ServerTest, FaultsHitTheShareOfRequestsThatTheyName) {
  FaultRule rule;
  rule.name = "half";
  rule.match.verb = "list";
  rule.effect.status = 503;
  rule.effect.retry_after_seconds = 2;
  rule.millionths = 500'000;
  server.faults().add(rule);
  int failed = 0;
  for (int i = 0; i < 1000; ++i) failed += call("GET", kMaps).response.status == 503;
  EXPECT_GT(failed, 400);
  EXPECT_LT(failed, 600);
  EXPECT_EQ(server.faults().hits()[0].count, static_cast<std::uint64_t>(failed));
  EXPECT_EQ(call("GET", "/version").response.status, 200);
}

TEST_F(ServerTest, StalledWatchesAreSilentAndLaterCatchUp) {
  const HttpReply watch = call("GET", std::string(kMaps) + "?watch=1&resourceVersion=" +
                                          std::to_string(server.store().revision()));
  const auto stall = server.watches().stall();
  json("POST", kMaps, config_map("m"));
  EXPECT_TRUE(next(watch).is_null());
  server.watches().resume(stall);
  EXPECT_EQ(next(watch)["type"], "ADDED");
  server.watches().cut_all();
  EXPECT_EQ(watch.response.stream->drained()->code(), Errc::reset);
}

TEST_F(ServerTest, TheHistoryTellsWhatUsersWriteAndNotWhatControllersDo) {
  const auto before = history.events().size();
  json("POST", kMaps, config_map("m"));
  ASSERT_EQ(history.events().size(), before + 1);
  const Event& event = history.events().back();
  EXPECT_EQ(event.subject, "object.prod.configmaps.default.m");
  EXPECT_EQ(event.value, "create");
  EXPECT_EQ(event.who, "prod.api");
  EXPECT_EQ(event.message, "admin via tests at node-1");
  Json pod = config_map("n");
  ASSERT_TRUE(server.create("system:kube-controller-manager", [] {
    Json m = config_map("n");
    m["metadata"]["namespace"] = "default";
    return m;
  }()));
  EXPECT_EQ(history.events().size(), before + 1);
}

TEST_F(ServerTest, PodsGetTheirAccountAndGoGracefully) {
  const Json pod{{"metadata", {{"name", "p"}}},
                 {"spec", {{"containers", Json::array({{{"name", "c"}, {"image", "i"}}})}}}};
  const Json made = json("POST", "/api/v1/namespaces/default/pods", pod);
  ASSERT_EQ(last_status, 201) << made;
  EXPECT_EQ(made["spec"]["serviceAccountName"], "default");
  EXPECT_EQ(made["status"], (Json{{"phase", "Pending"}, {"qosClass", "BestEffort"}}));
  json("POST", "/api/v1/namespaces/default/pods/p/binding",
       Json{{"metadata", {{"name", "p"}}}, {"target", {{"kind", "Node"}, {"name", "n1"}}}});
  EXPECT_EQ(last_status, 201);
  const Json dying = json("DELETE", "/api/v1/namespaces/default/pods/p");
  EXPECT_EQ(dying["metadata"]["deletionGracePeriodSeconds"], 30);
  EXPECT_EQ(dying["metadata"]["deletionTimestamp"], "2026-01-01T00:00:30Z");
  ASSERT_TRUE(server.remove("system:node:n1", "pods", "default", "p", "Background", 0));
  EXPECT_FALSE(server.get("pods", "default", "p"));
}

TEST_F(ServerTest, JsonPatchFailuresAre422) {
  json("POST", kMaps, config_map("m"));
  json("PATCH", std::string(kMaps) + "/m",
       Json::parse(R"([{"op":"test","path":"/data/a","value":"9"}])"),
       "application/json-patch+json");
  EXPECT_EQ(last_status, 422);
  json("PATCH", std::string(kMaps) + "/m",
       Json::parse(R"([{"op":"replace","path":"/data/a","value":"9"}])"),
       "application/json-patch+json");
  EXPECT_EQ(last_status, 200);
}

Json apply_config(std::int64_t replicas, const std::string& image) {
  return Json{{"apiVersion", "apps/v1"},
              {"kind", "Deployment"},
              {"metadata", {{"name", "web"}}},
              {"spec",
               {{"replicas", replicas},
                {"selector", {{"matchLabels", {{"app", "web"}}}}},
                {"template",
                 {{"metadata", {{"labels", {{"app", "web"}}}}},
                  {"spec", {{"containers", Json::array({{{"name", "c"}, {"image", image}}})}}}}}}}};
}

TEST_F(ServerTest, AppliersOwnFieldsConflictAndLetGo) {
  const std::string path = std::string(kDeployments) + "/web";
  const std::string type = "application/apply-patch+yaml";
  const Json made = json("PATCH", path + "?fieldManager=a", apply_config(2, "nginx:1"), type);
  ASSERT_EQ(last_status, 201) << made;
  ASSERT_EQ(made["metadata"]["managedFields"].size(), 1U);
  const Json& owned = made["metadata"]["managedFields"][0]["fieldsV1"];
  EXPECT_EQ(owned["f:spec"]["f:template"]["f:spec"]["f:containers"][R"(k:{"name":"c"})"],
            Json::parse(R"({".":{},"f:image":{},"f:name":{}})"));
  EXPECT_EQ(json("PATCH", path + "?fieldManager=a", apply_config(2, "nginx:1"), type), made)
      << "no change, no write";

  const Json refused = json("PATCH", path + "?fieldManager=b", apply_config(3, "nginx:1"), type);
  EXPECT_EQ(last_status, 409);
  EXPECT_EQ(refused["message"],
            "Apply failed with 1 conflict: conflict with \"a\": .spec.replicas");
  EXPECT_EQ(refused["details"]["causes"][0]["field"], ".spec.replicas");
  const Json forced =
      json("PATCH", path + "?fieldManager=b&force=true", apply_config(3, "nginx:1"), type);
  EXPECT_EQ(last_status, 200);
  EXPECT_EQ(forced["spec"]["replicas"], 3);
  EXPECT_FALSE(forced["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"].contains("f:replicas"));

  json("PATCH", path + "?fieldManager=tool", Json{{"spec", {{"replicas", 7}}}},
       "application/merge-patch+json");
  const Json late = json("PATCH", path + "?fieldManager=b", apply_config(3, "nginx:1"), type);
  EXPECT_EQ(last_status, 409);
  EXPECT_EQ(late["message"],
            "Apply failed with 1 conflict: conflict with \"tool\" using apps/v1: "
            ".spec.replicas");
  json("PATCH", path, apply_config(3, "nginx:1"), type);
  EXPECT_EQ(last_status, 422);
}

TEST_F(ServerTest, WhatAnApplierNoLongerWantsGoes) {
  const std::string path = std::string(kMaps) + "/m";
  const std::string type = "application/apply-patch+yaml";
  json("PATCH", path + "?fieldManager=a", config_map("m", Json{{"a", "1"}, {"b", "2"}}), type);
  json("PATCH", path + "?fieldManager=other", config_map("m", Json{{"b", "2"}, {"c", "3"}}), type);
  const Json after =
      json("PATCH", path + "?fieldManager=a", config_map("m", Json{{"d", "4"}}), type);
  EXPECT_EQ(after["data"], (Json{{"b", "2"}, {"c", "3"}, {"d", "4"}}));
}

TEST_F(ServerTest, WhatHasAnotherOwnerOutlivesAForegroundDeletion) {
  const std::string maps = "/api/v1/namespaces/default/configmaps";
  const auto owned = [&](const std::string& name, const std::vector<std::string>& owners) {
    Json map = config_map(name);
    for (const std::string& owner : owners)
      map["metadata"]["ownerReferences"].push_back(
          {{"apiVersion", "v1"},
           {"kind", "ConfigMap"},
           {"name", owner},
           {"uid", json("GET", maps + "/" + owner)["metadata"]["uid"]},
           {"blockOwnerDeletion", true}});
    json("POST", maps, map);
    ASSERT_EQ(last_status, 201);
  };
  owned("going", {});
  owned("staying", {});
  owned("of-both", {"going", "staying"});
  owned("of-one", {"going"});
  json("DELETE", maps + "/going", Json{{"propagationPolicy", "Foreground"}});
  run(std::chrono::seconds(5));
  json("GET", maps + "/going");
  EXPECT_EQ(last_status, 404);
  json("GET", maps + "/of-one");
  EXPECT_EQ(last_status, 404);
  const Json kept = json("GET", maps + "/of-both");
  EXPECT_EQ(last_status, 200);
  EXPECT_EQ(kept["metadata"]["ownerReferences"].size(), 1U);
  EXPECT_FALSE(kept["metadata"].contains("deletionTimestamp"));
}

}  // namespace
}  // namespace spokelab::fakeapi
