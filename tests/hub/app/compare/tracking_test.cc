// Tests of tracking ids.
#include "hub/app/compare/tracking.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

TEST(Tracking, WritesAppGroupKindNamespaceAndName) {
  EXPECT_EQ(tracking_id("shop", {"apps", "Deployment", "web", "front"}),
            "shop:apps/Deployment:web/front");
  EXPECT_EQ(tracking_id("shop", {"", "Service", "web", "front"}), "shop:/Service:web/front");
}

TEST(Tracking, ReadsWhatItWritesEvenWithColonsInTheName) {
  const auto id = parse_tracking_id("shop:rbac.authorization.k8s.io/Role:web/system:reader");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->app, "shop");
  EXPECT_EQ(id->key,
            (kube::ObjectKey{"rbac.authorization.k8s.io", "Role", "web", "system:reader"}));
}

TEST(Tracking, RefusesWhatIsNoTrackingId) {
  for (const char* text :
       {"", "shop", "shop:apps", "shop:apps:web/front", "shop:apps/Deployment:front"}) {
    EXPECT_FALSE(parse_tracking_id(text)) << text;
  }
}

TEST(Tracking, MarksAnObjectAndFindsItsOwner) {
  Json object = {{"apiVersion", "apps/v1"},
                 {"kind", "Deployment"},
                 {"metadata", {{"name", "a"}, {"namespace", "n"}}}};
  set_tracking(object, "shop", "n");
  EXPECT_EQ(owner_of(object), "shop");
  EXPECT_TRUE(references_itself(object));
  EXPECT_EQ(owner_of(object, TrackingMethod::label), "");
  set_tracking(object, "shop", "n", TrackingMethod::label);
  EXPECT_EQ(owner_of(object, TrackingMethod::label), "shop");
}

TEST(Tracking, ClusterScopedObjectsCarryTheDestinationNamespace) {
  Json object = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "a"}}}};
  set_tracking(object, "shop", "dest");
  EXPECT_EQ(text_at(object, {"metadata", "annotations", kTrackingAnnotation}),
            "shop:/Namespace:dest/a");
  EXPECT_TRUE(references_itself(object));
}

TEST(Tracking, ACopyUnderAnotherNameDoesNotReferenceItself) {
  Json object = {{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata", {{"name", "a"}, {"namespace", "n"}}}};
  set_tracking(object, "shop", "n");
  object["metadata"]["name"] = "b";
  EXPECT_FALSE(references_itself(object));
}

TEST(Tracking, TheCombinedMethodCutsTheLabelTo63Characters) {
  Json object = {{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata", {{"name", "a"}, {"namespace", "n"}}}};
  set_tracking(object, std::string(70, 'x'), "n", TrackingMethod::annotation_and_label);
  EXPECT_EQ(text_at(object, {"metadata", "labels", kInstanceLabel}), std::string(63, 'x'));
}

TEST(Tracking, AppsOutsideTheHubNamespaceCarryTheirNamespace) {
  EXPECT_EQ(instance_name("argocd", "shop", "argocd"), "shop");
  EXPECT_EQ(instance_name("team", "shop", "argocd"), "team_shop");
}

}  // namespace
}  // namespace spokelab::hub
