// Tests of the three-way comparison of one object.
#include "hub/app/compare/diff.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/app/compare/normalize.h"
#include "kube/three_way.h"

namespace spokelab::hub {
namespace {

Json yaml(const char* text) {
  auto parsed = parse_yaml(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

struct Case {
  const char* what;
  const char* target;
  const char* last_applied;  ///< nullptr: the live object has no such annotation.
  const char* live;
  bool modified;
};

const Case kCases[] = {
    {"defaults of the server are nobody's business",
     "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}", nullptr,
     "{apiVersion: v1, kind: Service, metadata: {name: a, uid: u}, spec: {clusterIP: 10.0.0.1, "
     "type: ClusterIP, ports: "
     "[{port: 80, protocol: TCP, targetPort: 80}]}, status: {loadBalancer: {}}}",
     false},
    {"a changed field",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 3}}", nullptr,
     "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 2}}", true},
    {"quantities in another spelling",
     "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, resources: "
     "{limits: {cpu: 1000m}}}]}}",
     nullptr,
     "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, resources: "
     "{limits: {cpu: '1'}}}]}}",
     false},
    {"a field taken out of Git",
     "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1'}}",
     "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1', y: '2'}}",
     "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1', y: '2'}}", true},
    {"a field that somebody else added",
     "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1'}}",
     "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1'}}",
     "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1', z: '3'}}", false},
    {"a defaulted field within an atomic list",
     "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: "
     "{podSelector: {}, ingress: "
     "[{ports: [{port: 80}]}]}}",
     nullptr,
     "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, spec: "
     "{podSelector: {}, ingress: "
     "[{ports: [{port: 80, protocol: TCP}]}]}}",
     false},
    {"a custom resource with status and fields of its controller",
     "{apiVersion: example.org/v1, kind: Widget, metadata: {name: a}, spec: {size: 1}}", nullptr,
     "{apiVersion: example.org/v1, kind: Widget, metadata: {name: a, generation: 2}, spec: {size: "
     "1, color: red}, status: "
     "{ok: true}}",
     false},
    {"a custom resource in a namespace, applied before, with a default of its schema",
     "{apiVersion: example.org/v1, kind: Widget, metadata: {name: a, namespace: n}, spec: {color: "
     "red}}",
     "{apiVersion: example.org/v1, kind: Widget, metadata: {name: a, namespace: n}, spec: {color: "
     "red}}",
     "{apiVersion: example.org/v1, kind: Widget, metadata: {name: a, namespace: n, uid: u}, spec: "
     "{size: 3, color: red}}",
     false},
    {"a volume claim template, whose list is replaced as a whole",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a, namespace: n}, spec: "
     "{volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]}}",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a, namespace: n}, spec: "
     "{volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]}}",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a, namespace: n}, spec: "
     "{replicas: 1, podManagementPolicy: OrderedReady, revisionHistoryLimit: 10, "
     "updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}, "
     "persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Retain}, "
     "volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d}, "
     "spec: {accessModes: [ReadWriteOnce], volumeMode: Filesystem}, status: {phase: Pending}}]}}",
     false},
    {"a volume claim template that did change",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: "
     "{volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteMany]}}]}}",
     nullptr,
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a}, spec: "
     "{volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d}, "
     "spec: {accessModes: [ReadWriteOnce], volumeMode: Filesystem}, status: {phase: Pending}}]}}",
     true},
    {"a changed custom resource",
     "{apiVersion: example.org/v1, kind: Widget, metadata: {name: a}, spec: {size: 1}}", nullptr,
     "{apiVersion: example.org/v1, kind: Widget, metadata: {name: a}, spec: {size: 2}}", true},
    {"a Secret written with stringData",
     "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {k: hello}}", nullptr,
     "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: Opaque, data: {k: aGVsbG8=}}",
     false},
    {"an explicit null",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, creationTimestamp: null}, spec: "
     "{replicas: 2}, status: {}}",
     nullptr,
     "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, creationTimestamp: x}, spec: "
     "{replicas: 2}}",
     false},
};

TEST(Diff, JudgesAsArgoCdDoes) {
  for (const Case& given : kCases) {
    Json live = yaml(given.live);
    if (given.last_applied != nullptr) {
      set_at(live, {"metadata", "annotations", kube::kLastAppliedAnnotation},
             yaml(given.last_applied).dump());
    }
    const auto difference = diff(yaml(given.target), live, {});
    ASSERT_TRUE(difference) << given.what;
    EXPECT_EQ(difference->modified, given.modified)
        << given.what << "\n"
        << (difference->modified ? difference->live->dump() + "\n" + difference->predicted->dump()
                                 : "");
  }
}

TEST(Diff, AnAppliedObjectIsInSync) {
  const Json target = yaml(
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 2, template: "
      "{spec: {containers: "
      "[{name: c, image: i, env: [{name: X, value: '1'}]}]}}}}");
  const Json live = kube::with_last_applied(target);
  const auto difference = diff(target, live, {});
  ASSERT_TRUE(difference);
  EXPECT_FALSE(difference->modified)
      << (difference->modified ? difference->live->dump() + "\n" + difference->predicted->dump()
                               : "");
}

TEST(Diff, IgnoredPointersDoNotCount) {
  IgnoredDifference rule;
  rule.group = "apps";
  rule.kind = "Deployment";
  rule.json_pointers = {"/spec/replicas"};
  const Json target =
      yaml("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 3}}");
  const Json live =
      yaml("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 2}}");
  EXPECT_FALSE(diff(target, live, NormalizeRules({rule}))->modified);
  rule.name = "b";
  EXPECT_TRUE(diff(target, live, NormalizeRules({rule}))->modified);
}

TEST(Normalize, RemovesWhatAPointerNamesAndNothingElse) {
  Json document = {{"a/b", {{"~", 1}, {"x", 2}}}, {"list", {1, 2, 3}}};
  remove_at_pointer(document, "/a~1b/~0");
  remove_at_pointer(document, "/list/1");
  remove_at_pointer(document, "/list/9");
  remove_at_pointer(document, "/none/at/all");
  EXPECT_EQ(document, (Json{{"a/b", {{"x", 2}}}, {"list", {1, 3}}}));
}

TEST(Normalize, RulesMatchKindsByGlob) {
  IgnoredDifference rule;
  rule.group = "*";
  rule.kind = "Deploy*";
  EXPECT_TRUE(concerns(rule, {"apps", "Deployment", "n", "a"}));
  EXPECT_FALSE(concerns(rule, {"apps", "StatefulSet", "n", "a"}));
}

}  // namespace
}  // namespace spokelab::hub
