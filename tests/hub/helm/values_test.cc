// --set and the merging of value files.
#include "hub/helm/values.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace spokelab::hub::helm {
namespace {

std::string after(std::string_view expression) {
  Json values = Json::object();
  const auto done = set_value(values, expression);
  return done ? values.dump() : "error: " + done.error().message();
}

TEST(HelmValues, SetReadsHelmsGrammar) {
  EXPECT_EQ(after("a=1,b=x,c=true,d=null,e=1.5,f=007,g="),
            R"({"a":1,"b":"x","c":true,"d":null,"e":"1.5","f":"007","g":""})");
  EXPECT_EQ(after("a.b[1].c=v"), R"({"a":{"b":[null,{"c":"v"}]}})");
  EXPECT_EQ(after("a={x,2,true}"), R"({"a":["x",2,true]})");
  EXPECT_EQ(after("a={}"), R"({"a":[]})");
  EXPECT_EQ(after(R"(a\.b=x\,y)"), R"({"a.b":"x,y"})");
  EXPECT_EQ(after("a"), "error: failed parsing --set data: key \"a\" has no value");
  EXPECT_EQ(after("a={x"), "error: failed parsing --set data: list must terminate with '}'");
  EXPECT_TRUE(after("a[99999999]=x").starts_with("error: "));
  EXPECT_TRUE(after("a[-1]=x").starts_with("error: "));
}

TEST(HelmValues, SetStringKeepsTextAndSetJsonReadsJson) {
  Json values = Json::object();
  ASSERT_TRUE(set_text(values, "a=1,b=true"));
  ASSERT_TRUE(set_json(values, R"(c={"x":[1,2]},d="y")"));
  EXPECT_EQ(values.dump(), R"({"a":"1","b":"true","c":{"x":[1.0,2.0]},"d":"y"})");
}

TEST(HelmValues, FilesMergeByKeyAndListsAreReplaced) {
  Json values = *read_values("a: {b: 1, c: [1, 2]}\n---\na: {d: 2}\n");
  merge_values(values, *read_values("a: {c: [3], b: null}\n"));
  EXPECT_EQ(values.dump(), R"({"a":{"b":null,"c":[3.0],"d":2.0}})");
  EXPECT_FALSE(read_values("- a\n"));
}

}  // namespace
}  // namespace spokelab::hub::helm
