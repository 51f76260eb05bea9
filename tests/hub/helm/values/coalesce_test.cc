// Values merged down a chart tree, against what Helm gives its templates.
#include "hub/helm/values/coalesce.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/json.h"
#include "hub/helm/chart.h"
#include "hub/helm/values.h"
#include "hub/helm/values/set.h"
#include "tests/hub/helm/chart_files.h"

namespace spokelab::hub::helm {
namespace {

/// A chart in a chart in a chart, with nulls in all of them.
const FileTree& family() {
  static const FileTree files = chart_files(
      {{"Chart.yaml",
        "apiVersion: v2\nname: nulls\nversion: 0.1.0\ndependencies: [{name: kid, version: "
        "0.1.0}]\n"},
       {"values.yaml",
        "a: {b: {c: 1, d: 2}, \"false\": null}\nlist: [1, 2]\ntop: x\nnothing: null\n"
        "kid: {p: {q: 1}, list: [9], own: null, parentnull: null}\n"
        "global: {g: {h: 1, i: 2}, s: x}\n"},
       {"charts/kid/Chart.yaml",
        "apiVersion: v2\nname: kid\nversion: 0.1.0\ndependencies: [{name: grand, version: "
        "0.1.0}]\n"},
       {"charts/kid/values.yaml",
        "p: {q: 2, r: 3, deep: {x: {\"true\": z}}}\nlist: [1, 2, 3]\nown: {some: default}\n"
        "kidnull: null\nparentnull: here\nglobal: {k: 1, g: {h: kid}}\ngrand: {fromkid: 1, nul: "
        "null}\n"},
       {"charts/kid/charts/grand/Chart.yaml", "apiVersion: v2\nname: grand\nversion: 0.1.0\n"},
       {"charts/kid/charts/grand/values.yaml", "fromkid: 0\nnul: 7\nmine: {a: 1}\n"}});
  return files;
}

/// "pointer" -> scalar; an empty table or list is null.
std::map<std::string, std::string> scalars(const Json& values) {
  std::map<std::string, std::string> out;
  const Json flat = values.flatten();
  for (const auto& [pointer, value] : flat.items())
    out[pointer] = value.is_number() ? fmt::format("{:g}", value.get<double>()) : value.dump();
  return out;
}

Result<Json> merged(const char* set) {
  const auto chart = load_chart(family(), "").value();
  Json values = Json::object();
  if (auto done = set_value(values, set); !done) return done.error();
  std::vector<std::string> warnings;
  const auto instance = enable_dependencies(*chart, values, warnings);
  if (!instance) return instance.error();
  if (auto done = coalesce(*instance->root, values, Nulls::coalesce); !done) return done.error();
  return values;
}

/// What `set` changes in the values: "-/gone /changed=1".
std::string difference(const char* set) {
  const auto plain = merged("");
  const auto got = merged(set);
  if (!got) return "error: " + got.error().message();
  const auto before = scalars(*plain), after = scalars(*got);
  std::map<std::string, std::string> parts;
  for (const auto& [pointer, value] : before) {
    if (!after.contains(pointer)) parts[pointer] = "-" + pointer;
  }
  for (const auto& [pointer, value] : after) {
    const auto hit = before.find(pointer);
    if (hit == before.end() || hit->second != value) parts[pointer] = pointer + "=" + value;
  }
  std::string out;
  for (const auto& [pointer, text] : parts) out += (out.empty() ? "" : " ") + text;
  return out;
}

TEST(HelmCoalesce, DefaultsReachEveryChartAndGlobalsGoDown) {
  EXPECT_EQ(
      *merged(""),
      as_values(Json::parse(
          R"({"a":{"b":{"c":1,"d":2},"false":null},"global":{"g":{"h":1,"i":2},"s":"x"},"kid":{"global":{"g":{"h":1,"i":2},"k":1,"s":"x"},"grand":{"fromkid":1,"global":{"g":{"h":1,"i":2},"k":1,"s":"x"},"mine":{"a":1}},"list":[9],"p":{"deep":{"x":{"true":"z"}},"q":1,"r":3}},"list":[1,2],"nothing":null,"top":"x"})")));
}

TEST(HelmCoalesce, UsersValuesWinAndNullDeletesAtEveryLevel) {
  const std::pair<const char*, const char*> cases[] = {
      {"a.b.c=null", R"(-/a/b/c)"},
      {"a=null", R"(-/a/b/c -/a/b/d -/a/false)"},
      {"a.b=null", R"(-/a/b/c -/a/b/d)"},
      {"top=null", R"(-/top)"},
      {"unknown=null", R"(/unknown=null)"},
      {"unknown.x=null", R"(/unknown/x=null)"},
      {"kid.p=null", R"(-/kid/p/deep/x/true -/kid/p/q -/kid/p/r)"},
      {"kid.p.q=null", R"(-/kid/p/q)"},
      {"kid.p.r=null", R"(-/kid/p/r)"},
      {"kid.p.deep.x.y=null", R"(/kid/p/deep/x/y=null)"},
      {"kid=null",
       R"(/kid/kidnull=null /kid/list/0=1 /kid/list/1=2 /kid/list/2=3 /kid/own/some="default" /kid/p/q=2 /kid/parentnull="here")"},
      {"kid.own.some=null", R"(/kid/own=null)"},
      {"kid.grand=null", R"(/kid/grand/fromkid=0 /kid/grand/nul=7)"},
      {"kid.grand.mine=null", R"(-/kid/grand/mine/a)"},
      {"kid.grand.mine.a=null", R"(/kid/grand/mine=null -/kid/grand/mine/a)"},
      {"kid.grand.nul=5", R"(/kid/grand/nul=5)"},
      {"global=null", R"(-/global/g/h -/global/g/i -/global/s)"},
      {"global.g=null", R"(-/global/g/h -/global/g/i)"},
      {"global.g.h=null", R"(-/global/g/h)"},
      {"global.s=null", R"(-/global/s)"},
      {"kid.global.k=null", R"(-/kid/global/k)"},
      {"kid.global=null", R"(-/kid/global/g/h -/kid/global/g/i -/kid/global/k -/kid/global/s)"},
      {"global.k=null", R"(/global/k=null -/kid/global/k)"},
      {"kid.kidnull=1", R"(/kid/kidnull=1)"},
      {"nothing=1", R"(/nothing=1)"},
      {"list[1]=null", R"(/list/0=null /list/1=null)"},
      {"a.n.x=1", R"(/a/n/x=1)"},
      {"global.new.deep=1",
       R"(/global/new/deep=1 /kid/global/new/deep=1 /kid/grand/global/new/deep=1)"},
      {"global.g=text", R"(/global/g="text" -/global/g/h -/global/g/i)"},
      {"kid.global.g=text", R"(/kid/global/g="text" -/kid/global/g/h -/kid/global/g/i)"},
      {"a=text", R"(/a="text" -/a/b/c -/a/b/d -/a/false)"},
      {"kid.p=text", R"(/kid/p="text" -/kid/p/deep/x/true -/kid/p/q -/kid/p/r)"},
      {"list=null,top.x=1", R"(-/list/0 -/list/1 -/top /top/x=1)"},
      {"kid.grand.x.y.z=1", R"(/kid/grand/x/y/z=1)"},
      {"global.s.t=1", R"(-/global/s /global/s/t=1)"},
      {"kid.unknown=null", R"(/kid/unknown=null)"},
  };
  for (const auto& [set, expected] : cases) EXPECT_EQ(difference(set), expected) << set;
}

/// As Helm 3.19 renders `.Values | toJson`: what lies two levels below `global` is one table for
/// all.
TEST(HelmCoalesce, ChartsShareTheTablesBelowGlobals) {
  const auto chart =
      load_chart(
          chart_files({{"Chart.yaml",
                        "apiVersion: v2\nname: top\nversion: 0.1.0\ndependencies: [{name: one, "
                        "version: 0.1.0}, {name: two, version: 0.1.0}]\n"},
                       {"values.yaml", "global: {db: {auth: {user: top}, port: 1}}\n"},
                       {"charts/one/Chart.yaml", "apiVersion: v2\nname: one\nversion: 0.1.0\n"},
                       {"charts/one/values.yaml",
                        "global: {db: {auth: {user: a, one: 1}, host: x, own: {z: 1}}}\n"},
                       {"charts/two/Chart.yaml", "apiVersion: v2\nname: two\nversion: 0.1.0\n"},
                       {"charts/two/values.yaml", "global: {db: {auth: {two: 2}}}\n"}}),
          "")
          .value();
  Json values = Json::object();
  std::vector<std::string> warnings;
  const auto instance = enable_dependencies(*chart, values, warnings);
  ASSERT_TRUE(instance);
  ASSERT_TRUE(coalesce(*instance->root, values, Nulls::coalesce));
  EXPECT_EQ(
      values.dump(),
      R"({"global":{"db":{"auth":{"one":1.0,"two":2.0,"user":"top"},"port":1.0}},"one":{"global":{"db":{"auth":{"one":1.0,"two":2.0,"user":"top"},"host":"x","own":{"z":1.0},"port":1.0}}},"two":{"global":{"db":{"auth":{"one":1.0,"two":2.0,"user":"top"},"port":1.0}}}})");
}

}  // namespace
}  // namespace spokelab::hub::helm
