// Tests of ignored differences: by jq, by manager, and what is then applied.
#include <gtest/gtest.h>

#include <utility>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/app/compare/diff.h"
#include "hub/app/compare/managed_fields.h"
#include "hub/app/compare/respect.h"

namespace spokelab::hub {
namespace {

Json yaml(const char* text) {
  auto parsed = parse_yaml(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

Json target() {
  return yaml(
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, "
      "template: "
      "{spec: {containers: [{name: app, image: 'app:1'}, {name: side, image: 'side:1'}]}}}}");
}

Json live() {
  return yaml(
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, managedFields: [{manager: "
      "hpa, "
      "fieldsV1: {'f:spec': {'f:replicas': {}}}}, {manager: updater, fieldsV1: {'f:spec': "
      "{'f:template': "
      "{'f:spec': {'f:containers': {'k:{\"name\":\"side\"}': {'f:image': {}}}}}}}}]}, spec: "
      "{replicas: 7, "
      "template: {spec: {containers: [{name: app, image: 'app:1'}, {name: side, image: "
      "'side:2'}]}}}}");
}

bool modified(const std::vector<IgnoredDifference>& rules) {
  const auto difference = diff(target(), live(), rules);
  EXPECT_TRUE(difference);
  return difference && difference->modified;
}

IgnoredDifference rule() {
  IgnoredDifference one;
  one.group = "apps";
  one.kind = "Deployment";
  return one;
}

TEST(IgnoredDifferences, AreNamedByJq) {
  IgnoredDifference one = rule();
  one.jq_path_expressions = {
      ".spec.template.spec.containers[] | select(.name == \"side\") | .image"};
  EXPECT_TRUE(modified({one}));  // the replicas still differ
  one.jq_path_expressions.push_back(".spec.replicas");
  EXPECT_FALSE(modified({one}));
  one.kind = "StatefulSet";
  EXPECT_TRUE(modified({one}));
}

TEST(IgnoredDifferences, AreNamedByTheManagersWhoOwnThem) {
  IgnoredDifference one = rule();
  one.managed_fields_managers = {"hpa"};
  EXPECT_TRUE(modified({one}));
  one.managed_fields_managers = {"hpa", "updater"};
  EXPECT_FALSE(modified({one}));
}

TEST(IgnoredDifferences, OfAManagerAreOnlyWhatDiffersAndIsInBoth) {
  Json there = live();
  Json wanted = target();
  wanted["spec"].erase("replicas");
  remove_trusted(there, wanted, {"hpa"});
  EXPECT_EQ(there["spec"]["replicas"], 7);
  wanted = target();
  wanted["spec"]["replicas"] = 7;
  remove_trusted(there, wanted, {"hpa"});
  EXPECT_EQ(wanted["spec"]["replicas"], 7);
}

TEST(RespectIgnoreDifferences, TakesIgnoredFieldsFromTheLiveObject) {
  IgnoredDifference one = rule();
  one.json_pointers = {"/spec/replicas"};
  one.managed_fields_managers = {"updater"};
  const JsonRef applied = with_ignored_from_live(freeze(target()), live(), {one});
  Json expected = target();
  expected["spec"]["replicas"] = 7;
  expected["spec"]["template"]["spec"]["containers"][1]["image"] = "side:2";
  EXPECT_EQ(*applied, expected);
}

TEST(RespectIgnoreDifferences, LeavesAloneWhatNoRuleConcerns) {
  const JsonRef wanted = freeze(target());
  EXPECT_EQ(with_ignored_from_live(wanted, live(), {}), wanted);
}

}  // namespace
}  // namespace spokelab::hub
