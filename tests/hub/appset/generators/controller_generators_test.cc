// Generators that look outside, asked by the controller: plugins over the network, decisions in the
// hub's API server, and how the controller was started.
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/hub/appset/controller_fixture.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

/// A plugin that answers with what a test sets, and remembers what it was asked.
class FakePlugin : public HttpHandler {
 public:
  HttpReply handle(const HttpRequest& request, const HttpPeer&) override {
    asked.push_back(request);
    HttpReply reply;
    reply.response.status = status;
    reply.response.body = Body(body);
    reply.never = silent;
    return reply;
  }
  std::vector<HttpRequest> asked;
  int status = 200;
  std::string body;
  bool silent = false;
};

const char* const kPluginSet = R"(
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shop, namespace: argocd}
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
  - plugin:
      configMapRef: {name: shop-plugin}
      input: {parameters: {region: eu, count: 2}}
      requeueAfterSeconds: 60
  template:
    metadata: {name: "shop-{{.where}}", annotations: {region: "{{.generator.input.parameters.region}}"}}
    spec:
      project: default
      source: {repoURL: r, path: "{{.size.path}}"}
      destination: {name: "{{.where}}"}
)";

class AppSetPlugins : public AppSetControllers {
 protected:
  AppSetPlugins() {
    network_.serve("plugin", 8080, plugin_, std::nullopt);
    plugin_.body =
        R"({"output": {"parameters": [{"where": "prod", "size": {"path": "big"}},
                                      {"where": "dr", "size": {"path": "small"}}]}})";
    admin(Json{{"apiVersion", "v1"},
               {"kind", "Secret"},
               {"metadata", {{"name", "shop"}, {"namespace", "argocd"}}},
               {"data", {{"token", "czNjcmV0"}}}});
  }
  void point_to(const std::string& url) {
    admin(Json{{"apiVersion", "v1"},
               {"kind", "ConfigMap"},
               {"metadata", {{"name", "shop-plugin"}, {"namespace", "argocd"}}},
               {"data", {{"baseUrl", url}, {"token", "$shop:token"}, {"requestTimeout", "5"}}}});
  }
  std::string error() const { return condition("shop", "ErrorOccurred"); }

  FakePlugin plugin_;
};

TEST_F(AppSetPlugins, AreAskedOverTheNetworkAgainAndAgain) {
  point_to("http://plugin:8080/v2");
  start();
  apply_yaml(kPluginSet);
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"shop-dr", "shop-prod"}));
  EXPECT_EQ(app("shop-prod")["spec"]["source"]["path"], "big");
  EXPECT_EQ(app("shop-prod")["metadata"]["annotations"]["region"], "eu");
  ASSERT_EQ(plugin_.asked.size(), 1u);
  const HttpRequest& request = plugin_.asked.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v2/api/v1/getparams.execute");
  EXPECT_EQ(*request.headers.find("Authorization"), "Bearer s3cret");
  EXPECT_EQ(Json::parse(request.body.bytes()), Json::parse(R"({"applicationSetName": "shop",
      "input": {"parameters": {"region": "eu", "count": 2}}})"));
  plugin_.body = R"({"output": {"parameters": [{"where": "staging", "size": {"path": "x"}},
                     {"where": "prod", "size": {"path": "y"}}, {"where": "dr", "size": {"path": "z"}}]}})";
  world_.run_for(61s);
  // Once by the timer, and once more since Applications were rewritten, as in Argo CD.
  EXPECT_EQ(plugin_.asked.size(), 3u);
  EXPECT_EQ(apps(), (Names{"shop-dr", "shop-prod", "shop-staging"}));
  EXPECT_EQ(app("shop-prod")["spec"]["source"]["path"], "y");
}

TEST_F(AppSetPlugins, ThatFailDeleteNothingAndSayWhy) {
  point_to("http://plugin:8080");
  start();
  apply_yaml(kPluginSet);
  world_.run_for(1s);
  const std::string from =
      "True ApplicationGenerationFromParamsError error listing params: error get api 'shop': ";
  plugin_.status = 500;
  plugin_.body = R"({"message": "out of order"})";
  world_.run_for(61s);
  EXPECT_EQ(error(), from + "API error with status code 500: out of order");
  EXPECT_EQ(apps(), (Names{"shop-dr", "shop-prod"}));
  plugin_.status = 200;
  plugin_.body = "no json";
  world_.run_for(3min);
  EXPECT_TRUE(error().starts_with(from)) << error();
  EXPECT_TRUE(error().ends_with(": no json")) << error();
  plugin_.silent = true;
  world_.run_for(3min + 10s);
  EXPECT_EQ(error(), from +
                         "Post \"http://plugin:8080/api/v1/getparams.execute\": context deadline "
                         "exceeded (Client.Timeout exceeded while awaiting headers)");
  network_.set_up("plugin", 8080, false);
  world_.run_for(4min);
  EXPECT_NE(error().find("connection refused"), std::string::npos) << error();
  EXPECT_EQ(apps(), (Names{"shop-dr", "shop-prod"}));
  network_.set_up("plugin", 8080, true);
  plugin_.silent = false;
  plugin_.body = R"({"output": {"parameters": [{"where": "prod", "size": {"path": "big"}}]}})";
  world_.run_for(4min);
  EXPECT_TRUE(error().starts_with("False ")) << error();
}

TEST_F(AppSetPlugins, AtAddressesThatAreNoneAreErrors) {
  const std::pair<const char*, const char*> cases[] = {
      {"http://nowhere",
       "error get api 'shop': Post "
       "\"http://nowhere/api/v1/getparams.execute\": dial tcp: lookup nowhere: no "
       "such host"},
      {"ftp://plugin",
       "error get api 'shop': Post \"ftp://plugin/api/v1/getparams.execute\": "
       "unsupported protocol scheme \"ftp\""},
      {"http:///x",
       "error get api 'shop': Post \"http:///x/api/v1/getparams.execute\": no Host in "
       "request URL"},
      {"http://plugin:port",
       "NewRequest returned unexpected error: parse "
       "\"http://plugin:port/api/v1/getparams.execute\": invalid port "
       "\":port\" after host"}};
  start();
  point_to("http://plugin:8080");
  apply_yaml(kPluginSet);
  for (const auto& [url, expected] : cases) {
    const auto done = server_.merge_patch("admin", "configmaps", "argocd", "shop-plugin",
                                          Json{{"data", {{"baseUrl", url}}}});
    ASSERT_TRUE(done) << done.error().message();
    world_.run_for(4min);
    EXPECT_EQ(
        error(),
        std::string("True ApplicationGenerationFromParamsError error listing params: ") + expected);
  }
}

TEST_F(AppSetControllers, DecisionsInTheHubsApiServerMakeApplications) {
  Json ducks = crd("ducks", "Duck", true);
  ducks["metadata"]["name"] = "ducks.mallard.io";
  ducks["spec"]["group"] = "mallard.io";
  admin(ducks);
  admin(Json::parse(R"({"apiVersion": "v1", "kind": "ConfigMap",
      "metadata": {"name": "pond", "namespace": "argocd"},
      "data": {"apiVersion": "mallard.io/v1alpha1", "kind": "ducks", "statusListKey": "decisions",
               "matchKey": "clusterName"}})"));
  start();
  apply_yaml(R"(
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: ducks, namespace: argocd}
spec:
  generators:
  - clusterDecisionResource:
      configMapRef: pond
      labelSelector: {matchLabels: {pond: north}}
      requeueAfterSeconds: 30
  template:
    metadata: {name: "duck-{{name}}"}
    spec: {project: default, source: {repoURL: r, path: p}, destination: {name: "{{name}}"}}
)");
  world_.run_for(1s);
  EXPECT_EQ(condition("ducks", "ErrorOccurred"),
            "True ApplicationGenerationFromParamsError no clusterDecisionResources found");
  admin(Json::parse(R"({"apiVersion": "mallard.io/v1alpha1", "kind": "Duck",
      "metadata": {"name": "quack", "namespace": "argocd", "labels": {"pond": "north"}},
      "status": {"decisions": []}})"));
  admin(Json::parse(R"({"apiVersion": "mallard.io/v1alpha1", "kind": "Duck",
      "metadata": {"name": "other", "namespace": "argocd", "labels": {"pond": "south"}}})"));
  const auto decide = [this](const char* status) {
    JsonRef duck = server_.get("ducks.mallard.io", "argocd", "quack");
    ASSERT_NE(duck, nullptr);
    const auto done = server_.merge_patch("admin", "ducks.mallard.io", "argocd", "quack",
                                          Json{{"status", Json::parse(status)}}, "status");
    ASSERT_TRUE(done) << done.error().message();
  };
  decide(R"({"decisions": [{"clusterName": "prod"}, {"clusterName": "dr"}]})");
  world_.run_for(3min);
  EXPECT_EQ(apps(), (Names{"duck-dr", "duck-prod"}));
  decide(R"({"decisions": [{"clusterName": "dr"}]})");
  world_.run_for(31s);
  EXPECT_EQ(apps(), (Names{"duck-dr", "duck-prod (deleting)"}));
}

TEST_F(AppSetControllers, AForgeIsNeverAnEmptyAnswer) {
  start();
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch(
      "applicationsets", "agent-multi-cluster",
      Json::parse(
          R"({"spec": {"generators": [{"scmProvider": {"github": {"organization": "acme"}}}]}})"));
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-prod", "agent-staging"}));
  EXPECT_TRUE(
      condition("agent-multi-cluster", "ErrorOccurred")
          .starts_with("True ApplicationGenerationFromParamsError the scmProvider generator "
                       "is not available offline: github "));
}

TEST_F(AppSetControllers, UnknownGeneratorsAreTold) {
  start();
  apply_yaml(R"(
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: odd, namespace: argocd}
spec:
  generators: [{clustres: {}}, {list: {elements: []}}]
  template: {metadata: {name: x}, spec: {project: default, destination: {name: prod}}}
)");
  world_.run_for(1s);
  EXPECT_EQ(told("appset.odd"), Names{"without-effect"});
}

TEST_F(AppSetControllers, ADryRunWritesNothing) {
  profile_.appset_dry_run = true;
  start();
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1min);
  EXPECT_EQ(apps(), Names{});
  EXPECT_EQ(condition("agent-multi-cluster", "ErrorOccurred"), "");
  EXPECT_EQ(told("appset.agent-multi-cluster"),
            (Names{"generated", "dry-run", "dry-run", "dry-run"}));
}

TEST_F(AppSetControllers, TheControllersPolicyBindsAllUnlessTheyMayOverrideIt) {
  profile_.appset_policy = "create-only";
  start();
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  const auto rename = [this](const char* path) {
    patch("applicationsets", "agent-multi-cluster",
          Json{{"spec", {{"template", {{"spec", {{"source", {{"path", path}}}}}}}}}});
    world_.run_for(1s);
  };
  const std::string before = app("agent-dr")["spec"]["source"]["path"];
  rename("elsewhere");
  EXPECT_EQ(app("agent-dr")["spec"]["source"]["path"], before);
  patch("applicationsets", "agent-multi-cluster",
        Json::parse(R"({"spec": {"syncPolicy": {"applicationsSync": "sync"}}})"));
  world_.run_for(1s);
  EXPECT_EQ(app("agent-dr")["spec"]["source"]["path"], before);
  process_.kill();
  world_.settle();
  profile_.appset_policy_override = true;
  process_.start();
  world_.run_for(1s);
  EXPECT_EQ(app("agent-dr")["spec"]["source"]["path"], "elsewhere");
}

TEST_F(AppSetControllers, PreservesWhatItIsToldToPreserveEverywhere) {
  profile_.appset_preserved_annotations = {"mine"};
  profile_.appset_preserved_labels = {"team"};
  start();
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch("applications", "agent-dr",
        Json::parse(R"({"metadata": {"annotations": {"mine": "1", "other": "2"},
                                     "labels": {"team": "a", "x": "y"}}})"));
  world_.run_for(1s);
  const Json metadata = app("agent-dr")["metadata"];
  EXPECT_EQ(metadata["annotations"]["mine"], "1");
  EXPECT_FALSE(metadata["annotations"].contains("other"));
  EXPECT_EQ(metadata["labels"]["team"], "a");
  EXPECT_FALSE(metadata["labels"].contains("x"));
}

}  // namespace
}  // namespace spokelab::hub
