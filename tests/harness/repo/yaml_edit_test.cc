// New values in YAML files, by dotted path.
#include "harness/repo/yaml_edit.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::harness {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* name;
  const char* before;
  const char* path;
  const char* value;  // JSON
  const char* after;  // JSON, or what the error says
  bool fails = false;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class SetYamlValues : public ::testing::TestWithParam<Case> {};

TEST_P(SetYamlValues, Changes) {
  const auto& one = GetParam();
  const auto changed = set_yaml_values(one.before, {{one.path, freeze(Json::parse(one.value))}});
  if (one.fails) {
    ASSERT_FALSE(changed);
    EXPECT_THAT(changed.error().message(), HasSubstr(one.after));
    return;
  }
  ASSERT_TRUE(changed) << changed.error().message();
  const auto document = parse_yaml(*changed);
  ASSERT_TRUE(document) << *changed;
  EXPECT_EQ(*document, Json::parse(one.after)) << *changed;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SetYamlValues,
    ::testing::Values(
        Case{"AValueInAMap", "image: {tag: a, name: app}", "image.tag", R"("b")",
             R"({"image":{"tag":"b","name":"app"}})"},
        Case{"AMissingMap", "a: 1", "b.c.d", "true", R"({"a":1,"b":{"c":{"d":true}}})"},
        Case{"AnItemOfAList", "l: [{x: 1}, {x: 2}]", "l.1.x", "3", R"({"l":[{"x":1},{"x":3}]})"},
        Case{"AnEmptyFile", "", "a", "1", R"({"a":1})"},
        Case{"ATextThatLooksLikeANumber", "a: 1", "a", R"("1.10")", R"({"a":"1.10"})"},
        Case{"AWholeMap", "a: 1", "a", R"({"b":[1,2]})", R"({"a":{"b":[1,2]}})"},
        Case{"PastTheEndOfAList", "l: [1]", "l.1", "2", "only 1 items", true},
        Case{"InsideAText", "a: text", "a.b", "1", "lies inside a string", true},
        Case{"ANameInAList", "l: [1]", "l.x", "1", "lies inside a", true},
        Case{"NotAMap", "[1, 2]", "a", "1", "not a YAML map", true},
        Case{"NotYaml", "a: [1", "a", "1", "", true}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(SetYamlValues, SetsSeveralInOrder) {
  const auto changed = set_yaml_values(
      "a: 1", {{"a", freeze(Json(2))}, {"b", freeze(Json(3))}, {"a", freeze(Json(4))}});
  ASSERT_TRUE(changed);
  EXPECT_EQ(*parse_yaml(*changed), Json::parse(R"({"a":4,"b":3})"));
}

}  // namespace
}  // namespace spokelab::harness
