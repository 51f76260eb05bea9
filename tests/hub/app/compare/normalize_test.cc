// Fields of custom resources that hold built-in types.
#include "hub/app/compare/normalize.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::hub {
namespace {

Json normal(const std::string& yaml, const std::vector<KnownTypeField>& typed = {}) {
  NormalizeRules rules;
  rules.typed = typed;
  return normalize(*parse_yaml(yaml), rules);
}

TEST(KnownTypeFields, QuantitiesAndDurationsHaveOneSpelling) {
  const std::vector<KnownTypeField> typed = {
      {"x.io", "App", {"spec", "limits"}, "core/v1/ResourceList"},
      {"x.io", "App", {"spec", "size"}, "core/Quantity"},
      {"x.io", "App", {"spec", "wait"}, "meta/v1/Duration"},
      {"x.io", "App", {"spec", "parts", "resources"}, "core/v1/ResourceRequirements"}};
  EXPECT_EQ(normal("{apiVersion: x.io/v1, kind: App, spec: {limits: {cpu: 1000m, memory: 1024Mi}, "
                   "size: 0.5, wait: 90s, parts: [{resources: {requests: {cpu: '2000m'}}}, {}]}}",
                   typed)["spec"],
            *parse_yaml("{limits: {cpu: '1', memory: 1Gi}, size: 500m, wait: 1m30s, parts: "
                        "[{resources: {requests: {cpu: '2'}}}, {}]}"));
}

TEST(KnownTypeFields, ConcernTheirKindAlone) {
  const std::vector<KnownTypeField> typed = {{"x.io", "App", {"spec", "size"}, "core/Quantity"}};
  EXPECT_EQ(
      normal("{apiVersion: x.io/v1, kind: Other, spec: {size: 1000m}}", typed)["spec"]["size"],
      "1000m");
  EXPECT_EQ(normal("{apiVersion: y.io/v1, kind: App, spec: {size: 1000m}}", typed)["spec"]["size"],
            "1000m");
}

TEST(KnownTypeFields, PodsOfRolloutsAreKnownUnlessTheirFieldsAreTold) {
  const std::string rollout =
      "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, spec: {template: {spec: {containers: "
      "[{name: c, resources: {requests: {cpu: 1000m}}}]}}}}";
  const auto cpu = [](const Json& object) {
    return object["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"];
  };
  EXPECT_EQ(cpu(normal(rollout)), "1");
  EXPECT_EQ(cpu(normal(rollout, {{"argoproj.io", "Rollout", {"spec", "x"}, "core/Quantity"}})),
            "1000m");
}

TEST(KnownTypeFields, AreOfTypesThatCanBeTold) {
  EXPECT_TRUE(is_known_type("core/v1/PodSpec"));
  EXPECT_TRUE(is_known_type("core/v1/Affinity"));
  EXPECT_TRUE(is_known_type("core/Quantity"));
  EXPECT_FALSE(is_known_type("core/v1/Unheard"));
  EXPECT_FALSE(is_known_type("apps/v1/Deployment"));
}

}  // namespace
}  // namespace spokelab::hub
