// Label and field selectors.
#include "kube/selector.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::kube {
namespace {

TEST(LabelSelector, MatchesAsKubernetesDoes) {
  struct Row {
    const char* selector;
    const char* labels;
    bool want;
  };
  const Row rows[] = {{"", "{}", true},
                      {"a=b", R"({"a":"b"})", true},
                      {"a==b", R"({"a":"c"})", false},
                      {"a!=b", "{}", true},
                      {"a!=b", R"({"a":"b"})", false},
                      {"a", R"({"a":""})", true},
                      {"!a", R"({"a":""})", false},
                      {"a in (b, c)", R"({"a":"c"})", true},
                      {"a notin (b,c)", R"({"a":"c"})", false},
                      {"a notin (b,c)", "{}", true},
                      {"a=b,c", R"({"a":"b"})", false},
                      {"n>5", R"({"n":"6"})", true},
                      {"n<5", R"({"n":"6"})", false},
                      {"n>5", R"({"n":"x"})", false},
                      {"a in (,b)", R"({"a":""})", true},
                      {"example.com/x = y", R"({"example.com/x":"y"})", true},
                      {"a=", R"({"a":""})", true}};
  for (const Row& row : rows) {
    const auto selector = LabelSelector::parse(row.selector);
    ASSERT_TRUE(selector) << row.selector << ": " << selector.error().message();
    EXPECT_EQ(selector->matches(Json::parse(row.labels)), row.want)
        << row.selector << " on " << row.labels;
  }
}

TEST(LabelSelector, RefusesWhatItCannotRead) {
  for (const char* text : {"a b", "a in b", "a in (b", "=a", "a=b,", "a,,b", "!", "a>x", "-a=b",
                           "a=-", "in (a)x", "(", "a=b=c"}) {
    const auto selector = LabelSelector::parse(text);
    ASSERT_FALSE(selector) << text;
    const std::string why = selector.error().message();
    EXPECT_TRUE(why.starts_with("unable to parse requirement: ") || why.starts_with("found '"))
        << why;
  }
}

TEST(LabelSelector, PrintsInOrderOfKeys) {
  EXPECT_EQ(LabelSelector::parse("c,a in (z,y),b!=x,!d")->text(), "a in (y,z),b!=x,c,!d");
}

TEST(LabelSelector, ReadsTheObjectForm) {
  const auto selector = LabelSelector::from_json(Json::parse(
      R"({"matchLabels":{"a":"b"},"matchExpressions":[{"key":"t","operator":"In","values":["x","y"]},{"key":"u","operator":"DoesNotExist"}]})"));
  ASSERT_TRUE(selector);
  EXPECT_TRUE(selector->matches(Json{{"a", "b"}, {"t", "y"}}));
  EXPECT_FALSE(selector->matches(Json{{"a", "b"}, {"t", "y"}, {"u", ""}}));
  EXPECT_FALSE(LabelSelector::from_json(
      Json::parse(R"({"matchExpressions":[{"key":"a","operator":"Near"}]})")));
  EXPECT_TRUE(LabelSelector::from_json(Json::object())->matches(Json::object()));
  EXPECT_FALSE(LabelSelector::from_json(nullptr)->matches(Json::object()));
}

TEST(FieldSelector, ComparesFieldsAndTakesAbsentOnesForEmpty) {
  const Json pod = Json::parse(
      R"({"metadata":{"name":"p"},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}})");
  EXPECT_TRUE(
      FieldSelector::parse("metadata.name=p,spec.nodeName=n1,status.phase!=Failed")->matches(pod));
  EXPECT_FALSE(FieldSelector::parse("status.phase!=Running")->matches(pod));
  EXPECT_TRUE(FieldSelector::parse("spec.hostNetwork=false")->matches(pod));
  EXPECT_TRUE(FieldSelector::parse("status.podIP=")->matches(pod));
  EXPECT_EQ(*FieldSelector::parse(R"(metadata.name=a\,b\=c)")->wanted("metadata.name"), "a,b=c");
  EXPECT_FALSE(FieldSelector::parse("spec.nodeName"));
}

}  // namespace
}  // namespace spokelab::kube
