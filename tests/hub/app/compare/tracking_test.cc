// Tests of tracking ids.
#include "hub/app/compare/tracking.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

Tracking by(TrackingMethod method) {
  Tracking tracking;
  tracking.method = method;
  return tracking;
}

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
  EXPECT_EQ(tracked_app(object), "shop");
  EXPECT_TRUE(references_itself(object));
  EXPECT_EQ(tracked_app(object, by(TrackingMethod::label)), "");
  set_tracking(object, "shop", "n", by(TrackingMethod::label));
  EXPECT_EQ(tracked_app(object, by(TrackingMethod::label)), "shop");
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
  set_tracking(object, std::string(70, 'x'), "n", by(TrackingMethod::annotation_and_label));
  EXPECT_EQ(text_at(object, {"metadata", "labels", kInstanceLabel}), std::string(63, 'x'));
}

TEST(Tracking, AppsOutsideTheHubNamespaceCarryTheirNamespace) {
  EXPECT_EQ(instance_name("argocd", "shop", "argocd"), "shop");
  EXPECT_EQ(instance_name("team", "shop", "argocd"), "team_shop");
}

TEST(Tracking, AnotherInstallationsMarksAreNobodys) {
  Tracking ours;
  ours.installation_id = "ours";
  Json object = {{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata", {{"name", "a"}, {"namespace", "n"}}}};
  set_tracking(object, "shop", "n", ours);
  EXPECT_EQ(text_at(object, {"metadata", "annotations", kInstallationAnnotation}), "ours");
  EXPECT_EQ(tracked_app(object, ours), "shop");
  EXPECT_EQ(tracked_app(object), "shop");
  Tracking theirs;
  theirs.installation_id = "theirs";
  EXPECT_EQ(tracked_app(object, theirs), "");
  EXPECT_TRUE(references_itself(object, theirs));
  set_tracking(object, "shop", "n");
  EXPECT_EQ(find(object, {"metadata", "annotations", kInstallationAnnotation}), nullptr);
}

TEST(Tracking, TheLabelsKeyIsASetting) {
  Tracking labels = by(TrackingMethod::label);
  labels.label_key = "example.com/app";
  Json object = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "a"}}}};
  set_tracking(object, "shop", "n", labels);
  EXPECT_EQ(text_at(object, {"metadata", "labels", "example.com/app"}), "shop");
  EXPECT_EQ(tracked_app(object, labels), "shop");
  EXPECT_EQ(tracked_app(object, by(TrackingMethod::label)), "");
}

}  // namespace
}  // namespace spokelab::hub
