// Reading Applications: defaults, retry arithmetic, and how wrong specs are named.
#include "hub/app/application.h"

#include <gtest/gtest.h>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;

const char* const kChapterSpec = R"({
  "project": "default",
  "source": {"repoURL": "https://github.com/example/agent", "targetRevision": "main", "path": "charts/agent",
    "helm": {"valueFiles": ["values.yaml", "values-prod.yaml"], "releaseName": "agent-prod",
             "parameters": [{"name": "a", "value": "1", "forceString": true}],
             "valuesObject": {"x": 1}}},
  "destination": {"server": "https://prod:6443/", "namespace": "agent"},
  "syncPolicy": {"automated": {"prune": true, "selfHeal": true},
    "syncOptions": ["CreateNamespace=true", "PrunePropagationPolicy=foreground"],
    "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}}}})";

std::vector<std::string> spec_problems(const ApplicationSpec& spec) {
  std::vector<std::string> problems = source_problems(spec);
  for (std::string& problem : destination_problems(spec)) problems.push_back(std::move(problem));
  return problems;
}

TEST(Application, ReadsTheSpecThatFleetsUse) {
  const Json json = Json::parse(kChapterSpec);
  const auto spec = read_application_spec(json);
  ASSERT_TRUE(spec) << spec.error().message();
  ASSERT_EQ(spec->sources.size(), 1u);
  const auto& source = spec->sources[0];
  EXPECT_EQ(source.target_revision, "main");
  ASSERT_TRUE(source.helm);
  EXPECT_EQ(source.helm->release_name, "agent-prod");
  EXPECT_EQ(source.helm->value_files.size(), 2u);
  EXPECT_TRUE(source.helm->parameters.at(0).force_string);
  EXPECT_EQ(source.helm->values_object->at("x"), 1);
  EXPECT_EQ(spec->destination.server, "https://prod:6443");
  EXPECT_TRUE(spec->sync_policy.automatic());
  EXPECT_TRUE(spec->sync_policy.automated->prune);
  EXPECT_TRUE(spec->sync_policy.automated->self_heal);
  EXPECT_FALSE(spec->sync_policy.automated->allow_empty);
  EXPECT_TRUE(spec->sync_policy.options.has("CreateNamespace=true"));
  EXPECT_EQ(spec->sync_policy.options.value("PrunePropagationPolicy"), "foreground");
  EXPECT_EQ(spec->sync_policy.retry->limit, 5);
  EXPECT_EQ(spec->revision_history_limit, 10);
  EXPECT_TRUE(spec_problems(*spec).empty());
}

TEST(Application, AnEmptySpecHasArgoCdsDefaults) {
  const auto spec = read_application_spec(Json::object());
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->project, "default");
  EXPECT_FALSE(spec->sync_policy.automatic());
  EXPECT_FALSE(spec->sync_policy.retry);
  EXPECT_EQ(spec_problems(*spec).size(), 2u);
}

TEST(Application, AutomationCanBeSwitchedOff) {
  const auto spec = read_application_spec(
      Json::parse(R"({"syncPolicy": {"automated": {"enabled": false, "prune": true}}})"));
  ASSERT_TRUE(spec);
  EXPECT_FALSE(spec->sync_policy.automatic());
}

TEST(Application, SourcesWinOverSource) {
  const auto spec = read_application_spec(Json::parse(
      R"({"source": {"repoURL": "a"}, "sources": [{"repoURL": "b", "path": "."}, {"repoURL": "c", "ref": "v"}],
          "destination": {"name": "prod"}})"));
  ASSERT_TRUE(spec);
  EXPECT_TRUE(spec->multi_source);
  ASSERT_EQ(spec->sources.size(), 2u);
  EXPECT_EQ(spec->sources[0].repo_url, "b");
  EXPECT_TRUE(spec_problems(*spec).empty());
}

TEST(ApplicationRetry, DefaultsGiveArgoCdsWaits) {
  RetryPolicy retry;
  retry.limit = 5;
  const Nanos expected[] = {5s, 10s, 20s, 40s, 80s, 160s, 180s, 180s};
  for (int at = 0; at < 8; ++at) EXPECT_EQ(retry.wait_after(at), expected[at]) << at;
  EXPECT_FALSE(retry.exhausted(4));
  EXPECT_TRUE(retry.exhausted(5));
  retry.limit = -1;
  EXPECT_FALSE(retry.exhausted(1'000'000));
}

TEST(ApplicationRetry, NeverOverflows) {
  RetryPolicy retry;
  retry.max_duration = Nanos(0);
  retry.factor = 1'000'000;
  EXPECT_GT(retry.wait_after(1'000'000), Nanos(0));
  retry.factor = 1;
  EXPECT_EQ(retry.wait_after(1'000'000'000'000), Nanos(5s));
  retry.factor = 0;
  EXPECT_EQ(retry.wait_after(1), Nanos(0));
  EXPECT_EQ(retry.wait_after(0), Nanos(5s));
}

TEST(ApplicationRetry, ReadsSpansWithAndWithoutUnit) {
  EXPECT_EQ(*parse_retry_span("7"), Nanos(7s));
  EXPECT_EQ(*parse_retry_span("1m30s"), Nanos(90s));
  for (const char* wrong : {"", "s", "1d", "5 s", "99999999999999999999"}) {
    EXPECT_FALSE(parse_retry_span(wrong)) << wrong;
  }
}

TEST(Application, NamesTheFieldThatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"syncPolicy": {"retry": {"limit": "5"}}})",
       R"(spec.syncPolicy.retry.limit: Invalid value: "string": must be of type integer: "string")"},
      {R"({"source": {"helm": {"valueFiles": ["a", 1]}}})",
       R"(spec.source.helm.valueFiles[1]: Invalid value: "integer": must be of type string: "integer")"},
      {R"({"syncPolicy": {"retry": {"backoff": {"duration": "soon"}}}})",
       R"(spec.syncPolicy.retry.backoff.duration: Invalid value: "soon": time: invalid duration)"},
      {R"({"sources": [3]})",
       R"(spec.sources[0]: Invalid value: "integer": must be of type object: "integer")"},
      {R"([])", R"(spec: Invalid value: "array": must be of type object: "array")"},
  };
  for (const auto& [text, expected] : cases) {
    const auto spec = read_application_spec(Json::parse(text));
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().message(), expected);
  }
}

TEST(Application, ProblemsAreWordedAsArgoCdWordsThem) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"source": {"repoURL": "r", "path": "p"}, "destination": {"name": "n", "server": "https://s"}})",
       "application destination can't have both name and server defined: n https://s"},
      {R"({"source": {"repoURL": "r", "path": "p"}})", "Destination server missing from app spec"},
      {R"({"source": {"repoURL": "r"}, "destination": {"name": "n"}})",
       "spec.source.repoURL and either spec.source.path or spec.source.chart are required"},
      {R"({"source": {"repoURL": "r", "chart": "c"}, "destination": {"name": "n"}})",
       "spec.source.targetRevision is required if the manifest source is a helm chart"},
  };
  for (const auto& [text, expected] : cases) {
    const auto spec = read_application_spec(Json::parse(text));
    ASSERT_TRUE(spec);
    EXPECT_EQ(spec_problems(*spec), std::vector<std::string>{expected});
  }
}

TEST(Application, ReadsTheMetadataControllersDecideOn) {
  const auto app = read_application(Json::parse(
      R"({"metadata": {"name": "a", "namespace": "argocd", "uid": "u", "finalizers": ["f"],
          "deletionTimestamp": "2026-01-01T00:00:00Z", "annotations": {"k": "v"}}, "spec": {}})"));
  ASSERT_TRUE(app);
  EXPECT_EQ(app->name, "a");
  EXPECT_TRUE(app->deleting);
  EXPECT_EQ(app->finalizers, std::vector<std::string>{"f"});
  EXPECT_FALSE(read_application(Json::parse(R"({"metadata": {"name": "a"}})")));
}

TEST(Application, ApprovesOfDeletionsThatBeganBefore) {
  Application app;
  const WallTime began = *parse_rfc3339("2026-01-01T12:00:00Z");
  EXPECT_FALSE(approves_deletion(app, began));
  std::string& approved = app.annotations["argocd.argoproj.io/deletion-approved"];
  approved = "2026-01-01T12:00:00Z";
  EXPECT_TRUE(approves_deletion(app, began));
  approved = "2026-01-01T11:59:59Z";
  EXPECT_FALSE(approves_deletion(app, began));
  approved = "yes";
  EXPECT_FALSE(approves_deletion(app, began));
}

TEST(SyncOptions, AnnotationIsACommaList) {
  const auto options = SyncOptions::from_annotation(" Prune=false , Replace=true,,");
  EXPECT_EQ(options.all().size(), 2u);
  EXPECT_TRUE(options.has("Prune=false"));
  EXPECT_EQ(options.value("Replace"), "true");
  EXPECT_EQ(options.value("Repl"), "");
}

}  // namespace
}  // namespace spokelab::hub
