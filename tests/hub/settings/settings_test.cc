// Tests of reading argocd-cm.
#include "hub/settings/settings.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/json.h"

namespace spokelab::hub {
namespace {

std::string health(const HubSettings& settings, const char* version, const char* kind) {
  const auto judged =
      settings.checks.health_of({{"apiVersion", version}, {"kind", kind}}, WallTime{});
  return judged ? std::string(name_of(judged->status)) : "none";
}

TEST(HubSettings, TakeHealthScriptsFromTheirKeys) {
  const HubSettings settings = read_settings(
      {{"resource.customizations.health.example.com_Widget", "return {status = 'Healthy'}"},
       {"resource.customizations.health.Secret", "return {status = 'Degraded'}"},
       {"resource.customizations.health.*.io_*", "return {status = string.lower('X')}"},
       {"resource.customizations.useOpenLibs.*.io_*", "true"}});
  EXPECT_EQ(settings.problems, std::vector<std::string>());
  EXPECT_EQ(health(settings, "example.com/v1", "Widget"), "Healthy");
  EXPECT_EQ(health(settings, "v1", "Secret"), "Degraded");
  EXPECT_EQ(health(settings, "any.io/v1", "Thing"), "Unknown");  // ran, and gave no status
  EXPECT_EQ(health(settings, "v1", "ConfigMap"), "none");
}

TEST(HubSettings, TakeTheCombinedFormToo) {
  const HubSettings settings = read_settings({{"resource.customizations", R"(
example.com/Widget:
  health.lua: |
    return {status = 'Suspended'}
  ignoreDifferences: |
    jsonPointers: [/spec/size]
admissionregistration.k8s.io/*:
  ignoreDifferences:
    jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle']
)"}});
  EXPECT_EQ(settings.problems, std::vector<std::string>());
  EXPECT_EQ(health(settings, "example.com/v1", "Widget"), "Suspended");
  ASSERT_EQ(settings.ignored.size(), 2U);
  EXPECT_EQ(settings.ignored[0].kind, "*");
  EXPECT_EQ(settings.ignored[1].json_pointers, std::vector<std::string>{"/spec/size"});
}

TEST(HubSettings, TakeIgnoredDifferencesOfOneKindAndOfAll) {
  const HubSettings settings = read_settings(
      {{"resource.customizations.ignoreDifferences.apps_Deployment",
        "jsonPointers: [/spec/replicas]"},
       {"resource.customizations.ignoreDifferences.all", "managedFieldsManagers: [hpa]"}});
  ASSERT_EQ(settings.ignored.size(), 2U);
  EXPECT_EQ(settings.ignored[0].group, "*");
  EXPECT_EQ(settings.ignored[0].kind, "*");
  EXPECT_EQ(settings.ignored[1].group, "apps");
}

TEST(HubSettings, TakeTrackingFiltersAndCompareOptions) {
  const HubSettings settings = read_settings(
      {{"application.resourceTrackingMethod", "annotation+label"},
       {"application.instanceLabelKey", "example.com/app"},
       {"installationID", "one"},
       {"resource.exclusions", "- apiGroups: ['*']\n  kinds: [Secret]\n"},
       {"resource.inclusions", "- apiGroups: ['apps']\n"},
       {"resource.compareoptions", "ignoreAggregatedRoles: true\nignoreResourceStatusField: crd\n"},
       {"globalProjects", "- labelSelector: {matchLabels: {team: a}}\n  projectName: base\n"}});
  EXPECT_TRUE(settings.problems.empty()) << settings.problems[0];
  EXPECT_EQ(settings.tracking,
            (Tracking{TrackingMethod::annotation_and_label, "example.com/app", "one"}));
  EXPECT_TRUE(settings.filter.excludes("", "Secret", ""));
  EXPECT_TRUE(settings.filter.excludes("batch", "Job", ""));
  EXPECT_FALSE(settings.filter.excludes("apps", "Deployment", ""));
  EXPECT_TRUE(settings.normalize().ignore_aggregated_roles);
  EXPECT_EQ(settings.normalize().ignored_status, IgnoredStatus::crd);
  ASSERT_EQ(settings.global_projects.size(), 1U);
  EXPECT_EQ(settings.global_projects[0].project, "base");
  EXPECT_TRUE(settings.global_projects[0].selector.matches(Json{{"team", "a"}}));
}

TEST(HubSettings, WithoutAnEntryHaveArgoCdsDefaults) {
  const HubSettings settings = read_settings({});
  EXPECT_EQ(settings.tracking, Tracking());
  EXPECT_FALSE(settings.filter.excludes("", "Endpoints", ""));
  EXPECT_FALSE(settings.normalize().ignore_aggregated_roles);
  EXPECT_EQ(settings.normalize().ignored_status, IgnoredStatus::all);
}

TEST(HubSettings, TellWhatOfThemDoesNotRead) {
  const HubSettings settings =
      read_settings({{"application.resourceTrackingMethod", "magic"},
                     {"kustomize.buildOptions", "--enable-helm --load-restrictor=x"},
                     {"resource.compareoptions", "ignoreResourceStatusField: some"}});
  EXPECT_EQ(settings.problems,
            (std::vector<std::string>{
                "argocd-cm: application.resourceTrackingMethod: 'magic' is none of annotation, "
                "annotation+label, label",
                "argocd-cm: kustomize.buildOptions: --enable-helm has no effect: overlays are "
                "built of a repository's own files, without other programs or the network",
                "argocd-cm: resource.compareoptions: 'some' is none of all, crd, none: the status "
                "of CustomResourceDefinitions is ignored"}));
}

TEST(HubSettings, NameFieldsOfKnownTypesInBothForms) {
  const HubSettings settings = read_settings(
      {{"resource.customizations.knownTypeFields.x.io_App",
        "- {field: spec.size, type: core/Quantity}\n- {field: spec.y, type: core/v1/Magic}"},
       {"resource.customizations",
        "y.io/Job: {knownTypeFields: [{field: a, type: core/v1/PodSpec}]}"}});
  ASSERT_EQ(settings.typed.size(), 2U);
  EXPECT_EQ(settings.typed[0].kind, "Job");
  EXPECT_EQ(settings.typed[1].group, "x.io");
  EXPECT_EQ(settings.typed[1].path, (std::vector<std::string>{"spec", "size"}));
  EXPECT_EQ(settings.normalize().typed.size(), 2U);
  EXPECT_EQ(settings.problems, (std::vector<std::string>{
                                   "argocd-cm: resource.customizations.knownTypeFields.x.io_App: "
                                   "type 'core/v1/Magic' is not supported"}));
}

TEST(HubSettings, SwitchImpersonationOnAndItsEnforcementOff) {
  EXPECT_FALSE(read_settings({}).impersonates);
  EXPECT_TRUE(read_settings({}).impersonation_enforced);
  const HubSettings settings =
      read_settings({{"application.sync.impersonation.enabled", "true"},
                     {"application.sync.impersonation.enforced", "false"}});
  EXPECT_TRUE(settings.impersonates);
  EXPECT_FALSE(settings.impersonation_enforced);
}

TEST(HubSettings, TellWhatHasNoEffect) {
  const HubSettings settings = read_settings(
      {{"url", "https://argocd"},
       {"resource.customizations.ignoreDifferences.a_b", "[1]"},
       {"resource.customizations.ignoreDifferences.a_c", "jqPathExpressions: [repeat(.)]"},
       {"resource.customizations.healthy.a_b", "x"},
       {"resource.exclusions", "a: b"}});
  EXPECT_EQ(settings.problems,
            (std::vector<std::string>{
                "argocd-cm: resource.customizations.healthy.a_b: resource customization type "
                "healthy not supported",
                "argocd-cm: resource.customizations.ignoreDifferences.a_b: it must be a map",
                "argocd-cm: resource.customizations.ignoreDifferences.a_c: jq path expression "
                "repeat(.): repeat is not supported",
                "argocd-cm: resource.exclusions: it must be a list"}));
}

TEST(HubSettings, TellExpressionsThatDoNotCompileAndSwitchesThatAreNone) {
  const HubSettings settings = read_settings(
      {{"resource.customizations.ignoreDifferences.a_b", "jqPathExpressions: ['.spec[']"},
       {"resource.customizations.useOpenLibs.a_b", "yes"}});
  ASSERT_EQ(settings.problems.size(), 2U);
  EXPECT_TRUE(settings.problems[0].starts_with(
      "argocd-cm: resource.customizations.ignoreDifferences.a_b: jq path expression .spec[: "))
      << settings.problems[0];
  EXPECT_EQ(settings.problems[1],
            "argocd-cm: resource.customizations.useOpenLibs.a_b: 'yes' is neither true nor false");
}

}  // namespace
}  // namespace spokelab::hub
