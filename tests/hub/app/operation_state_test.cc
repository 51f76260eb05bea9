// Tests of retries, history entries and the automated sync decision.
#include "hub/app/operation_state.h"

#include <gtest/gtest.h>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {
namespace {

using std::chrono::seconds;

const WallTime kNoon = *parse_rfc3339("2026-01-01T15:04:00Z");

ApplicationSpec spec_with(bool prune, bool self_heal) {
  ApplicationSpec spec;
  ApplicationSource source;
  source.raw = freeze(Json{{"repoURL", "r"}, {"path", "p"}});
  spec.sources.push_back(source);
  spec.sync_policy.automated = Automation{true, prune, self_heal, false};
  return spec;
}

Comparison out_of_sync(bool only_prunes = false) {
  Comparison comparison;
  comparison.status = SyncStatus::out_of_sync;
  ManagedResource resource;
  resource.key = {"", "ConfigMap", "n", "a"};
  resource.status = SyncStatus::out_of_sync;
  resource.requires_pruning = only_prunes;
  comparison.resources.push_back(resource);
  return comparison;
}

OperationState finished(OperationPhase phase, std::vector<std::string> revisions,
                        int attempts = 0) {
  OperationState state;
  state.operation = freeze(Json{{"sync", {{"autoHealAttemptsCount", attempts}}}});
  state.progress.phase = phase;
  state.progress.message = "why";
  state.has_result = true;
  state.revisions = std::move(revisions);
  state.finished_at = format_rfc3339(kNoon);
  return state;
}

AutoSyncDecision decide(const ApplicationSpec& spec, const Comparison& comparison,
                        std::optional<OperationState> last, bool forget = false,
                        WallTime now = kNoon, std::string_view profile = "spokelab") {
  const std::vector<std::string> revisions = {"abc"};
  AutoSyncInput input{spec, comparison, revisions, last};
  input.last_sources_equal = true;
  input.forget_failure = forget;
  return decide_auto_sync(input, *make_profile(profile, {}), now);
}

using Kind = AutoSyncDecision::Kind;

TEST(AutoSync, StartsForANewRevision) {
  const auto decision =
      decide(spec_with(true, false), out_of_sync(), finished(OperationPhase::succeeded, {"old"}));
  ASSERT_EQ(decision.kind, Kind::start);
  EXPECT_EQ(
      *decision.operation,
      (Json{{"sync",
             {{"revision", "abc"}, {"prune", true}, {"source", {{"repoURL", "r"}, {"path", "p"}}}}},
            {"initiatedBy", {{"automated", true}}},
            {"retry", {{"limit", 5}}}}));
}

TEST(AutoSync, DoesNothingWithoutNeedOrLeave) {
  Comparison synced = out_of_sync();
  synced.status = SyncStatus::synced;
  EXPECT_EQ(decide(spec_with(true, true), synced, {}).kind, Kind::nothing);
  Comparison unknown = out_of_sync();
  unknown.status = SyncStatus::unknown;
  EXPECT_EQ(decide(spec_with(true, true), unknown, {}).kind, Kind::nothing);
  ApplicationSpec manual = spec_with(true, true);
  manual.sync_policy.automated->enabled = false;
  EXPECT_EQ(decide(manual, out_of_sync(), {}).kind, Kind::nothing);
  EXPECT_EQ(decide(spec_with(false, true), out_of_sync(true), {}).kind, Kind::nothing);
}

TEST(AutoSync, AFailedRevisionIsNeverTriedAgainByArgoCd) {
  const auto decision =
      decide(spec_with(true, true), out_of_sync(), finished(OperationPhase::failed, {"abc"}), false,
             kNoon + seconds(86'400), "argocd-3.5");
  ASSERT_EQ(decision.kind, Kind::error);
  EXPECT_EQ(decision.message, "Failed last sync attempt to [abc]: why");
  EXPECT_EQ(decision.wait, Nanos{0});
}

TEST(AutoSync, AFailedRevisionIsTriedAgainAfterAPause) {
  const auto failed = finished(OperationPhase::failed, {"abc"});
  const auto early =
      decide(spec_with(true, true), out_of_sync(), failed, false, kNoon + seconds(60));
  ASSERT_EQ(early.kind, Kind::error);
  EXPECT_EQ(early.message, "Failed last sync attempt to [abc]: why. It is tried again at 3:09PM.");
  EXPECT_EQ(early.wait, Nanos{seconds(240)});
  const auto due =
      decide(spec_with(true, true), out_of_sync(), failed, false, kNoon + seconds(300));
  ASSERT_EQ(due.kind, Kind::start);
  EXPECT_FALSE(due.self_heal);
  EXPECT_EQ((*due.operation)["sync"]["revision"], "abc");
}

TEST(AutoSync, AFailedRevisionIsTriedAgainOnceTheClusterIsBack) {
  const auto failed = finished(OperationPhase::failed, {"abc"});
  EXPECT_EQ(decide(spec_with(true, true), out_of_sync(), failed, true).kind, Kind::start);
  // A successful one is healed, not forgiven.
  const auto decision = decide(spec_with(true, true), out_of_sync(),
                               finished(OperationPhase::succeeded, {"abc"}), true);
  EXPECT_TRUE(decision.self_heal);
}

TEST(AutoSync, DriftIsHealedPartiallyAndEverMoreSlowly) {
  EXPECT_EQ(
      decide(spec_with(true, false), out_of_sync(), finished(OperationPhase::succeeded, {"abc"}))
          .kind,
      Kind::nothing);
  const auto first =
      decide(spec_with(true, true), out_of_sync(), finished(OperationPhase::succeeded, {"abc"}));
  ASSERT_EQ(first.kind, Kind::start);
  EXPECT_TRUE(first.self_heal);
  EXPECT_EQ(int_at(*first.operation, {"sync", "autoHealAttemptsCount"}), 1);
  EXPECT_EQ((*first.operation)["sync"]["resources"].size(), 1u);
  const auto second =
      decide(spec_with(true, true), out_of_sync(), finished(OperationPhase::succeeded, {"abc"}, 2));
  ASSERT_EQ(second.kind, Kind::wait);
  EXPECT_EQ(second.wait, seconds(6));
  const auto later =
      decide(spec_with(true, true), out_of_sync(), finished(OperationPhase::succeeded, {"abc"}, 2),
             false, kNoon + seconds(6));
  EXPECT_EQ(later.kind, Kind::start);
}

TEST(AutoSync, NeverWipesEverythingOut) {
  const auto decision = decide(spec_with(true, true), out_of_sync(true), {});
  ASSERT_EQ(decision.kind, Kind::error);
  EXPECT_EQ(decision.message,
            "Skipping sync attempt to [abc]: auto-sync will wipe out all resources");
}

TEST(SelfHeal, BacksOffAsArgoCdDoes) {
  const int expected[] = {0, 2, 6, 18, 54, 162, 300, 300};
  for (int attempts = 0; attempts < 8; ++attempts) {
    EXPECT_EQ(self_heal_delay(attempts, Profile{}), seconds(expected[attempts])) << attempts;
  }
}

TEST(Retry, WaitsLongerEachTimeAndGivesUp) {
  RetryPolicy policy;
  policy.limit = 2;
  OperationState state;
  state.operation = freeze(Json::object());
  WallTime now = kNoon;
  for (const int wait : {5, 10}) {
    state.progress.phase = OperationPhase::failed;
    state.progress.message = "boom";
    ASSERT_TRUE(schedule_retry(state, policy, now));
    EXPECT_TRUE(state.waits_for_retry());
    EXPECT_EQ(retry_due(state, policy), now + seconds(wait));
    begin_retry(state, policy);
    now += seconds(wait);
  }
  state.progress.phase = OperationPhase::failed;
  state.progress.message = "boom";
  EXPECT_FALSE(schedule_retry(state, policy, now));
  EXPECT_EQ(state.progress.message, "boom (retried 2 times).");
}

TEST(Retry, IsWordedAsArgoCdWordsIt) {
  RetryPolicy policy;
  policy.limit = 1;
  OperationState state;
  state.progress.phase = OperationPhase::failed;
  state.progress.message = "boom";
  ASSERT_TRUE(schedule_retry(state, policy, kNoon));
  EXPECT_EQ(state.progress.message, "boom. Retrying attempt #1 at 3:04PM.");
  begin_retry(state, policy);
  EXPECT_EQ(state.progress.message, "Retrying operation. Attempt #1");
}

TEST(History, GrowsByOneEntryAndIsCut) {
  ApplicationSpec spec = spec_with(false, false);
  spec.revision_history_limit = 2;
  Json history = Json::array();
  for (int i = 0; i < 3; ++i) {
    history = with_history_entry(
        history, finished(OperationPhase::succeeded, {"r" + std::to_string(i)}), spec, kNoon);
  }
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0]["id"], 1);
  EXPECT_EQ(history[1]["revision"], "r2");
}

TEST(AutoSync, DoesNotPruneAgainWhatIsOnItsWay) {
  Comparison comparison = out_of_sync(true);
  ManagedResource kept;
  kept.key = {"", "ConfigMap", "n", "kept"};
  kept.status = SyncStatus::synced;
  comparison.resources.push_back(kept);
  ManagedResource& leaving = comparison.resources.front();
  leaving.live = freeze(Json{{"metadata", {{"deletionTimestamp", "2026-01-01T15:04:00Z"}}}});
  const auto last = finished(OperationPhase::succeeded, {"abc"});
  EXPECT_EQ(decide(spec_with(true, true), comparison, last).kind, Kind::nothing);
  // Argo CD does.
  EXPECT_EQ(decide(spec_with(true, true), comparison, last, false, kNoon, "argocd-3.5").kind,
            Kind::start);
  leaving.live = freeze(Json{{"metadata", {{"name", "a"}}}});
  EXPECT_EQ(decide(spec_with(true, true), comparison, last).kind, Kind::start);
}

TEST(Retry, WithRefreshForgetsTheRevisionThatWasAskedFor) {
  OperationState state = finished(OperationPhase::running, {"abc"});
  state.operation = freeze(Json{{"sync", {{"revision", "abc"}, {"prune", true}}}});
  state.retry_count = 2;
  RetryPolicy policy;
  policy.refresh = true;
  begin_retry(state, policy);
  EXPECT_EQ(state.progress.message, "Retrying operation with latest revisions. Attempt #2");
  EXPECT_FALSE(state.has_result);
  EXPECT_FALSE((*state.operation)["sync"].contains("revision"));
  EXPECT_EQ((*state.operation)["sync"]["prune"], true);
}

TEST(OperationStateJson, ComesBackAsItWas) {
  const ApplicationSpec spec = spec_with(false, false);
  OperationState state = finished(OperationPhase::running, {"abc"});
  state.started_at = "2026-01-01T00:00:00Z";
  state.progress.results.push_back(ResourceResult{{"apps", "Deployment", "n", "a"},
                                                  "v1",
                                                  SyncPhase::pre_sync,
                                                  true,
                                                  ResultCode::synced,
                                                  OperationPhase::running,
                                                  "created",
                                                  {"nginx:1"}});
  const auto again =
      read_operation_state(Json{{"status", {{"operationState", to_json(state, spec)}}}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->progress, state.progress);
  EXPECT_EQ(again->revisions, state.revisions);
  EXPECT_TRUE(again->waits_for_retry());
}

}  // namespace
}  // namespace spokelab::hub
