// JSON Schemas of values, against what Helm says of them.
#include "hub/helm/schema/schema.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "hub/helm/values.h"
#include "hub/helm/values/set.h"

namespace spokelab::hub::helm {
namespace {

struct SchemaCase {
  const char* set;
  const char* expected;  // "" when the values are fine
};

void expect_all(const char* schema, const char* values, const std::vector<SchemaCase>& cases) {
  const auto compiled = Schema::compile(schema);
  ASSERT_TRUE(compiled) << compiled.error().message();
  for (const SchemaCase& one : cases) {
    Json given = *read_values(values);
    ASSERT_TRUE(set_value(given, one.set)) << one.set;
    const auto good = compiled->check(given);
    EXPECT_EQ(good ? "" : good.error().message(), one.expected) << one.set;
  }
}

std::string refusal(const char* schema) {
  const auto compiled = Schema::compile(schema);
  return compiled ? "taken" : compiled.error().message();
}

TEST(HelmSchema, ABasicSchema) {
  expect_all(
      R"({"type":"object","required":["name","age"],"properties":{"name":{"type":"string","minLen)"
      R"(gth":3,"pattern":"^[a-z]+$"},"age":{"type":"integer","minimum":0,"maximum":150},"tags":{)"
      R"("type":"array","items":{"type":"string"},"uniqueItems":true,"minItems":1}},"additionalPr)"
      R"(operties":false})",
      "name: bob\nage: 5",
      {
          {"", ""},
          {"name=B",
           "- at '/name': minLength: got 1, want 3\n- at '/name': 'B' does not match pattern "
           "'^[a-z]+$'"},
          {"age=-5", "- at '/age': minimum: got -5, want 0"},
          {"age=1.5", "- at '/age': got string, want integer"},
          {"tags={a,a}", "- at '/tags': items at 0 and 1 are equal"},
          {"extra=1", "- at '': additional properties 'extra' not allowed"},
          {"age=abc,name=12",
           "- at '/age': got string, want integer\n- at '/name': got number, want string"},
          {"tags={}", ""},
          {"tags[0].x=1", "- at '/tags/0': got object, want string"},
      });
}

/// A tree, and one that takes nothing else: the inner reference leads to whichever was entered
/// first.
std::string strict_tree(const char* draft, const char* anchor, const char* reference) {
  std::string out =
      R"({"$schema":"https://json-schema.org/draft/DRAFT/schema","$id":"https://x/strict",ANCHOR,)"
      R"("$ref":"tree","unevaluatedProperties":false,"$defs":{"tree":{"$id":"https://x/tree",ANCHOR,)"
      R"("type":"object","properties":{"data":{"type":"integer"},"children":{"type":"array",)"
      R"("items":{REFERENCE}}}}}})";
  const std::pair<std::string, const char*> words[] = {
      {"DRAFT", draft}, {"ANCHOR", anchor}, {"REFERENCE", reference}};
  for (const auto& [word, value] : words) {
    for (std::size_t at = out.find(word); at != std::string::npos; at = out.find(word))
      out.replace(at, word.size(), value);
  }
  return out;
}

TEST(HelmSchema, DynamicReferencesLeadToTheOutermostOfTheirName) {
  const std::pair<const char*, const char*> rows[] = {
      {"data: 1\nchildren: [{data: 2}]", ""},
      {"children: [{daat: 2}]",
       "- at '/children/0/daat': false schema\n- at '/children': false schema"},
      {"children: [{data: x, children: [{a: 1}]}]",
       "- at '/children/0': validation failed\n  - at '/children/0': validation failed\n"
       "    - at '/children/0/children/0/a': false schema\n"
       "    - at '/children/0/data': got string, want integer\n"
       "  - at '/children/0/children': false schema\n  - at '/children/0/data': false schema\n"
       "- at '/children': false schema"},
      {"extra: 1", "- at '/extra': false schema"}};
  for (const std::string& text :
       {strict_tree("2020-12", R"("$dynamicAnchor":"node")", R"("$dynamicRef":"#node")"),
        strict_tree("2019-09", R"("$recursiveAnchor":true)", R"("$recursiveRef":"#")")}) {
    const auto schema = Schema::compile(text);
    ASSERT_TRUE(schema) << schema.error().message();
    for (const auto& [values, expected] : rows) {
      const auto good = schema->check(*read_values(values));
      EXPECT_EQ(good ? "" : good.error().message(), expected) << text << "\n" << values;
    }
  }
}

TEST(HelmSchema, Draft7) {
  expect_all(
      R"({"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"port":{"type":"inte)"
      R"(ger","minimum":1,"maximum":65535},"svc":{"type":"object","properties":{"port":{"$ref":"#)"
      R"(/definitions/port"},"kind":{"enum":["ClusterIP","NodePort"]}},"required":["port"]}},"pro)"
      R"(perties":{"svc":{"$ref":"#/definitions/svc"},"mail":{"format":"email"},"uri":{"type":"st)"
      R"(ring","format":"uri"},"host":{"format":"hostname"},"d":{"format":"date-time"},"ip":{"for)"
      R"(mat":"ipv4"},"x":{"if":{"type":"string"},"then":{"minLength":4},"else":{"type":"integer")"
      R"(}},"c":{"const":"yes"},"any":{"anyOf":[{"type":"string"},{"type":"integer","multipleOf":)"
      R"(3}]},"one":{"oneOf":[{"type":"number"},{"type":"integer"}]},"no":{"not":{"type":"null"}})"
      R"(,"pp":{"patternProperties":{"^x-":{"type":"boolean"}},"additionalProperties":{"type":"st)"
      R"(ring"}},"dep":{"dependencies":{"a":["b"],"c":{"required":["d"]}}},"tup":{"items":[{"type)"
      R"(":"string"},{"type":"integer"}],"additionalItems":false},"cont":{"contains":{"type":"int)"
      R"(eger"}},"pn":{"propertyNames":{"maxLength":2}},"all":{"allOf":[{"minimum":3},{"maximum":)"
      R"(5}]},"em":{"exclusiveMinimum":3,"exclusiveMaximum":10}}})",
      "svc: {port: 80}",
      {
          {"", ""},
          {"svc.port=0", "- at '/svc/port': minimum: got 0, want 1"},
          {"svc.port=70000", "- at '/svc/port': maximum: got 70,000, want 65,535"},
          {"svc.kind=Foo", "- at '/svc/kind': value must be one of 'ClusterIP', 'NodePort'"},
          {"mail=nope", "- at '/mail': 'nope' is not valid email: missing @"},
          {"mail=a@b", ""},
          {"uri=no", "- at '/uri': 'no' is not valid uri: relative url"},
          {"uri=http://x", ""},
          {"host=ok.com", ""},
          {"d=yesterday",
           "- at '/d': 'yesterday' is not valid date-time: less than 20 characters long"},
          {"x=abc", "- at '/x': minLength: got 3, want 4"},
          {"x=5", ""},
          {"x=true", "- at '/x': got boolean, want integer"},
          {"c=no", "- at '/c': value must be 'yes'"},
          {"any=4",
           "- at '/any': 'anyOf' failed\n  - at '/any': got number, want string\n  - at '/any': "
           "multipleOf: got 4, want 3"},
          {"any=true",
           "- at '/any': 'anyOf' failed\n  - at '/any': got boolean, want string\n  - at '/any': "
           "got boolean, want integer"},
          {"any=9", ""},
          {"one=5", "- at '/one': 'oneOf' failed, subschemas 0, 1 matched"},
          {"one=5.5",
           "- at '/one': 'oneOf' failed, none matched\n  - at '/one': got string, want number\n  - "
           "at '/one': got string, want integer"},
          {"pp.x-a=1", "- at '/pp/x-a': got number, want boolean"},
          {"pp.y=1", "- at '/pp/y': got number, want string"},
          {"pp.x-b=true", ""},
          {"dep.a=1", "- at '/dep': properties 'b' required, if 'a' exists"},
          {"dep.c=1", "- at '/dep': missing property 'd'"},
          {"tup={a,b}", "- at '/tup/1': got string, want integer"},
          {"tup={a,1,2}", "- at '/tup': last 1 additionalItem(s) not allowed"},
          {"cont={a,b}",
           "- at '/cont': no items match contains schema\n  - at '/cont/0': got string, want "
           "integer\n  - at '/cont/1': got string, want integer"},
          {"cont={a,1}", ""},
          {"pn.abc=1", "- at '': invalid propertyName 'abc'\n  - at '': maxLength: got 3, want 2"},
          {"all=9", "- at '/all': 'allOf' failed\n  - at '/all': maximum: got 9, want 5"},
          {"all=1", "- at '/all': 'allOf' failed\n  - at '/all': minimum: got 1, want 3"},
          {"em=3", "- at '/em': exclusiveMinimum: got 3, want 3"},
          {"em=10", "- at '/em': exclusiveMaximum: got 10, want 10"},
          {"em=4", ""},
          {"svc.port=80.5", "- at '/svc/port': got string, want integer"},
          {"svc={a}", "- at '/svc': got array, want object"},
      });
}

TEST(HelmSchema, Draft4) {
  expect_all(
      R"({"$schema":"http://json-schema.org/draft-04/schema#","properties":{"n":{"type":"number",)"
      R"("minimum":1,"exclusiveMinimum":true},"r":{"$ref":"#/definitions/a"}},"definitions":{"a":)"
      R"({"id":"#foo","type":"string"}}})",
      "x: 1",
      {
          {"", ""},
          {"n2=1", ""},
          {"r=5", "- at '/r': got number, want string"},
          {"r=x", ""},
      });
}

TEST(HelmSchema, Draft2019) {
  expect_all(
      R"({"$schema":"https://json-schema.org/draft/2019-09/schema","$defs":{"a":{"$anchor":"A","t)"
      R"(ype":"object","properties":{"p":{"type":"string"}}}},"properties":{"o":{"$ref":"#A","pro)"
      R"(perties":{"q":true},"unevaluatedProperties":false},"dr":{"dependentRequired":{"a":["b",")"
      R"(c"]},"dependentSchemas":{"z":{"required":["y"]}}},"mc":{"contains":{"type":"integer"},"m)"
      R"(inContains":2,"maxContains":3}}})",
      "x: 1",
      {
          {"", ""},
          {"o.p=a", ""},
          {"o.z=1", "- at '/o/z': false schema"},
          {"o.p=5,o.q=1", "- at '/o/p': got number, want string\n- at '/o/p': false schema"},
          {"dr.a=1", "- at '/dr': properties 'b', 'c' required, if 'a' exists"},
          {"dr.z=1", "- at '/dr': missing property 'y'"},
          {"mc={1}",
           "- at '/mc': min 2 items required to match contains schema, but matched 1 items at 0"},
          {"mc={1,2}", ""},
          {"mc={1,2,3,4}",
           "- at '/mc': max 3 items required to match contains schema, but matched 4 items at 0 1 "
           "2 3"},
          {"mc={a}",
           "- at '/mc': min 2 items required to match contains schema, but none matched\n  - at "
           "'/mc/0': got string, want integer"},
      });
}

TEST(HelmSchema, Draft2020) {
  expect_all(
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"t":{"prefixItem)"
      R"(s":[{"type":"string"},{"type":"integer"}],"items":{"type":"boolean"}},"u":{"prefixItems")"
      R"(:[true],"unevaluatedItems":false},"e":{"enum":[1,"a",null,[1]]},"f":{"format":"email"}}})",
      "x: 1",
      {
          {"", ""},
          {"t={a,1,true}", ""},
          {"u={1,2}", "- at '/u/1': false schema"},
          {"e=2", "- at '/e': 'enum' failed"},
          {"e=1", ""},
          {"f=notchecked", ""},
      });
}

TEST(HelmSchema, ARecursiveSchema) {
  expect_all(
      R"({"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"},"v":{"type":"in)"
      R"(teger"}}}},"$ref":"#/$defs/n"})",
      "v: 1\nnext: {v: 2, next: {v: 3}}",
      {
          {"", ""},
          {"next.next.v=x", "- at '/next/next/v': got string, want integer"},
          {"next=1", "- at '/next': got number, want object"},
      });
}

TEST(HelmSchema, IdentifiersOfResources) {
  expect_all(
      R"({"$id":"https://example.com/a/root.json","properties":{"x":{"$ref":"other.json"},"y":{"$)"
      R"(ref":"#/properties/z"},"z":{"type":"string"}},"$defs":{"o":{"$id":"other.json","type":"i)"
      R"(nteger"}}})",
      "x: 1",
      {
          {"", ""},
          {"x=a", "- at '/x': got string, want integer"},
          {"y=1", "- at '/y': got number, want string"},
          {"y=b", ""},
      });
}

TEST(HelmSchema, FalseAllowsNothing) {
  expect_all(R"(false)", "a: x",
             {
                 {"", "- at '': false schema"},
                 {"", "- at '': false schema"},
             });
}

TEST(HelmSchema, TrueAllowsEverything) {
  expect_all(R"(true)", "a: x",
             {
                 {"", ""},
                 {"", ""},
             });
}

TEST(HelmSchema, SchemasThatAreNoneAreRefused) {
  EXPECT_TRUE(refusal("{").find("parse error") != std::string::npos);
  EXPECT_EQ(refusal(R"({"properties":{"a":{"$ref":"#/nope"}}})"),
            "json-pointer in \"file:///values.schema.json#/nope\" not found");
  EXPECT_EQ(refusal(R"({"properties":{"a":{"type":"strin"}}})"),
            "\"file:///values.schema.json#\" is not valid against metaschema: at "
            "'/properties/a/type': should be a type, or a list of types");
  EXPECT_EQ(refusal(R"({"required":"a"})"),
            "\"file:///values.schema.json#\" is not valid against metaschema: at '/required': "
            "should be a list of texts");
  EXPECT_TRUE(refusal(R"({"properties":{"a":{"pattern":"("}}})").starts_with("invalid regex"));
  EXPECT_TRUE(
      refusal(R"({"$schema":"http://example.com/own"})").starts_with("the schema is written"));
}

TEST(HelmSchema, ReferencesToTheNetworkAllowAllAndAreTold) {
  const auto schema =
      Schema::compile(R"({"properties":{"a":{"$ref":"https://example.com/x.json#/a"}}})");
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->remote_references(), std::vector<std::string>{"https://example.com/x.json"});
  EXPECT_TRUE(schema->check(Json::parse(R"({"a":{"b":1}})")));
}

TEST(HelmSchema, ReferencesMayLeadToAnyPlace) {
  const auto schema = Schema::compile(
      R"({"default":{"pattern":"^x"},"list":[[{"pattern":"^y"}]],"properties":{"a":{"$ref":"#/default"},
          "b":{"$ref":"#/list/0/0"}}})");
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_TRUE(schema->check(Json::parse(R"({"a":"x","b":"y"})")));
  EXPECT_EQ(schema->check(Json::parse(R"({"a":"y"})")).error().message(),
            "- at '/a': 'y' does not match pattern '^x'");
}

TEST(HelmSchema, CyclesAndExplosionsEnd) {
  const auto cycle = Schema::compile(R"({"$ref":"#"})");
  EXPECT_EQ(cycle->check(Json::object()).error().message(),
            "- at '': references of the schema form a cycle");
  Json schema = Json::object();
  for (int i = 0; i < 60; ++i) {
    const Json next{{"$ref", "#/$defs/" + std::to_string(i + 1)}};
    schema["$defs"][std::to_string(i)] = Json{{"allOf", Json::array({next, next})}};
  }
  schema["$defs"]["60"] = true;
  schema["$ref"] = "#/$defs/0";
  const auto doubling = Schema::compile(schema.dump());
  ASSERT_TRUE(doubling);
  EXPECT_EQ(doubling->check(Json::object()).error().code(), Errc::limit);
}

}  // namespace
}  // namespace spokelab::hub::helm
