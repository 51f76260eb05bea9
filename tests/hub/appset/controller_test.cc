// The ApplicationSet controller against an API server in a simulated world.
#include "hub/appset/controller.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/hub/appset/controller_fixture.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;

using Names = std::vector<std::string>;

TEST_F(AppSetControllers, MakesOneApplicationForEachLabelledCluster) {
  start();
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
  start();
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
  start();
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
  start();
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  clusters_.remove("prod");
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-staging"}));
  EXPECT_EQ(told("appset.agent-multi-cluster"),
            (Names{"generated", "generated", "finalizer-removed", "deleted"}));
}

TEST_F(AppSetControllers, DriftIsRevertedAtOnce) {
  start();
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch("applications", "agent-dr",
        Json::parse(R"({"spec": {"source": {"targetRevision": "v0"}}})"));
  world_.run_for(1s);
  const JsonRef app = server_.get("applications.argoproj.io", "argocd", "agent-dr");
  EXPECT_EQ((*app)["spec"]["source"]["targetRevision"], "main");
}

TEST_F(AppSetControllers, TheDeletionBudgetHoldsAWrongSelectorBack) {
  start();
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
  start();
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
  start();
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
  start();
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

TEST_F(AppSetControllers, WhileSomethingCannotBeWrittenNothingIsDeleted) {
  start();
  apply("agent-multi-cluster-appset.yaml");
  world_.run_for(1s);
  patch(
      "applicationsets", "agent-multi-cluster",
      Json::parse(R"({"metadata": {"annotations": {"spokelab.dev/deletion-budget-percent": "100"}},
            "spec": {"generators": [{"list": {"elements": [
              {"name": "No_Name", "metadata.labels.env": "e", "server": "https://dr:6443"},
              {"name": "new", "metadata.labels.env": "e", "server": "https://dr:6443"}]}}]}})"));
  world_.run_for(1s);
  // What can be written is; the others of the set stay.
  EXPECT_EQ(apps(), (Names{"agent-dr", "agent-new", "agent-prod", "agent-staging"}));
  EXPECT_TRUE(
      condition("agent-multi-cluster", "ErrorOccurred").starts_with("True UpdateApplicationError "))
      << condition("agent-multi-cluster", "ErrorOccurred");
  patch("applicationsets", "agent-multi-cluster",
        Json::parse(R"({"spec": {"generators": [{"list": {"elements": [
              {"name": "new", "metadata.labels.env": "e", "server": "https://dr:6443"}]}}]}})"));
  world_.run_for(1s);
  EXPECT_EQ(apps(), (Names{"agent-dr (deleting)", "agent-new", "agent-prod (deleting)",
                           "agent-staging (deleting)"}));
  EXPECT_TRUE(condition("agent-multi-cluster", "ErrorOccurred").starts_with("False "));
}

TEST_F(AppSetControllers, AnApiServerAwayForAWhileIsCaughtUpWith) {
  start();
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
