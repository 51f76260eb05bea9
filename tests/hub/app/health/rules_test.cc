// Tests of the rule book: every kind of statement, by kinds that use it.
#include "hub/app/health/rules.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::hub {
namespace {

struct Case {
  const char* what;
  const char* kind;  ///< "group/version Kind"
  const char* rest;
  const char* health;  ///< "Status message"
};

// What Argo CD 3.5.1's own scripts say of the same objects.
const Case kCases[] = {
    {"first condition that decides", "kafka.strimzi.io/v1beta2 KafkaUser",
     "status: {conditions: [{type: NotReady, status: 'True', message: nope}, {type: Ready, status: "
     "'True'}]}",
     "Degraded nope"},
    {"words of a kind", "kafka.strimzi.io/v1beta2 KafkaTopic", "status: {}",
     "Progressing Waiting for Kafka Topic"},
    {"one check for several kinds", "cert-manager.io/v1 ClusterIssuer",
     "status: {conditions: [{type: Ready, status: 'True', message: ok}]}", "Healthy ok"},
    {"an order of its own between loops", "cert-manager.io/v1 Certificate",
     "status: {conditions: [{type: Ready, status: 'False', message: old}, {type: Issuing, status: "
     "'True', message: renewing}]}",
     "Progressing renewing"},
    {"a remembered answer", "k8s.mariadb.com/v1alpha1 MariaDB",
     "status: {conditions: [{type: Ready, status: 'True', message: Running}]}", "Healthy Running"},
    {"counts", "helm.toolkit.fluxcd.io/v2 HelmRelease",
     "spec: {}, status: {conditions: [{type: Ready, status: 'True', reason: Done}, {type: "
     "Released, status: 'True'}]}",
     "Healthy Done"},
    {"counts that do not suffice", "helm.toolkit.fluxcd.io/v2 HelmRelease",
     "spec: {}, status: {conditions: [{type: Ready, status: 'True', reason: Done}]}",
     "Degraded Done"},
    {"suspension", "kustomize.toolkit.fluxcd.io/v1 Kustomization", "spec: {suspend: true}",
     "Suspended Kustomization is suspended"},
    {"a wildcard in the group", "ec2.aws.upbound.io/v1beta1 VPC",
     "status: {conditions: [{type: Synced, status: 'True'}, {type: Ready, status: 'True'}]}",
     "Healthy Resource is up-to-date."},
    {"an exact kind before the wildcard", "s3.aws.crossplane.io/v1beta1 Bucket",
     "status: {conditions: [{type: Ready, status: 'False'}, {type: Synced, status: 'True'}]}",
     "Progressing Waiting for Bucket to be available"},
    {"an empty status", "helm.crossplane.io/v1beta1 ProviderConfig", "status: {}",
     "Healthy Resource is up-to-date."},
    {"a status named by the object", "argoproj.io/v1alpha1 Rollout",
     "metadata: {generation: 2}, spec: {}, status: {observedGeneration: '2', phase: Degraded, "
     "message: aborted}",
     "Degraded aborted"},
    {"numbers compared", "argoproj.io/v1alpha1 Rollout",
     "metadata: {generation: 1}, spec: {replicas: 5, strategy: {canary: {}}}, status: "
     "{observedGeneration: '1', currentPodHash: a, updatedReplicas: 2}",
     "Progressing Waiting for roll out to finish: More replicas need to be updated"},
    {"generation not yet observed", "argoproj.io/v1alpha1 Rollout",
     "metadata: {generation: 3}, spec: {}, status: {observedGeneration: '2'}",
     "Progressing Waiting for rollout spec update to be observed"},
    {"a list joined", "policy.open-cluster-management.io/v1 Policy",
     "spec: {}, status: {compliant: NonCompliant, status: [{clustername: a, compliant: "
     "NonCompliant}, {clustername: b, compliant: Compliant}, {clustername: c}]}",
     "Degraded NonCompliant clusters: a, c"},
    {"a ratio", "opentelemetry.io/v1beta1 OpenTelemetryCollector",
     "spec: {}, status: {scale: {statusReplicas: 2/3}}", "Progressing Replicas are starting up"},
    {"a full ratio", "opentelemetry.io/v1beta1 OpenTelemetryCollector",
     "spec: {}, status: {scale: {statusReplicas: 3/3}}", "Healthy All replicas are ready"},
    {"items in the order of a field", "k8s.keycloak.org/v2alpha1 Keycloak",
     "status: {conditions: [{type: HasErrors, status: 'True', message: x, lastTransitionTime: "
     "'2026-01-02T00:00:00Z'}, {type: Ready, status: 'True', lastTransitionTime: "
     "'2026-01-01T00:00:00Z'}]}",
     "Healthy "},
    {"a sum", "elasticsearch.k8s.elastic.co/v1 Elasticsearch",
     "spec: {nodeSets: [{count: 3}, {count: 2}]}, status: {availableNodes: 4}",
     "Progressing The desired amount of availableNodes is 5 but the current amount is 4"},
    {"a difference", "apps.kruise.io/v1beta1 StatefulSet",
     "metadata: {generation: 2}, spec: {updateStrategy: {rollingUpdate: {partition: 2}}}, status: "
     "{observedGeneration: 2, updatedAvailableReplicas: 1, updatedReplicas: 4, replicas: 5}",
     "Suspended Statefulset needs manual intervention"},
    {"a label with dots", "core.gardener.cloud/v1beta1 Shoot",
     "metadata: {labels: {shoot.gardener.cloud/status: unhealthy}}",
     "Degraded Component state: Unhealthy"},
    {"loops within loops", "gateway.networking.k8s.io/v1 HTTPRoute",
     "status: {parents: [{parentRef: {name: gw}, conditions: [{type: Accepted, status: 'False', "
     "message: no listener}]}]}",
     "Degraded Parent gw: no listener"},
    {"the last of a list", "external-secrets.io/v1 ClusterExternalSecret",
     "status: {conditions: [{type: Ready, status: 'True'}, {type: NotReady, status: 'True', "
     "message: gone}]}",
     "Degraded gone"},
    {"times compared as texts", "batch/v1 CronJob",
     "spec: {}, status: {lastScheduleTime: '2026-02-01T00:00:00Z', lastSuccessfulTime: "
     "'2026-01-01T00:00:00Z'}",
     "Degraded CronJob has not completed its last execution successfully"},
    {"a status no health has", "argoproj.io/v1alpha1 Rollout",
     "metadata: {generation: 1}, spec: {}, status: {phase: Wobbly}",
     "Unknown Lua returned an invalid health status"},
    {"a chain of else", "operators.coreos.com/v1alpha1 Subscription",
     "status: {state: AtLatestKnown, conditions: [{type: CatalogSourcesUnhealthy, status: "
     "'False'}]}",
     "Healthy 1: CatalogSourcesUnhealthy | False\n.status.state is 'AtLatestKnown'\n"},
};

Json object_of(const Case& one) {
  const std::string name = one.kind;
  const std::size_t blank = name.find(' ');
  auto read = parse_yaml("{apiVersion: " + name.substr(0, blank) +
                         ", kind: " + name.substr(blank + 1) + ", " + one.rest + "}");
  EXPECT_TRUE(read) << one.what;
  return read ? *read : Json();
}

TEST(HealthRules, SayWhatArgoCdsScriptsSay) {
  for (const Case& one : kCases) {
    const auto judged = health_by_rules(object_of(one));
    ASSERT_TRUE(judged && *judged) << one.what;
    EXPECT_EQ(std::string(name_of((*judged)->status)) + " " + (*judged)->message, one.health)
        << one.what;
  }
}

TEST(HealthRules, AreSilentOnOtherKinds) {
  EXPECT_FALSE(health_by_rules(*parse_yaml("{apiVersion: v1, kind: ConfigMap}")));
  EXPECT_FALSE(health_by_rules(*parse_yaml("{apiVersion: example.com/v1, kind: Rollout}")));
}

TEST(HealthRules, MayComeToNoAnswer) {
  const auto judged =
      health_by_rules(*parse_yaml("{apiVersion: spot.io/v1beta1, kind: SpotDeployment}"));
  ASSERT_TRUE(judged);
  EXPECT_FALSE(*judged);
}

}  // namespace
}  // namespace spokelab::hub
