// Parameter sets: Go's printing, flattening, post-selection.
#include "hub/appset/rendering/params.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

TEST(Params, PrintAsGoPrintsThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"1", "1"},
      {"1.5", "1.5"},
      {"100000", "100000"},
      {"1000000", "1e+06"},
      {"123456789", "1.23456789e+08"},
      {"0.0001", "0.0001"},
      {"0.00001", "1e-05"},
      {"-3", "-3"},
      {"null", "<nil>"},
      {"true", "true"},
      {"\"x\"", "x"},
      {R"(["a", 1, null, true])", "[a 1 <nil> true]"},
      {R"({"b": 1, "a": "x"})", "map[a:x b:1]"},
      {"12345678.5", "1.23456785e+07"},
      {"1e21", "1e+21"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(go_text(Json::parse(text)), expected);
}

TEST(Params, FlattenToDottedKeys) {
  const auto flat =
      flatten(Json::parse(R"({"a": {"b": {"c": 1}, "e": {}}, "l": ["x", {"y": 2}]})"));
  EXPECT_EQ(flat.size(), 4u);
  EXPECT_EQ(flat.at("a.b.c"), 1);
  EXPECT_EQ(flat.at("a.e"), Json::object());
  EXPECT_EQ(flat.at("l.0"), "x");
  EXPECT_EQ(flat.at("l.1.y"), 2);
}

TEST(PostSelector, TakesAnyTextAsValue) {
  const Json params =
      Json::parse(R"({"server": "https://a:6443", "metadata": {"labels": {"env": "prod"}}})");
  const std::pair<const char*, bool> cases[] = {
      {R"({})", true},
      {R"({"matchLabels": {"server": "https://a:6443"}})", true},
      {R"({"matchLabels": {"metadata.labels.env": "dev"}})", false},
      {R"({"matchExpressions": [{"key": "metadata.labels.env", "operator": "In", "values": ["prod", "x"]}]})",
       true},
      {R"({"matchExpressions": [{"key": "metadata.labels.env", "operator": "NotIn", "values": ["prod"]}]})",
       false},
      {R"({"matchExpressions": [{"key": "no", "operator": "NotIn", "values": ["prod"]}]})", true},
      {R"({"matchExpressions": [{"key": "no", "operator": "DoesNotExist"}]})", true},
      {R"({"matchExpressions": [{"key": "no", "operator": "Exists"}]})", false}};
  for (const auto& [selector, expected] : cases) {
    const auto result = PostSelector::compile(Json::parse(selector));
    ASSERT_TRUE(result) << selector;
    EXPECT_EQ(result->takes(params), expected) << selector;
  }
}

TEST(PostSelector, NamesWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"matchLabels": {"a b": "x"}})", "key: Invalid value: \"a b\": "},
      {R"({"matchExpressions": [{"key": "a", "operator": "Near", "values": ["x"]}]})",
       "\"Near\" is not a valid pod selector operator"},
      {R"({"matchExpressions": [{"key": "a", "operator": "In"}]})",
       "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"},
      {R"({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]})",
       "values: Invalid value: [\"x\"]: values set must be empty for exists and does not exist"}};
  for (const auto& [selector, problem] : cases) {
    const auto result = PostSelector::compile(Json::parse(selector));
    ASSERT_FALSE(result) << selector;
    EXPECT_TRUE(result.error().message().starts_with(problem)) << result.error().message();
  }
}

}  // namespace
}  // namespace spokelab::hub
