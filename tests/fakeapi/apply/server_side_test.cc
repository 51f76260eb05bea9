// Field ownership through HTTP; what is expected is what a Kubernetes 1.32 server answered.
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

constexpr const char* kDeployments = "/apis/apps/v1/namespaces/default/deployments";
constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";
constexpr const char* kServices = "/api/v1/namespaces/default/services";
constexpr const char* kMerge = "application/merge-patch+json";

class ServerSideApply : public ServerTest {
 protected:
  Json apply(const std::string& target, const std::string& manager, Json config,
             const std::string& more = "") {
    return json("PATCH", target + "?fieldManager=" + manager + more, std::move(config),
                "application/apply-patch+yaml");
  }
  static Json config(const char* kind, Json metadata, const char* version = "v1") {
    return Json{{"apiVersion", version}, {"kind", kind}, {"metadata", std::move(metadata)}};
  }
  /// The fields of one manager; null when it owns none.
  static Json owned(const Json& object, const std::string& manager) {
    for (const Json& entry : object["metadata"]["managedFields"]) {
      if (entry["manager"] == manager) return entry["fieldsV1"];
    }
    return nullptr;
  }
};

TEST_F(ServerSideApply, ACreationOwnsWhatItsAuthorAndTheDefaultsSet) {
  Json object = deployment("web", "nginx");
  object["spec"]["template"]["spec"]["containers"][0]["ports"] =
      Json::parse(R"([{"containerPort":80},{"containerPort":53,"protocol":"UDP"}])");
  const Json made = json("POST", std::string(kDeployments) + "?fieldManager=maker", object);
  ASSERT_EQ(made["metadata"]["managedFields"].size(), 1U);
  const Json& entry = made["metadata"]["managedFields"][0];
  EXPECT_EQ(entry["operation"], "Update");
  EXPECT_EQ(entry["apiVersion"], "apps/v1");
  EXPECT_EQ(entry["fieldsType"], "FieldsV1");
  EXPECT_EQ(entry["fieldsV1"], Json::parse(R"({"f:spec":{
    "f:progressDeadlineSeconds":{},"f:replicas":{},"f:revisionHistoryLimit":{},"f:selector":{},
    "f:strategy":{"f:rollingUpdate":{".":{},"f:maxSurge":{},"f:maxUnavailable":{}},"f:type":{}},
    "f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{
      "f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},
        "f:ports":{".":{},
          "k:{\"containerPort\":53,\"protocol\":\"UDP\"}":{".":{},"f:containerPort":{},"f:protocol":{}},
          "k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{},"f:protocol":{}}},
        "f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},
      "f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},
      "f:terminationGracePeriodSeconds":{}}}}})"))
      << entry["fieldsV1"].dump(1);
}

TEST_F(ServerSideApply, AnUpdateTakesOverWhatItChangesAndNothingElse) {
  json("POST", std::string(kDeployments) + "?fieldManager=maker", deployment("web"));
  const std::string path = std::string(kDeployments) + "/web";
  const Json after =
      json("PATCH", path + "?fieldManager=scaler", Json{{"spec", {{"replicas", 5}}}}, kMerge);
  EXPECT_EQ(owned(after, "scaler"), Json::parse(R"({"f:spec":{"f:replicas":{}}})"));
  EXPECT_FALSE(owned(after, "maker")["f:spec"].contains("f:replicas"));
  run(std::chrono::minutes(1));
  EXPECT_EQ(json("PATCH", path + "?fieldManager=scaler", Json{{"spec", {{"replicas", 5}}}}, kMerge),
            after)
      << "no change, no new time";
  const Json status =
      json("PATCH", path + "/status?fieldManager=kcm",
           Json{{"status", {{"replicas", 2}}}, {"spec", {{"replicas", 9}}}}, kMerge);
  EXPECT_EQ(status["spec"]["replicas"], 5);
  EXPECT_EQ(owned(status, "kcm"), Json::parse(R"({"f:status":{"f:replicas":{}}})"));
  EXPECT_EQ(owned(status, "scaler"), Json::parse(R"({"f:spec":{"f:replicas":{}}})"));
}

TEST_F(ServerSideApply, SharedFieldsStayUntilTheirLastOwnerDropsThem) {
  const std::string path = std::string(kMaps) + "/m";
  const auto maps = [](Json data) {
    Json made = config("ConfigMap", {{"name", "m"}});
    made["data"] = std::move(data);
    return made;
  };
  apply(path, "one", maps({{"a", "1"}, {"b", "2"}}));
  const Json joined = apply(path, "two", maps({{"a", "1"}, {"c", "3"}}));
  EXPECT_EQ(owned(joined, "one"), Json::parse(R"({"f:data":{"f:a":{},"f:b":{}}})"));
  EXPECT_EQ(owned(joined, "two"), Json::parse(R"({"f:data":{"f:a":{},"f:c":{}}})"));
  EXPECT_EQ(apply(path, "one", maps({{"z", "9"}}))["data"],
            (Json{{"a", "1"}, {"c", "3"}, {"z", "9"}}));
  EXPECT_EQ(apply(path, "two", config("ConfigMap", {{"name", "m"}}))["data"], (Json{{"z", "9"}}));
}

TEST_F(ServerSideApply, WhoOnlyJoinsTheOwnersLeavesNoTime) {
  const std::string path = std::string(kMaps) + "/m";
  Json same = config("ConfigMap", {{"name", "m"}});
  same["data"] = {{"a", "1"}};
  apply(path, "one", same);
  const Json joined = apply(path, "two", same);
  ASSERT_EQ(joined["metadata"]["managedFields"].size(), 2U);
  EXPECT_EQ(joined["metadata"]["managedFields"][0]["manager"], "two");
  EXPECT_FALSE(joined["metadata"]["managedFields"][0].contains("time"));
  EXPECT_TRUE(joined["metadata"]["managedFields"][1].contains("time"));
}

TEST_F(ServerSideApply, WhatKubectlAppliedBeforeIsNoConflictButWhatItLeftOpenIs) {
  // As kubectl apply does it: the configuration beside the object that comes of it.
  Json first = deployment("web", "nginx:1");
  Json annotated = first;
  annotated["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
      first.dump();
  json("POST", std::string(kDeployments) + "?fieldManager=kubectl-client-side-apply", annotated);
  Json other = deployment("web", "nginx:2");
  other["spec"]["replicas"] = 2;  // the first one left it to the default
  const Json refused = apply(std::string(kDeployments) + "/web", "kubectl", other);
  EXPECT_EQ(last_status, 409);
  EXPECT_EQ(refused["message"],
            "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using "
            "apps/v1: .spec.replicas");
  other["spec"].erase("replicas");
  const Json taken = apply(std::string(kDeployments) + "/web", "kubectl", other);
  EXPECT_EQ(last_status, 200);
  EXPECT_EQ(taken["spec"]["template"]["spec"]["containers"][0]["image"], "nginx:2");
}

TEST_F(ServerSideApply, TheClaimOfAVolumeIsOwnedFieldByField) {
  Json volume = config("PersistentVolume", {{"name", "v"}});
  volume["spec"] = Json::parse(R"({"accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},
      "claimRef":{"name":"c","namespace":"default"},"hostPath":{"path":"/x"}})");
  const Json made = json("POST", "/api/v1/persistentvolumes?fieldManager=maker", volume);
  EXPECT_EQ(owned(made, "maker")["f:spec"]["f:claimRef"],
            Json::parse(R"({".":{},"f:name":{},"f:namespace":{}})"));
}

TEST_F(ServerSideApply, ConflictsNameEveryOwnerAndField) {
  const std::string path = std::string(kDeployments) + "/web";
  Json first = deployment("web", "nginx:1");
  first["spec"]["replicas"] = 2;
  apply(path, "m1", first);
  json("PATCH", path + "/scale?fieldManager=sc", Json{{"spec", {{"replicas", 4}}}}, kMerge);
  Json other = deployment("web", "nginx:2");
  other["spec"]["replicas"] = 1;
  const Json refused = apply(path, "m2", other);
  EXPECT_EQ(last_status, 409);
  EXPECT_EQ(refused["message"],
            "Apply failed with 2 conflicts: conflicts with \"m1\":\n"
            "- .spec.template.spec.containers[name=\"c\"].image\n"
            "conflicts with \"sc\" with subresource \"scale\" using apps/v1:\n- .spec.replicas");
  EXPECT_EQ(refused["details"], Json::parse(R"({"causes":[
    {"reason":"FieldManagerConflict","message":"conflict with \"m1\"",
     "field":".spec.template.spec.containers[name=\"c\"].image"},
    {"reason":"FieldManagerConflict",
     "message":"conflict with \"sc\" with subresource \"scale\" using apps/v1",
     "field":".spec.replicas"}]})"));
  const Json forced = apply(path, "m2", other, "&force=true");
  EXPECT_EQ(last_status, 200);
  EXPECT_EQ(forced["spec"]["replicas"], 1);
  EXPECT_EQ(owned(forced, "sc"), Json());
}

TEST_F(ServerSideApply, PortsOfAServiceAreTheirOwnByPortAndProtocol) {
  const std::string path = std::string(kServices) + "/s";
  Json service = config("Service", {{"name", "s"}});
  service["spec"]["ports"] =
      Json::parse(R"([{"name":"a","port":80},{"name":"b","port":80,"protocol":"UDP"}])");
  apply(path, "m", service);
  EXPECT_EQ(last_status, 201);
  service["spec"]["ports"].erase(1);
  const Json after = apply(path, "m", service);
  EXPECT_EQ(after["spec"]["ports"].size(), 1U);
  EXPECT_EQ(owned(after, "m"), Json::parse(R"({"f:spec":{"f:ports":{
    "k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{},"f:port":{}}}}})"));
}

TEST_F(ServerSideApply, FinalizersAreASet) {
  const std::string path = std::string(kMaps) + "/m";
  apply(path, "one", config("ConfigMap", {{"name", "m"}, {"finalizers", {"a.b/c"}}}));
  apply(path, "two", config("ConfigMap", {{"name", "m"}, {"finalizers", {"d.e/f", "a.b/c"}}}));
  const Json after = apply(path, "one", config("ConfigMap", {{"name", "m"}}));
  EXPECT_EQ(after["metadata"]["finalizers"], (Json{"d.e/f", "a.b/c"}));
}

TEST_F(ServerSideApply, ForgettingAllOwnersIsAskedForByAnEmptyListOrOneEmptyEntry) {
  json("POST", kMaps, config_map("other"));
  const Json gone = json("PATCH", std::string(kMaps) + "/other",
                         Json{{"metadata", {{"managedFields", Json::array()}}}}, kMerge);
  EXPECT_FALSE(gone["metadata"].contains("managedFields"));
  json("POST", kMaps, config_map("m"));
  const std::string path = std::string(kMaps) + "/m";
  const Json bare =
      json("PATCH", path, Json{{"metadata", {{"managedFields", Json::array({Json::object()})}}}},
           kMerge);
  EXPECT_FALSE(bare["metadata"].contains("managedFields"));
  const Json still = json("PATCH", path, Json{{"data", {{"x", "1"}}}}, kMerge);
  EXPECT_FALSE(still["metadata"].contains("managedFields"));
  Json mine = config("ConfigMap", {{"name", "m"}});
  mine["data"] = {{"x", "2"}};
  EXPECT_EQ(apply(path, "m", mine)["message"],
            "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.x");
}

TEST_F(ServerSideApply, KubectlMayTakeOverWhatItAppliedBeforeAndKeepsItsAnnotation) {
  Json before = config_map("m", {{"a", "1"}});
  const char* annotation = "kubectl.kubernetes.io/last-applied-configuration";
  before["metadata"]["annotations"][annotation] = before.dump();
  json("POST", std::string(kMaps) + "?fieldManager=kubectl-client-side-apply", before);
  const std::string path = std::string(kMaps) + "/m";
  Json next = config_map("m", {{"a", "2"}});
  apply(path, "someone", next);
  EXPECT_EQ(last_status, 409);
  const Json after = apply(path, "kubectl", next);
  EXPECT_EQ(last_status, 200) << after;
  const std::string kept = after["metadata"]["annotations"][annotation];
  EXPECT_NE(kept.find("\"a\":\"2\""), std::string::npos);
}

TEST_F(ServerSideApply, TenUpdatersAreKeptApartAndOlderOnesJoined) {
  json("POST", std::string(kMaps) + "?fieldManager=maker", config_map("m"));
  Json last;
  for (int i = 0; i < 13; ++i) {
    run(std::chrono::seconds(1));
    last = json("PATCH", std::string(kMaps) + "/m?fieldManager=u" + std::to_string(i),
                Json{{"metadata", {{"labels", {{"k" + std::to_string(i), "v"}}}}}}, kMerge);
  }
  EXPECT_EQ(last["metadata"]["managedFields"].size(), 10U);
  EXPECT_TRUE(owned(last, "ancient-changes").contains("f:data"));
}

struct Refusal {
  const char* name;
  const char* config;
  int code;
  const char* message;
};

TEST_F(ServerSideApply, RefusesWhatCannotBeApplied) {
  const Refusal rows[] = {
      {"another version",
       R"({"apiVersion":"apps/v2","kind":"Deployment","metadata":{"name":"web"}})", 400,
       "invalid object type: apps/v2, Kind=Deployment"},
      {"another kind", R"({"apiVersion":"apps/v1","kind":"Foo","metadata":{"name":"web"}})", 400,
       "invalid object type: apps/v1, Kind=Foo"},
      {"managedFields", R"({"apiVersion":"apps/v1","kind":"Deployment",
        "metadata":{"name":"web","managedFields":[{}]}})",
       400, "metadata.managedFields must be nil"},
      {"an unknown field", R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
        "spec":{"foo":1}})",
       500,
       "failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.foo: field not "
       "declared in schema"},
      {"a key twice", R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
        "spec":{"template":{"spec":{"containers":[{"name":"c"},{"name":"c"}]}}}})",
       500,
       "failed to create typed patch object (/web; apps/v1, Kind=Deployment): "
       ".spec.template.spec.containers: duplicate entries for key [name=\"c\"]"},
      {"a wrong type", R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
        "spec":{"replicas":"x"}})",
       500,
       "failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.replicas: "
       "expected numeric (int or float), got string"},
      {"an object for a list", R"({"apiVersion":"apps/v1","kind":"Deployment",
        "metadata":{"name":"web"},"spec":{"template":{"spec":{"containers":{"a":1}}}}})",
       500,
       "failed to create typed patch object (/web; apps/v1, Kind=Deployment): "
       ".spec.template.spec.containers: expected list, got &{map[a:1]}"}};
  json("POST", kDeployments, deployment("web"));
  for (const Refusal& row : rows) {
    const Json answer =
        apply(std::string(kDeployments) + "/web", "m", Json::parse(row.config), "&force=true");
    EXPECT_EQ(last_status, row.code) << row.name;
    EXPECT_EQ(answer["message"], row.message) << row.name;
  }
  apply(std::string(kDeployments) + "/web", "", deployment("web"));
  EXPECT_EQ(last_status, 422);
}

}  // namespace
}  // namespace spokelab::fakeapi
