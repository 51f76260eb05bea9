// Tests of single steps of a sync: what is written in which order, what is waited for, and how it
// ends.
#include "hub/sync/operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "hub/app/application.h"
#include "sim/world.h"
#include "tests/hub/sync/fake_spoke.h"

namespace spokelab::hub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Json object(const std::string& kind, const std::string& name, const Json& annotations = {}) {
  const bool rbac = kind == "ClusterRole";
  Json made = {{"apiVersion", rbac ? "rbac.authorization.k8s.io/v1" : "v1"},
               {"kind", kind},
               {"metadata", {{"name", name}}}};
  if (kind != "Namespace" && !rbac) made["metadata"]["namespace"] = "shop";
  if (annotations.is_object()) made["metadata"]["annotations"] = annotations;
  return made;
}
Json hook(const std::string& name, const std::string& phase,
          const std::string& policy = "BeforeHookCreation") {
  return object(
      "Pod", name,
      {{"argocd.argoproj.io/hook", phase}, {"argocd.argoproj.io/hook-delete-policy", policy}});
}
Json with_phase(Json pod, const std::string& phase) {
  pod["spec"]["restartPolicy"] = "Never";
  pod["status"]["phase"] = phase;
  return pod;
}
/// As an earlier step has left a hook.
ResourceResult hook_result(const std::string& name, OperationPhase state,
                           std::string message = "") {
  return ResourceResult{{"", "Pod", "shop", name}, "v1",  SyncPhase::sync,    true,
                        ResultCode::synced,        state, std::move(message), {}};
}

struct SyncStepTest : ::testing::Test {
  SyncStepTest() {
    plan.destination_ns = "shop";
    plan.revision = "0123456789";
    plan.prune = true;
  }
  void want(Json target) {
    const kube::ObjectKey key = kube::key_of(target);
    plan.resources.push_back(SyncResource{key, "v1", freeze(std::move(target)), nullptr, false});
  }
  void leave(Json live) {
    const kube::ObjectKey key = kube::key_of(live);
    spoke.put(live);
    plan.resources.push_back(SyncResource{key, "v1", nullptr, spoke.live(key), false});
  }
  void run_hook(Json target) { plan.hooks.push_back(freeze(std::move(target))); }
  /// The hook as it lives on the cluster, with the finalizer that a sync gives it.
  void put_hook(Json live, bool finalizer = true) {
    if (finalizer) live["metadata"]["finalizers"] = {kHookFinalizer};
    spoke.put(std::move(live));
  }
  void finish(Task<SyncProgress> task) {
    boost::asio::co_spawn(world.executor(), std::move(task),
                          [this](std::exception_ptr failure, SyncProgress now) {
                            ASSERT_FALSE(failure);
                            progress = std::move(now);
                          });
    world.run_for(std::chrono::seconds(10));
  }
  void step() { finish(sync_step(world, spoke, plan, progress)); }
  void terminate() { finish(terminate_sync(world, spoke, plan, progress)); }
  const ResourceResult& result(const std::string& name) {
    for (const ResourceResult& one : progress.results) {
      if (one.key.name == name) return one;
    }
    ADD_FAILURE() << "no result for " << name;
    static const ResourceResult kNone;
    return kNone;
  }

  sim::World world;
  FakeSpoke spoke;
  SyncPlan plan;
  SyncProgress progress;
};

TEST_F(SyncStepTest, TheNamespaceIsThereBeforeAnythingIsChecked) {
  plan.create_namespace = freeze(object("Namespace", "shop"));
  want(object("Pod", ""));  // does not pass the dry run
  step();
  EXPECT_THAT(spoke.calls, ElementsAre("create Namespace/shop"));
  EXPECT_EQ(progress.phase, OperationPhase::failed);
  EXPECT_EQ(progress.message, "one or more objects failed to apply (dry run)");
  EXPECT_EQ(progress.results.size(), 2U);
}

TEST_F(SyncStepTest, TheNamespaceIsWaitedForAloneAndNamedWithoutNamespace) {
  plan.create_namespace = freeze(object("Namespace", "shop"));
  want(object("Pod", "a"));
  step();
  EXPECT_EQ(progress.message, "waiting for healthy state of /Namespace/shop");
  EXPECT_EQ(result("shop").key.ns, "");
  step();
  EXPECT_EQ(progress.message, "successfully synced (all tasks run)");
  EXPECT_THAT(spoke.calls, ElementsAre("create Namespace/shop", "create Pod/a"));
}

TEST_F(SyncStepTest, ClusterWideObjectsAreReportedInTheDestinationsNamespace) {
  want(object("ClusterRole", "reader"));
  step();
  EXPECT_EQ(result("reader").key.ns, "shop");
  EXPECT_EQ(progress.phase, OperationPhase::succeeded);
  const std::size_t calls = spoke.calls.size();
  progress.phase = OperationPhase::running;
  step();  // is known again by that name
  EXPECT_EQ(spoke.calls.size(), calls);
  EXPECT_EQ(progress.results.size(), 1U);
}

TEST_F(SyncStepTest, ResultsNameTheImages) {
  Json pod = object("Pod", "a");
  pod["spec"]["containers"] = {{{"image", "nginx:1"}}, {{"image", "envoy:2"}}};
  want(pod);
  step();
  EXPECT_THAT(result("a").images, ElementsAre("nginx:1", "envoy:2"));
  EXPECT_EQ(to_json(result("a"))["images"], Json::array({"nginx:1", "envoy:2"}));
  EXPECT_EQ(read_resource_result(to_json(result("a"))), result("a"));
}

TEST_F(SyncStepTest, TheLastMessageStaysWhereThereIsNoNewOne) {
  want(object("ConfigMap", "a", {{"argocd.argoproj.io/sync-wave", "0"}}));
  want(object("ConfigMap", "b", {{"argocd.argoproj.io/sync-wave", "1"}}));
  step();
  EXPECT_EQ(progress.message, "waiting for healthy state of /ConfigMap/a");
  step();
  EXPECT_EQ(result("a").message, "configmap/a created");
  EXPECT_EQ(result("a").state, OperationPhase::succeeded);
}

TEST_F(SyncStepTest, AWaveWithHooksWaitsForThemByName) {
  run_hook(hook("hook-1", "Sync"));
  want(object("Pod", "pod"));
  step();
  EXPECT_EQ(progress.message, "waiting for completion of hook /Pod/hook-1 and 1 more resources");
}

TEST_F(SyncStepTest, AFailedHookRunsTheHooksOfTheFailureAndGivesNoReason) {
  run_hook(hook("hook-1", "Sync"));
  run_hook(hook("clean-up", "SyncFail", "HookSucceeded"));
  want(object("ConfigMap", "a"));
  step();
  put_hook(with_phase(hook("hook-1", "Sync"), "Failed"));
  step();
  EXPECT_EQ(progress.phase, OperationPhase::running);
  EXPECT_EQ(progress.message, "waiting for completion of hook /Pod/clean-up");
  put_hook(with_phase(hook("clean-up", "SyncFail"), "Succeeded"));
  step();
  EXPECT_EQ(progress.phase, OperationPhase::failed);
  EXPECT_EQ(progress.message, "one or more synchronization tasks completed unsuccessfully");
}

TEST_F(SyncStepTest, OtherHooksOfAFailureRunEvenIfOneCannot) {
  spoke.refused = {"a", "bad"};
  run_hook(hook("good", "SyncFail"));
  run_hook(hook("bad", "SyncFail"));
  want(object("ConfigMap", "a"));
  step();
  EXPECT_EQ(progress.phase, OperationPhase::running);
  EXPECT_EQ(progress.message, "waiting for completion of hook /Pod/bad and 1 more hooks");
  put_hook(with_phase(hook("good", "SyncFail"), "Succeeded"));
  step();
  EXPECT_EQ(progress.phase, OperationPhase::failed);
  EXPECT_EQ(progress.message,
            "one or more synchronization tasks completed unsuccessfully, reason: a is refused\n"
            "one or more SyncFail hooks failed, reason: bad is refused");
}

TEST_F(SyncStepTest, HooksKeepTheirFinalizerWhileOneOfThemRuns) {
  for (const char* name : {"hook-1", "hook-2", "hook-3"}) {
    const std::string policy = name == std::string("hook-3") ? "HookSucceeded" : "HookFailed";
    run_hook(hook(name, "Sync", policy));
    const bool runs = name == std::string("hook-1");
    put_hook(with_phase(hook(name, "Sync", policy), runs ? "Running" : "Succeeded"));
    progress.results.push_back(hook_result(name, OperationPhase::running));
  }
  step();
  EXPECT_EQ(progress.message, "waiting for completion of hook /Pod/hook-1");
  EXPECT_THAT(spoke.calls, IsEmpty());
  put_hook(with_phase(hook("hook-1", "Sync", "HookFailed"), "Succeeded"));
  step();
  EXPECT_EQ(progress.message, "successfully synced (no more tasks)");
  EXPECT_EQ(spoke.count("patch Pod/"), 3U);
  EXPECT_EQ(spoke.count("delete"), 1U);
  EXPECT_EQ(spoke.count("delete Pod/hook-3 Foreground"), 1U);
}

TEST_F(SyncStepTest, AFailureDeletesEveryHookWithThatPolicy) {
  for (const char* name : {"hook-1", "hook-2", "hook-3"}) {
    const std::string policy = name == std::string("hook-2")   ? "HookFailed"
                               : name == std::string("hook-3") ? "HookSucceeded"
                                                               : "BeforeHookCreation";
    run_hook(hook(name, "Sync", policy));
    const bool fails = name == std::string("hook-1");
    put_hook(with_phase(hook(name, "Sync", policy), fails ? "Failed" : "Succeeded"));
    progress.results.push_back(hook_result(name, OperationPhase::running));
  }
  step();
  EXPECT_EQ(progress.message, "one or more synchronization tasks completed unsuccessfully");
  EXPECT_EQ(spoke.count("delete"), 1U);
  EXPECT_EQ(spoke.count("delete Pod/hook-2"), 1U);
}

TEST_F(SyncStepTest, HooksOfAnEarlierSyncLoseTheirFinalizerAndSomeAreDeleted) {
  run_hook(hook("old-1", "PreSync", "BeforeHookCreation"));
  run_hook(hook("old-2", "PreSync", "HookFailed"));
  put_hook(hook("old-1", "PreSync"));
  put_hook(hook("old-2", "PreSync", "HookFailed"));
  step();
  EXPECT_EQ(progress.message, "waiting for deletion of hook /Pod/old-1");
  EXPECT_THAT(spoke.calls,
              ElementsAre("patch Pod/old-1", "patch Pod/old-2", "delete Pod/old-1 Foreground"));
}

TEST_F(SyncStepTest, AHookThatHasVanishedMeanwhileIsCreatedAtOnce) {
  run_hook(hook("old", "PreSync"));
  put_hook(hook("old", "PreSync"), false);
  spoke.vanished.insert("old");
  step();
  EXPECT_THAT(spoke.calls, ElementsAre("delete Pod/old Foreground", "create Pod/old"));
}

TEST_F(SyncStepTest, AnObjectThatIsGoneIsNotWaitedFor) {
  want(object("Pod", "a", {{"argocd.argoproj.io/sync-wave", "0"}}));
  want(object("Pod", "b", {{"argocd.argoproj.io/sync-wave", "1"}}));
  step();
  spoke.objects.clear();
  step();
  EXPECT_EQ(progress.phase, OperationPhase::running);
  step();
  EXPECT_EQ(progress.phase, OperationPhase::failed);
  EXPECT_EQ(
      progress.message,
      "one or more synchronization tasks completed unsuccessfully, reason: Resource /Pod/a is "
      "missing, it might have been deleted");
}

TEST_F(SyncStepTest, WhatAWaveHasBegunIsWaitedForBeforeItFails) {
  spoke.refused = {"b"};
  want(object("ConfigMap", "a"));
  want(object("ConfigMap", "b"));
  step();
  EXPECT_EQ(progress.phase, OperationPhase::running);
  EXPECT_EQ(progress.message, "waiting for healthy state of /ConfigMap/a");
  step();
  EXPECT_EQ(progress.message,
            "one or more synchronization tasks completed unsuccessfully, reason: b is refused");
}

TEST_F(SyncStepTest, PruningAsksForConfirmationOfAllThatNeedIt) {
  leave(object("Pod", "a", {{"argocd.argoproj.io/sync-options", "Prune=confirm"}}));
  leave(object("Pod", "b", {{"argocd.argoproj.io/sync-options", "Prune=confirm"}}));
  step();
  EXPECT_EQ(progress.message, "waiting for pruning confirmation of /Pod/a and 1 more resources");
  EXPECT_THAT(progress.results, IsEmpty());
  plan.deletion_approved = true;
  step();
  EXPECT_EQ(progress.phase, OperationPhase::succeeded);
  EXPECT_EQ(result("a").message, "pruned");
}

TEST_F(SyncStepTest, EachPruneWaveWaitsForTheOneBefore) {
  for (int wave = 1; wave <= 3; ++wave) {
    leave(object("Pod", "pod-" + std::to_string(wave),
                 {{"argocd.argoproj.io/sync-wave", std::to_string(wave)}}));
  }
  step();
  EXPECT_EQ(progress.phase, OperationPhase::running);
  EXPECT_THAT(spoke.calls, ElementsAre("delete Pod/pod-3 Foreground"));
  plan.resources.pop_back();
  step();
  plan.resources.pop_back();
  step();
  EXPECT_EQ(progress.phase, OperationPhase::succeeded);
  EXPECT_EQ(progress.results.size(), 3U);
}

TEST_F(SyncStepTest, ADryRunSaysWhatKubectlWould) {
  plan.dry_run = true;
  want(object("Pod", "new"));
  want(object("Pod", "old"));
  spoke.put(object("Pod", "old"));
  leave(object("ConfigMap", "extra"));
  leave(object("ConfigMap", "kept", {{"argocd.argoproj.io/sync-options", "Prune=false"}}));
  step();
  EXPECT_EQ(progress.message, "successfully synced (no more tasks)");
  EXPECT_EQ(result("new").message, "pod/new created (dry run)");
  EXPECT_EQ(result("old").message, "pod/old configured (dry run)");
  EXPECT_EQ(result("extra").message, "pruned (dry run)");
  EXPECT_EQ(result("kept").message, "ignored (no prune)");
  EXPECT_THAT(spoke.calls, IsEmpty());
}

TEST_F(SyncStepTest, ADryRunWithoutPruneSkipsIt) {
  plan.dry_run = true;
  plan.prune = false;
  leave(object("ConfigMap", "extra"));
  step();
  EXPECT_EQ(result("extra").code, ResultCode::prune_skipped);
  EXPECT_EQ(result("extra").message, "ignored (requires pruning)");
}

TEST_F(SyncStepTest, ReplaceIsAskedForByTheTargetOrTheLiveObject) {
  const Json replace = {{"argocd.argoproj.io/sync-options", "Replace=true"}};
  want(object("Pod", "a", replace));
  spoke.put(object("Pod", "a"));
  want(object("Pod", "b"));
  spoke.put(object("Pod", "b", replace));
  want(object("Pod", "c", replace));
  step();
  EXPECT_THAT(spoke.calls, ElementsAre("replace Pod/a", "replace Pod/b", "create Pod/c"));
  EXPECT_EQ(result("a").message, "pod/a replaced");
}

TEST_F(SyncStepTest, ReplaceByForceDeletesFirstExceptNamespaces) {
  const Json by_force = {{"argocd.argoproj.io/sync-options", "Replace=true,Force=true"}};
  want(object("Pod", "a", by_force));
  spoke.put(object("Pod", "a"));
  want(object("Namespace", "other", by_force));
  spoke.put(object("Namespace", "other"));
  step();
  EXPECT_THAT(spoke.calls,
              ElementsAre("replace Namespace/other", "delete Pod/a Background", "create Pod/a"));
  EXPECT_EQ(result("other").message, "Namespace/other updated");
}

TEST_F(SyncStepTest, AKindThatNobodyServesIsExplained) {
  spoke.unserved_groups = {"test.io"};
  spoke.unserved_kinds = {"Gadget"};
  Json widget = object("Widget", "w");
  widget["apiVersion"] = "test.io/v1";
  Json gadget = object("Gadget", "g");
  gadget["apiVersion"] = "tools.io/v1";
  want(widget);
  want(gadget);
  step();
  EXPECT_EQ(progress.phase, OperationPhase::failed);
  EXPECT_EQ(result("w").message,
            "The Kubernetes API could not find test.io/Widget for requested resource shop/w. Make "
            "sure the \"Widget\" CRD is installed on the destination cluster.");
  EXPECT_EQ(result("g").message, "Gadget.tools.io \"\" not found");
}

TEST_F(SyncStepTest, AnotherVersionThatIsServedIsNamed) {
  spoke.unserved_groups = {"test.io"};
  plan.served_version = [](const std::string&, const std::string&) { return "v2"; };
  Json widget = object("Widget", "w");
  widget["apiVersion"] = "test.io/v1";
  want(widget);
  step();
  EXPECT_EQ(result("w").message,
            "The Kubernetes API could not find version \"v1\" of test.io/Widget for requested "
            "resource shop/w. Version \"v2\" of test.io/Widget is installed on the destination "
            "cluster.");
}

struct TerminatedSyncTest : SyncStepTest {
  /// A hook that has begun, as the cluster shows it now.
  void began(const std::string& name, const std::string& policy, const std::string& phase,
             OperationPhase state = OperationPhase::running, std::string message = "") {
    run_hook(hook(name, "Sync", policy));
    put_hook(with_phase(hook(name, "Sync", policy), phase));
    progress.results.push_back(hook_result(name, state, std::move(message)));
  }
};

TEST_F(TerminatedSyncTest, HooksThatRunAreDeleted) {
  began("hook-1", "BeforeHookCreation", "Running");
  began("hook-2", "HookFailed", "Running");
  terminate();
  EXPECT_EQ(progress.phase, OperationPhase::failed);
  EXPECT_EQ(progress.message, "Operation terminated");
  EXPECT_EQ(result("hook-1").state, OperationPhase::failed);
  EXPECT_EQ(result("hook-1").message, "Terminated");
  EXPECT_EQ(spoke.count("patch"), 2U);
  EXPECT_EQ(spoke.count("delete"), 2U);
}

TEST_F(TerminatedSyncTest, HooksThatHaveFinishedMeanwhileAreTakenNoteOf) {
  began("hook-1", "BeforeHookCreation", "Succeeded");
  began("hook-2", "HookFailed", "Succeeded");
  terminate();
  EXPECT_EQ(result("hook-1").state, OperationPhase::succeeded);
  EXPECT_EQ(spoke.count("patch"), 2U);
  EXPECT_EQ(spoke.count("delete"), 1U);
  EXPECT_EQ(spoke.count("delete Pod/hook-2"), 1U);
}

TEST_F(TerminatedSyncTest, HooksThatWereThroughKeepTheirResults) {
  began("hook-1", "BeforeHookCreation", "Succeeded", OperationPhase::succeeded, "done");
  began("hook-2", "HookFailed", "Failed", OperationPhase::failed, "failed");
  terminate();
  EXPECT_EQ(result("hook-1").message, "done");
  EXPECT_EQ(result("hook-2").message, "failed");
  EXPECT_EQ(spoke.count("patch"), 2U);
  EXPECT_EQ(spoke.count("delete"), 0U);
}

TEST_F(TerminatedSyncTest, AHookThatCannotBeReleasedIsAnError) {
  began("hook-1", "BeforeHookCreation", "Running");
  spoke.stuck = {"hook-1"};
  terminate();
  EXPECT_EQ(progress.phase, OperationPhase::error);
  EXPECT_EQ(progress.message, "Operation termination had errors");
  EXPECT_EQ(result("hook-1").message,
            "Failed to remove hook finalizer: failed to update resource: update failed");
}

}  // namespace
}  // namespace spokelab::hub
