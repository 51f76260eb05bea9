// Tests of comparing an application's targets with the cluster.
#include "hub/app/compare/compare.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

Json config_map(const std::string& name, const std::string& value) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}}},
          {"data", {{"k", value}}}};
}

/// A cluster made of objects.
struct Cluster {
  std::map<kube::ObjectKey, JsonRef> objects;
  LiveView view() {
    LiveView live;
    live.get = [this](const kube::ObjectKey& key) {
      const auto found = objects.find(key);
      return found == objects.end() ? nullptr : found->second;
    };
    live.tracked_by = [this](const std::string& app) {
      std::vector<JsonRef> tracked;
      for (const auto& [key, object] : objects) {
        if (owner_of(*object) == app) tracked.push_back(object);
      }
      return tracked;
    };
    live.is_namespaced = [](const std::string&, const std::string& kind) {
      return std::optional<bool>(kind != "Namespace");
    };
    return live;
  }
  void put(const JsonRef& object) { objects[kube::key_of(*object)] = object; }
};

TEST(PrepareTargets, GivesNamespaceAndTracking) {
  Cluster cluster;
  const auto targets =
      prepare_targets({freeze(config_map("a", "1")),
                       freeze(Json{{"apiVersion", "v1"},
                                   {"kind", "Namespace"},
                                   {"metadata", {{"name", "n"}, {"namespace", "x"}}}})},
                      "app", "shop", cluster.view());
  ASSERT_EQ(targets.objects.size(), 2u);
  EXPECT_EQ(text_at(*targets.objects[0], {"metadata", "namespace"}), "shop");
  EXPECT_EQ(text_at(*targets.objects[0], {"metadata", "annotations", kTrackingAnnotation}),
            "app:/ConfigMap:shop/a");
  EXPECT_EQ(find(*targets.objects[1], {"metadata", "namespace"}), nullptr);
}

TEST(PrepareTargets, TheLastOfRepeatedObjectsWinsWithAWarning) {
  Cluster cluster;
  const auto targets = prepare_targets({freeze(config_map("a", "1")), freeze(config_map("a", "2"))},
                                       "app", "shop", cluster.view());
  ASSERT_EQ(targets.objects.size(), 1u);
  EXPECT_EQ(text_at(*targets.objects[0], {"data", "k"}), "2");
  ASSERT_EQ(targets.conditions.size(), 1u);
  EXPECT_EQ(targets.conditions[0].message,
            "Resource /ConfigMap/shop/a appeared 2 times among application resources.");
}

TEST(Compare, TellsMissingChangedAndSuperfluousObjectsApart) {
  Cluster cluster;
  CompareMemo memo;
  const auto targets = prepare_targets({freeze(config_map("a", "1")), freeze(config_map("b", "1"))},
                                       "app", "shop", cluster.view());
  EXPECT_EQ(compare(targets, "app", cluster.view(), {}, memo).status, SyncStatus::out_of_sync);
  EXPECT_EQ(compare(targets, "app", cluster.view(), {}, memo).health.status, HealthStatus::missing);
  for (const JsonRef& target : targets.objects) cluster.put(target);
  EXPECT_EQ(compare(targets, "app", cluster.view(), {}, memo).status, SyncStatus::synced);
  const auto fewer = prepare_targets({freeze(config_map("a", "1"))}, "app", "shop", cluster.view());
  const auto comparison = compare(fewer, "app", cluster.view(), {}, memo);
  EXPECT_EQ(comparison.status, SyncStatus::out_of_sync);
  ASSERT_EQ(comparison.resources.size(), 2u);
  EXPECT_FALSE(comparison.resources[0].requires_pruning);
  EXPECT_TRUE(comparison.resources[1].requires_pruning);
}

TEST(Compare, CopiesOfAnObjectAreNotPruned) {
  Cluster cluster;
  CompareMemo memo;
  const auto targets =
      prepare_targets({freeze(config_map("a", "1"))}, "app", "shop", cluster.view());
  cluster.put(targets.objects[0]);
  Json copy = *targets.objects[0];
  copy["metadata"]["name"] = "copy";
  cluster.put(freeze(std::move(copy)));
  EXPECT_EQ(compare(targets, "app", cluster.view(), {}, memo).status, SyncStatus::synced);
}

TEST(Compare, IgnoreExtraneousSparesTheApplication) {
  Cluster cluster;
  CompareMemo memo;
  Json extra = config_map("x", "1");
  extra["metadata"]["annotations"]["argocd.argoproj.io/compare-options"] = "IgnoreExtraneous";
  const auto before = prepare_targets({freeze(extra)}, "app", "shop", cluster.view());
  cluster.put(before.objects[0]);
  const auto comparison = compare(Targets{}, "app", cluster.view(), {}, memo);
  EXPECT_EQ(comparison.status, SyncStatus::synced);
  EXPECT_EQ(comparison.resources[0].status, SyncStatus::out_of_sync);
}

TEST(Compare, AnObjectOfAnotherApplicationIsAWarning) {
  Cluster cluster;
  CompareMemo memo;
  const auto theirs =
      prepare_targets({freeze(config_map("a", "1"))}, "other", "shop", cluster.view());
  cluster.put(theirs.objects[0]);
  const auto ours = prepare_targets({freeze(config_map("a", "1"))}, "app", "shop", cluster.view());
  const auto comparison = compare(ours, "app", cluster.view(), {}, memo);
  EXPECT_EQ(comparison.status, SyncStatus::out_of_sync);
  ASSERT_EQ(comparison.conditions.size(), 1u);
  EXPECT_EQ(
      comparison.conditions[0],
      (Condition{"SharedResourceWarning", "ConfigMap/a is part of applications app and other"}));
}

TEST(Compare, RemembersUnchangedPairs) {
  Cluster cluster;
  CompareMemo memo;
  const auto targets =
      prepare_targets({freeze(config_map("a", "1"))}, "app", "shop", cluster.view());
  cluster.put(targets.objects[0]);
  compare(targets, "app", cluster.view(), {}, memo);
  const kube::ObjectKey key = kube::key_of(*targets.objects[0]);
  EXPECT_NE(memo.find(key, targets.objects[0], targets.objects[0]), nullptr);
  EXPECT_EQ(memo.find(key, targets.objects[0], freeze(Json(*targets.objects[0]))), nullptr);
}

TEST(Compare, HooksAreListedAndNotCounted) {
  Cluster cluster;
  CompareMemo memo;
  Json hook = config_map("h", "1");
  hook["metadata"]["annotations"]["argocd.argoproj.io/hook"] = "PreSync";
  const auto targets = prepare_targets({freeze(hook)}, "app", "shop", cluster.view());
  EXPECT_TRUE(targets.objects.empty());
  ASSERT_EQ(targets.hooks.size(), 1u);
  cluster.put(targets.hooks[0]);
  const auto comparison = compare(targets, "app", cluster.view(), {}, memo);
  EXPECT_EQ(comparison.status, SyncStatus::synced);
  ASSERT_EQ(comparison.resources.size(), 1u);
  EXPECT_TRUE(comparison.resources[0].hook);
  EXPECT_FALSE(comparison.resources[0].status);
}

}  // namespace
}  // namespace spokelab::hub
