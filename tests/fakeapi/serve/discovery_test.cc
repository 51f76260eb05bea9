// What a server says about itself, as clients of several ages ask for it.
#include <gmock/gmock.h>

#include <set>

#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
constexpr const char* kProtobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

class DiscoveryTest : public ServerTest {
 protected:
  HttpResponse get(const std::string& target, const std::string& accept = "application/json",
                   const std::string& known = "") {
    HttpRequest request;
    request.target = target;
    request.headers.set("Authorization", "Bearer admin-token");
    request.headers.set("Accept", accept);
    if (!known.empty()) request.headers.set("If-None-Match", known);
    return server.handle(request, HttpPeer{}).response;
  }
  Json document(const std::string& target) {
    auto parsed = parse_json(get(target).body.bytes());
    return parsed ? *parsed : Json();
  }
  void define_widgets() {
    json(
        "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        {{"apiVersion", "apiextensions.k8s.io/v1"},
         {"kind", "CustomResourceDefinition"},
         {"metadata", {{"name", "widgets.example.com"}}},
         {"spec",
          {{"group", "example.com"},
           {"names", {{"plural", "widgets"}, {"kind", "Widget"}}},
           {"scope", "Namespaced"},
           {"versions",
            Json::array({{{"name", "v1"},
                          {"served", true},
                          {"storage", true},
                          {"schema",
                           {{"openAPIV3Schema",
                             {{"type", "object"},
                              {"properties",
                               {{"spec",
                                 {{"type", "object"},
                                  {"properties", {{"size", {{"type", "integer"}}}}}}}}}}}}}}})}}}});
    ASSERT_EQ(last_status, 201);
  }
};

/// Every $ref in a document.
void collect_references(const Json& json, std::set<std::string>& into) {
  if (json.is_object() && json.contains("$ref") && json["$ref"].is_string())
    into.insert(json["$ref"].get<std::string>());
  if (json.is_structured()) {
    for (const auto& item : json) collect_references(item, into);
  }
}

TEST_F(DiscoveryTest, TheAggregatedDocumentComesToThoseWhoAskForIt) {
  const auto response = get("/apis", kAggregated);
  EXPECT_EQ(*response.headers.find("Content-Type"),
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  EXPECT_EQ((*response.body.json())["kind"], "APIGroupDiscoveryList");
  EXPECT_EQ((*get("/apis").body.json())["kind"], "APIGroupList");
}

TEST_F(DiscoveryTest, AKnownDocumentIs304WithoutAType) {
  const auto first = get("/apis", kAggregated);
  const auto again = get("/apis", kAggregated, *first.headers.find("ETag"));
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.headers.find("Content-Type"), nullptr);
  EXPECT_TRUE(again.body.empty());
}

TEST_F(DiscoveryTest, ADefinitionShowsInEveryDocumentAtOnce) {
  const auto tag = *get("/apis", kAggregated).headers.find("ETag");
  const auto index = document("/openapi/v3");
  EXPECT_EQ(document("/apis/example.com/v1"), Json());
  define_widgets();
  EXPECT_NE(*get("/apis", kAggregated).headers.find("ETag"), tag);
  EXPECT_EQ(document("/apis/example.com/v1")["resources"][0]["name"], "widgets");
  EXPECT_FALSE(index["paths"].contains("apis/example.com/v1"));
  const Json schemas = document("/openapi/v3/apis/example.com/v1")["components"]["schemas"];
  EXPECT_EQ(schemas["com.example.v1.Widget"]["properties"]["spec"]["properties"]["size"]["type"],
            "integer");
  EXPECT_TRUE(document("/openapi/v2")["definitions"].contains("com.example.v1.Widget"));
}

TEST_F(DiscoveryTest, EveryReferenceOfOpenApiResolves) {
  define_widgets();
  const Json v2 = document("/openapi/v2");
  std::set<std::string> references;
  collect_references(v2, references);
  EXPECT_GT(references.size(), 300U);
  for (const auto& reference : references) {
    EXPECT_TRUE(v2.contains(Json::json_pointer(reference.substr(1)))) << reference;
  }
  const Json index = document("/openapi/v3");
  for (const auto& [path, entry] : index["paths"].items()) {
    const Json v3 = document(entry["serverRelativeURL"].get<std::string>());
    references.clear();
    collect_references(v3, references);
    for (const auto& reference : references) {
      EXPECT_TRUE(v3.contains(Json::json_pointer(reference.substr(1)))) << path << reference;
    }
  }
}

TEST_F(DiscoveryTest, OpenApiV3SaysWhatKubectlLooksFor) {
  const Json apps = document("/openapi/v3/apis/apps/v1");
  const Json& patch =
      apps["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
  EXPECT_EQ(patch["x-kubernetes-group-version-kind"],
            (Json{{"group", "apps"}, {"version", "v1"}, {"kind", "Deployment"}}));
  bool validates = false;
  for (const auto& parameter : patch["parameters"])
    validates = validates || parameter["name"] == "fieldValidation";
  EXPECT_TRUE(validates);
  EXPECT_TRUE(patch["requestBody"]["content"].contains("application/strategic-merge-patch+json"));
  const Json& schemas = apps["components"]["schemas"];
  const Json& ports = schemas["io.k8s.api.core.v1.Container"]["properties"]["ports"];
  EXPECT_EQ(ports["x-kubernetes-patch-merge-key"], "containerPort");
  EXPECT_EQ(ports["x-kubernetes-list-map-keys"], (Json{"containerPort", "protocol"}));
}

TEST_F(DiscoveryTest, OpenApiV3TellsWhatIsRequiredAndWhichValuesThereAre) {
  const Json apps = document("/openapi/v3/apis/apps/v1");
  const Json& schemas = apps["components"]["schemas"];
  const Json& sets = schemas["io.k8s.api.apps.v1.DaemonSetSpec"];
  EXPECT_EQ(sets["required"], (Json{"selector", "template"}));
  const Json& strategy = schemas["io.k8s.api.apps.v1.DeploymentStrategy"]["properties"]["type"];
  EXPECT_EQ(strategy["enum"], (Json{"Recreate", "RollingUpdate"}));
  const Json& port = schemas["io.k8s.api.core.v1.ContainerPort"]["properties"];
  EXPECT_EQ(port["protocol"]["default"], "TCP");
  EXPECT_EQ(port["containerPort"]["default"], 0);
  EXPECT_FALSE(port["hostPort"].contains("default")) << "may be left out";
  const Json& status = schemas["io.k8s.api.apps.v1.StatefulSetStatus"];
  EXPECT_EQ(status["required"], Json::array({"replicas"}));
}

TEST_F(DiscoveryTest, AnOldHashLeadsToTheNewDocument) {
  const auto url =
      document("/openapi/v3")["paths"]["apis/apps/v1"]["serverRelativeURL"].get<std::string>();
  const auto fresh = get(url);
  EXPECT_EQ(fresh.status, 200);
  EXPECT_THAT(*fresh.headers.find("Cache-Control"), HasSubstr("immutable"));
  const auto old = get("/openapi/v3/apis/apps/v1?hash=0");
  EXPECT_EQ(old.status, 301);
  EXPECT_EQ(*old.headers.find("Location"), url);
}

TEST_F(DiscoveryTest, OpenApiV2IsProtobufForThoseWhoReadNothingElse) {
  const auto response = get("/openapi/v2", kProtobuf);
  EXPECT_EQ(*response.headers.find("Content-Type"),
            "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
  EXPECT_THAT(response.body.bytes(), StartsWith("\x0a\x03"
                                                "2.0"));
  EXPECT_THAT(response.body.bytes(), HasSubstr("io.k8s.api.apps.v1.Deployment"));
}

TEST_F(DiscoveryTest, ATypeThatNobodyServesIsNotAcceptable) {
  EXPECT_EQ(get("/openapi/v2", "text/html").status, 406);
  EXPECT_EQ(get("/openapi/v3", "application/com.github.proto-openapi.spec.v3@v1.0+protobuf").status,
            406);
}

TEST_F(DiscoveryTest, HealthTellsItsChecksOnRequest) {
  EXPECT_EQ(get("/readyz").body.bytes(), "ok");
  EXPECT_THAT(get("/readyz?verbose").body.bytes(), HasSubstr("[+]ping ok\n"));
  EXPECT_THAT(get("/readyz?verbose").body.bytes(), HasSubstr("readyz check passed"));
  EXPECT_EQ(get("/livez/ping").status, 200);
  EXPECT_EQ(get("/livez/nonsense").status, 404);
}

TEST_F(DiscoveryTest, WhatIsServedNowhereIsNotFound) {
  for (const char* path : {"/nonsense", "/apis/nonsense", "/apis/apps/v9", "/openapi/v3/nonsense",
                           "/api/v2", "/../etc/passwd"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
}

}  // namespace
}  // namespace spokelab::fakeapi
