// Tests of jq path expressions: what they remove, and what is refused.
#include "hub/app/compare/jq_paths.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"

namespace spokelab::hub {
namespace {

Json document() {
  return Json::parse(R"({"spec": {"big": 9007199254740993, "containers": [
    {"name": "a", "env": [{"name": "X", "value": "1"}, {"name": "Y"}]}, {"name": "b"}, {"name": "c"}]},
    "metadata": {"labels": {"x": "1", "y": "2"}}})");
}

std::string after(const std::string& expression) {
  Json object = document();
  const auto done = remove_by_jq(object, expression);
  return done ? object.dump() : "error: " + done.error().message();
}

std::string without(const char* pointer) {
  Json object = document();
  const Json::json_pointer at(pointer);
  object[at.parent_pointer()].erase(at.back());
  return object.dump();
}

TEST(JqPaths, RemoveWhatTheyName) {
  EXPECT_EQ(after(".metadata.labels.x"), without("/metadata/labels/x"));
  EXPECT_EQ(after(".metadata.labels[\"y\"]"), without("/metadata/labels/y"));
  EXPECT_EQ(after(".spec.containers[] | select(.name == \"a\") | .env"),
            without("/spec/containers/0/env"));
  EXPECT_EQ(after(".spec.nowhere"), document().dump());
  EXPECT_EQ(after(".metadata | .labels | .x, .y"),
            R"({"metadata":{"labels":{}},"spec":)" + document()["spec"].dump() + "}");
}

TEST(JqPaths, RemoveSeveralItemsOfAList) {
  Json expected = document();
  expected["spec"]["containers"] = Json::array({document()["spec"]["containers"][1]});
  EXPECT_EQ(after(".spec.containers[] | select(.name != \"b\")"), expected.dump());
  expected["spec"]["containers"] = Json::array({document()["spec"]["containers"][0]});
  EXPECT_EQ(after(".spec.containers[1:]"), expected.dump());
}

TEST(JqPaths, RemoveNothingWhereTheyFail) {
  EXPECT_EQ(after(".spec.big.deeper"), document().dump());
  EXPECT_EQ(after(".spec.containers[] | select(.name | test(\"(\"))"), document().dump());
}

TEST(JqPaths, TellExpressionsThatDoNotCompile) {
  EXPECT_NE(after(".spec[").find("error: jq path expression .spec[: "), std::string::npos);
}

TEST(JqPaths, AreRefusedWhereNothingBoundsTheirTime) {
  for (const char* expression :
       {"def f: f; f", "repeat(.)", "range(1e9)", "recurse(.)", "env.HOME", "$ENV.HOME", "input",
        "\"x\" * 1000000000", "[limit(9;.)]", "..|..|..", "include \"x\"; .",
        ". as $a | . as $b | . as $c | .", "@sh", "\"\\(range(9))\"", "until(false;.)"}) {
    EXPECT_NE(jq_refusal(expression), "") << expression;
    EXPECT_NE(after(expression).find("error: "), std::string::npos) << expression;
  }
  EXPECT_EQ(jq_refusal(".a | select(.b | startswith(\"range(\")) | .def"), "");
  EXPECT_NE(jq_refusal(std::string(2000, '.')), "");
}

}  // namespace
}  // namespace spokelab::hub
