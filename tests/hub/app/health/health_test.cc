// Tests of the built-in health checks and of aggregation.
#include "hub/app/health/health.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::hub {
namespace {

struct Case {
  const char* what;
  const char* yaml;
  HealthStatus status;
  const char* message;
};

const Case kCases[] = {
    {"paused Deployment", "{apiVersion: apps/v1, kind: Deployment, spec: {paused: true}}",
     HealthStatus::suspended, "Deployment is paused"},
    {"unobserved Deployment",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 2}, status: "
     "{observedGeneration: 1}}",
     HealthStatus::progressing,
     "Waiting for rollout to finish: observed deployment generation less than desired generation"},
    {"Deployment past its deadline",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1}, status: "
     "{conditions: [{type: "
     "Progressing, reason: ProgressDeadlineExceeded}]}}",
     HealthStatus::degraded, "Deployment \"web\" exceeded its progress deadline"},
    {"Deployment that updates",
     "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 3}, status: {updatedReplicas: 1}}",
     HealthStatus::progressing,
     "Waiting for rollout to finish: 1 out of 3 new replicas have been updated..."},
    {"Deployment with old replicas",
     "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {updatedReplicas: 2, "
     "replicas: 3}}",
     HealthStatus::progressing,
     "Waiting for rollout to finish: 1 old replicas are pending termination..."},
    {"Deployment not yet available",
     "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {updatedReplicas: 2, "
     "replicas: 2, "
     "availableReplicas: 1}}",
     HealthStatus::progressing,
     "Waiting for rollout to finish: 1 of 2 updated replicas are available..."},
    {"Deployment that is done",
     "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {updatedReplicas: 2, "
     "replicas: 2, "
     "availableReplicas: 2}}",
     HealthStatus::healthy, ""},
    {"Deployment of a version that is not read", "{apiVersion: apps/v1beta1, kind: Deployment}",
     HealthStatus::unknown, "unsupported Deployment version: apps/v1beta1"},
    {"object under deletion", "{apiVersion: v1, kind: ConfigMap, metadata: {deletionTimestamp: x}}",
     HealthStatus::progressing, "Pending deletion"},
    {"StatefulSet never observed",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {generation: 1}}",
     HealthStatus::progressing, "Waiting for statefulset spec update to be observed..."},
    {"StatefulSet with pods to come",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {generation: 1}, spec: {replicas: 3}, "
     "status: "
     "{observedGeneration: 1, readyReplicas: 1}}",
     HealthStatus::progressing, "Waiting for 2 pods to be ready..."},
    {"StatefulSet with a partition",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {generation: 1}, spec: {replicas: 3, "
     "updateStrategy: {type: "
     "RollingUpdate, rollingUpdate: {partition: 1}}}, status: {observedGeneration: 1, "
     "readyReplicas: 3, "
     "updatedReplicas: 1}}",
     HealthStatus::progressing,
     "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated..."},
    {"DaemonSet not yet available",
     "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: log}, status: "
     "{desiredNumberScheduled: 2, "
     "updatedNumberScheduled: 2, numberAvailable: 1}}",
     HealthStatus::progressing,
     "Waiting for daemon set \"log\" rollout to finish: 1 of 2 updated pods are available..."},
    {"Pod that cannot pull",
     "{apiVersion: v1, kind: Pod, spec: {restartPolicy: Always}, status: {phase: Pending, "
     "containerStatuses: [{state: {waiting: {reason: ImagePullBackOff, message: no such "
     "image}}}]}}",
     HealthStatus::degraded, "no such image"},
    {"ready Pod",
     "{apiVersion: v1, kind: Pod, spec: {restartPolicy: Always}, status: {phase: Running, "
     "conditions: "
     "[{type: Ready, status: 'True'}]}}",
     HealthStatus::healthy, ""},
    {"Pod that crashed",
     "{apiVersion: v1, kind: Pod, spec: {restartPolicy: Always}, status: {phase: Running, "
     "containerStatuses: [{lastState: {terminated: {}}}]}}",
     HealthStatus::degraded, ""},
    {"running one-off Pod",
     "{apiVersion: v1, kind: Pod, spec: {restartPolicy: Never}, status: {phase: Running}}",
     HealthStatus::progressing, ""},
    {"failed Pod",
     "{apiVersion: v1, kind: Pod, spec: {restartPolicy: Never}, status: {phase: Failed, "
     "containerStatuses: [{name: c, state: {terminated: {exitCode: 3}}}]}}",
     HealthStatus::degraded, "container \"c\" failed with exit code 3"},
    {"Job under way", "{apiVersion: batch/v1, kind: Job}", HealthStatus::progressing, ""},
    {"complete Job",
     "{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Complete, status: 'True'}]}}",
     HealthStatus::healthy, ""},
    {"failed Job",
     "{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Failed, status: 'True', "
     "message: too often}]}}",
     HealthStatus::degraded, "too often"},
    {"suspended Job",
     "{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Suspended, status: 'True'}]}}",
     HealthStatus::suspended, ""},
    {"plain Service", "{apiVersion: v1, kind: Service, spec: {type: ClusterIP}}",
     HealthStatus::healthy, ""},
    {"Service without its balancer", "{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}}",
     HealthStatus::progressing, ""},
    {"Ingress with an address",
     "{apiVersion: networking.k8s.io/v1, kind: Ingress, status: {loadBalancer: {ingress: [{ip: "
     "1.2.3.4}]}}}",
     HealthStatus::healthy, ""},
    {"bound claim", "{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Bound}}",
     HealthStatus::healthy, ""},
    {"lost claim", "{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Lost}}",
     HealthStatus::degraded, ""},
    {"blind autoscaler",
     "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, status: {conditions: [{type: "
     "ScalingActive, status: "
     "'False', reason: FailedGetResourceMetric, message: no metrics}]}}",
     HealthStatus::degraded, "no metrics"},
    {"young autoscaler", "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler}",
     HealthStatus::progressing, "Waiting to Autoscale"},
    {"CRD that is served",
     "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, status: {conditions: "
     "[{type: Established, "
     "status: 'True'}]}}",
     HealthStatus::healthy, "CRD is healthy"},
};

TEST(Health, FollowsTheChecksOfEachKind) {
  for (const Case& given : kCases) {
    const auto object = parse_yaml(given.yaml);
    ASSERT_TRUE(object) << given.what << ": " << object.error().message();
    const auto health = health_of(*object);
    ASSERT_TRUE(health) << given.what;
    EXPECT_EQ(health->status, given.status) << given.what << " is " << name_of(health->status);
    EXPECT_EQ(health->message, given.message) << given.what;
  }
}

TEST(Health, KindsWithoutACheckHaveNone) {
  EXPECT_FALSE(health_of(*parse_yaml("{apiVersion: v1, kind: ConfigMap}")));
  EXPECT_FALSE(health_of(*parse_yaml("{apiVersion: example.org/v1, kind: Widget}")));
}

HealthPart part(const char* name, bool live, std::optional<Health> health, bool counted = true) {
  return HealthPart{kube::ObjectKey{"apps", "Deployment", "shop", name}, live, counted,
                    std::move(health)};
}

TEST(HealthAggregate, TakesTheWorstAndNamesUpToThreeCulprits) {
  const Health bad{HealthStatus::degraded, ""};
  const auto whole =
      aggregate({part("a", true, bad), part("b", true, bad), part("c", true, bad),
                 part("d", true, bad), part("e", true, Health{HealthStatus::progressing, ""})});
  EXPECT_EQ(whole.status, HealthStatus::degraded);
  EXPECT_EQ(whole.message,
            "Caused by apps/Deployment:shop/a, apps/Deployment:shop/b, apps/Deployment:shop/c and "
            "1 more");
}

TEST(HealthAggregate, MissingObjectsCountOnlyWhenNothingIsLive) {
  EXPECT_EQ(aggregate({part("a", false, std::nullopt), part("b", true, Health{})}).status,
            HealthStatus::healthy);
  EXPECT_EQ(aggregate({part("a", false, std::nullopt)}).status, HealthStatus::missing);
  EXPECT_EQ(aggregate({}).status, HealthStatus::healthy);
}

TEST(HealthAggregate, SkipsWhatIsNotCounted) {
  EXPECT_EQ(aggregate({part("a", true, Health{HealthStatus::degraded, ""}, false)}).status,
            HealthStatus::healthy);
}

}  // namespace
}  // namespace spokelab::hub
