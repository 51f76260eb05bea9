// The ApplicationSet controller against an API server in a simulated world.
#include "hub/appset/controller.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/yaml.h"
#include "fakeapi/api_server.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/world.h"
#include "tests/hub/fake_cluster_set.h"
#include "tests/hub/fake_repos.h"
#include "tests/support/places.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;

Json crd(const std::string& plural, const std::string& kind, bool status) {
  Json version = {{"name", "v1alpha1"},
                  {"served", true},
                  {"storage", true},
                  {"schema",
                   {{"openAPIV3Schema",
                     {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}}}}}};
  if (status) version["subresources"] = Json{{"status", Json::object()}};
  std::string singular = kind;
  for (char& symbol : singular) symbol = static_cast<char>(std::tolower(symbol));
  return Json{
      {"apiVersion", "apiextensions.k8s.io/v1"},
      {"kind", "CustomResourceDefinition"},
      {"metadata", {{"name", plural + ".argoproj.io"}}},
      {"spec",
       {{"group", "argoproj.io"},
        {"scope", "Namespaced"},
        {"names",
         {{"plural", plural}, {"singular", singular}, {"kind", kind}, {"listKind", kind + "List"}}},
        {"versions", Json::array({version})}}}};
}

class AppSetControllers : public ::testing::Test {
 protected:
  AppSetControllers() {
    network_.add_node("hub", "east");
    network_.add_node("hub-0", "east");
    network_.serve("hub", 6443, server_, std::nullopt);
    admin(crd("applications", "Application", false));
    admin(crd("applicationsets", "ApplicationSet", true));
    admin(crd("appprojects", "AppProject", false));
    admin(Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "argocd"}}}});
    for (const char* name : {"prod", "staging", "dr"}) {
      clusters_.put(name, {{"env", name}, {"deploy", "true"}});
    }
    server_.subscribe([this](const fakeapi::Change& change) {
      if (change.group_resource.ends_with(".argoproj.io")) ++writes_;
    });
    process_.start();
    world_.run_for(1s);
  }
  ~AppSetControllers() override {
    process_.kill();
    world_.settle();
  }

  void admin(Json object) {
    const auto created = server_.create("admin", std::move(object));
    ASSERT_TRUE(created) << created.error().message();
  }
  void apply(const std::string& file) {
    std::ifstream in(test::source_dir() + "/scenarios/repos/agent/argocd/" + file);
    std::stringstream text;
    text << in.rdbuf();
    auto object = parse_yaml(text.str());
    ASSERT_TRUE(object);
    admin(*object);
  }
  std::vector<std::string> apps() const {
    std::vector<std::string> names;
    for (const JsonRef& app : server_.list("applications.argoproj.io", "argocd")) {
      std::string name = text_at(*app, {"metadata", "name"});
      if (find(*app, {"metadata", "deletionTimestamp"}) != nullptr) name += " (deleting)";
      names.push_back(name);
    }
    return names;
  }
  Json set(const std::string& name) const {
    const JsonRef object = server_.get("applicationsets.argoproj.io", "argocd", name);
    return object ? *object : Json();
  }
  std::string condition(const std::string& name, const std::string& type) const {
    const Json object = set(name);
    for (const Json& one : object.at("status").at("conditions")) {
      if (one["type"] == type) {
        return one["status"].get<std::string>() + " " + one["reason"].get<std::string>() + " " +
               one["message"].get<std::string>();
      }
    }
    return "";
  }
  void patch(const std::string& resource, const std::string& name, const Json& change) {
    const auto done =
        server_.merge_patch("admin", resource + ".argoproj.io", "argocd", name, change);
    ASSERT_TRUE(done) << done.error().message();
  }
  void drop_finalizers(const std::string& app) {
    patch("applications", app, Json::parse(R"({"metadata": {"finalizers": null}})"));
  }
  std::vector<std::string> told(const std::string& subject) const {
    std::vector<std::string> values;
    for (const Event& event : history_.events()) {
      if (event.subject == subject) values.push_back(event.value);
    }
    return values;
  }

  Task<void> main(int) {
    kube::ClientConfig config;
    config.endpoint.host = "hub";
    config.endpoint.port = 6443;
    config.endpoint.tls = false;
    config.bearer_token = "secret";
    const auto dialer = network_.dialer("hub-0", process_.clock());
    kube::Client client(process_.clock(), *dialer, config);
    ManifestSource manifests(process_.clock(), Rng(2), profile_, repos_);
    const ControllerPorts ports{process_.clock(), history_, client,   clusters_, manifests,
                                repos_,           profile_, "argocd", "hub-0"};
    AppSetController controller(ports, Rng(3));
    co_await controller.run();
  }
  static fakeapi::ApiServerSettings settings() {
    fakeapi::ApiServerSettings settings;
    settings.cluster = "hub";
    settings.admin_token = "secret";
    return settings;
  }

  sim::World world_;
  sim::Network network_{world_, Rng(1)};
  History history_{world_};
  fakeapi::ApiServer server_{world_, Rng(1), history_, settings()};
  FakeClusterSet clusters_;
  FakeRepos repos_;
  Profile profile_;
  int writes_ = 0;
  sim::Process process_{world_, "hub-0", [this](int incarnation) { return main(incarnation); }};
};

using Names = std::vector<std::string>;

TEST_F(AppSetControllers, MakesOneApplicationForEachLabelledCluster) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-prod", "agent-staging"}));
  EXPECT_EQ(condition("agent-multi-cluster", "ErrorOccurred"),
            "False ApplicationSetUpToDate All applications have been generated successfully");
  EXPECT_EQ(condition("agent-multi-cluster", "ResourcesUpToDate"),
            "True ApplicationSetUpToDate All applications have been generated successfully");
  EXPECT_EQ(set("agent-multi-cluster")["status"]["resourcesCount"], 3);
  EXPECT_EQ(told("appset.agent-multi-cluster"), Names{"generated"});
  EXPECT_EQ(told("app.agent-prod"), Names{"created"});
}

TEST_F(AppSetControllers, WritesNothingWhenNothingChanges) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  const int calm = writes_;
  clusters_.put("prod", {{"env", "prod"}, {"deploy", "true"}});  // the Secret was touched
  world_.run_for(1h);
  EXPECT_EQ(writes_, calm);
  process_.kill();
  world_.settle();
  const std::size_t events = history_.events().size();
  process_.start();
  world_.run_for(1h);
  EXPECT_EQ(writes_, calm);
  EXPECT_EQ(history_.events().size(), events);
}

TEST_F(AppSetControllers, AClusterThatLosesItsLabelLosesItsApplication) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  clusters_.put("prod", {{"env", "prod"}});
  world_.run_for(1s);
  // The template's finalizer holds it until the application controller has cascaded.
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-prod (deleting)", "agent-staging"}));
  EXPECT_EQ(told("app.agent-prod"), Names{"created"});
  drop_finalizers("agent-prod");
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-staging"}));
  EXPECT_EQ(told("app.agent-prod"), (Names{"created", "removed"}));
  clusters_.put("prod", {{"env", "prod"}, {"deploy", "true"}});
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-prod", "agent-staging"}));
}

TEST_F(AppSetControllers, AnUnregisteredClusterLeavesItsWorkloadBehind) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  clusters_.remove("prod");
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-staging"}));
  EXPECT_EQ(told("appset.agent-multi-cluster"),
            (Names{"generated", "generated", "finalizer-removed", "deleted"}));
}

TEST_F(AppSetControllers, DriftIsRevertedAtOnce) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch("applications", "agent-dr",
        Json::parse(R"({"spec": {"source": {"targetRevision": "v0"}}})"));
  world_.run_for(1s);
  const JsonRef app = server_.get("applications.argoproj.io", "argocd", "agent-dr");
  EXPECT_EQ((*app)["spec"]["source"]["targetRevision"], "main");
}

TEST_F(AppSetControllers, TheDeletionBudgetHoldsAWrongSelectorBack) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch(
      "applicationsets", "agent-multi-cluster",
      Json::parse(
          R"({"spec": {"generators": [{"clusters": {"selector": {"matchLabels": {"deploy": "yes"}}}}]}})"));
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-prod", "agent-staging"}));
  EXPECT_TRUE(condition("agent-multi-cluster", "ErrorOccurred")
                  .starts_with("True DeletionBudgetExceeded 3 of 3 Applications would be deleted"));
  EXPECT_EQ(set("agent-multi-cluster")["status"]["health"]["status"], "Degraded");
  EXPECT_EQ(told("appset.agent-multi-cluster.error"), Names{"DeletionBudgetExceeded"});
  patch("applicationsets", "agent-multi-cluster",
        Json::parse(
            R"({"metadata": {"annotations": {"spokelab.dev/deletion-budget-percent": "100"}}})"));
  world_.run_for(1s);
  EXPECT_EQ(apps().front(), "agent-dr (deleting)");
  EXPECT_EQ(told("appset.agent-multi-cluster.error"), (Names{"DeletionBudgetExceeded", "none"}));
}

TEST_F(AppSetControllers, AGeneratorsErrorStopsAllWritesAndHealsByItself) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch("applicationsets", "agent-multi-cluster",
        Json::parse(
            R"({"spec": {"generators": [{"git": {"repoURL": "https://git/x", "revision": "HEAD",
            "files": [{"path": "*.json"}]}}]}})"));
  world_.run_for(1s);
  EXPECT_EQ(apps().size(), 3u);
  EXPECT_TRUE(condition("agent-multi-cluster", "ErrorOccurred")
                  .starts_with("True ApplicationGenerationFromParamsError "));
  EXPECT_TRUE(
      condition("agent-multi-cluster", "ParametersGenerated").starts_with("False ErrorOccurred "));
  repos_.add("https://git/x")
      .commit(
          {{"a.json",
            R"({"name": "dr", "server": "https://dr:6443", "metadata": {"labels": {"env": "dr"}}})"},
           {"b.json",
            R"({"name": "prod", "server": "https://prod:6443", "metadata": {"labels": {"env": "prod"}}})"}});
  world_.run_for(4min);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-prod", "agent-staging (deleting)"}));
  EXPECT_TRUE(condition("agent-multi-cluster", "ErrorOccurred").starts_with("False "));
}

TEST_F(AppSetControllers, AnUnknownDestinationWithholdsOnlyThatApplication) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch("applicationsets", "agent-multi-cluster",
        Json::parse(R"({"spec": {"generators": [{"list": {"elements": [
            {"name": "prod", "metadata.labels.env": "e", "server": "https://prod:6443"}, {"name": "dr", "metadata.labels.env": "e", "server": "https://dr:6443"},
            {"name": "staging", "metadata.labels.env": "e", "server": "https://gone:6443"}, {"name": "new", "metadata.labels.env": "e", "server": "https://dr:6443"}]}}]}})"));
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-new", "agent-prod", "agent-staging"}));
  EXPECT_TRUE(condition("agent-multi-cluster", "ErrorOccurred")
                  .starts_with(
                      "True ApplicationValidationError application destination spec is invalid: "));
}

TEST_F(AppSetControllers, DeletionUnderCreateOnlyLetsTheApplicationsGoFree) {
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch("applicationsets", "agent-multi-cluster",
        Json::parse(R"({"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io"]},
                        "spec": {"syncPolicy": {"applicationsSync": "create-only"}}})"));
  world_.run_for(1s);
  ASSERT_TRUE(
      server_.remove("admin", "applicationsets.argoproj.io", "argocd", "agent-multi-cluster"));
  world_.run_for(1s);
  EXPECT_TRUE(set("agent-multi-cluster").is_null());
  const JsonRef app = server_.get("applications.argoproj.io", "argocd", "agent-dr");
  ASSERT_NE(app, nullptr);
  EXPECT_EQ(find(*app, {"metadata", "ownerReferences"}), nullptr);
}

TEST_F(AppSetControllers, AnApiServerAwayForAWhileIsCaughtUpWith) {
  network_.set_up("hub", 6443, false);
  clusters_.put("late", {{"env", "late"}, {"deploy", "true"}});
  world_.run_for(2min);
  network_.set_up("hub", 6443, true);
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(2min);
  EXPECT_EQ(apps().size(), 4u);
}

}  // namespace
}  // namespace spokelab::hub
