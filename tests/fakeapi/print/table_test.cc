// Tables, ages and JSONPath.
#include "fakeapi/print/table.h"

#include "fakeapi/print/json_path.h"
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

using namespace std::chrono_literals;

TEST(HumanDuration, GetsCoarserWithAge) {
  const std::pair<Nanos, const char*> rows[] = {
      {-5s, "<invalid>"},   {-500ms, "0s"},       {119s, "119s"},      {120s, "2m"},
      {125s, "2m5s"},       {10min, "10m"},       {179min, "179m"},    {3h, "3h"},
      {3h + 5min, "3h5m"},  {9h, "9h"},           {47h, "47h"},        {48h, "2d"},
      {51h, "2d3h"},        {8 * 24h, "8d"},      {729 * 24h, "729d"}, {730 * 24h, "2y"},
      {800 * 24h, "2y70d"}, {9 * 365 * 24h, "9y"}};
  for (const auto& [span, text] : rows) EXPECT_EQ(human_duration(span), text);
}

TEST(JsonPath, FindsWhatColumnsAskFor) {
  const Json object = Json::parse(R"({"a":{"b":[{"t":"x","n":1},{"t":"y","n":2}],"c.d":5},
                                      "l":["p","q"]})");
  const std::pair<const char*, const char*> rows[] = {{".a.b[0].t", "x"},
                                                      {".a.b[?(@.t==\"y\")].n", "2"},
                                                      {".a.b[?(@.n>1)].t", "y"},
                                                      {".a.b[*].t", "x y"},
                                                      {".a.b[-1].t", "y"},
                                                      {".l", R"(["p","q"])"},
                                                      {".l[0:1]", "p"},
                                                      {".a['c.d']", "5"},
                                                      {".a.c\\.d", "5"},
                                                      {".nope.x", ""},
                                                      {".a.b[", ""},
                                                      {".a.b[?(", ""}};
  for (const auto& [path, text] : rows)
    EXPECT_EQ(json_path_text(json_path_values(object, path)), text) << path;
}

class TableTest : public ServerTest {
 protected:
  Json table(const std::string& target) {
    HttpRequest request;
    request.target = target;
    request.headers.set("Authorization", "Bearer admin-token");
    request.headers.set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
    const HttpReply reply = server.handle(request, HttpPeer{"node-1", "", {}});
    const JsonRef body = reply.response.body.json();
    return body ? *body : Json();
  }
  static std::vector<std::string> columns(const Json& table) {
    std::vector<std::string> names;
    for (const Json& one : table["columnDefinitions"]) names.push_back(one["name"]);
    return names;
  }
};

constexpr const char* kCore = "/api/v1/namespaces/default/";

TEST_F(TableTest, AListBecomesRowsWithMetadata) {
  json("POST", std::string(kCore) + "configmaps", config_map("m"));
  run(5min);
  const Json shown = table(std::string(kCore) + "configmaps?fieldSelector=metadata.name%3Dm");
  EXPECT_EQ(shown["kind"], "Table");
  EXPECT_EQ(columns(shown), (std::vector<std::string>{"Name", "Data", "Age"}));
  ASSERT_EQ(shown["rows"].size(), 1U);
  EXPECT_EQ(shown["rows"][0]["cells"], (Json{"m", 1, "5m"}));
  EXPECT_EQ(shown["rows"][0]["object"]["kind"], "PartialObjectMetadata");
  EXPECT_EQ(shown["rows"][0]["object"]["metadata"]["name"], "m");
  EXPECT_EQ(table(std::string(kCore) + "configmaps/m?includeObject=None")["rows"][0]["object"],
            nullptr);
}

TEST_F(TableTest, APodShowsWhatItsContainersDo) {
  json("POST", std::string(kCore) + "pods", Json::parse(R"({"metadata":{"name":"p"},"spec":{
    "containers":[{"name":"a","image":"i"},{"name":"b","image":"i"}]}})"));
  const auto cells = [&](const char* status) {
    json("PATCH", std::string(kCore) + "pods/p/status", Json{{"status", Json::parse(status)}},
         "application/merge-patch+json");
    const Json all = table(std::string(kCore) + "pods/p")["rows"][0]["cells"];
    return all[1].get<std::string>() + " " + all[2].get<std::string>() + " " +
           all[3].get<std::string>();
  };
  EXPECT_EQ(cells(R"({"phase":"Pending"})"), "0/2 Pending 0");
  EXPECT_EQ(cells(R"({"phase":"Running","containerStatuses":[
    {"name":"a","ready":true,"state":{"running":{}}},
    {"name":"b","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}},
     "lastState":{"terminated":{"exitCode":1,"finishedAt":"2025-12-31T23:59:00Z"}}}]})"),
            "1/2 CrashLoopBackOff 3 (60s ago)");
  EXPECT_EQ(cells(R"({"phase":"Succeeded","containerStatuses":[
    {"name":"a","state":{"terminated":{"reason":"Completed","exitCode":0}}},
    {"name":"b","state":{"terminated":{"reason":"Completed","exitCode":0}}}]})"),
            "0/2 Completed 0");
  EXPECT_EQ(table(std::string(kCore) + "pods/p")["rows"][0]["conditions"][0]["reason"],
            "Succeeded");
}

TEST_F(TableTest, ServicesAndDeploymentsShowTheirNumbers) {
  json("POST", std::string(kCore) + "services", Json::parse(R"({"metadata":{"name":"s"},
    "spec":{"type":"LoadBalancer","selector":{"a":"b"},"ports":[{"port":80,"nodePort":30001}]}})"));
  const Json service = table(std::string(kCore) + "services/s")["rows"][0]["cells"];
  EXPECT_EQ(service[1], "LoadBalancer");
  EXPECT_EQ(service[3], "<pending>");
  EXPECT_EQ(service[4], "80:30001/TCP");
  EXPECT_EQ(service[6], "a=b");
  json("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web"));
  EXPECT_EQ(table("/apis/apps/v1/namespaces/default/deployments/web")["rows"][0]["cells"],
            (Json{"web", "0/1", 0, 0, "0s", "c", "nginx:1.27", "app=web"}));
}

TEST_F(TableTest, CustomResourcesShowTheColumnsOfTheirDefinition) {
  json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Json::parse(R"({
    "metadata":{"name":"widgets.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
    "names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,
    "storage":true,"schema":{"openAPIV3Schema":{"type":"object",
      "x-kubernetes-preserve-unknown-fields":true}},
    "additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},
      {"name":"Gone","type":"string","jsonPath":".spec.gone"},
      {"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}]}]}})"));
  json("POST", "/apis/example.com/v1/namespaces/default/widgets",
       Json::parse(R"({"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"},
                       "spec":{"size":3}})"));
  ASSERT_EQ(last_status, 201);
  const Json shown = table("/apis/example.com/v1/namespaces/default/widgets");
  EXPECT_EQ(columns(shown), (std::vector<std::string>{"Name", "Size", "Gone", "Age"}));
  EXPECT_EQ(shown["rows"][0]["cells"], (Json{"w", 3, nullptr, "0s"}));
}

TEST_F(TableTest, AWatchNamesItsColumnsOnce) {
  HttpRequest request;
  request.target = std::string(kCore) + "configmaps?watch=true&fieldSelector=metadata.name%3Dm";
  request.headers.set("Authorization", "Bearer admin-token");
  request.headers.set("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
  const HttpReply reply = server.handle(request, HttpPeer{"node-1", "", {}});
  json("POST", std::string(kCore) + "configmaps", config_map("m"));
  json("PUT", std::string(kCore) + "configmaps/m", config_map("m", {{"b", "2"}}));
  const Json first = next(reply);
  EXPECT_EQ(first["type"], "ADDED");
  EXPECT_EQ(columns(first["object"]).size(), 3U);
  const Json second = next(reply);
  EXPECT_EQ(second["type"], "MODIFIED");
  EXPECT_EQ(second["object"]["columnDefinitions"], nullptr);
  EXPECT_EQ(second["object"]["rows"][0]["cells"][0], "m");
}

}  // namespace
}  // namespace spokelab::fakeapi
