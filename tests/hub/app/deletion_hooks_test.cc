// Tests of PreDelete and PostDelete hooks, and of what else an Application's deletion waits for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/app/finalizers.h"
#include "tests/hub/app/controller_lab.h"

namespace spokelab::hub {
namespace {

using testing::ElementsAre;

struct DeletionHooksTest : AppControllerTest {
  static std::string job(const std::string& name, const std::string& annotations) {
    return "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: " + name + "\n  annotations: {" +
           annotations +
           "}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "
           "i}]}}}\n";
  }
  std::vector<std::string> finalizers() {
    const Json object = app();
    const Json* list = find(object, {"metadata", "finalizers"});
    return list != nullptr ? list->get<std::vector<std::string>>() : std::vector<std::string>();
  }
  void end_job(const std::string& name, const std::string& condition) {
    const Json status = Json::parse(R"({"status":{"conditions":[{"type":")" + condition +
                                    R"(","status":"True"}]}})");
    EXPECT_TRUE(prod.merge_patch("test", "jobs.batch", "shop", name, status, "status"));
  }
  bool has_job(const std::string& name) { return prod.get("jobs.batch", "shop", name) != nullptr; }
  void remove_app() {
    EXPECT_TRUE(hub_api.remove("me", "applications.argoproj.io", "argocd", "shop"));
  }
  /// Synced, with a hook before and one after its deletion.
  void sync_with_both() {
    repo.commit({{"app/a.yaml", config_map("a", "1")},
                 {"app/before.yaml", job("before", "argocd.argoproj.io/hook: PreDelete")},
                 {"app/after.yaml", job("after", "helm.sh/hook: post-delete")}});
    create_app(automated(), Json::array({"resources-finalizer.argocd.argoproj.io"}));
    start();
    world.run_for(20s);
  }
};

TEST_F(DeletionHooksTest, ASyncLeavesThemAloneAndGuardsTheDeletion) {
  sync_with_both();
  EXPECT_EQ(sync(), "Synced");
  EXPECT_FALSE(has_job("before"));
  EXPECT_FALSE(has_job("after"));
  EXPECT_THAT(finalizers(), ElementsAre("resources-finalizer.argocd.argoproj.io",
                                        "pre-delete-finalizer.argocd.argoproj.io",
                                        "pre-delete-finalizer.argocd.argoproj.io/cleanup",
                                        "post-delete-finalizer.argocd.argoproj.io",
                                        "post-delete-finalizer.argocd.argoproj.io/cleanup"));
  repo.commit({{"app/a.yaml", config_map("a", "1")}});
  world.run_for(5min);
  EXPECT_THAT(finalizers(), ElementsAre("resources-finalizer.argocd.argoproj.io"));
}

TEST_F(DeletionHooksTest, EachIsWaitedForInItsPlaceAndClearedAway) {
  sync_with_both();
  remove_app();
  world.run_for(20s);
  EXPECT_TRUE(has_job("before"));
  EXPECT_EQ(value_of("a"), "1");
  end_job("before", "Complete");
  world.run_for(20s);
  EXPECT_EQ(value_of("a"), "(absent)");
  EXPECT_TRUE(has_job("after")) << app().dump(1);
  EXPECT_FALSE(app().is_null());
  end_job("after", "Complete");
  world.run_for(30s);
  EXPECT_TRUE(app().is_null()) << app().dump(1);
  EXPECT_FALSE(has_job("before"));
  EXPECT_FALSE(has_job("after"));
}

TEST_F(DeletionHooksTest, AFailedOneIsToldAndMadeAgain) {
  sync_with_both();
  remove_app();
  world.run_for(20s);
  ASSERT_TRUE(has_job("before"));
  const std::string first = text_at(*prod.get("jobs.batch", "shop", "before"), {"metadata", "uid"});
  end_job("before", "Failed");
  world.run_for(20s);
  EXPECT_EQ(condition("DeletionError"),
            "error executing pre-delete hooks: PreDelete hook(s) failed: shop/before");
  EXPECT_EQ(value_of("a"), "1");
  ASSERT_TRUE(has_job("before"));
  EXPECT_NE(text_at(*prod.get("jobs.batch", "shop", "before"), {"metadata", "uid"}), first);
}

TEST_F(DeletionHooksTest, NothingGoesUntilAllThatAsksForItIsConfirmed) {
  repo.commit({{"app/a.yaml", config_map("a", "1")},
               {"app/b.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, annotations: "
                "{argocd.argoproj.io/sync-options: Delete=confirm}}\ndata: {k: '1'}\n"}});
  create_app(automated(), Json::array({"resources-finalizer.argocd.argoproj.io/background"}));
  start();
  world.run_for(20s);
  remove_app();
  world.run_for(1min);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(value_of("b"), "1");
  patch_app(Json{
      {"metadata",
       {{"annotations", {{"argocd.argoproj.io/deletion-approved", "2099-01-01T00:00:00Z"}}}}}});
  world.run_for(20s);
  EXPECT_EQ(value_of("b"), "(absent)");
  EXPECT_TRUE(app().is_null());
}

}  // namespace
}  // namespace spokelab::hub
