// Strategic merge patches: each row is what `kubectl patch --local --type strategic` 1.32 makes of
// it.
#include "kube/strategic.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::kube {
namespace {

struct Row {
  const char* about;
  const char* object;
  const char* patch;
  const char* want;
};

const Row kRows[] = {
    {"merges containers by name",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a",
      "image":"i","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"b","image":"j"}]}}}})",
     R"({"spec":{"template":{"spec":{"containers":[{"name":"b","image":"k"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"env":[{"name":"X",
      "value":"1"},{"name":"Y","value":"2"}],"image":"i","name":"a","ports":[{"containerPort":80}]},
      {"image":"k","name":"b"}]}}}})"},
    {"new items follow",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a",
      "image":"i","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"b","image":"j"}]}}}})",
     R"({"spec":{"template":{"spec":{"containers":[{"name":"c","image":"k"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"image":"k",
      "name":"c"},{"env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],
      "image":"i","name":"a","ports":[{"containerPort":80}]},{"image":"j","name":"b"}]}}}})"},
    {"patch delete",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a",
      "image":"i","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"b","image":"j"}]}}}})",
     R"({"spec":{"template":{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"image":"j",
      "name":"b"}]}}}})"},
    {"patch replace list",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a",
      "image":"i","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"b","image":"j"}]}}}})",
     R"({"spec":{"template":{"spec":{"containers":[{"name":"z","image":"q"},{"$patch":"replace"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"image":"q",
      "name":"z"}]}}}})"},
    {"patch replace map",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a",
      "image":"i","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"b","image":"j"}]}}}})",
     R"({"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"b"}}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"metadata":{"labels":{"a":"b"}}}}})"},
    {"patch delete map",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"strategy":{"type":"RollingUpdate",
      "rollingUpdate":{"maxSurge":1}}}})",
     R"({"spec":{"strategy":{"$patch":"delete"}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"strategy":{}}})"},
    {"set element order",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a",
      "image":"i","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"b","image":"j"}]}}}})",
     R"({"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"b"},
      {"name":"a"}],"containers":[{"name":"a","image":"new"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"image":"j",
      "name":"b"},{"env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],
      "image":"new","name":"a","ports":[{"containerPort":80}]}]}}}})"},
    {"order keeps live-only items in place",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"x",
      "image":"1"},{"name":"a","image":"1"},{"name":"y","image":"1"},{"name":"b",
      "image":"1"}]}}}})",
     R"({"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"b"},
      {"name":"a"},{"name":"n"}],"containers":[{"name":"n","image":"2"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"image":"1",
      "name":"x"},{"image":"1","name":"y"},{"image":"1","name":"b"},{"image":"1",
      "name":"a"},{"image":"2","name":"n"}]}}}})"},
    {"env delete with order",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a",
      "image":"i","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"b","image":"j"}]}}}})",
     R"({"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"a"}],
      "containers":[{"$setElementOrder/env":[{"name":"Y"}],"env":[{"name":"Y",
      "value":"9"},{"$patch":"delete","name":"X"}],"name":"a"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"env":[{"name":"Y",
      "value":"9"}],"image":"i","name":"a","ports":[{"containerPort":80}]},{"image":"j",
      "name":"b"}]}}}})"},
    {"retain keys",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"strategy":{"type":"RollingUpdate",
      "rollingUpdate":{"maxSurge":1}}}})",
     R"({"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"strategy":{"type":"Recreate"}}})"},
    {"retain keys in volumes",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"volumes":[{"name":"v",
      "emptyDir":{}}]}}}})",
     R"({"spec":{"template":{"spec":{"volumes":[{"$retainKeys":["configMap","name"],
      "configMap":{"name":"c"},"name":"v"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"volumes":[{"configMap":{"name":"c"},
      "name":"v"}]}}}})"},
    {"finalizers merge",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","finalizers":["a/x",
      "b/x"]},"spec":{}})",
     R"({"metadata":{"finalizers":["c/x","a/x"]}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"finalizers":["c/x",
      "a/x","b/x"],"name":"d"},"spec":{}})"},
    {"delete from primitive list",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","finalizers":["a/x",
      "b/x","c/x"]},"spec":{}})",
     R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["b/x"]}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"finalizers":["a/x",
      "c/x"],"name":"d"},"spec":{}})"},
    {"delete and order primitives",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","finalizers":["a/x",
      "b/x","c/x"]},"spec":{}})",
     R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["b/x"],"$setElementOrder/finalizers":["d/x",
      "a/x"],"finalizers":["d/x"]}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"finalizers":["d/x",
      "a/x","c/x"],"name":"d"},"spec":{}})"},
    {"null deletes",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":3,
      "paused":true}})",
     R"({"spec":{"replicas":null}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"paused":true}})"},
    {"tolerations replaced",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"tolerations":[{"key":"a"}]}}}})",
     R"({"spec":{"template":{"spec":{"tolerations":[{"key":"b"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"tolerations":[{"key":"b"}]}}}})"},
    {"nulls in what is new vanish",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{}})",
     R"({"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"strategy":{"type":"Recreate"}}})"},
    {"ports merge by containerPort",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a",
      "image":"i","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}],"ports":[{"containerPort":80}]},
      {"name":"b","image":"j"}]}}}})",
     R"({"spec":{"template":{"spec":{"containers":[{"name":"a","ports":[{"containerPort":81},
      {"containerPort":80,"name":"http"}]}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"env":[{"name":"X",
      "value":"1"},{"name":"Y","value":"2"}],"image":"i","name":"a","ports":[{"containerPort":81},
      {"containerPort":80,"name":"http"}]},{"image":"j","name":"b"}]}}}})"},
    {"delete of nothing",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a"}]}}}})",
     R"({"spec":{"template":{"spec":{"containers":[{"name":"q","$patch":"delete"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"template":{"spec":{"containers":[{"name":"a"}]}}}})"},
};

TEST(StrategicPatch, DoesWhatKubectlDoes) {
  const SchemaType* type = schema_of("apps", "v1", "Deployment");
  ASSERT_NE(type, nullptr);
  for (const Row& row : kRows) {
    const auto got = apply_strategic_patch(Json::parse(row.object), Json::parse(row.patch), type);
    ASSERT_TRUE(got) << row.about << ": " << got.error().message();
    EXPECT_EQ(*got, Json::parse(row.want)) << row.about;
  }
}

TEST(StrategicPatch, DirectivesInsideNewItemsAreNotKept) {
  const auto got = apply_strategic_patch(
      Json::parse(R"({"spec":{"template":{"spec":{"containers":[{"name":"a"}]}}}})"),
      Json::parse(R"({"spec":{"template":{"spec":{"containers":[{"name":"q",
        "$setElementOrder/env":[{"name":"E"}],"env":[{"name":"E","value":"1"}]}]}}}})"),
      schema_of("apps", "v1", "Deployment"));
  ASSERT_TRUE(got);
  const Json& made = (*got)["spec"]["template"]["spec"]["containers"][0];
  EXPECT_EQ(made, (Json{{"name", "q"}, {"env", Json::array({{{"name", "E"}, {"value", "1"}}})}}));
}

TEST(StrategicPatch, RefusesPatchesThatContradictThemselves) {
  const SchemaType* type = schema_of("apps", "v1", "Deployment");
  const Json object = Json::parse(
      R"({"spec":{"strategy":{"type":"RollingUpdate"},"template":{"spec":{"containers":[{"name":"a"}]}}}})");
  for (
      const char* patch :
      {R"({"spec":{"template":{"spec":{"containers":[{"image":"no merge key"}]}}}})",
       R"({"spec":{"template":{"spec":{"containers":[{"name":"a","$patch":"burn"}]}}}})",
       R"({"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate","rollingUpdate":{}}}})",
       R"({"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"b"}],"containers":[{"name":"a"}]}}}})",
       R"({"$patch":"burn"})", "[]", "7"}) {
    const auto got = apply_strategic_patch(object, Json::parse(patch), type);
    ASSERT_FALSE(got) << patch;
    EXPECT_EQ(got.error().code(), Errc::bad_input);
  }
}

}  // namespace
}  // namespace spokelab::kube
