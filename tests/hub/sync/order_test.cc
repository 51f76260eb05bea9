// Tests of phases, waves, kinds and hooks.
#include "hub/sync/order.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "hub/app/application.h"

namespace spokelab::hub {
namespace {

Json object(const std::string& kind, const std::string& name, int wave = 0) {
  Json made = {
      {"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"name", name}, {"namespace", "n"}}}};
  if (wave != 0)
    made["metadata"]["annotations"][std::string(kSyncWaveAnnotation)] = std::to_string(wave);
  return made;
}

SyncTask wanted(const Json& made, SyncPhase phase = SyncPhase::sync) {
  SyncTask task;
  task.target = freeze(made);
  task.key = kube::key_of(made);
  task.wave = wave_of(made);
  task.phase = phase;
  return task;
}

SyncTask unwanted(const Json& made) {
  SyncTask task;
  task.live = freeze(made);
  task.key = kube::key_of(made);
  task.wave = wave_of(made);
  return task;
}

std::string names(const std::vector<SyncTask>& tasks) {
  std::string text;
  for (const SyncTask& task : tasks) text += task.key.name + ":" + std::to_string(task.wave) + " ";
  return text;
}

TEST(SyncOption, OfTheObjectGoesBeforeThatOfTheApplication) {
  const SyncOptions app({"Prune=confirm", "Delete=false"});
  Json made = object("ConfigMap", "a");
  EXPECT_EQ(sync_option_value(made, "Prune", app), "confirm");
  made["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] = "Prune=true,Replace=true";
  EXPECT_EQ(sync_option_value(made, "Prune", app), "true");
  EXPECT_EQ(sync_option_value(made, "Delete", app), "false");
  EXPECT_EQ(sync_option_value(made, "Force", app), "");
}

TEST(Order, PhaseThenWaveThenKindThenName) {
  std::vector<SyncTask> tasks = {wanted(object("Widget", "w")),
                                 wanted(object("Deployment", "b")),
                                 wanted(object("Deployment", "a")),
                                 wanted(object("Service", "s")),
                                 wanted(object("ConfigMap", "c", 1)),
                                 wanted(object("Deployment", "first", -1)),
                                 wanted(object("Job", "post"), SyncPhase::post_sync),
                                 wanted(object("Job", "pre"), SyncPhase::pre_sync)};
  order_tasks(tasks, false);
  EXPECT_EQ(names(tasks), "pre:0 first:-1 s:0 a:0 b:0 w:0 c:1 post:0 ");
  EXPECT_TRUE(multi_step(tasks));
}

TEST(Order, KindsHaveThePlaceThatArgoCdGivesThem) {
  EXPECT_LT(kind_rank("Namespace"), kind_rank("ServiceAccount"));
  EXPECT_LT(kind_rank("ConfigMap"), kind_rank("CustomResourceDefinition"));
  EXPECT_LT(kind_rank("Service"), kind_rank("Deployment"));
  EXPECT_LT(kind_rank("Deployment"), kind_rank("Ingress"));
  EXPECT_LT(kind_rank("APIService"), kind_rank("Widget"));
  EXPECT_EQ(kind_rank("Widget"), 0);
}

TEST(Order, PrunesRunInMirroredWaves) {
  std::vector<SyncTask> tasks = {unwanted(object("ConfigMap", "a", 0)),
                                 unwanted(object("ConfigMap", "b", 1)),
                                 unwanted(object("ConfigMap", "c", 5))};
  order_tasks(tasks, false);
  EXPECT_EQ(names(tasks), "c:0 b:1 a:5 ");
}

TEST(Order, PruneLastComesAfterTheLastWave) {
  std::vector<SyncTask> tasks = {unwanted(object("ConfigMap", "old")),
                                 wanted(object("ConfigMap", "new", 3))};
  order_tasks(tasks, true);
  EXPECT_EQ(names(tasks), "new:3 old:4 ");
}

TEST(Order, ANamespaceComesBeforeWhatLivesInIt) {
  Json space = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "n"}}}};
  std::vector<SyncTask> tasks = {wanted(object("Job", "hook"), SyncPhase::pre_sync), wanted(space)};
  order_tasks(tasks, false);
  EXPECT_EQ(names(tasks), "n:0 hook:0 ");
  EXPECT_EQ(tasks[0].phase, SyncPhase::pre_sync);
}

TEST(Order, WavesAreReadFromEitherAnnotation) {
  Json helm = object("Job", "j");
  helm["metadata"]["annotations"]["helm.sh/hook-weight"] = "-3";
  EXPECT_EQ(wave_of(helm), -3);
  EXPECT_EQ(wave_of(object("Job", "j", 7)), 7);
  helm["metadata"]["annotations"][std::string(kSyncWaveAnnotation)] = "nonsense";
  EXPECT_EQ(wave_of(helm), -3);
}

Json hook(const char* annotation, const char* value) {
  Json made = object("Job", "h");
  made["metadata"]["annotations"][annotation] = value;
  return made;
}

TEST(Hooks, AreReadFromBothAnnotations) {
  EXPECT_EQ(hook_phases(hook("argocd.argoproj.io/hook", "PreSync, PostSync")),
            (std::vector<SyncPhase>{SyncPhase::pre_sync, SyncPhase::post_sync}));
  EXPECT_EQ(hook_phases(hook("helm.sh/hook", "pre-install,pre-upgrade")),
            (std::vector<SyncPhase>{SyncPhase::pre_sync}));
  EXPECT_FALSE(is_hook(object("Job", "plain")));
  EXPECT_FALSE(is_hook(hook("helm.sh/hook", "crd-install")));
  EXPECT_TRUE(is_hook(hook("helm.sh/hook", "pre-delete")));
  EXPECT_TRUE(is_ignored(hook("helm.sh/hook", "test")));
  EXPECT_TRUE(is_ignored(hook("argocd.argoproj.io/hook", "Skip")));
  EXPECT_FALSE(is_ignored(hook("helm.sh/hook", "post-install")));
}

TEST(Hooks, DeletePolicies) {
  EXPECT_TRUE(delete_policies(object("Job", "h")).before_creation);
  const auto policies =
      delete_policies(hook("argocd.argoproj.io/hook-delete-policy", "HookSucceeded,HookFailed"));
  EXPECT_TRUE(policies.succeeded && policies.failed);
  EXPECT_FALSE(policies.before_creation);
  EXPECT_TRUE(delete_policies(hook("helm.sh/hook-delete-policy", "hook-succeeded")).succeeded);
}

TEST(Hooks, GeneratedNamesCarryRevisionPhaseAndStart) {
  EXPECT_EQ(generated_hook_name("migrate-", "0123456789abcdef", SyncPhase::pre_sync,
                                WallTime(std::chrono::seconds(42))),
            "migrate-0123456-presync-42");
}

}  // namespace
}  // namespace spokelab::hub
