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

using Rows = std::vector<std::tuple<std::string, std::string, std::vector<std::string>>>;

constexpr const char* kNamePart =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

// What kube-apiserver 1.32.13 answered to the same bodies.
class MoreValidationTest : public ServerTest {
 protected:
  void expect_causes(const std::string& path, const Rows& rows) {
    for (const auto& [resource, body, causes] : rows) {
      const Json answer = json("POST", path + resource + "?dryRun=All", Json::parse(body));
      EXPECT_EQ(last_status, causes.empty() ? 201 : 422) << resource << " " << body;
      EXPECT_EQ(causes_in(answer), causes) << answer["message"];
    }
  }
};

TEST_F(MoreValidationTest, VolumesNeedWhatTheirSourcesNeed) {
  const auto volumes = [](const std::string& list) {
    return pod("", R"("volumes":[)" + list + "]");
  };
  expect_causes(
      kCore,
      {{"pods",
        volumes(R"({"name":"v","secret":{}},{"name":"u","hostPath":{"path":"../x","type":"Foo"}})"),
        {"spec.volumes[0].secret.secretName: Required value",
         "spec.volumes[1].hostPath.path: Invalid value: \"../x\": must not contain '..'",
         "spec.volumes[1].hostPath.type: Unsupported value: \"Foo\": supported values: \"\", "
         "\"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", "
         "\"FileOrCreate\", \"Socket\""}},
       {"pods",
        volumes(R"({"name":"v","configMap":{"name":"x","defaultMode":9999,
                    "items":[{"key":"a","path":"../b"},{"key":"","path":""}]}})"),
        {"spec.volumes[0].configMap.defaultMode: Invalid value: 9999: must be a number between 0 "
         "and "
         "0777 (octal), both inclusive",
         "spec.volumes[0].configMap.items[0].path: Invalid value: \"../b\": must not contain '..'",
         "spec.volumes[0].configMap.items[1].key: Required value",
         "spec.volumes[0].configMap.items[1].path: Required value"}},
       {"pods",
        volumes(R"({"name":"v","projected":{"sources":[{"secret":{}},
                    {"serviceAccountToken":{"path":"","expirationSeconds":5}}]}})"),
        {"spec.volumes[0].projected.sources[0].secret.name: Required value",
         "spec.volumes[0].projected.sources[1].serviceAccountToken.expirationSeconds: Invalid "
         "value: "
         "5: may not specify a duration less than 10 minutes",
         "spec.volumes[0].projected.path: Required value"}},
       {"pods",
        volumes(
            R"({"name":"e","emptyDir":{"sizeLimit":"-1"}},{"name":"p","persistentVolumeClaim":{}})"),
        {"spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource "
         "quantity",
         "spec.volumes[1].persistentVolumeClaim.claimName: Required value"}}});
}

TEST_F(MoreValidationTest, ContainersSayWhatTheirProbesPortsAndAmountsLack) {
  expect_causes(
      kCore,
      {{"pods",
        pod(R"("livenessProbe":{"httpGet":{"port":0,"scheme":"X"},"successThreshold":2},
               "lifecycle":{"preStop":{},"postStart":{"exec":{}}})"),
        {"spec.containers[0].lifecycle.postStart.exec.command: Required value",
         "spec.containers[0].lifecycle.preStop: Required value: must specify a handler type",
         "spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and "
         "65535, inclusive",
         "spec.containers[0].livenessProbe.httpGet.scheme: Unsupported value: \"X\": supported "
         "values: \"HTTP\", \"HTTPS\"",
         "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"}},
       {"pods",
        pod(R"("ports":[{"containerPort":80,"hostPort":81},{"containerPort":82,"hostPort":81}])"),
        {"spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//81\""}},
       {"pods",
        pod(R"("ports":[{"containerPort":80,"hostPort":81}])", R"("hostNetwork":true)"),
        {"spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when "
         "`hostNetwork` is true"}},
       {"pods",
        pod(R"("resources":{"limits":{"nvidia.com/gpu":"1500m"},"requests":{"nvidia.com/gpu":1}})"),
        {"spec.containers[0].resources.limits[nvidia.com/gpu]: Invalid value: "
         "resource.Quantity{i:resource.int64Amount{value:15, scale:-1}, "
         "d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:\"\", Format:\"DecimalSI\"}: must be an "
         "integer",
         "spec.containers[0].resources.requests: Invalid value: \"1\": must be equal to "
         "nvidia.com/gpu limit of 1500m"}},
       {"pods",
        pod(R"("envFrom":[{},{"configMapRef":{"name":""}}])"),
        {"spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or "
         "`secretRef`",
         "spec.containers[0].envFrom[1].configMapRef.name: Required value"}},
       {"pods",
        pod("", R"("initContainers":[{"name":"i","image":"a","lifecycle":{"preStop":{"exec":
                  {"command":["a"]}}}}])"),
        {"spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without "
         "restartPolicy=Always"}}});
}

TEST_F(MoreValidationTest, PlacesMustBeSayable) {
  expect_causes(
      kCore,
      {{"pods",
        pod("", R"("affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
                  {"nodeSelectorTerms":[]},"preferredDuringSchedulingIgnoredDuringExecution":
                  [{"weight":0,"preference":{"matchExpressions":[{"key":"a","operator":"X"}]}}]}})"),
        {"spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
         "nodeSelectorTerms: Required value: must have at least one node selector term",
         "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: "
         "Invalid value: 0: must be in the range 1-100",
         "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference."
         "matchExpressions[0].operator: Invalid value: \"X\": not a valid selector operator"}},
       {"pods",
        pod("", R"("affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
                  [{"labelSelector":{}}]}})"),
        {"spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]."
         "topologyKey: Required value: can not be empty",
         "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]."
         "topologyKey: Invalid value: \"\": name part must be non-empty",
         std::string("spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution["
                     "0].topologyKey: Invalid value: \"\": ") +
             kNamePart}},
       {"pods",
        pod("", R"("topologySpreadConstraints":[{"maxSkew":0,"topologyKey":"","whenUnsatisfiable":
                  "X"}])"),
        {"spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
         "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
         "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"X\": supported "
         "values: \"DoNotSchedule\", \"ScheduleAnyway\""}},
       {"pods",
        pod("", R"("dnsPolicy":"None")"),
        {"spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"}}});
}

TEST_F(MoreValidationTest, ServicesAndIngressesSayWhatTheyCannotBe) {
  expect_causes(
      kCore,
      {{"services",
        R"({"metadata":{"name":"x"},"spec":{"type":"ExternalName","externalName":"a.b",
            "clusterIP":"10.96.4.4","ports":[{"port":80}]}})",
        {"spec.clusterIPs: Forbidden: may not be set for ExternalName services"}},
       {"services",
        R"({"metadata":{"name":"x"},"spec":{"ipFamilyPolicy":"RequireDualStack",
            "ports":[{"port":80}]}})",
        {"spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured "
         "for dual-stack services"}},
       {"services",
        R"({"metadata":{"name":"x"},"spec":{"externalIPs":["127.0.0.1","0.0.0.0"],
            "ports":[{"port":80}]}})",
        {"spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range "
         "(127.0.0.0/8, ::1/128)",
         "spec.externalIPs[1]: Invalid value: \"0.0.0.0\": may not be unspecified (0.0.0.0)"}},
       {"services",
        R"({"metadata":{"name":"x"},"spec":{"internalTrafficPolicy":"X","trafficDistribution":"Y",
            "ports":[{"port":80}]}})",
        {"spec.internalTrafficPolicy: Unsupported value: \"X\": supported values: \"Cluster\", "
         "\"Local\"",
         "spec.trafficDistribution: Unsupported value: \"Y\": supported values: "
         "\"PreferClose\""}}});
  expect_causes(
      "/apis/networking.k8s.io/v1/namespaces/default/",
      {{"ingresses",
        R"({"metadata":{"name":"x"},"spec":{"rules":[{"http":{"paths":[{"path":"/a//b",
            "pathType":"Exact","backend":{"service":{"name":"s","port":{"number":99999}}}},
            {"path":"/","pathType":"Prefix","backend":{}}]}}]}})",
        {"spec.rules[0].http.paths[0].path: Invalid value: \"/a//b\": must not contain '//'",
         "spec.rules[0].http.paths[0].backend.service.port.number: Invalid value: 99999: must be "
         "between 1 and 65535, inclusive",
         "spec.rules[0].http.paths[1].backend: Invalid value: \"\": resource or service backend is "
         "required"}},
       {"ingresses",
        R"({"metadata":{"name":"x","annotations":{"kubernetes.io/ingress.class":"a"}},"spec":
            {"ingressClassName":"b","defaultBackend":{"service":{"name":"s","port":
            {"number":80}}}}})",
        {"annotations.kubernetes.io/ingress.class: Invalid value: \"a\": must match "
         "`ingressClassName` when both are specified"}},
       {"networkpolicies",
        R"({"metadata":{"name":"x"},"spec":{"podSelector":{},"ingress":[{"from":[{"ipBlock":
            {"cidr":"10.0.0.0/8","except":["11.0.0.0/8","10.1.0.0/16"]}}],
            "ports":[{"endPort":5}]}]}})",
        {"spec.ingress[0].ports[0].endPort: Invalid value: 5: may not be specified when `port` is "
         "not specified",
         "spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: \"11.0.0.0/8\": must be a "
         "strict subset of `cidr`"}}});
}

TEST_F(MoreValidationTest, JobsAndCronJobsSayWhen) {
  const std::string spec = R"("template":{"spec":{"restartPolicy":"Never","containers":
      [{"name":"c","image":"a"}]}})";
  expect_causes(
      "/apis/batch/v1/namespaces/default/",
      {{"jobs",
        R"({"metadata":{"name":"x"},"spec":{"manualSelector":true,"selector":{"matchLabels":
            {"a":"b"}},)" +
            spec + "}}",
        {"spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does "
         "not "
         "match template `labels`"}},
       {"jobs",
        R"({"metadata":{"name":"x"},"spec":{"backoffLimitPerIndex":1,"podReplacementPolicy":"X",)" +
            spec + "}}",
        {"spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
         "spec.podReplacementPolicy: Unsupported value: \"X\": supported values: \"Failed\", "
         "\"TerminatingOrFailed\""}},
       {"cronjobs",
        R"({"metadata":{"name":"x"},"spec":{"schedule":"99 * * * *","timeZone":"Nope/Nope",
            "jobTemplate":{"spec":{"template":{"spec":{"containers":
            [{"name":"c","image":"a"}]}}}}}})",
        {"spec.schedule: Invalid value: \"99 * * * *\": end of range (99) above maximum (59): 99",
         "spec.timeZone: Invalid value: \"Nope/Nope\": unknown time zone Nope/Nope",
         "spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "
         "\"OnFailure\", \"Never\""}},
       {"cronjobs",
        R"({"metadata":{"name":"x"},"spec":{"schedule":"TZ=UTC 0 0 * * *","jobTemplate":{"spec":{)" +
            spec + "}}}}",
        {"spec.schedule: Invalid value: \"TZ=UTC 0 0 * * *\": cannot use TZ or CRON_TZ in "
         "schedule, "
         "use timeZone field instead"}}});
}

TEST_F(MoreValidationTest, WebhooksSayWhomTheyCall) {
  expect_causes(
      "/apis/admissionregistration.k8s.io/v1/",
      {{"mutatingwebhookconfigurations",
        R"({"metadata":{"name":"x"},"webhooks":[{"name":"a"}]})",
        {"webhooks[0].name: Invalid value: \"a\": should be a domain with at least three segments "
         "separated by dots",
         "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun",
         "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
         "webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1"}},
       {"validatingwebhookconfigurations",
        R"({"metadata":{"name":"x"},"webhooks":[{"name":"a.b.c","admissionReviewVersions":["v1"],
            "sideEffects":"None","clientConfig":{"url":"https://a/b?c#d"}}]})",
        {"webhooks[0].clientConfig.url: Invalid value: \"d\": fragments are not permitted in the "
         "URL",
         "webhooks[0].clientConfig.url: Invalid value: \"c\": query parameters are not permitted "
         "in the URL"}}});
}

Json definition(const std::string& property, const std::string& more = "") {
  return Json::parse(R"({"metadata":{"name":"things.acme.io"},"spec":{"group":"acme.io","scope":
      "Namespaced","names":{"plural":"things","kind":"Thing"},"versions":[{"name":"v1","served":true,
      "storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"a":)" +
                     property + "}}}" + more + "}]}}");
}

TEST_F(MoreValidationTest, SchemasOfDefinitionsMustBeStructural) {
  const std::string at = "spec.validation.openAPIV3Schema.properties[a]";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"({})", ".type: Required value: must not be empty for specified object fields"},
      {R"({"type":"array"})", ".items: Required value: must be specified"},
      {R"({"type":"array","items":[{"type":"string"}]})",
       ".items: Forbidden: items must be a schema object and not an array"},
      {R"({"type":"array","uniqueItems":true,"items":{"type":"string"}})",
       ".uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity "
       "becomes quadratic"},
      {R"({"type":"array","x-kubernetes-list-type":"foo","items":{"type":"string"}})",
       ".x-kubernetes-list-type: Unsupported value: \"foo\": supported values: \"atomic\", "
       "\"set\", \"map\""},
      {R"({"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["z"],
           "items":{"type":"object","properties":{"k":{"type":"string"}}}})",
       ".x-kubernetes-list-map-keys: Invalid value: []string{\"z\"}: entries must all be names of "
       "item properties"},
      {R"({"type":"array","x-kubernetes-list-type":"set","items":{"type":"object"}})",
       ".items.x-kubernetes-map-type: Invalid value: \"null\": must be atomic as item of a list "
       "with x-kubernetes-list-type=set"},
      {R"({"type":"object","properties":{"b":{"type":"string"}},
           "additionalProperties":{"type":"string"}})",
       ".additionalProperties: Forbidden: additionalProperties and properties are mutual "
       "exclusive"},
      {R"({"type":"object","default":{"z":1},"properties":{"b":{"type":"string"}}})",
       ".default: Invalid value: map[string]interface {}{\"z\":1}: must not have unknown fields"},
      {R"({"type":"string","pattern":"("})",
       ".pattern: Invalid value: \"(\": must be a valid regular expression, but isn't: error "
       "parsing regexp: missing closing ): `(`"},
      {R"({"type":"object","oneOf":[{"properties":{"q":{"type":"string"}}}]})",
       ".oneOf[0].properties[q].type: Forbidden: must be empty to be structural"}};
  for (const auto& [property, cause] : rows) {
    const Json answer =
        json("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All",
             definition(property));
    EXPECT_EQ(last_status, 422) << property;
    EXPECT_EQ(causes_in(answer), std::vector<std::string>{at + cause});
  }
}

TEST_F(MoreValidationTest, ClientsHearOfWhatIsTakenButOdd) {
  const auto warning = [&](const std::string& path, const std::string& body) {
    const auto reply = call("POST", path + "?dryRun=All", Json::parse(body));
    const auto* header = reply.response.headers.find("Warning");
    return header != nullptr ? *header : std::string();
  };
  EXPECT_EQ(warning("/apis/networking.k8s.io/v1/namespaces/default/ingresses",
                    R"({"metadata":{"name":"x","annotations":{"kubernetes.io/ingress.class":"n"}},
                        "spec":{"defaultBackend":{"service":{"name":"s","port":{"number":80}}}}})"),
            "299 - \"annotation \\\"kubernetes.io/ingress.class\\\" is deprecated, please use "
            "'spec.ingressClassName' instead\"");
  EXPECT_EQ(
      warning(std::string(kCore) + "pods",
              pod(R"("env":[{"name":"A","value":"1"},{"name":"A","value":"2"}])")),
      "299 - \"spec.containers[0].env[1]: hides previous definition of \\\"A\\\", which may be "
      "dropped when using apply\"");
}

TEST_F(MoreValidationTest, RuntimeClassesAreLookedUp) {
  const Json answer = json("POST", std::string(kCore) + "pods",
                           Json::parse(pod("", R"("runtimeClassName":"nope")")));
  EXPECT_EQ(last_status, 403);
  EXPECT_EQ(answer["message"],
            "pods \"x\" is forbidden: pod rejected: RuntimeClass \"nope\" not found");
}

TEST_F(MoreValidationTest, FlowControlIsCheckedAndFilledIn) {
  const std::string base = "/apis/flowcontrol.apiserver.k8s.io/v1/";
  Json answer = json("POST", base + "flowschemas", Json::parse(R"({"metadata":{"name":"x"},
      "spec":{"rules":[{"subjects":[{"kind":"User"}],"resourceRules":[{"verbs":["fly"],
      "apiGroups":["*","a"],"resources":["pods"]}],"nonResourceRules":[{"verbs":["get"],
      "nonResourceURLs":["a"]}]}],"matchingPrecedence":1}})"));
  EXPECT_EQ(last_status, 422);
  EXPECT_EQ(
      causes_in(answer),
      (std::vector<std::string>{
          "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have "
          "matchingPrecedence 1",
          "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
          "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is "
          "'User'",
          "spec.rules[0].resourceRules[0].verbs: Unsupported value: []string{\"fly\"}: supported "
          "values: \"create\", \"delete\", \"deletecollection\", \"get\", \"list\", \"patch\", "
          "\"proxy\", \"update\", \"watch\"",
          "spec.rules[0].resourceRules[0].apiGroups: Invalid value: []string{\"*\", \"a\"}: if '*' "
          "is present, must not specify other api groups",
          "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not "
          "cluster scoped must supply at least one namespace",
          "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: \"a\": must start "
          "with slash"}));
  answer = json("POST", base + "prioritylevelconfigurations",
                Json::parse(R"({"metadata":{"name":"low"},"spec":{"type":"Limited",
                "limited":{"limitResponse":{"type":"Queue","queuing":{"handSize":6}}}}})"));
  EXPECT_EQ(last_status, 201) << answer;
  EXPECT_EQ(answer["spec"]["limited"],
            Json::parse(R"({"nominalConcurrencyShares":30,"lendablePercent":0,"limitResponse":
            {"type":"Queue","queuing":{"queues":64,"handSize":6,"queueLengthLimit":50}}})"));
  json("POST", base + "flowschemas", Json::parse(R"({"metadata":{"name":"y"},
      "spec":{"priorityLevelConfiguration":{"name":"low"}}})"));
  EXPECT_EQ(last_status, 201);
  EXPECT_EQ(json("GET", base + "flowschemas/y")["spec"]["matchingPrecedence"], 1000);
}

// openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x
constexpr const char* kSigningRequest =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISE1HNENBUUF3RERFS01BZ0dBMVVFQXd3"
    "QmVEQlpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQQpCQUx3b0t3dG5ZZ3dSekZHNWxnV1ZwUXhj"
    "UDZSd2Q4alcrZGE1bHpYcUJ6MkdTK0hvZnFuREY1MzFLQjhFZHNYCitIMGtkS2dURUhjQzBydklMVC93bG82"
    "Z0FEQUtCZ2dxaGtqT1BRUURBZ05KQURCR0FpRUEyV0RLUUJhWFJVZmIKTVRxL1BEYXhCWTdGY3FOZnhUajA2"
    "R0NHQTF6cTFaNENJUURmTVBMazBhTm93VFkvUkJJbCthWmVQeG5vcjdYZwpZVEZNVzBkaWJhMWwwZz09Ci0t"
    "LS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";

TEST_F(MoreValidationTest, CertificateRequestsSayWhoAsksAndAreApprovedByTheirOwnWay) {
  const std::string base = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  Json answer = json("POST", base, Json::parse(R"({"metadata":{"name":"x"},"spec":{
      "request":"YQ==","signerName":"foo","usages":["bar"],"expirationSeconds":5}})"));
  EXPECT_EQ(last_status, 422);
  const auto causes = causes_in(answer);
  ASSERT_EQ(causes.size(), 4U) << answer;
  EXPECT_EQ(
      causes[0],
      "spec.request: Invalid value: []byte{0x61}: PEM block type must be CERTIFICATE REQUEST");
  EXPECT_EQ(causes[2],
            "spec.signerName: Invalid value: \"foo\": must be a fully qualified domain and path of "
            "the form 'example.com/signer-name'");
  Json request = Json::parse(R"({"metadata":{"name":"x"},"spec":{"username":"root",
      "signerName":"example.com/s","usages":["client auth"]}})");
  request["spec"]["request"] = kSigningRequest;
  answer = json("POST", base, request);
  ASSERT_EQ(last_status, 201) << answer;
  EXPECT_EQ(answer["spec"]["username"], "kubernetes-admin");
  EXPECT_EQ(answer["spec"]["groups"], Json({"system:masters", "system:authenticated"}));
  EXPECT_FALSE(answer["metadata"].contains("managedFields"));
  const Json approval = Json::parse(
      R"({"status":{"conditions":[{"type":"Approved","status":"True","reason":"R"}]}})");
  const std::string merge = "application/merge-patch+json";
  json("PATCH", base + "/x/status", approval, merge);
  EXPECT_EQ(last_status, 422);  // only the approval subresource approves
  answer = json("PATCH", base + "/x/approval", approval, merge);
  ASSERT_EQ(last_status, 200) << answer;
  EXPECT_FALSE(text_at(answer["status"]["conditions"][0], {"lastUpdateTime"}).empty());
  answer =
      json("PATCH", base + "/x/approval", Json::parse(R"({"status":{"conditions":null}})"), merge);
  EXPECT_EQ(causes_in(answer),
            (std::vector<std::string>{"status.conditions: Forbidden: updates may not remove a "
                                      "condition of type \"Approved\""}));
  answer = json("PATCH", base + "/x", Json::parse(R"({"spec":{"signerName":"a.b/c"}})"), merge);
  EXPECT_EQ(answer["spec"]["signerName"], "example.com/s");
}

TEST_F(MoreValidationTest, AStatusIsCheckedWhereItIsWritten) {
  const std::string merge = "application/merge-patch+json";
  json("POST", std::string(kApps) + "deployments", deployment("d"));
  ASSERT_EQ(last_status, 201);
  Json answer = json("PATCH", std::string(kApps) + "deployments/d/status",
                     Json{{"status", {{"replicas", -1}}}}, merge);
  EXPECT_EQ(last_status, 422);
  EXPECT_EQ(causes_in(answer).at(0),
            "status.replicas: Invalid value: -1: must be greater than or equal to 0");
  json("POST", std::string(kCore) + "services",
       Json::parse(R"({"metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}})"));
  const Json address = Json::parse(R"({"status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"}]}}})");
  answer = json("PATCH", std::string(kCore) + "services/s/status", address, merge);
  EXPECT_EQ(causes_in(answer),
            (std::vector<std::string>{"status.loadBalancer.ingress: Forbidden: may only be used "
                                      "when `spec.type` is 'LoadBalancer'"}));
  json("PATCH", std::string(kCore) + "services/s", Json{{"spec", {{"type", "LoadBalancer"}}}},
       merge);
  answer = json("PATCH", std::string(kCore) + "services/s/status", address, merge);
  EXPECT_EQ(answer["status"]["loadBalancer"]["ingress"][0]["ipMode"], "VIP") << answer;
}

TEST_F(MoreValidationTest, AnUpdateTellsWhatIsWrongWithMetadataAsOftenAsUpstreamLooks) {
  const std::string merge = "application/merge-patch+json";
  const auto told = [&](const std::string& path, const std::string& patch) {
    return causes_in(json("PATCH", path + "?dryRun=All", Json::parse(patch), merge)).size();
  };
  const std::string label = R"({"metadata":{"labels":{"a b":"c"}}})";
  const std::string finalizer = R"({"metadata":{"finalizers":["foo"]}})";
  json("POST", std::string(kCore) + "configmaps", config_map("cm"));
  json("POST", std::string(kApps) + "deployments", deployment("d"));
  EXPECT_EQ(told(std::string(kCore) + "configmaps/cm", label), 4U);
  EXPECT_EQ(told(std::string(kCore) + "configmaps/cm", finalizer), 2U);
  EXPECT_EQ(told(std::string(kApps) + "deployments/d", label), 3U);
  EXPECT_EQ(told("/apis/rbac.authorization.k8s.io/v1/clusterroles/view", label), 5U);
}

TEST_F(MoreValidationTest, PodsTellOfOldNamesAndOfPathsThatMeet) {
  const auto warnings = [&](const std::string& body) {
    const auto reply = call("POST", std::string(kCore) + "pods?dryRun=All", Json::parse(body));
    const auto* header = reply.response.headers.find("Warning");
    return header != nullptr ? *header : std::string();
  };
  EXPECT_EQ(warnings(pod("", R"("nodeSelector":{"beta.kubernetes.io/os":"linux"})")),
            "299 - \"spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "
            "\\\"kubernetes.io/os\\\" instead\"");
  EXPECT_EQ(warnings(pod("", R"("volumes":[{"name":"v","configMap":{"name":"c","items":[
                {"key":"a","path":"p"},{"key":"b","path":"p/q"}]}}])")),
            "299 - \"volume \\\"v\\\" (ConfigMap \\\"c\\\"): overlapping paths: \\\"p/q\\\" with "
            "\\\"p\\\"\"");
}

}  // namespace
}  // namespace spokelab::fakeapi
