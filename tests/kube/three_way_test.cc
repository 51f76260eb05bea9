// Three-way merges: each row is the patch that `kubectl apply` 1.32 sends for that live object.
#include "kube/three_way.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "kube/patch.h"
#include "kube/resource.h"
#include "kube/strategic.h"

namespace spokelab::kube {
namespace {

struct Row {
  const char* about;
  const char* live;
  const char* desired;
  const char* type;
  const char* patch;
};

const Row kRows[] = {
    {"an environment variable that was taken out",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"1\"}],\"image\":\"n\",\"name\":\"c\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
      "image":"n","imagePullPolicy":"Always","env":[{"name":"A","value":"1"},
      {"name":"B","value":"1"}]}]}},"replicas":1}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"n","env":[{"name":"B","value":"2"}]}]}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"env\":[{\"name\":\"B\",\"value\":\"2\"}],\"image\":\"n\",\"name\":\"c\"}]}}}}\n"}},
      "spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"c"}],
      "containers":[{"$setElementOrder/env":[{"name":"B"}],"env":[{"name":"B",
      "value":"2"},{"$patch":"delete","name":"A"}],"name":"c"}]}}}})"},
    {"a replica count that somebody else changed",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
      "image":"n"}]}},"replicas":5}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"n"}]}},"replicas":2}})",
     "application/strategic-merge-patch+json", R"({"spec":{"replicas":2}})"},
    {"a sidecar that somebody else injected stays",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
      "image":"n"},{"name":"proxy","image":"p"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"m"}]}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"m\",\"name\":\"c\"}]}}}}\n"}},
      "spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"c"}],
      "containers":[{"image":"m","name":"c"}]}}}})"},
    {"a strategy that changes its type",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"strategy\":{\"rollingUpdate\":{\"maxSurge\":1},\"type\":\"RollingUpdate\"},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
      "image":"n"}]}},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,
      "maxUnavailable":"25%"}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"n"}]}},"strategy":{"type":"Recreate"}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"strategy\":{\"type\":\"Recreate\"},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\"}]}}}}\n"}},
      "spec":{"strategy":{"$retainKeys":["type"],"rollingUpdate":null,"type":"Recreate"}}})"},
    {"a volume that changes its source",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
      "image":"n"}],"volumes":[{"name":"v","emptyDir":{}}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"n"}],"volumes":[{"name":"v",
      "configMap":{"name":"m"}}]}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\"}],\"volumes\":[{\"configMap\":{\"name\":\"m\"},\"name\":\"v\"}]}}}}\n"}},
      "spec":{"template":{"spec":{"$setElementOrder/volumes":[{"name":"v"}],"volumes":[{"$retainKeys":["configMap",
      "name"],"configMap":{"name":"m"},"emptyDir":null,"name":"v"}]}}}})"},
    {"a container that is replaced by another",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"a\"},{\"image\":\"n\",\"name\":\"b\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a",
      "image":"n"},{"name":"b","image":"n"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"b","image":"n"},{"name":"z","image":"n"}]}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"b\"},{\"image\":\"n\",\"name\":\"z\"}]}}}}\n"}},
      "spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"b"},
      {"name":"z"}],"containers":[{"image":"n","name":"z"},{"$patch":"delete",
      "name":"a"}]}}}})"},
    {"containers in another order",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"a\"},{\"image\":\"n\",\"name\":\"b\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a",
      "image":"n"},{"name":"b","image":"n"}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"b","image":"n"},{"name":"a","image":"n"}]}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"b\"},{\"image\":\"n\",\"name\":\"a\"}]}}}}\n"}},
      "spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"b"},
      {"name":"a"}]}}}})"},
    {"a finalizer that is taken out",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "finalizers":["a/x","b/x","c/x"],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"finalizers\":[\"a/x\",\"b/x\"],\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "finalizers":["b/x"]},"spec":{}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a/x"],"$setElementOrder/finalizers":["b/x"],
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"finalizers\":[\"b/x\"],\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{}}\n"}}})"},
    {"a field that was never set by us",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
      "image":"n","resources":{"limits":{"cpu":"2","memory":"1Gi"}}}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"n","resources":{"limits":{"cpu":"1"}}}]}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"1\"}}}]}}}}\n"}},
      "spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"c"}],
      "containers":[{"name":"c","resources":{"limits":{"cpu":"1"}}}]}}}})"},
    {"the last list item goes",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"env\":[{\"name\":\"A\",\"value\":\"1\"}],\"image\":\"n\",\"name\":\"c\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
      "image":"n","env":[{"name":"A","value":"1"}]}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"n","env":[]}]}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"env\":[],\"image\":\"n\",\"name\":\"c\"}]}}}}\n"}},
      "spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"c"}],
      "containers":[{"env":[{"$patch":"delete","name":"A"}],"name":"c"}]}}}})"},
    {"a list goes as a whole",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"env\":[{\"name\":\"A\",\"value\":\"1\"}],\"image\":\"n\",\"name\":\"c\"}]}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"selector":{"matchLabels":{"a":"b"}},
      "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c",
      "image":"n","env":[{"name":"A","value":"1"}]}]}}}})",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},
      "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
      "spec":{"containers":[{"name":"c","image":"n"}]}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"n\",\"name\":\"c\"}]}}}}\n"}},
      "spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"c"}],
      "containers":[{"env":null,"name":"c"}]}}}})"},
    {"ports of a service",
     R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"ports\":[{\"name\":\"a\",\"port\":80},{\"name\":\"b\",\"port\":81}]}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"ports":[{"port":80,"name":"a",
      "protocol":"TCP","targetPort":80,"nodePort":30001},{"port":81,"name":"b",
      "protocol":"TCP","targetPort":81}]}})",
     R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"d","namespace":"default"},
      "spec":{"ports":[{"port":81,"name":"b"},{"port":82,"name":"c"}]}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"ports\":[{\"name\":\"b\",\"port\":81},{\"name\":\"c\",\"port\":82}]}}\n"}},
      "spec":{"$setElementOrder/ports":[{"port":81},{"port":82}],"ports":[{"name":"c",
      "port":82},{"$patch":"delete","port":80}]}})"},
    {"a disruption budget's selector",
     R"({"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"d",
      "namespace":"default","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudget\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"maxUnavailable\":1,\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"maxUnavailable":1,"selector":{"matchLabels":{"a":"b"}}}})",
     R"({"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"d",
      "namespace":"default"},"spec":{"maxUnavailable":2,"selector":{"matchLabels":{"a":"b"}}}})",
     "application/strategic-merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudget\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"maxUnavailable\":2,\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}}\n"}},
      "spec":{"maxUnavailable":2,"selector":{"matchLabels":{"a":"b"}}}})"},
    {"a custom resource",
     R"({"apiVersion":"stable.io/v1","kind":"Cron","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"stable.io/v1\",\"kind\":\"Cron\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"a\":1,\"b\":{\"c\":1,\"d\":2},\"gone\":{\"x\":1},\"l\":[1,2]}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"a":1,"b":{"c":1,"d":2,"live":3},
      "l":[1,2],"gone":{"x":1},"more":true}})",
     R"({"apiVersion":"stable.io/v1","kind":"Cron","metadata":{"name":"d","namespace":"default"},
      "spec":{"a":2,"b":{"c":1},"l":[1,3]}})",
     "application/merge-patch+json",
     R"({"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"stable.io/v1\",\"kind\":\"Cron\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"a\":2,\"b\":{\"c\":1},\"l\":[1,3]}}\n"}},
      "spec":{"a":2,"b":{"d":null},"gone":null,"l":[1,3]}})"},
    {"a custom resource in which nothing changes",
     R"({"apiVersion":"stable.io/v1","kind":"Cron","metadata":{"name":"d","namespace":"default",
      "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"stable.io/v1\",\"kind\":\"Cron\",\"metadata\":{\"annotations\":{},\"name\":\"d\",\"namespace\":\"default\"},\"spec\":{\"a\":1}}\n"},
      "uid":"u","resourceVersion":"5"},"spec":{"a":1,"more":true}})",
     R"({"apiVersion":"stable.io/v1","kind":"Cron","metadata":{"name":"d","namespace":"default"},
      "spec":{"a":1}})",
     "application/merge-patch+json", R"({})"},
};

TEST(ThreeWay, SendsTheSamePatchAsKubectlApply) {
  for (const Row& row : kRows) {
    const auto got = apply_patch(Json::parse(row.desired), Json::parse(row.live));
    ASSERT_TRUE(got) << row.about << ": " << got.error().message();
    EXPECT_EQ(got->content_type(), row.type) << row.about;
    EXPECT_EQ(*got->patch, Json::parse(row.patch)) << row.about;
  }
}

TEST(ThreeWay, ApplyingTwiceIsApplyingOnce) {
  for (const Row& row : kRows) {
    const Json desired = Json::parse(row.desired);
    Json live = Json::parse(row.live);
    const auto patch = apply_patch(desired, live);
    ASSERT_TRUE(patch) << row.about;
    if (patch->strategic) {
      const auto [group, version] = split_api_version(text_at(desired, {"apiVersion"}));
      auto next = apply_strategic_patch(live, *patch->patch,
                                        schema_of(group, version, text_at(desired, {"kind"})));
      ASSERT_TRUE(next) << row.about << ": " << next.error().message();
      live = std::move(*next);
    } else {
      apply_merge_patch(live, *patch->patch);
    }
    const auto again = apply_patch(desired, live);
    ASSERT_TRUE(again) << row.about;
    // A field with strategy "replace" is sent each time; kubectl does so, too.
    if (text_at(desired, {"kind"}) == "PodDisruptionBudget") continue;
    // The order of a list of scalars is sent as long as others have items in it.
    if (find(desired, {"metadata", "finalizers"}) != nullptr) continue;
    EXPECT_EQ(*again->patch, Json::object()) << row.about;
  }
}

TEST(ThreeWay, RecordsWhatWasAppliedWithGosEscapes) {
  const Json object =
      with_last_applied(Json::parse(R"({"kind":"X","metadata":{"name":"a<b>&c"}})"));
  EXPECT_EQ(
      text_at(object, {"metadata", "annotations", kLastAppliedAnnotation}),
      "{\"kind\":\"X\",\"metadata\":{\"annotations\":{},\"name\":\"a\\u003cb\\u003e\\u0026c\"}}\n");
  EXPECT_EQ(last_applied(object)["metadata"]["name"], "a<b>&c");
  EXPECT_TRUE(last_applied(Json::object()).is_null());
}

}  // namespace
}  // namespace spokelab::kube
