// JSON patch and merge patch.
#include "kube/patch.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::kube {
namespace {

TEST(JsonPatch, AppliesTheOperationsOfRfc6902) {
  struct Row {
    const char* document;
    const char* patch;
    const char* want;  // "": refused
  };
  const Row rows[] = {
      {R"({"a":1})", R"([{"op":"add","path":"/b","value":2}])", R"({"a":1,"b":2})"},
      {R"({"a":[1,3]})", R"([{"op":"add","path":"/a/1","value":2}])", R"({"a":[1,2,3]})"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/-","value":2}])", R"({"a":[1,2]})"},
      {R"({"a":1})", R"([{"op":"remove","path":"/a"}])", "{}"},
      {R"({"a":1})", R"([{"op":"remove","path":"/b"}])", ""},
      {R"({"a":1})", R"([{"op":"replace","path":"/b","value":1}])", ""},
      {R"({"a":{"b":1}})", R"([{"op":"move","from":"/a/b","path":"/c"}])", R"({"a":{},"c":1})"},
      {R"({"a":1})", R"([{"op":"copy","from":"/a","path":"/b"}])", R"({"a":1,"b":1})"},
      {R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])", ""},
      {R"({"a/b":{"~":1}})", R"([{"op":"replace","path":"/a~1b/~0","value":2}])",
       R"({"a/b":{"~":2}})"},
      {R"({"a":[]})", R"([{"op":"add","path":"/a/1","value":1}])", ""},
      {"{}", R"([{"op":"add","path":"/x/y","value":1}])", ""},
      {"{}", R"([{"op":"add","path":"","value":[1]}])", "[1]"},
      {"{}", R"([{"op":"burn","path":"/a"}])", ""},
      {"{}", R"([{"op":"add","path":"a","value":1}])", ""},
      {"{}", R"([{"op":"add","path":"/a"}])", R"({"a":null})"},
      {"{}", R"([7])", ""},
      {"{}", R"({})", ""}};
  for (const Row& row : rows) {
    const auto got = apply_json_patch(Json::parse(row.document), Json::parse(row.patch));
    ASSERT_EQ(got.has_value(), *row.want != '\0') << row.patch;
    if (got) {
      EXPECT_EQ(*got, Json::parse(row.want)) << row.patch;
    }
  }
}

TEST(JsonPatch, WordsFailuresAsTheApiServerDoes) {
  const auto got =
      apply_json_patch(Json::object(), Json::parse(R"([{"op":"remove","path":"/a"}])"));
  EXPECT_EQ(got.error().message(),
            "error in remove for path: '/a': Unable to remove nonexistent key: a: missing value");
  EXPECT_EQ(got.error().code(), Errc::invalid);
}

TEST(JsonPatch, CopiesThatBlowUpHitALimit) {
  Json patch = Json::array();
  for (int i = 0; i < 40; ++i)
    patch.push_back({{"op", "copy"}, {"from", "/a"}, {"path", "/a/" + std::to_string(i) + "x"}});
  const auto got = apply_json_patch(Json::parse(R"({"a":{"b":1}})"), patch);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), Errc::limit);
}

TEST(MergePatch, FollowsTheExamplesOfRfc7386) {
  const char* rows[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", "{}"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[1]})", R"({"a":[2]})", R"({"a":[2]})"},
      {R"(["a"])", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
  for (const auto& row : rows) {
    Json document = Json::parse(row[0]);
    apply_merge_patch(document, Json::parse(row[1]));
    EXPECT_EQ(document, Json::parse(row[2])) << row[1];
  }
}

TEST(MergePatch, TheMadePatchLeadsFromOneToTheOther) {
  const Json from = Json::parse(R"({"a":1,"b":{"c":1,"d":[1]},"e":1})");
  const Json to = Json::parse(R"({"a":1,"b":{"c":2,"d":[2]},"f":{}})");
  const Json patch = make_merge_patch(from, to);
  EXPECT_EQ(patch, Json::parse(R"({"b":{"c":2,"d":[2]},"e":null,"f":{}})"));
  Json got = from;
  apply_merge_patch(got, patch);
  EXPECT_EQ(got, to);
}

}  // namespace
}  // namespace spokelab::kube
