// From an ApplicationSet and clusters to Applications, and from those to writes.
#include "hub/appset/plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/app/finalizers.h"
#include "hub/appset/rendering/render.h"
#include "hub/appset/status.h"
#include "hub/appset/validate.h"
#include "kube/patch.h"
#include "tests/hub/fake_cluster_set.h"
#include "tests/support/places.h"

namespace spokelab::hub {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream in(test::source_dir() + "/" + path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const char* const kSmallSet = R"(
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web, namespace: argocd, uid: set-1}
spec:
  generators: [{clusters: {selector: {matchLabels: {deploy: "true"}}}}]
  template:
    metadata: {name: "web-{{name}}", labels: {env: "{{metadata.labels.env}}"}}
    spec:
      source: {repoURL: r, path: p, helm: {}}
      destination: {name: "{{name}}"}
      syncPolicy: {}
)";

class AppSets : public ::testing::Test {
 protected:
  AppSets() {
    for (const char* name : {"prod", "staging", "dr"}) {
      clusters_.put(name, {{"env", name}, {"deploy", "true"}});
    }
  }
  void set(const std::string& yaml, const Json& patch = Json::object()) {
    auto object = parse_yaml(yaml);
    ASSERT_TRUE(object) << object.error().message();
    kube::apply_merge_patch(*object, patch);
    auto read = read_application_set(freeze(std::move(*object)));
    ASSERT_TRUE(read) << read.error().message();
    set_ = *read;
  }
  Applications make() {
    const auto all = clusters_.all();
    const GeneratorScope scope{set_.dialect, all, facts_, settings_, set_.name, set_.ns, "", 0};
    return make_applications(set_, scope);
  }
  std::vector<Json> made() {
    auto apps = make();
    EXPECT_TRUE(apps) << apps.error().reason << ": " << apps.error().error.message();
    return apps ? *apps : std::vector<Json>{};
  }
  static std::vector<JsonRef> as_live(const std::vector<Json>& apps) {
    std::vector<JsonRef> live;
    for (Json app : apps) {
      app["metadata"]["uid"] = "u";
      app["metadata"]["resourceVersion"] = "7";
      app["status"] = Json{{"sync", {{"status", "Synced"}}}};
      live.push_back(freeze(std::move(app)));
    }
    return live;
  }
  AppPlan plan(const std::vector<Json>& generated, const std::vector<JsonRef>& live,
               const std::set<std::string>& withheld = {}, int budget = 100,
               SettledApps* settled = nullptr) {
    const PlanInput input{
        set_,
        generated,
        withheld,
        live,
        [this](const Json& app) {
          return clusters_.resolve("", text_at(app, {"spec", "destination", "name"})).has_value();
        },
        budget,
        settled};
    return plan_applications(input);
  }

  FakeClusterSet clusters_;
  Facts facts_;
  GeneratorSettings settings_;
  ApplicationSet set_;
};

std::vector<std::string> summary(const AppPlan& plan) {
  std::vector<std::string> lines;
  std::vector<AppChange> all = plan.changes;
  all.insert(all.end(), plan.removals.begin(), plan.removals.end());
  for (const AppChange& change : all) {
    const char* verb = change.action == AppChange::Action::create   ? "create "
                       : change.action == AppChange::Action::update ? "update "
                                                                    : "remove ";
    lines.push_back(verb + change.name);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST_F(AppSets, CompareAnApplicationAgainOnlyWhenItHasChanged) {
  set(kSmallSet);
  const auto generated = made();
  auto live = as_live(generated);
  SettledApps settled;
  EXPECT_TRUE(plan(generated, live, {}, 100, &settled).changes.empty());
  EXPECT_EQ(settled.size(), 3u);
  EXPECT_TRUE(plan(generated, live, {}, 100, &settled).changes.empty());
  Json drifted = *live[0];
  drifted["spec"]["project"] = "another";
  live[0] = freeze(std::move(drifted));
  EXPECT_EQ(plan(generated, live, {}, 100, &settled).changes.size(), 1u);
  EXPECT_EQ(plan(generated, live, {}, 100, &settled).changes.size(), 1u);
}

TEST_F(AppSets, TheFleetManifestGivesOneApplicationACluster) {
  set(file_text("scenarios/repos/agent/argocd/agent-multi-cluster-appset.yaml"));
  const auto apps = made();
  ASSERT_EQ(apps.size(), 3u);
  const Json& prod = apps[1];
  EXPECT_EQ(prod["metadata"]["name"], "agent-prod");
  EXPECT_EQ(prod["metadata"]["namespace"], "argocd");
  EXPECT_EQ(prod["metadata"]["labels"]["env"], "prod");
  EXPECT_EQ(prod["spec"]["source"]["helm"]["releaseName"], "agent-prod");
  EXPECT_EQ(prod["spec"]["source"]["helm"]["valueFiles"],
            Json::parse(R"(["values.yaml", "values-prod.yaml"])"));
  EXPECT_EQ(prod["spec"]["destination"]["server"], "https://prod:6443");
  EXPECT_EQ(prod["spec"]["syncPolicy"]["retry"]["backoff"]["factor"], 2);
  EXPECT_EQ(prod["metadata"]["ownerReferences"][0]["name"], "agent-multi-cluster");
  // The template's own finalizer stands, whatever preserveResourcesOnDeletion says.
  EXPECT_EQ(prod["metadata"]["finalizers"], Json::array({std::string(kResourcesFinalizer)}));
}

TEST_F(AppSets, GeneratorValuesReachBlockScalars) {
  set(file_text("scenarios/repos/agent/argocd/agent-regions-appset.yaml"));
  const auto apps = made();
  ASSERT_EQ(apps.size(), 2u);
  EXPECT_EQ(apps[0]["spec"]["source"]["helm"]["values"],
            "replicaCount: 3\nconfig:\n  LOG_LEVEL: \"warn\"\n  TIER: \"dr\"\n");
}

TEST_F(AppSets, FinalizersFollowThePreserveFlagOnlyWithoutOnesInTheTemplate) {
  set(kSmallSet);
  EXPECT_EQ(made()[0]["metadata"]["finalizers"], Json::array({std::string(kResourcesFinalizer)}));
  set(kSmallSet, Json::parse(R"({"spec": {"syncPolicy": {"preserveResourcesOnDeletion": true}}})"));
  EXPECT_FALSE(made()[0]["metadata"].contains("finalizers"));
}

TEST_F(AppSets, ATemplateWithoutParametersComesBackAsItIs) {
  set(kSmallSet, Json::parse(R"({"spec": {"generators": [{"list": {"elements": [{}]}}]}})"));
  const auto apps = made();
  ASSERT_EQ(apps.size(), 1u);
  EXPECT_EQ(apps[0]["metadata"]["name"], "web-{{name}}");
  EXPECT_FALSE(apps[0]["metadata"].contains("finalizers"));
}

TEST_F(AppSets, EmptyBlocksAreLeftOut) {
  set(kSmallSet);
  const Json app = made()[0];
  EXPECT_EQ(app["spec"]["project"], "default");
  EXPECT_FALSE(app["spec"].contains("syncPolicy"));
  EXPECT_FALSE(app["spec"]["source"].contains("helm"));
}

TEST_F(AppSets, TemplatePatchComesLastAndLeavesTheProjectAlone) {
  set(kSmallSet);
  set_.template_patch =
      "spec:\n  project: other\n  syncPolicy: {automated: {prune: true}}\nmetadata: {annotations: "
      "{note: '{{name}}'}}";
  const Json app = made()[0];
  EXPECT_EQ(app["spec"]["project"], "default");
  EXPECT_EQ(app["spec"]["syncPolicy"]["automated"]["prune"], true);
  EXPECT_EQ(app["metadata"]["annotations"]["note"], "dr");
  set_.template_patch = "[1]";
  const auto broken = make();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().reason, "RenderTemplateParamsError");
}

TEST_F(AppSets, NothingIsWrittenWhenNothingDiffers) {
  set(kSmallSet);
  const auto apps = made();
  EXPECT_EQ(summary(plan(apps, {})),
            (Lines{"create web-dr", "create web-prod", "create web-staging"}));
  EXPECT_TRUE(plan(apps, as_live(apps)).changes.empty());
}

TEST_F(AppSets, DriftIsWrittenBackAndPreservedFieldsStay) {
  set(kSmallSet, Json::parse(R"({"spec": {"preservedFields": {"annotations": ["mine"]}}})"));
  const auto apps = made();
  auto changed = apps;
  changed[0]["metadata"]["annotations"] = {
      {"mine", "1"}, {"argocd.argoproj.io/refresh", "hard"}, {"x", "1"}};
  changed[1]["spec"]["source"]["path"] = "elsewhere";
  changed[1]["spec"]["syncPolicy"] = {{"automated", Json::object()}};
  changed[2]["metadata"]["finalizers"].push_back(
      "post-delete-finalizer.argocd.argoproj.io/cleanup");
  const auto result = plan(apps, as_live(changed));
  EXPECT_EQ(summary(result), (Lines{"update web-dr", "update web-prod"}));
  EXPECT_EQ(*result.changes[0].body, Json::parse(R"({"metadata": {"annotations": {"x": null}}})"));
  EXPECT_EQ(*result.changes[1].body,
            Json::parse(R"({"spec": {"source": {"path": "p"}, "syncPolicy": null}})"));
}

TEST_F(AppSets, IgnoredDifferencesAreLeftAlone) {
  set(kSmallSet, Json::parse(R"({"spec": {"ignoreApplicationDifferences": [
      {"name": "web-dr", "jsonPointers": ["/spec/source/path"]},
      {"jqPathExpressions": [".metadata.labels | .env, .nothing"]}]}})"));
  const auto apps = made();
  auto changed = apps;
  for (Json& app : changed) {
    app["spec"]["source"]["path"] = "elsewhere";
    app["metadata"]["labels"]["env"] = "other";
  }
  EXPECT_EQ(summary(plan(apps, as_live(changed))),
            (Lines{"update web-prod", "update web-staging"}));
  set_.ignored[1].jq_paths = {".spec["};
  EXPECT_EQ(plan(apps, as_live(changed)).errors.size(), 3u);
}

TEST_F(AppSets, AnApplicationOfAnotherSetIsNotTaken) {
  set(kSmallSet);
  const auto apps = made();
  auto others = apps;
  others[0]["metadata"]["ownerReferences"][0]["name"] = "theirs";
  others[1]["metadata"].erase("ownerReferences");
  const auto result = plan(apps, as_live(others));
  EXPECT_EQ(result.errors.at("web-dr"),
            "error while wrapping using MutateFn: Object argocd/web-dr is already owned by another "
            "ApplicationSet controller theirs");
  EXPECT_EQ(summary(result), (Lines{"update web-prod"}));  // nobody's: adopted
}

TEST_F(AppSets, AClusterThatLosesItsLabelLosesItsApplication) {
  set(kSmallSet);
  const auto live = as_live(made());
  clusters_.put("prod", {{"env", "prod"}});
  const auto result = plan(made(), live);
  EXPECT_EQ(summary(result), (Lines{"remove web-prod"}));
  EXPECT_EQ(result.removals[0].body,
            nullptr);  // the cluster is still known: its finalizer cascades
}

TEST_F(AppSets, AnUnregisteredClusterCostsTheFinalizerFirst) {
  set(kSmallSet);
  const auto live = as_live(made());
  clusters_.remove("prod");
  const auto result = plan(made(), live);
  EXPECT_EQ(summary(result), (Lines{"remove web-prod"}));
  ASSERT_NE(result.removals[0].body, nullptr);
  EXPECT_EQ(*result.removals[0].body, Json::parse(R"({"metadata": {"finalizers": []}})"));
}

TEST_F(AppSets, PoliciesForbidUpdatesOrDeletions) {
  const std::pair<const char*, Lines> cases[] = {
      {"create-only", {"create web-staging"}},
      {"create-update", {"create web-staging", "update web-dr"}},
      {"create-delete", {"create web-staging", "remove web-prod"}},
      {"sync", {"create web-staging", "update web-dr", "remove web-prod"}}};
  for (const auto& [policy, expected] : cases) {
    for (const char* name : {"prod", "staging"})
      clusters_.put(name, {{"deploy", "true"}, {"env", name}});
    set(kSmallSet, Json{{"spec", {{"syncPolicy", {{"applicationsSync", policy}}}}}});
    auto before = made();
    before[0]["spec"]["source"]["path"] = "old";
    before.pop_back();
    const auto live = as_live(before);
    clusters_.put("prod", {});
    auto result = plan(made(), live);
    auto lines = summary(result);
    std::sort(lines.begin(), lines.end());
    auto wanted = expected;
    std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(lines, wanted) << policy;
  }
}

TEST_F(AppSets, CreateOnlyAdoptsWhatNobodyOwns) {
  set(kSmallSet, Json::parse(R"({"spec": {"syncPolicy": {"applicationsSync": "create-only"}}})"));
  const auto apps = made();
  auto others = apps;
  for (Json& app : others) app["spec"]["source"]["path"] = "old";
  others[1]["metadata"].erase("ownerReferences");
  EXPECT_EQ(summary(plan(apps, as_live(others))), (Lines{"update web-prod"}));
}

TEST_F(AppSets, TheControllersDefaultsAreLaidUnderEachSet) {
  auto object = parse_yaml(kSmallSet);
  (*object)["spec"]["syncPolicy"] = Json{{"applicationsSync", "create-update"}};
  (*object)["spec"]["preservedFields"] = Json{{"labels", {"own"}}};
  AppSetDefaults defaults;
  defaults.policy = "create-only";
  defaults.preserved_annotations = {"a"};
  defaults.preserved_labels = {"l"};
  auto read = read_application_set(freeze(*object), defaults);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->policy.update);
  EXPECT_FALSE(read->policy.remove);
  EXPECT_TRUE(read->kept_annotations.contains("a"));
  EXPECT_TRUE(read->kept_annotations.contains("argocd.argoproj.io/refresh"));
  EXPECT_EQ(read->kept_labels, (std::set<std::string>{"l", "own"}));
  defaults.allow_override = false;
  read = read_application_set(freeze(*object), defaults);
  EXPECT_FALSE(read->policy.update);
  EXPECT_FALSE(read->policy.remove);
}

TEST_F(AppSets, APolicyThatIsNoneIsNamed) {
  auto object = parse_yaml(kSmallSet);
  (*object)["spec"]["syncPolicy"] = Json{{"applicationsSync", "update"}};
  const auto read = read_application_set(freeze(*object));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message(),
            "spec.syncPolicy.applicationsSync: Unsupported value: \"update\": supported values: "
            "\"create-only\", \"create-update\", \"create-delete\", \"sync\"");
}

TEST_F(AppSets, SpecsDifferOnlyByWhatWouldBeWritten) {
  set(kSmallSet, Json::parse(R"({"spec": {"ignoreApplicationDifferences": [
      {"jsonPointers": ["/spec/source/targetRevision"]}]}})"));
  const Json app = made()[0];
  Json live = *as_live({app})[0];
  EXPECT_FALSE(spec_differs(set_, live, app));
  live["spec"]["syncPolicy"] = Json::object();
  live["spec"]["source"]["targetRevision"] = "v2";
  live["metadata"]["labels"]["env"] = "other";
  EXPECT_FALSE(spec_differs(set_, live, app));
  live["spec"]["source"]["path"] = "q";
  EXPECT_TRUE(spec_differs(set_, live, app));
}

TEST_F(AppSets, AnOperationIsWrittenWithTheRest) {
  set(kSmallSet);
  const auto apps = made();
  auto started = apps;
  started[0]["operation"] = Json{{"sync", {{"prune", true}}}};
  const auto result = plan(started, as_live(apps));
  ASSERT_EQ(result.changes.size(), 1u);
  EXPECT_EQ(*result.changes[0].body, Json::parse(R"({"operation": {"sync": {"prune": true}}})"));
  // One that runs is not taken away by a set that starts none.
  EXPECT_TRUE(plan(apps, as_live(started)).changes.empty());
}

TEST_F(AppSets, NoExpressionTakesAwayWhatAnApplicationIs) {
  set(kSmallSet, Json::parse(R"({"spec": {"ignoreApplicationDifferences": [
      {"jqPathExpressions": [".metadata.name, .kind, .operation"]}]}})"));
  const auto apps = made();
  auto started = apps;
  started[0]["operation"] = Json{{"sync", Json::object()}};
  started[0]["spec"]["source"]["path"] = "q";
  const auto result = plan(started, as_live(apps));
  ASSERT_EQ(result.changes.size(), 1u);
  EXPECT_EQ(*result.changes[0].body,
            Json::parse(R"({"operation": {"sync": {}}, "spec": {"source": {"path": "q"}}})"));
}

TEST_F(AppSets, InvalidApplicationsCountAsPresent) {
  set(kSmallSet);
  const auto apps = made();
  EXPECT_TRUE(plan(apps, as_live(apps), {"web-prod"}).changes.empty());
  EXPECT_EQ(summary(plan(apps, {}, {"web-prod"})), (Lines{"create web-dr", "create web-staging"}));
}

TEST(DeletionBudget, LetsOneGoAndHoldsTheMany) {
  EXPECT_EQ(deletions_allowed(1, 50), 1u);
  EXPECT_EQ(deletions_allowed(2, 50), 2u);
  EXPECT_EQ(deletions_allowed(3, 50), 1u);
  EXPECT_EQ(deletions_allowed(4, 50), 2u);
  EXPECT_EQ(deletions_allowed(100, 1), 1u);
  EXPECT_EQ(deletions_allowed(100, 100), 100u);
  EXPECT_EQ(deletions_allowed(3, 0), 0u);
}

TEST_F(AppSets, TheBudgetHoldsAllDeletionsBack) {
  set(kSmallSet);
  const auto live = as_live(made());
  const auto held = plan({}, live, {}, 50);
  EXPECT_TRUE(held.removals.empty());
  EXPECT_EQ(held.held, (Lines{"web-dr", "web-prod", "web-staging"}));
  set_.deletion_budget_percent = 100;
  EXPECT_EQ(plan({}, live, {}, 50).removals.size(), 3u);
}

TEST_F(AppSets, WrongBudgetsAreNamed) {
  auto object = parse_yaml(kSmallSet);
  (*object)["metadata"]["annotations"][std::string(kDeletionBudget)] = "50%";
  const auto read = read_application_set(freeze(*object));
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find(kDeletionBudget), std::string::npos);
}

TEST_F(AppSets, FaultsWithholdOnlyTheirApplications) {
  set(kSmallSet);
  auto apps = made();
  apps.push_back(apps[0]);
  apps[1]["spec"]["destination"]["name"] = "nowhere";
  apps[2]["spec"]["project"] = "ghost";
  const auto faults = application_faults("web", apps, clusters_, {"ghost"});
  EXPECT_EQ(faults.at("web-dr"),
            "ApplicationSet web contains applications with duplicate name: web-dr");
  EXPECT_EQ(
      faults.at("web-prod"),
      "application destination spec is invalid: there are no clusters with this name: nowhere");
  EXPECT_EQ(faults.at("web-staging"), "application references project ghost which does not exist");
  EXPECT_EQ(fault_message(faults),
            "application references project ghost which does not exist (and 2 more)");
}

TEST(AppSetStatus, KeepsTransitionTimesAndIsStable) {
  const WallTime start{std::chrono::seconds(1'767'225'600)};
  const std::vector<JsonRef> apps = {freeze(Json::parse(
      R"({"metadata": {"name": "a", "namespace": "argocd"}, "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}})"))};
  const Json first = status_after(Json(), {}, apps, start);
  EXPECT_EQ(first["conditions"].size(), 3u);
  EXPECT_EQ(first["conditions"][0]["type"], "ErrorOccurred");
  EXPECT_EQ(first["conditions"][0]["status"], "False");
  EXPECT_EQ(first["conditions"][0]["message"], "All applications have been generated successfully");
  EXPECT_EQ(first["resources"][0]["health"]["status"], "Healthy");
  EXPECT_EQ(first["resourcesCount"], 1);
  const WallTime later = start + std::chrono::minutes(5);
  EXPECT_EQ(status_after(first, {}, apps, later), first);
  const AppSetOutcome broken{false, "ApplicationGenerationFromParamsError", "boom", std::nullopt};
  const Json second = status_after(first, broken, apps, later);
  EXPECT_EQ(second["health"]["status"], "Degraded");
  EXPECT_EQ(second["conditions"][1]["reason"], "ErrorOccurred");
  EXPECT_EQ(second["conditions"][1]["lastTransitionTime"], "2026-01-01T00:05:00Z");
}

TEST(AppSetStatus, SpeaksOfRolloutsOnlyWhereThereIsOne) {
  const WallTime now{std::chrono::seconds(1'767'225'600)};
  AppSetOutcome outcome;
  outcome.rollout = RolloutNews{
      false, {RolloutStatus{"a", "Pending", "2", "m", "2026-01-01T00:00:00Z", {"r"}}}, "2"};
  const Json rolling = status_after(Json(), outcome, {}, now);
  EXPECT_EQ(rolling["health"], Json::parse(R"({"status": "Progressing",
                            "message": "ApplicationSet is performing rollout of step 2"})"));
  EXPECT_EQ(rolling["conditions"][3]["type"], "RolloutProgressing");
  EXPECT_EQ(rolling["conditions"][3]["reason"], "ApplicationSetModified");
  EXPECT_EQ(rolling["applicationStatus"][0]["application"], "a");
  // What a reconcile did not look at stays; an error counts for more.
  const AppSetOutcome broken{false, "ApplicationGenerationFromParamsError", "boom",
                             RolloutNews{true, {}, ""}};
  const Json failed = status_after(rolling, broken, {}, now);
  EXPECT_EQ(failed["applicationStatus"], rolling["applicationStatus"]);
  EXPECT_EQ(failed["conditions"][3], rolling["conditions"][3]);
  EXPECT_EQ(failed["health"]["status"], "Degraded");
  outcome.rollout->progressing_step = "";
  const Json complete = status_after(rolling, outcome, {}, now);
  EXPECT_EQ(complete["conditions"][3]["message"], "ApplicationSet Rollout has completed");
  EXPECT_EQ(complete["health"]["status"], "Healthy");
  const Json ended = status_after(rolling, AppSetOutcome{}, {}, now);
  EXPECT_EQ(ended["conditions"].size(), 3u);
  EXPECT_FALSE(ended.contains("applicationStatus"));
}

TEST(AppSetStatus, ListsAsManyApplicationsAsItMay) {
  std::vector<JsonRef> apps;
  for (const char* name : {"c", "a", "b"}) {
    apps.push_back(freeze(Json{{"metadata", {{"name", name}, {"namespace", "argocd"}}}}));
  }
  const Json status = status_after(Json(), {}, apps, WallTime{}, 2);
  EXPECT_EQ(status["resources"].size(), 2u);
  EXPECT_EQ(status["resources"][1]["name"], "b");
  EXPECT_EQ(status["resourcesCount"], 3);
}

}  // namespace
}  // namespace spokelab::hub
