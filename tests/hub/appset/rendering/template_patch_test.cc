// templatePatch, case by case.
#include "hub/appset/rendering/template_patch.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

const char* const kApp = R"({
  "metadata": {"name": "web", "finalizers": ["resources-finalizer.argocd.argoproj.io"],
               "labels": {"env": "prod", "team": "a"}},
  "spec": {"project": "shop",
           "source": {"repoURL": "r", "path": "p",
                      "helm": {"valueFiles": ["a.yaml", "b.yaml"],
                               "valuesObject": {"replicas": 1, "image": {"tag": "1"}}}},
           "destination": {"name": "prod"},
           "syncPolicy": {"syncOptions": ["CreateNamespace=true"]}}})";

struct Outcome {
  Json app;
  std::string error;
};

Outcome patched(const std::string& patch, bool go = false) {
  Outcome outcome{Json::parse(kApp), ""};
  const Json params = Json::parse(R"({"name": "prod", "prune": true, "tier": "gold"})");
  const auto done =
      apply_template_patch(outcome.app, patch, params, TemplateDialect{go, {"missingkey=error"}});
  if (!done) outcome.error = done.error().message();
  return outcome;
}

TEST(TemplatePatch, MergesMapsAndReplacesLists) {
  const Outcome outcome = patched(
      "metadata:\n  labels: {env: dr}\nspec:\n  source:\n    helm: {valueFiles: [c.yaml]}\n"
      "  syncPolicy: {automated: {prune: true}}\n");
  EXPECT_EQ(outcome.error, "");
  const Json& app = outcome.app;
  EXPECT_EQ(app["metadata"]["labels"], Json::parse(R"({"env": "dr", "team": "a"})"));
  EXPECT_EQ(app["spec"]["source"]["helm"]["valueFiles"], Json::parse(R"(["c.yaml"])"));
  EXPECT_EQ(app["spec"]["source"]["path"], "p");
  EXPECT_EQ(app["spec"]["syncPolicy"]["syncOptions"].size(), 1u);
  EXPECT_EQ(app["spec"]["syncPolicy"]["automated"]["prune"], true);
}

TEST(TemplatePatch, FinalizersMergeAsInAllKubernetesObjects) {
  EXPECT_EQ(patched("metadata: {finalizers: [mine]}").app["metadata"]["finalizers"],
            Json::parse(R"(["mine", "resources-finalizer.argocd.argoproj.io"])"));
  EXPECT_EQ(patched("metadata:\n  $deleteFromPrimitiveList/finalizers: "
                    "[resources-finalizer.argocd.argoproj.io]\n")
                .app["metadata"]["finalizers"],
            Json::array());
  EXPECT_FALSE(patched("metadata: {finalizers: null}").app["metadata"].contains("finalizers"));
}

TEST(TemplatePatch, DirectivesAndNullsDoWhatStrategicMergeDoes) {
  EXPECT_EQ(patched("metadata: {labels: {$patch: replace, only: one}}").app["metadata"]["labels"],
            Json::parse(R"({"only": "one"})"));
  EXPECT_FALSE(patched("spec: {syncPolicy: null}").app["spec"].contains("syncPolicy"));
  EXPECT_EQ(patched("spec: null").app["spec"], Json::parse(R"({"project": "shop"})"));
}

TEST(TemplatePatch, TheProjectStays) {
  EXPECT_EQ(patched("spec: {project: other}").app["spec"]["project"], "shop");
  EXPECT_EQ(patched("spec: {project: null}").app["spec"]["project"], "shop");
}

TEST(TemplatePatch, IsATemplateInBothDialects) {
  EXPECT_EQ(
      patched("metadata: {annotations: {for: '{{name}}-{{x}}'}}").app["metadata"]["annotations"],
      Json::parse(R"({"for": "prod-{{x}}"})"));
  const Outcome outcome = patched(
      "spec:\n  syncPolicy:\n    automated:\n      prune: {{ .prune }}\n"
      "{{- if eq .tier \"gold\" }}\n    retry: {limit: 9}\n{{- end }}\n",
      true);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.app["spec"]["syncPolicy"]["automated"]["prune"], true);
  EXPECT_EQ(outcome.app["spec"]["syncPolicy"]["retry"]["limit"], 9);
}

TEST(TemplatePatch, IsReadAsJsonWhenItBeginsLikeIt) {
  EXPECT_EQ(
      patched(R"(  {"metadata": {"labels": {"env": "dr"}}})").app["metadata"]["labels"]["env"],
      "dr");
}

TEST(TemplatePatch, OneThatRendersToNothingChangesNothing) {
  const Outcome outcome = patched("{{ if eq .tier \"x\" }}spec: {source: null}{{ end }}", true);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.app, Json::parse(kApp));
}

TEST(TemplatePatch, ErrorsAreWordedAsArgoCdWordsThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"hello world",
       R"(invalid templatePatch "\"hello world\"": json: cannot unmarshal string into Go value of type v1alpha1.Application)"},
      {"[1]",
       R"(invalid templatePatch "[1]": json: cannot unmarshal array into Go value of type v1alpha1.Application)"},
      {"spec: {project: 3}",
       R"(invalid templatePatch "{\"spec\":{\"project\":3}}": json: cannot unmarshal number into Go struct field ApplicationSpec.spec.project of type string)"},
      {"spec: {syncPolicy: on}",
       R"(invalid templatePatch "{\"spec\":{\"syncPolicy\":true}}": json: cannot unmarshal bool into Go struct field ApplicationSpec.spec.syncPolicy of type v1alpha1.SyncPolicy)"},
      {"spec: {sources: {}}",
       R"(invalid templatePatch "{\"spec\":{\"sources\":{}}}": json: cannot unmarshal object into Go struct field ApplicationSpec.spec.sources of type v1alpha1.ApplicationSources)"},
      {"spec: {source: {helm: {valueFiles: [1]}}}",
       R"(invalid templatePatch "{\"spec\":{\"source\":{\"helm\":{\"valueFiles\":[1]}}}}": json: cannot unmarshal number into Go struct field ApplicationSourceHelm.spec.source.helm.valueFiles of type string)"},
      {"spec: {syncPolicy: {retry: {limit: 1.5}}}",
       R"(invalid templatePatch "{\"spec\":{\"syncPolicy\":{\"retry\":{\"limit\":1.5}}}}": json: cannot unmarshal number 1.5 into Go struct field RetryStrategy.spec.syncPolicy.retry.limit of type int64)"},
      {"metadata: {labels: {a: 1}}",
       R"(invalid templatePatch "{\"metadata\":{\"labels\":{\"a\":1}}}": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string)"},
      {"spec: {source: {helm: {valuesObject: {image: {tag: '2'}}}}}",
       R"(error while applying templatePatch template to json "{\"spec\":{\"source\":{\"helm\":{\"valuesObject\":{\"image\":{\"tag\":\"2\"}}}}}}": unable to find api field in struct RawExtension for the json field "image")"},
  };
  for (const auto& [patch, expected] : cases) EXPECT_EQ(patched(patch).error, expected) << patch;
  EXPECT_TRUE(
      patched("a: [").error.starts_with("error while converting template to json \"a: [\": "));
  EXPECT_TRUE(
      patched("{{ .nothing }}", true)
          .error.starts_with("error replacing values in templatePatch: failed to execute go "
                             "template {{ .nothing }}: "));
  EXPECT_NE(patched("metadata: {labels: {$patch: melt}}").error.find("unknown patch type"),
            std::string::npos);
}

TEST(TemplatePatch, PlainValuesInsideOfFreeJsonAreMerged) {
  const Outcome outcome =
      patched("spec: {source: {helm: {valuesObject: {replicas: 3, extra: {a: 1}}}}}");
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.app["spec"]["source"]["helm"]["valuesObject"],
            Json::parse(R"({"replicas": 3, "image": {"tag": "1"}, "extra": {"a": 1}})"));
}

}  // namespace
}  // namespace spokelab::hub
