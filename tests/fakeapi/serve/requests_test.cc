// Parameters, negotiation, and requests that mean no good.
#include "base/rng.h"
#include "fakeapi/serve/request.h"
#include "kube/protobuf.h"
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";
using RequestsTest = ServerTest;

TEST_F(RequestsTest, BadParametersAreToldInKubernetesWords) {
  const std::string invalid = "ListOptions.meta.k8s.io \"\" is invalid: ";
  const std::tuple<const char*, int, std::string> rows[] = {
      {"?limit=abc", 400, "strconv.ParseInt: parsing \"abc\": invalid syntax"},
      {"?continue=eyJ2IjoieCJ9", 400,
       "invalid continue token: continue key is not valid: server does not recognize this encoded "
       "version x"},
      {"?resourceVersion=abc", 500,
       "resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid "
       "syntax"},
      {"?resourceVersionMatch=Exact", 422,
       invalid + "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless "
                 "resourceVersion is provided"},
      {"?resourceVersionMatch=Exact&resourceVersion=0", 422,
       invalid + "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for "
                 "resourceVersion \"0\""},
      {"?resourceVersionMatch=Foo&resourceVersion=1", 422,
       invalid + "resourceVersionMatch: Unsupported value: \"Foo\": supported values: \"Exact\", "
                 "\"NotOlderThan\", \"\""},
      {"?resourceVersionMatch=Foo", 422,
       invalid + "[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless "
                 "resourceVersion is provided, resourceVersionMatch: Unsupported value: \"Foo\": "
                 "supported values: \"Exact\", \"NotOlderThan\", \"\"]"},
      {"?limit=9999999999999999999999", 400,
       "strconv.ParseInt: parsing \"9999999999999999999999\": value out of range"},
      {"?timeoutSeconds=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"},
      {"?continue=!!", 400,
       "invalid continue token: continue key is not valid: illegal base64 data at input byte 0"},
      {"?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi8ifQ", 400,
       "invalid continue token: continue key is not valid: ../"},
      {"?fieldSelector=metadata.name%3Da%5Cb", 400,
       "invalid field selector: invalid escape sequence: \\b"},
      {"?sendInitialEvents=true", 422,
       invalid + "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"},
      {"?watch=1&sendInitialEvents=true", 422,
       invalid + "resourceVersionMatch: Forbidden: sendInitialEvents requires setting "
                 "resourceVersionMatch to NotOlderThan"},
      {"?fieldSelector=spec.foo%3Dx", 400,
       "\"spec.foo\" is not a known field selector: only \"metadata.name\", "
       "\"metadata.namespace\""}};
  for (const auto& [query, code, message] : rows) {
    const Json answer = json("GET", std::string(kMaps) + query);
    EXPECT_EQ(last_status, code) << query;
    EXPECT_EQ(answer["message"], message) << query;
  }
}

TEST_F(RequestsTest, MethodsAndPathsThatNobodyServes) {
  const std::tuple<const char*, const char*, int> rows[] = {
      {"PUT", "/api/v1/namespaces/default/configmaps", 405},
      {"POST", "/api/v1/configmaps", 405},
      {"DELETE", "/api/v1/namespaces", 405},
      {"GET", "/api/v1/namespaces/default/nope", 404},
      {"GET", "/apis/apps/v9/deployments", 404},
      {"GET", "/api/v1/namespaces/default/configmaps/x/status", 404},
      {"GET", "/api/v1/namespaces/default/configmaps/%2e%2e%2fx", 404}};
  for (const auto& [method, path, code] : rows) {
    json(method, path, std::string(method) == "GET" ? Json() : config_map("x"));
    EXPECT_EQ(last_status, code) << method << " " << path;
  }
}

TEST_F(RequestsTest, AStatefulSetIsReplacedAsItWasReadWithoutAWord) {
  const std::string sets = "/apis/apps/v1/namespaces/default/statefulsets";
  json("POST", sets, Json::parse(R"({"metadata":{"name":"db"},"spec":{"serviceName":"db",
    "selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"i"}]}},
    "volumeClaimTemplates":[{"apiVersion":"v1","kind":"PersistentVolumeClaim",
      "metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],
      "resources":{"requests":{"storage":"1Gi"}}}}]}})"));
  ASSERT_EQ(last_status, 201);
  const Json read = json("GET", sets + "/db");
  const auto reply = call("PUT", sets + "/db?fieldValidation=Strict", read);
  EXPECT_EQ(reply.response.status, 200);
  EXPECT_EQ(reply.response.headers.find("Warning"), nullptr);
  const Json applied =
      json("PATCH", sets + "/db?fieldManager=m&force=true", Json::parse(R"({"apiVersion":"apps/v1",
    "kind":"StatefulSet","metadata":{"name":"db"},"spec":{"volumeClaimTemplates":[
      {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},
       "spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]}})"),
           "application/apply-patch+yaml");
  EXPECT_EQ(last_status, 200) << applied["message"];
}

TEST_F(RequestsTest, AScaleOfAWrongTypeScalesNothing) {
  const std::string path = "/apis/apps/v1/namespaces/default/deployments";
  json("POST", path, deployment("web"));
  const std::string scale = path + "/web/scale";
  const Json before = json("GET", scale)["spec"];
  const Json refused =
      json("PATCH", scale, Json{{"spec", {{"replicas", "x"}}}}, "application/merge-patch+json");
  EXPECT_EQ(last_status, 422);
  EXPECT_NE(
      refused["message"].get<std::string>().find(
          "json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type "
          "int32"),
      std::string::npos)
      << refused["message"];
  json("PUT", scale, Json{{"metadata", {{"name", "other"}}}, {"spec", {{"replicas", 3}}}});
  EXPECT_EQ(last_status, 400);
  EXPECT_EQ(json("GET", scale)["spec"], before);
}

TEST_F(RequestsTest, MostOfAPodNeverChanges) {
  const std::string pods = "/api/v1/namespaces/default/pods";
  json("POST", pods, Json::parse(R"({"metadata":{"name":"p"},"spec":{"containers":[
    {"name":"c","image":"a"}],"tolerations":[{"key":"a","operator":"Exists"}]}})"));
  const auto refusal = [&](const char* patch) {
    const Json answer =
        json("PATCH", pods + "/p", Json::parse(patch), "application/merge-patch+json");
    return last_status == 422 ? text_at(answer["details"]["causes"][0], {"message"}) : "";
  };
  EXPECT_EQ(refusal(R"({"spec":{"activeDeadlineSeconds":5}})"), "");
  EXPECT_EQ(refusal(R"({"spec":{"activeDeadlineSeconds":6}})"),
            "Invalid value: 6: must be less than or equal to previous value");
  EXPECT_EQ(refusal(R"({"spec":{"tolerations":[]}})"),
            "Forbidden: existing toleration can not be modified except its tolerationSeconds");
  EXPECT_EQ(refusal(R"({"spec":{"containers":[]}})"), "Required value");
  for (const char* patch :
       {R"({"spec":{"nodeName":"n"}})", R"({"spec":{"terminationGracePeriodSeconds":1}})"})
    EXPECT_EQ(refusal(patch).rfind("Forbidden: pod updates may not change fields other than", 0),
              0U)
        << patch;
}

TEST_F(RequestsTest, ADeprecatedVersionSaysWhichOneIsBetter) {
  json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Json::parse(R"({
    "metadata":{"name":"things.lab.io"},"spec":{"group":"lab.io","scope":"Namespaced",
    "names":{"plural":"things","kind":"Thing"},"versions":[
      {"name":"v1beta1","served":true,"storage":false,"deprecated":true,
       "schema":{"openAPIV3Schema":{"type":"object"}}},
      {"name":"v1","served":true,"storage":true,
       "schema":{"openAPIV3Schema":{"type":"object"}}}]}})"));
  ASSERT_EQ(last_status, 201);
  const auto warned = [&](const std::string& path) {
    const auto reply = call("GET", path);
    const auto* header = reply.response.headers.find("Warning");
    return header != nullptr ? *header : std::string();
  };
  EXPECT_EQ(warned("/apis/lab.io/v1beta1/things"),
            "299 - \"lab.io/v1beta1 Thing is deprecated; use lab.io/v1 Thing\"");
  EXPECT_EQ(warned("/apis/lab.io/v1/things"), "");
  EXPECT_EQ(json("GET", "/apis/lab.io")["preferredVersion"]["version"], "v1")
      << "however the definition lists them";
}

TEST_F(RequestsTest, PatchesThatAreNoneAreRefusedAndTypesInThemAreNoMatter) {
  json("POST", kMaps, config_map("p"));
  const std::string path = std::string(kMaps) + "/p";
  const char* strategic = "application/strategic-merge-patch+json";
  EXPECT_EQ(json("PATCH", path, Json::array(), strategic)["message"],
            "json: cannot unmarshal array into Go value of type map[string]interface {}");
  EXPECT_EQ(last_status, 400);
  json("PATCH", path, Json{{"kind", "Pod"}, {"apiVersion", "apps/v1"}}, strategic);
  EXPECT_EQ(last_status, 200);
  const Json typed = json("PATCH", path, Json{{"data", {{"a", Json::array()}}}}, strategic);
  EXPECT_EQ(typed["details"]["causes"][0]["message"],
            "Invalid value: \"map[data:map[a:[]]]\": unrecognized type: string");
  EXPECT_EQ(json("PATCH", path, Json{{"metadata", {{"name", nullptr}}}},
                 "application/merge-patch+json")["message"],
            "the name of the object (p based on URL) was undeterminable: name must be provided");
}

TEST_F(RequestsTest, DeletionsMayAskForMoreAndHaveConditions) {
  json("POST", kMaps, config_map("m"));
  const std::string path = std::string(kMaps) + "/m";
  EXPECT_EQ(json("DELETE", path, Json{{"propagationPolicy", "Bogus"}})["message"],
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: "
            "\"Bogus\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"");
  json("DELETE", path, Json{{"preconditions", {{"uid", "another"}}}});
  EXPECT_EQ(last_status, 409);
  json("DELETE", path, Json{{"preconditions", {{"resourceVersion", "1"}}}});
  EXPECT_EQ(last_status, 409);
  json("DELETE", path + "?dryRun=All");
  EXPECT_EQ(last_status, 200);
  json("GET", path);
  EXPECT_EQ(last_status, 200) << "a dry run deletes nothing";
}

TEST_F(RequestsTest, CustomResourcesAreServedInTheirScopeAlone) {
  const auto define = [&](const char* kind, const char* plural, const char* scope) {
    Json definition = Json::parse(R"({"metadata":{},"spec":{"group":"acme.io","names":{},
        "versions":[{"name":"v1","served":true,"storage":true,
                     "schema":{"openAPIV3Schema":{"type":"object"}}}]}})");
    definition["metadata"]["name"] = std::string(plural) + ".acme.io";
    definition["spec"]["scope"] = scope;
    definition["spec"]["names"] = {{"plural", plural}, {"kind", kind}};
    json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    ASSERT_EQ(last_status, 201);
  };
  define("Widget", "widgets", "Namespaced");
  define("Zone", "zones", "Cluster");
  run(std::chrono::seconds(5));
  const auto answer = [&](const char* method, const char* path, Json body = nullptr) {
    const HttpReply reply = call(method, path, std::move(body));
    return reply.response.status == 404 ? reply.response.body.bytes() : "served";
  };
  const Json widget{
      {"apiVersion", "acme.io/v1"}, {"kind", "Widget"}, {"metadata", {{"name", "a"}}}};
  EXPECT_EQ(answer("POST", "/apis/acme.io/v1/widgets", widget), "404 page not found\n");
  EXPECT_EQ(answer("GET", "/apis/acme.io/v1/widgets"), "served");
  EXPECT_EQ(answer("DELETE", "/apis/acme.io/v1/widgets"), "404 page not found\n");
  EXPECT_EQ(answer("GET", "/apis/acme.io/v1/namespaces/default/zones"), "404 page not found\n");
  EXPECT_EQ(answer("GET", "/apis/acme.io/v1/zones"), "served");
}

TEST_F(RequestsTest, ADefinitionRemembersEachVersionThatItStored) {
  constexpr const char* kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  Json definition = Json::parse(R"({"metadata":{"name":"things.lab.io"},
    "spec":{"group":"lab.io","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},
    "versions":[
      {"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}},
      {"name":"v2","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}
    ]}})");
  const Json refused = json("POST", kDefinitions, definition);
  EXPECT_EQ(last_status, 422);
  ASSERT_EQ(refused["details"]["causes"].size(), 2U);
  EXPECT_EQ(refused["details"]["causes"][1]["message"],
            "Invalid value: []string{\"v1\"}: must have the storage version v2");
  definition["spec"]["versions"][1]["storage"] = false;
  Json made = json("POST", kDefinitions, definition);
  EXPECT_EQ(made["status"]["storedVersions"], Json::array({"v1"}));
  made["spec"]["versions"][0]["storage"] = false;
  made["spec"]["versions"][1]["storage"] = true;
  const Json changed = json("PUT", std::string(kDefinitions) + "/things.lab.io", made);
  EXPECT_EQ(last_status, 200);
  EXPECT_EQ(changed["status"]["storedVersions"], (Json{"v1", "v2"}));
}

TEST_F(RequestsTest, TimesOfLeasesHaveSixDigits) {
  const auto write = [&](const char* time) {
    return json("POST", "/apis/coordination.k8s.io/v1/namespaces/default/leases?dryRun=All",
                Json{{"metadata", {{"name", "l"}}}, {"spec", {{"renewTime", time}}}});
  };
  EXPECT_EQ(write("2026-01-01T00:00:00.500000Z")["spec"]["renewTime"],
            "2026-01-01T00:00:00.500000Z");
  EXPECT_EQ(write("2026-01-01T02:00:00.000000+02:00")["spec"]["renewTime"],
            "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(write("2026-01-01T00:00:00.5Z")["message"],
            "Lease in version \"v1\" cannot be handled as a Lease: parsing time "
            "\"2026-01-01T00:00:00.5Z\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse "
            "\".5Z\" as \".000000\"");
  EXPECT_EQ(last_status, 400);
  write("2026-01-01T00:00:00Z");
  EXPECT_EQ(last_status, 400);
  write("2026-01-01T00:00:00.1234567Z");
  EXPECT_EQ(last_status, 400);
}

TEST_F(RequestsTest, AVersionThatIsNoNumberIsNoConflict) {
  Json map = config_map("m");
  json("POST", "/api/v1/namespaces/default/configmaps", map);
  map["metadata"]["resourceVersion"] = "foo";
  const Json refused = json("PUT", "/api/v1/namespaces/default/configmaps/m", map);
  EXPECT_EQ(last_status, 500);
  EXPECT_EQ(refused["message"], "strconv.ParseUint: parsing \"foo\": invalid syntax");
}

TEST_F(RequestsTest, ATableComesInTheVersionThatWasAskedFor) {
  json("POST", "/api/v1/namespaces/default/configmaps", config_map("m"));
  HttpRequest request;
  request.method = "GET";
  request.target = "/api/v1/namespaces/default/configmaps/m";
  request.headers.set("Authorization", "Bearer admin-token");
  request.headers.set("Accept", "application/json;as=Table;v=v1beta1;g=meta.k8s.io");
  const Json table = *server.handle(request, HttpPeer{"node-1", "", {}}).response.body.json();
  EXPECT_EQ(table["apiVersion"], "meta.k8s.io/v1beta1");
  EXPECT_EQ(table["rows"][0]["object"]["apiVersion"], "meta.k8s.io/v1beta1");
}

TEST_F(RequestsTest, NobodyIsToldTheSameRuleTwice) {
  const Json review = json("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                           Json{{"spec", {{"namespace", "default"}}}});
  EXPECT_EQ(review["spec"], Json::object());
  int everything = 0;
  for (const Json& rule : review["status"]["resourceRules"])
    everything += rule["resources"] == Json::array({"*"});
  EXPECT_EQ(everything, 1);
}

TEST_F(RequestsTest, APodThatIsGoneAtOnceSaysThatItWasDeleted) {
  json("POST", "/api/v1/namespaces/default/serviceaccounts",
       Json{{"metadata", {{"name", "default"}}}});
  json("POST", "/api/v1/namespaces/default/pods", Json::parse(R"({"metadata":{"name":"p"},
                       "spec":{"containers":[{"name":"c","image":"nginx"}]}})"));
  const Json pod =
      json("DELETE", "/api/v1/namespaces/default/pods/p", Json{{"gracePeriodSeconds", 0}});
  EXPECT_EQ(last_status, 200);
  EXPECT_TRUE(pod["metadata"].contains("deletionTimestamp"));
  EXPECT_EQ(pod["metadata"]["deletionGracePeriodSeconds"], 0);
}

TEST_F(RequestsTest, ASourceOfAClaimHasTwoNames) {
  const Json claim =
      json("POST", "/api/v1/namespaces/default/persistentvolumeclaims", Json::parse(R"({
        "metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],
        "resources":{"requests":{"storage":"1Gi"}},
        "dataSource":{"kind":"PersistentVolumeClaim","name":"z"}}})"));
  const Json wanted{{"apiGroup", nullptr}, {"kind", "PersistentVolumeClaim"}, {"name", "z"}};
  EXPECT_EQ(claim["spec"]["dataSource"], wanted);
  EXPECT_EQ(claim["spec"]["dataSourceRef"], wanted);
}

TEST_F(RequestsTest, AnUpdateMayCreateLeases) {
  json("PUT", "/apis/coordination.k8s.io/v1/namespaces/default/leases/l",
       Json{{"metadata", {{"name", "l"}}}, {"spec", Json::object()}});
  EXPECT_EQ(last_status, 201);
  json("PUT", std::string(kMaps) + "/none", config_map("none"));
  EXPECT_EQ(last_status, 404);
}

/// Text from few letters that matter to parsers.
std::string random_text(Rng& rng, std::string_view letters, std::size_t most) {
  std::string text;
  for (std::size_t n = rng.below(most); n > 0; --n) text += letters[rng.below(letters.size())];
  return text;
}

class WireTest : public ServerTest {
 protected:
  HttpReply get(const std::string& target, const std::string& accept) {
    HttpRequest request;
    request.target = target;
    request.headers.set("Authorization", "Bearer admin-token");
    request.headers.set("Accept", accept);
    return server.handle(request, HttpPeer{"node-1", "", {}});
  }
  static std::string type_of(const HttpReply& reply) {
    const auto* type = reply.response.headers.find("Content-Type");
    return type != nullptr ? *type : "";
  }
};

TEST_F(WireTest, ClientsThatReadProtobufAloneAreServedInIt) {
  const std::string only = kube::kProtobufType;
  json("POST", kMaps, config_map("cm"));
  for (const char* path : {kMaps, "/apis", "/api", "/apis/apps/v1", "/apis/apps",
                           "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"}) {
    const auto reply = get(path, only);
    EXPECT_EQ(reply.response.status, 200) << path;
    EXPECT_EQ(type_of(reply), only) << path;
  }
  // What is no object of the API stays as it is.
  EXPECT_EQ(type_of(get("/version", only)), "application/json");
  const std::string base = std::string(kMaps) + "?watch=true";
  const auto watch = get(base, only);
  ASSERT_TRUE(watch.response.stream);
  EXPECT_EQ(type_of(watch), only + ";stream=watch");
  const auto chunk = watch.response.stream->take();
  ASSERT_TRUE(chunk);
  EXPECT_EQ(chunk->json(), nullptr);
  EXPECT_EQ(chunk->bytes().substr(4, 7),
            "\x0a\x05"
            "ADDED");
}

TEST_F(WireTest, MetadataOfCustomResourcesComesInProtobufThemselvesInJson) {
  json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Json::parse(R"({
      "metadata":{"name":"things.acme.io"},"spec":{"group":"acme.io","scope":"Namespaced",
      "names":{"plural":"things","kind":"Thing"},"versions":[{"name":"v1","served":true,
      "storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}})"));
  ASSERT_EQ(last_status, 201);
  const std::string things = "/apis/acme.io/v1/namespaces/default/things";
  const std::string only = kube::kProtobufType;
  EXPECT_EQ(get(things, only).response.status, 406);
  EXPECT_EQ(type_of(get(things, only + ",application/json")), "application/json");
  EXPECT_EQ(get(things + "?watch=1", only).response.status, 406);
  EXPECT_EQ(type_of(get(things + "?watch=1", only + ",application/json")), "application/json");
  const auto metadata =
      get(things, only + ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
  EXPECT_EQ(type_of(metadata), only);
}

TEST_F(RequestsTest, AResourceVersionOfItsOwnIsToldAfterAllElse) {
  Json map = config_map("Bad Name");
  map["metadata"]["resourceVersion"] = "5";
  json("POST", kMaps, map);
  EXPECT_EQ(last_status, 422);
  map["metadata"]["name"] = "fine";
  const Json answer = json("POST", kMaps, map);
  EXPECT_EQ(last_status, 500);
  EXPECT_EQ(answer["message"], "resourceVersion should not be set on objects to be created");
  json("POST", std::string(kMaps) + "?dryRun=All", map);
  EXPECT_EQ(last_status, 201);
}

TEST_F(RequestsTest, NoTargetAndNoSelectorBringsTheServerDown) {
  Rng rng(11);
  for (int round = 0; round < 3'000; ++round) {
    HttpRequest request;
    request.target = "/api" + random_text(rng, "s/v1%2e.?&=,!()aAin\x01 +", 40);
    (void)read_request(request);
    (void)call("GET", std::string(kMaps) +
                          "?labelSelector=" + random_text(rng, "a,b=!()in<>%20\x7f/.-", 20));
    (void)call("GET", std::string(kMaps) +
                          "?fieldSelector=" + random_text(rng, "metadata.name=,\\!%", 20));
    (void)call("GET", std::string(kMaps) + "?continue=" + random_text(rng, "eyJ2IjoixX9_-=", 30));
  }
  json("GET", kMaps);
  EXPECT_EQ(last_status, 200);
}

/// A document of few names, so that patches meet what is there.
Json random_json(Rng& rng, int depth) {
  switch (rng.below(depth > 0 ? 7 : 4)) {
    case 0:
      return nullptr;
    case 1:
      return static_cast<std::int64_t>(rng.below(3));
    case 2:
      return random_text(rng, "abc", 3);
    case 3:
      return rng.below(2) == 0;
    case 4: {
      Json list = Json::array();
      for (std::uint64_t n = rng.below(3); n > 0; --n) list.push_back(random_json(rng, depth - 1));
      return list;
    }
    default: {
      static const char* const kKeys[] = {"metadata",
                                          "spec",
                                          "data",
                                          "name",
                                          "labels",
                                          "template",
                                          "containers",
                                          "ports",
                                          "$patch",
                                          "finalizers",
                                          "selector",
                                          "$retainKeys",
                                          "$setElementOrder/containers",
                                          "managedFields",
                                          "status",
                                          "env",
                                          "op",
                                          "path",
                                          "value"};
      Json object = Json::object();
      for (std::uint64_t n = rng.below(4); n > 0; --n)
        object[kKeys[rng.below(std::size(kKeys))]] = random_json(rng, depth - 1);
      return object;
    }
  }
}

TEST_F(RequestsTest, NoPatchBringsTheServerDown) {
  const std::string path = "/apis/apps/v1/namespaces/default/deployments/web";
  json("POST", "/apis/apps/v1/namespaces/default/deployments", deployment("web"));
  Rng rng(13);
  for (int round = 0; round < 2'000; ++round) {
    for (const char* type : {"application/json-patch+json", "application/merge-patch+json",
                             "application/strategic-merge-patch+json"})
      (void)call("PATCH", path, random_json(rng, 6), type);
    Json config = random_json(rng, 6);
    if (config.is_object()) {
      config["apiVersion"] = "apps/v1";
      config["kind"] = "Deployment";
    }
    (void)call("PATCH", path + "?fieldManager=f&force=true", std::move(config),
               "application/apply-patch+yaml");
    (void)call("PUT", path, random_json(rng, 5));
  }
  json("GET", path);
  EXPECT_TRUE(last_status == 200 || last_status == 404);
}

TEST_F(RequestsTest, NoWriteOfACustomResourceMeetsADocumentThatNobodyExpected) {
  json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", Json::parse(R"({
    "metadata":{"name":"things.lab.io"},"spec":{"group":"lab.io","scope":"Namespaced",
    "names":{"plural":"things","singular":"thing","kind":"Thing","listKind":"ThingList"},
    "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
    "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true,
      "properties":{"spec":{"type":"object","properties":{
        "ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],
          "items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}}}}}}}]}})"));
  ASSERT_EQ(last_status, 201);
  Rng rng(17);
  for (int round = 0; round < 1'000; ++round) {
    const std::string path =
        "/apis/lab.io/v1/namespaces/default/things/" + random_text(rng, "ab", 3);
    Json config = random_json(rng, 6);
    if (config.is_object()) {
      config["apiVersion"] = "lab.io/v1";
      config["kind"] = "Thing";
    }
    for (const auto& [method, target, type] :
         {std::tuple{"PATCH", path + "?fieldManager=f&force=true", "application/apply-patch+yaml"},
          std::tuple{"PATCH", path + "/status?fieldManager=s", "application/apply-patch+yaml"},
          std::tuple{"PATCH", path, "application/merge-patch+json"},
          std::tuple{"PUT", path, "application/json"}}) {
      const Json answer = json(method, target, config, type);
      EXPECT_EQ(text_at(answer, {"message"}).find("json.exception"), std::string::npos)
          << method << " " << target << " " << config << " -> " << answer;
    }
  }
}

TEST_F(RequestsTest, ANamespaceThatIsAppliedHasTheAccountThatPodsNeed) {
  json("PATCH", "/api/v1/namespaces/shop?fieldManager=f",
       Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "shop"}}}},
       "application/apply-patch+yaml");
  EXPECT_EQ(last_status, 201);
  EXPECT_TRUE(server.get("serviceaccounts", "shop", "default"));
  EXPECT_TRUE(server.get("configmaps", "shop", "kube-root-ca.crt"));
}

}  // namespace
}  // namespace spokelab::fakeapi
