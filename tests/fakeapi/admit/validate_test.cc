// What a Kubernetes 1.32 server says about objects that it does not take.
#include "tests/fakeapi/server_fixture.h"

namespace spokelab::fakeapi {
namespace {

using ValidationTest = ServerTest;

constexpr const char* kCore = "/api/v1/namespaces/default/";
constexpr const char* kApps = "/apis/apps/v1/namespaces/default/";

std::vector<std::string> causes_in(const Json& status) {
  std::vector<std::string> all;
  const Json* causes = find(status, {"details", "causes"});
  if (causes == nullptr) return all;
  for (const Json& one : *causes)
    all.push_back(text_at(one, {"field"}) + ": " + text_at(one, {"message"}));
  return all;
}

std::string pod(const std::string& container, const std::string& spec = "") {
  return R"({"metadata":{"name":"x"},"spec":{)" + (spec.empty() ? "" : spec + ",") +
         R"("containers":[{"name":"c","image":"i")" + (container.empty() ? "" : "," + container) +
         "}]}}";
}

std::string workload(const std::string& spec) {
  return R"({"metadata":{"name":"x"},"spec":{"template":{"metadata":{"labels":{"a":"b"}},
    "spec":{"containers":[{"name":"c","image":"i"}]}},)" +
         spec + "}}";
}

TEST_F(ValidationTest, SaysEveryCauseInOrder) {
  const std::string selector = R"("selector":{"matchLabels":{"a":"b"}})";
  const std::vector<std::tuple<std::string, std::string, std::vector<std::string>>> rows = {
      {"configmaps",
       R"({"metadata":{}})",
       {"metadata.name: Required value: name or generateName is required"}},
      {"configmaps",
       R"({"metadata":{"name":"x","labels":{"/x":"y"}}})",
       {"metadata.labels: Invalid value: \"/x\": prefix part must be non-empty"}},
      {"configmaps",
       R"({"metadata":{"name":"x","finalizers":["nodomain"]}})",
       {"metadata.finalizers[0]: Invalid value: \"nodomain\": name is neither a standard finalizer "
        "name nor is it fully qualified"}},
      {"configmaps",
       R"({"metadata":{"name":"x","ownerReferences":[{"apiVersion":"","kind":"","name":"","uid":""}]}})",
       {"metadata.ownerReferences.apiVersion: Invalid value: \"\": version must not be empty",
        "metadata.ownerReferences.kind: Invalid value: \"\": kind must not be empty",
        "metadata.ownerReferences.name: Invalid value: \"\": name must not be empty",
        "metadata.ownerReferences.uid: Invalid value: \"\": uid must not be empty"}},
      {"configmaps",
       R"({"metadata":{"name":"x"},"data":{"..":"y"}})",
       {"data[..]: Invalid value: \"..\": must not be '..'"}},
      {"pods", R"({"metadata":{"name":"x"}})", {"spec.containers: Required value"}},
      {"pods",
       pod(R"("ports":[{"containerPort":0},{"containerPort":70000},
                      {"containerPort":80,"protocol":"X"}])"),
       {"spec.containers[0].ports[0].containerPort: Required value",
        "spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and "
        "65535, inclusive",
        "spec.containers[0].ports[2].protocol: Unsupported value: \"X\": supported values: "
        "\"SCTP\", \"TCP\", \"UDP\""}},
      {"pods",
       pod(R"("volumeMounts":[{"name":"nope","mountPath":"/x"}])"),
       {"spec.containers[0].volumeMounts[0].name: Not found: \"nope\""}},
      {"pods",
       pod(R"("env":[{"name":""},{"name":"y","valueFrom":{}}])"),
       {"spec.containers[0].env[0].name: Required value",
        "spec.containers[0].env[1].valueFrom: Invalid value: \"\": must specify one of: "
        "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"}},
      {"pods",
       pod(R"("livenessProbe":{})", R"("activeDeadlineSeconds":0)"),
       {"spec.containers[0].livenessProbe: Required value: must specify a handler type",
        "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, "
        "inclusive"}},
      {"pods",
       pod(R"("resources":{"limits":{"memory":"1Gi"},"requests":{"memory":"2Gi"}})"),
       {"spec.containers[0].resources.requests: Invalid value: \"2Gi\": must be less than or equal "
        "to memory limit of 1Gi"}},
      {"pods",
       pod("", R"("restartPolicy":"Sometimes")"),
       {"spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", "
        "\"OnFailure\", \"Never\""}},
      {"deployments",
       R"({"metadata":{"name":"x"},"spec":{}})",
       {"spec.selector: Required value",
        "spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not "
        "match template `labels`",
        "spec.template.spec.containers: Required value"}},
      {"deployments",
       workload(R"("selector":{"matchLabels":{"x":"y"}})"),
       {"spec.template.metadata.labels: Invalid value: map[string]string{\"a\":\"b\"}: `selector` "
        "does not match template `labels`"}},
      {"deployments",
       workload(selector + R"(,"replicas":-1,"progressDeadlineSeconds":5,
                                              "minReadySeconds":10)"),
       {"spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"}},
      {"deployments",
       workload(selector + R"(,"strategy":{"rollingUpdate":{"maxSurge":"abc",
                                              "maxUnavailable":"150%"}})"),
       {"spec.strategy.rollingUpdate.maxSurge: Invalid value: intstr.IntOrString{Type:1, IntVal:0, "
        "StrVal:\"abc\"}: a valid percent string must be a numeric string followed by an ending "
        "'%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, "
        "IntVal:0, StrVal:\"150%\"}: must not be greater than 100%"}},
      {"statefulsets",
       workload(selector + R"(,"podManagementPolicy":"x")"),
       {"spec.podManagementPolicy: Invalid value: \"x\": must be 'OrderedReady' or 'Parallel'"}},
      {"services",
       R"({"metadata":{"name":"x"},"spec":{"ports":[{"port":0},{"port":80}]}})",
       {"spec.ports[0].name: Required value",
        "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.ports[1].name: Required value"}},
      {"services",
       R"({"metadata":{"name":"x"},"spec":{"type":"ExternalName"}})",
       {"spec.externalName: Required value"}},
      {"services",
       R"({"metadata":{"name":"x"},"spec":{"clusterIP":"1.2.3.4","ports":[{"port":1}]}})",
       {"spec.clusterIPs: Invalid value: []string{\"1.2.3.4\"}: failed to allocate IP 1.2.3.4: the "
        "provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is "
        "10.96.0.0/16"}},
      {"secrets",
       R"({"metadata":{"name":"x"},"type":"kubernetes.io/tls"})",
       {"data[tls.crt]: Required value", "data[tls.key]: Required value"}},
      {"persistentvolumeclaims",
       R"({"metadata":{"name":"x"},"spec":{}})",
       {"spec.accessModes: Required value: at least 1 access mode is required",
        "spec.resources[storage]: Required value"}}};
  for (const auto& [resource, body, causes] : rows) {
    const bool apps = resource == "deployments" || resource == "statefulsets";
    const Json answer = json("POST", (apps ? kApps : kCore) + resource, Json::parse(body));
    EXPECT_EQ(last_status, 422) << resource << " " << body;
    EXPECT_EQ(causes_in(answer), causes) << answer["message"];
  }
}

TEST_F(ValidationTest, PodsOfAStatefulSetMayMountItsClaims) {
  json("POST", std::string(kApps) + "statefulsets", Json::parse(R"({"metadata":{"name":"x"},"spec":{
    "serviceName":"x","selector":{"matchLabels":{"a":"b"}},
    "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i",
      "volumeMounts":[{"name":"data","mountPath":"/data"}]}]}},
    "volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],
      "resources":{"requests":{"storage":"1Gi"}}}}]}})"));
  EXPECT_EQ(last_status, 201);
}

TEST_F(ValidationTest, TypeErrorsAreWordedAsGoWordsThem) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {workload(R"("replicas":"3")"),
       "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type "
       "int32"},
      {workload(R"("replicas":1.5)"),
       "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of "
       "type "
       "int32"},
      {workload(R"("replicas":3000000000)"),
       "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas "
       "of type int32"},
      {R"({"metadata":{"name":"x"},"spec":{"template":{"spec":{"containers":[{"ports":"x"}]}}}})",
       "json: cannot unmarshal string into Go struct field "
       "Container.spec.template.spec.containers.ports of type []v1.ContainerPort"},
      {R"({"metadata":{"name":5}})",
       "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type "
       "string"},
      {R"({"metadata":5})",
       "json: cannot unmarshal number into Go struct field Deployment.metadata of type "
       "v1.ObjectMeta"}};
  for (const auto& [body, why] : rows) {
    const Json answer = json("POST", std::string(kApps) + "deployments", Json::parse(body));
    EXPECT_EQ(last_status, 400) << body;
    EXPECT_EQ(answer["message"],
              "Deployment in version \"v1\" cannot be handled as a Deployment: " + why);
  }
}

TEST_F(ValidationTest, UnknownFieldsAreRefusedToldOrDropped) {
  Json map = config_map("m");
  map["bar"] = 1;
  map["metadata"]["foo"] = 1;
  const std::string path = std::string(kCore) + "configmaps?dryRun=All&fieldValidation=";
  EXPECT_EQ(json("POST", path + "Strict", map)["message"],
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: "
            "unknown field \"bar\", unknown field \"metadata.foo\"");
  const HttpReply warned = call("POST", path + "Warn", map);
  EXPECT_EQ(warned.response.status, 201);
  ASSERT_NE(warned.response.headers.find("Warning"), nullptr);
  EXPECT_EQ(*warned.response.headers.find("Warning"),
            "299 - \"unknown field \\\"bar\\\"\", 299 - \"unknown field \\\"metadata.foo\\\"\"");
  EXPECT_EQ(call("POST", path + "Ignore", map).response.headers.find("Warning"), nullptr);
  json("POST", path + "Sometimes", map);
  EXPECT_EQ(last_status, 422);
}

}  // namespace
}  // namespace spokelab::fakeapi
