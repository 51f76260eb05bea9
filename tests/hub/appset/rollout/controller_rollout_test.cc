// Rollouts by the ApplicationSet controller against an API server: what it writes, and when.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/duration.h"
#include "base/json.h"
#include "tests/hub/appset/controller_fixture.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;

const char* const kFleet = R"(
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: fleet, namespace: argocd}
spec:
  generators:
  - list:
      elements: [{name: staging}, {name: dr}, {name: prod}]
  strategy:
    type: RollingSync
    deletionOrder: Reverse
    rollingSync:
      steps:
      - matchExpressions: [{key: env, operator: In, values: [staging]}]
      - matchExpressions: [{key: env, operator: In, values: [prod, dr]}]
        maxUpdate: 1
  template:
    metadata: {name: "web-{{name}}", labels: {env: "{{name}}"}}
    spec:
      project: default
      source: {repoURL: r, path: p}
      destination: {name: "{{name}}"}
      syncPolicy: {automated: {prune: true}}
)";

class AppSetRollouts : public AppSetControllers {
 protected:
  /// What the application controller would write down after a look.
  void show(const std::string& name, const char* sync, const char* health,
            const char* revision = "r1") {
    patch("applications", name,
          Json{{"status",
                {{"sync", {{"status", sync}, {"revision", revision}}},
                 {"health", {{"status", health}}},
                 {"reconciledAt", now()}}}});
    world_.run_for(1s);
  }
  /// What it would write down when it takes an operation up, and when that ends.
  void take_up(const std::string& name) {
    const Json operation = app(name).value("operation", Json());
    ASSERT_FALSE(operation.is_null()) << name;
    patch("applications", name,
          Json{{"operation", nullptr},
               {"status",
                {{"operationState",
                  {{"phase", "Running"}, {"startedAt", now()}, {"operation", operation}}},
                 {"reconciledAt", now()}}}});
    world_.run_for(1s);
  }
  void end(const std::string& name, const char* phase = "Succeeded") {
    patch("applications", name,
          Json{{"status", {{"operationState", {{"phase", phase}}}, {"reconciledAt", now()}}}});
    world_.run_for(1s);
  }
  /// A whole sync.
  void sync(const std::string& name, const char* revision = "r1") {
    take_up(name);
    end(name);
    show(name, "Synced", "Healthy", revision);
  }
  std::string now() { return format_rfc3339(process_.clock().wall_now()); }
  std::string rollout() const {
    std::string line;
    const Json object = set("fleet");
    const Json* statuses = find(object, {"status", "applicationStatus"});
    if (statuses == nullptr) return "none";
    for (const Json& one : *statuses) {
      line += (line.empty() ? "" : " ") + text_at(one, {"application"}).substr(4) + ":" +
              text_at(one, {"status"}) + "/" + text_at(one, {"step"});
    }
    return line;
  }
  bool is_told_to_sync(const std::string& name) const { return app(name).contains("operation"); }
  void show_all(const char* revision) {
    for (const char* name : {"web-staging", "web-dr", "web-prod"}) {
      show(name, "OutOfSync", "Healthy", revision);
    }
  }
};

TEST_F(AppSetRollouts, GoStepByStepAndSayHowFarTheyAre) {
  start();
  apply_yaml(kFleet);
  world_.run_for(1s);
  EXPECT_EQ(apps(), (std::vector<std::string>{"web-dr", "web-prod", "web-staging"}));
  EXPECT_EQ(app("web-prod")["spec"]["syncPolicy"]["automated"],
            Json::parse(R"({"enabled": false, "prune": true})"));
  show_all("r1");
  EXPECT_EQ(rollout(), "dr:Waiting/2 prod:Waiting/2 staging:Pending/1");
  EXPECT_EQ(condition("fleet", "RolloutProgressing"),
            "True ApplicationSetModified ApplicationSet is performing rollout of step 1");
  EXPECT_EQ(set("fleet")["status"]["health"]["status"], "Progressing");
  EXPECT_TRUE(is_told_to_sync("web-staging"));
  EXPECT_FALSE(is_told_to_sync("web-dr"));
  EXPECT_EQ(app("web-staging")["operation"]["sync"]["prune"], true);

  take_up("web-staging");
  end("web-staging");
  EXPECT_EQ(rollout(), "dr:Waiting/2 prod:Waiting/2 staging:Progressing/1");
  show("web-staging", "Synced", "Healthy");
  EXPECT_EQ(rollout(), "dr:Pending/2 prod:Waiting/2 staging:Healthy/1");
  EXPECT_EQ(condition("fleet", "RolloutProgressing"),
            "True ApplicationSetModified ApplicationSet is performing rollout of step 2");
  EXPECT_FALSE(is_told_to_sync("web-prod"));  // maxUpdate: 1
  sync("web-dr");
  EXPECT_EQ(rollout(), "dr:Healthy/2 prod:Pending/2 staging:Healthy/1");
  sync("web-prod");
  EXPECT_EQ(rollout(), "dr:Healthy/2 prod:Healthy/2 staging:Healthy/1");
  EXPECT_EQ(condition("fleet", "RolloutProgressing"),
            "False ApplicationSetRolloutComplete ApplicationSet Rollout has completed");
  EXPECT_EQ(set("fleet")["status"]["health"]["status"], "Healthy");
  EXPECT_EQ(told("appset.fleet.rollout").back(), "complete");
  EXPECT_EQ(told("app.web-prod.rollout"),
            (std::vector<std::string>{"Waiting", "Pending", "Progressing", "Healthy"}));
}

TEST_F(AppSetRollouts, ANewCommitStartsAnotherOne) {
  start();
  apply_yaml(kFleet);
  world_.run_for(1s);
  show_all("r1");
  for (const char* name : {"web-staging", "web-dr", "web-prod"}) sync(name);
  EXPECT_EQ(rollout(), "dr:Healthy/2 prod:Healthy/2 staging:Healthy/1");
  EXPECT_FALSE(is_told_to_sync("web-staging"));
  show_all("r2");
  EXPECT_EQ(rollout(), "dr:Waiting/2 prod:Waiting/2 staging:Pending/1");
  sync("web-staging", "r2");
  EXPECT_EQ(rollout(), "dr:Pending/2 prod:Waiting/2 staging:Healthy/1");
}

TEST_F(AppSetRollouts, AStepThatDoesNotBecomeHealthyHoldsTheRestBack) {
  start();
  apply_yaml(kFleet);
  world_.run_for(1s);
  show_all("r1");
  take_up("web-staging");
  end("web-staging", "Failed");
  show("web-staging", "OutOfSync", "Degraded");
  world_.run_for(1h);
  EXPECT_EQ(rollout(), "dr:Waiting/2 prod:Waiting/2 staging:Progressing/1");
  EXPECT_FALSE(is_told_to_sync("web-dr"));
}

TEST_F(AppSetRollouts, AreLeftAloneWhenNothingMoves) {
  start();
  apply_yaml(kFleet);
  world_.run_for(1s);
  show_all("r1");
  sync("web-staging");
  const int calm = writes_;
  world_.run_for(1h);
  EXPECT_EQ(writes_, calm);
  process_.kill();
  world_.settle();
  process_.start();
  world_.run_for(1h);
  EXPECT_EQ(writes_, calm);
  EXPECT_EQ(rollout(), "dr:Pending/2 prod:Waiting/2 staging:Healthy/1");
}

TEST_F(AppSetRollouts, HaveNoEffectWhileProgressiveSyncsAreOff) {
  profile_.progressive_syncs = false;
  start();
  apply_yaml(kFleet);
  world_.run_for(1s);
  show_all("r1");
  EXPECT_EQ(rollout(), "none");
  EXPECT_EQ(condition("fleet", "RolloutProgressing"), "");
  EXPECT_EQ(app("web-prod")["spec"]["syncPolicy"]["automated"], Json::parse(R"({"prune": true})"));
  EXPECT_EQ(told("appset.fleet"), (std::vector<std::string>{"without-effect", "generated"}));
}

TEST_F(AppSetRollouts, EndWithTheStrategy) {
  start();
  apply_yaml(kFleet);
  world_.run_for(1s);
  show_all("r1");
  patch("applicationsets", "fleet", Json::parse(R"({"spec": {"strategy": null}})"));
  world_.run_for(1s);
  EXPECT_EQ(rollout(), "none");
  EXPECT_EQ(condition("fleet", "RolloutProgressing"), "");
  EXPECT_EQ(app("web-prod")["spec"]["syncPolicy"]["automated"], Json::parse(R"({"prune": true})"));
}

TEST_F(AppSetRollouts, WithArgoCdsTimesAnOperationOfTheSameSecondDoesNotCount) {
  profile_.rollout_trusts_own_operation = false;
  start();
  apply_yaml(kFleet);
  world_.run_for(1s);
  show("web-staging", "OutOfSync", "Missing");
  ASSERT_TRUE(is_told_to_sync("web-staging"));
  const std::string since =
      text_at(set("fleet")["status"]["applicationStatus"][0], {"lastTransitionTime"});
  const Json operation = app("web-staging")["operation"];
  const auto run = [&](const std::string& at, const char* phase) {
    patch("applications", "web-staging",
          Json{{"operation", nullptr},
               {"status",
                {{"reconciledAt", now()},
                 {"operationState",
                  {{"phase", phase}, {"startedAt", at}, {"operation", operation}}}}}});
    world_.run_for(1s);
  };
  run(since, "Running");
  run(since, "Succeeded");
  EXPECT_TRUE(rollout().ends_with("staging:Pending/1")) << rollout();
  EXPECT_TRUE(is_told_to_sync("web-staging"));  // once more
  run(now(), "Running");
  EXPECT_TRUE(rollout().ends_with("staging:Progressing/1")) << rollout();
}

TEST_F(AppSetRollouts, DeletionGoesTheOtherWayRoundOneByOne) {
  start();
  apply_yaml(kFleet);
  world_.run_for(1s);
  EXPECT_EQ(set("fleet")["metadata"]["finalizers"],
            Json::array({"resources-finalizer.argocd.argoproj.io"}));
  ASSERT_TRUE(server_.remove("admin", "applicationsets.argoproj.io", "argocd", "fleet"));
  world_.run_for(30s);
  EXPECT_EQ(apps(), (std::vector<std::string>{"web-dr (deleting)", "web-prod", "web-staging"}));
  drop_finalizers("web-dr");
  world_.run_for(1s);
  EXPECT_EQ(apps(), (std::vector<std::string>{"web-prod (deleting)", "web-staging"}));
  world_.run_for(3min);  // nobody cascades: that is told, and waited for
  EXPECT_EQ(apps(), (std::vector<std::string>{"web-prod (deleting)", "web-staging"}));
  const auto facts = told("appset.fleet");
  EXPECT_NE(std::find(facts.begin(), facts.end(), "deletion-stuck"), facts.end());
  drop_finalizers("web-prod");
  world_.run_for(1s);
  EXPECT_EQ(apps(), (std::vector<std::string>{"web-staging (deleting)"}));
  EXPECT_FALSE(set("fleet").is_null());
  drop_finalizers("web-staging");
  world_.run_for(1s);
  EXPECT_TRUE(set("fleet").is_null());
}

TEST_F(AppSetRollouts, AnInvalidApplicationIsWithheldAndHoldsItsSuccessorsBack) {
  start();
  apply_yaml(kFleet);
  patch("applicationsets", "fleet", Json::parse(R"({"spec": {"generators": [{"list": {"elements":
      [{"name": "staging"}, {"name": "nowhere"}, {"name": "prod"}]}}],
      "strategy": {"rollingSync": {"steps": [
        {"matchExpressions": [{"key": "env", "operator": "In", "values": ["staging", "nowhere"]}]},
        {"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}]}]}}}})"));
  world_.run_for(1s);
  for (const char* name : {"web-staging", "web-prod"}) show(name, "OutOfSync", "Missing");
  sync("web-staging");
  EXPECT_EQ(rollout(), "prod:Waiting/2 staging:Healthy/1");
  EXPECT_EQ(condition("fleet", "ErrorOccurred"),
            "True ApplicationValidationError application destination spec is invalid: there are no "
            "clusters with this name: nowhere");
  EXPECT_EQ(set("fleet")["status"]["health"]["status"], "Degraded");
}

}  // namespace
}  // namespace spokelab::hub
