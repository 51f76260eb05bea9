// The --set grammar, against what Helm makes of each expression.
#include "hub/helm/values/set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"

namespace spokelab::hub::helm {
namespace {

struct SetCase {
  const char* expression;
  const char* expected;  // the values as JSON, or "error: " and the message
};

using Set = Result<void> (*)(Json&, std::string_view);

std::string outcome(Set set, std::string_view expression) {
  Json values = Json::object();
  const auto done = set(values, expression);
  return done ? values.dump() : "error: " + done.error().message();
}

void expect_all(Set set, const std::vector<SetCase>& cases) {
  for (const SetCase& one : cases) {
    const std::string got = outcome(set, one.expression);
    if (got.starts_with("error: ") || std::string_view(one.expected).starts_with("error: "))
      EXPECT_EQ(got, one.expected) << one.expression;
    else
      EXPECT_EQ(Json::parse(got), Json::parse(one.expected)) << one.expression;
  }
}

TEST(HelmSet, ReadsExpressionsAsHelmDoes) {
  expect_all(
      set_value,
      {
          {"a=1", R"({"a":1})"},
          {"a=b=c", R"({"a":"b=c"})"},
          {"a.b.c=d", R"({"a":{"b":{"c":"d"}}})"},
          {"a[0]=x", R"({"a":["x"]})"},
          {"a[1]=x", R"({"a":[null,"x"]})"},
          {"a[0].b=x,a[1].b=y", R"({"a":[{"b":"x"},{"b":"y"}]})"},
          {"a={x,y}", R"({"a":["x","y"]})"},
          {"a={}", R"({"a":[""]})"},
          {"a={1,2}", R"({"a":[1,2]})"},
          {"a={x", "error: failed parsing --set data: list must terminate with '}'"},
          {"a=}", R"({"a":"}"})"},
          {"a", R"(error: failed parsing --set data: key "a" has no value)"},
          {"a,b=1",
           R"(error: failed parsing --set data: key "a" has no value (cannot end with ,))"},
          {"a.b", R"(error: failed parsing --set data: key "b" has no value)"},
          {"a.", "{}"},
          {".a=1", "{}"},
          {"=1", "{}"},
          {"a=", R"({"a":""})"},
          {"a=,b=1", R"({"a":"","b":1})"},
          {"a==", R"({"a":"="})"},
          {R"(a\.b=c)", R"({"a.b":"c"})"},
          {R"(a=b\,c)", R"({"a":"b,c"})"},
          {R"(a=b\\c)", R"({"a":"b\\c"})"},
          {R"(a={b\,c,d})", R"({"a":["b,c","d"]})"},
          {"a=null", R"({"a":null})"},
          {"a=NULL", R"({"a":null})"},
          {"a=True", R"({"a":true})"},
          {"a=fAlse", R"({"a":false})"},
          {"a=0", R"({"a":0})"},
          {"a=00", R"({"a":"00"})"},
          {"a=07", R"({"a":"07"})"},
          {"a=1.5", R"({"a":"1.5"})"},
          {"a=1e3", R"({"a":"1e3"})"},
          {"a=-5", R"({"a":-5})"},
          {"a=+5", R"({"a":5})"},
          {"a=9223372036854775807", R"({"a":9223372036854775807})"},
          {"a=9223372036854775808", R"({"a":"9223372036854775808"})"},
          {"a=0x10", R"({"a":"0x10"})"},
          {R"(a=" x ")", R"({"a":"\" x \""})"},
          {"a= x", R"({"a":" x"})"},
          {"a[-1]=x", "error: failed parsing --set data: negative -1 index not allowed"},
          {"a[x]=1",
           R"(error: failed parsing --set data: error parsing index: strconv.Atoi: parsing "x": invalid syntax)"},
          {"a[0=1", "error: failed parsing --set data: error parsing index: EOF"},
          {"a[0]x=1",
           R"(error: failed parsing --set data: unexpected data at end of array index: ['x'])"},
          {"a[0]", R"({"a":[]})"},
          {"a[70000]=1",
           "error: failed parsing --set data: index of 70000 is greater than maximum supported "
           "index of 65536"},
          {"a[0][1]=x", R"({"a":[[null,"x"]]})"},
          {"a[0][0].b=x", R"({"a":[[{"b":"x"}]]})"},
          {"a.b[0].c[1]=x", R"({"a":{"b":[{"c":[null,"x"]}]}})"},
          {"a=1,a.b=2",
           "error: failed parsing --set data: unable to parse key: interface conversion: interface "
           "{} is int64, not map[string]interface {}"},
          {"a=x,a[0]=2",
           "error: failed parsing --set data: unable to parse key: interface conversion: interface "
           "{} is string, not []interface {}"},
          {"a[0]=x,a.b=1",
           "error: failed parsing --set data: unable to parse key: interface conversion: interface "
           "{} is []interface {}, not map[string]interface {}"},
          {"a.b=1,a.c=2", R"({"a":{"b":1,"c":2}})"},
          {"a={{a},b}", R"(error: failed parsing --set data: key "b}" has no value)"},
          {"a={a}b", R"(error: failed parsing --set data: key "b" has no value)"},
          {"a=a{b}", R"({"a":"a{b}"})"},
          {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f=1",
           "error: failed parsing --set data: value name nested level is greater than maximum "
           "supported nested level of 30"},
          {"a= ", R"({"a":" "})"},
          {R"(a\=b=c)", R"({"a=b":"c"})"},
          {R"(a=\)", R"({"a":""})"},
          {R"(a=b\)", R"({"a":"b"})"},
          {"é=ü", R"({"é":"ü"})"},
          {"a=日本", R"({"a":"日本"})"},
          {"a[0]=1,a[0]=2", R"({"a":[2]})"},
          {"a[2]=x,a[0]=y", R"({"a":["y",null,"x"]})"},
          {"a[0].b=", R"({"a":[]})"},
          {"a[0].b=1,a[0].c=", R"({"a":[{"b":1,"c":""}]})"},
          {"a[1.5]=x",
           R"(error: failed parsing --set data: error parsing index: strconv.Atoi: parsing "1.5": invalid syntax)"},
          {"a[+1]=x", R"({"a":[null,"x"]})"},
          {"a[]=x",
           R"(error: failed parsing --set data: error parsing index: strconv.Atoi: parsing "": invalid syntax)"},
          {"a=,", R"({"a":""})"},
          {"a=1,", R"({"a":1})"},
          {"a=1,,b=2",
           R"(error: failed parsing --set data: key "" has no value (cannot end with ,))"},
          {"[0]=x", "{}"},
          {"a..b=1", R"(error: failed parsing --set data: key map "a" has no value)"},
          {"a.b.=1", R"(error: failed parsing --set data: key map "b" has no value)"},
          {"a={a,}", R"({"a":["a",""]})"},
          {"a={,}", R"({"a":["",""]})"},
          {"a=true,b=nulL,c=FALSE", R"({"a":true,"b":null,"c":false})"},
          {"x.y=1,x.y.z=2",
           "error: failed parsing --set data: unable to parse key: interface conversion: interface "
           "{} is int64, not map[string]interface {}"},
          {R"(a="b,c=d")", R"({"a":"\"b","c":"d\""})"},
          {"a='b'", R"({"a":"'b'"})"},
          {"a={x,y},b=1", R"({"a":["x","y"],"b":1})"},
          {"a={x,y}.b=1", R"({"a":["x","y"]})"},
          {"a[0]={x,y}", R"({"a":[["x","y"]]})"},
          {"a.b={1,true,null}", R"({"a":{"b":[1,true,null]}})"},
      });
}

TEST(HelmSet, StringValuesStayText) {
  expect_all(set_text, {
                           {"a=1,b=true", R"({"a":"1","b":"true"})"},
                           {"a={1,x}", R"({"a":["1","x"]})"},
                           {"a[1]=null", R"({"a":[null,"null"]})"},
                           {"a.b=0", R"({"a":{"b":"0"}})"},
                       });
}

TEST(HelmSet, JsonValuesEndWhereTheJsonEnds) {
  expect_all(set_json, {
                           {"a=1", R"({"a":1})"},
                           {R"(a={"b":[1,2.5,null,true]})", R"({"a":{"b":[1,2.5,null,true]}})"},
                           {R"(a=[1,2],b="x")", R"({"a":[1,2],"b":"x"})"},
                           {R"(a="x,y")", R"({"a":"x,y"})"},
                           {"a=", R"({"a":null})"},
                           {"a=,b=1", R"({"a":null,"b":1})"},
                           {"a= [1] , b=2", R"({" b":2,"a":[1]})"},
                           {R"(a.b[1]={"c":1})", R"({"a":{"b":[null,{"c":1}]}})"},
                           {R"(a[0].b="x")", R"({"a":[{"b":"x"}]})"},
                           {"a=null", R"({"a":null})"},
                           {R"(a="é\u00e9")", R"({"a":"éé"})"},
                           {"a={},b=[]", R"({"a":{},"b":[]})"},
                           {"a=1e3", R"({"a":1000})"},
                           {R"(a="x"b="y")", R"({"a":"x","b":"y"})"},
                           {R"(a={"b":1}c=2)", R"({"a":{"b":1},"c":2})"},
                           {"a=true,b=false", R"({"a":true,"b":false})"},
                           {"a=0.1,", R"({"a":0.1})"},
                           {"a=-5", R"({"a":-5})"},
                       });
}

TEST(HelmSet, JsonThatIsNoneIsRefusedWithTheExpression) {
  for (const char* wrong : {"a=nope", "a={\"b\"", "a=1 2", "{\"a\":1}"}) {
    EXPECT_EQ(outcome(set_json, wrong)
                  .rfind(std::string("error: failed parsing --set-json data ") + wrong, 0),
              0u)
        << outcome(set_json, wrong);
  }
}

TEST(HelmSet, LiteralsAreTakenAsTheyAre) {
  expect_all(set_literal,
             {
                 {"a=1,b=2", R"({"a":"1,b=2"})"},
                 {"a.b=c.d", R"({"a":{"b":"c.d"}})"},
                 {"a[0]=x[1]", R"({"a":["x[1]"]})"},
                 {"a={x,y}", R"({"a":"{x,y}"})"},
                 {"a=", R"({"a":""})"},
                 {"a", R"(error: failed parsing --set-literal data: key "a" has no value)"},
                 {"a.b", R"(error: failed parsing --set-literal data: key "b" has no value)"},
                 {R"(a=\,x)", R"({"a":"\\,x"})"},
                 {"a=b=c", R"({"a":"b=c"})"},
                 {R"(a[0].b=x\)", R"({"a":[{"b":"x\\"}]})"},
                 {"a=null", R"({"a":"null"})"},
                 {"x.y.z=true", R"({"x":{"y":{"z":"true"}}})"},
             });
}

TEST(HelmSet, FilesGiveTheirContent) {
  const ReadFile read = [](const std::string& path) -> Result<std::string> {
    if (path == "none") return Error(Errc::not_found, "open none: no such file or directory");
    return "<" + path + ">";
  };
  const auto file = [&](std::string_view expression) {
    Json values = Json::object();
    const auto done = set_file(values, expression, read);
    return done ? values.dump() : "error: " + done.error().message();
  };
  EXPECT_EQ(file("a.b[1]=x.txt,c=y"), R"({"a":{"b":[null,"<x.txt>"]},"c":"<y>"})");
  EXPECT_EQ(file("a={x,y}"), R"({"a":["<x>","<y>"]})");
  EXPECT_EQ(file("a=none"),
            "error: failed parsing --set-file data: open none: no such file or directory");
}

TEST(HelmSet, LaterExpressionsChangeWhatEarlierOnesMade) {
  Json values = Json::parse(R"({"p":1,"q":{"r":2},"l":["z"]})");
  ASSERT_TRUE(set_value(values, "q.s=3,l[1]=y,p=null"));
  EXPECT_EQ(values.dump(), R"({"l":["z","y"],"p":null,"q":{"r":2,"s":3}})");
}

TEST(HelmSet, AnIndexIsLimitedAndSoIsNesting) {
  EXPECT_EQ(outcome(set_value, "a[65537]=x"),
            "error: failed parsing --set data: index of 65537 is greater than maximum supported "
            "index of 65536");
  std::string deep = "a";
  for (int i = 0; i < 300; ++i) deep += "[0]";
  EXPECT_TRUE(outcome(set_value, deep + "=x").starts_with("error: "));
}

// Whatever is thrown at it, it ends, and what it makes is a table that prints.
TEST(HelmSet, AnyTextGivesValuesOrAnError) {
  const std::string alphabet = "ab.,=[]{}\\01-\"x\xff ";
  std::uint32_t state = 1;
  for (int round = 0; round < 4000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      state = state * 1664525u + 1013904223u;
      text += alphabet[(state >> 16) % alphabet.size()];
    }
    for (const Set set : {set_value, set_text, set_json, set_literal}) {
      Json values = Json::parse(R"({"a":{"b":[1,{"x":2}]},"b":"text"})");
      if (set(values, text)) {
        ASSERT_TRUE(values.is_object());
        ASSERT_NO_THROW(values.dump()) << text;
      }
    }
  }
}

}  // namespace
}  // namespace spokelab::hub::helm
