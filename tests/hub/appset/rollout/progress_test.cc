// Rollouts, transition by transition.
#include "hub/appset/rollout/progress.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {
namespace {

constexpr const char* kBefore = "2026-01-01T00:00:00Z";
constexpr const char* kSince = "2026-01-01T00:00:10Z";
constexpr const char* kAfter = "2026-01-01T00:00:20Z";

/// Two steps: dev, then prod one at a time.
RolloutStrategy two_steps() {
  RolloutStrategy strategy;
  strategy.type = "RollingSync";
  strategy.has_rolling_sync = true;
  strategy.steps = {RolloutStep{{{"env", "In", {"dev"}}}, std::nullopt},
                    RolloutStep{{{"env", "In", {"prod"}}}, MaxUpdate{1, ""}}};
  return strategy;
}

Json generated(const std::string& name, const std::string& env) {
  return Json{{"metadata", {{"name", name}, {"labels", {{"env", env}}}}},
              {"spec", {{"project", "p"}}}};
}

/// A live Application: `sync`, `health`, at revision "r1".
Json live(const std::string& name, const char* sync, const char* health,
          const Json& more = Json::object()) {
  Json app = {
      {"metadata", {{"name", name}}},
      {"status",
       {{"sync", {{"status", sync}, {"revision", "r1"}}}, {"health", {{"status", health}}}}}};
  app["status"].update(more);
  return app;
}

RolloutStatus status(const std::string& app, const char* value, const char* step,
                     const char* since = kSince) {
  return RolloutStatus{app, value, step, "m", since, {"r1"}};
}

struct World {
  RolloutStrategy strategy = two_steps();
  std::vector<Json> wanted;
  std::vector<JsonRef> owned;
  std::vector<RolloutStatus> before;
  bool specs_differ = false;
  bool trusts = false;
  bool in_order = false;

  Rollout look() const {
    std::vector<const Json*> pointers;
    for (const Json& app : wanted) pointers.push_back(&app);
    return advance_rollout(RolloutInput{strategy, owned, pointers, before,
                                        [this](const Json&, const Json&) { return specs_differ; },
                                        trusts, in_order, *parse_rfc3339("2026-01-01T00:01:00Z")});
  }
};

TEST(RolloutTransitions, EachAsArgoCdMakesIt) {
  const Json running = Json::parse(R"({"operationState": {"phase": "Running", "startedAt":
      "2026-01-01T00:00:20Z"}, "reconciledAt": "2026-01-01T00:00:20Z"})");
  const auto operation = [](const char* phase, const char* started, const char* reconciled) {
    return Json{{"operationState", {{"phase", phase}, {"startedAt", started}}},
                {"reconciledAt", reconciled}};
  };
  struct Case {
    const char* what;
    std::optional<RolloutStatus> before;
    Json app;
    const char* status;
    const char* message;
    bool specs_differ = false;
    bool trusts = false;
  };
  const Case cases[] = {
      {"new, in a locked step", std::nullopt, live("web", "OutOfSync", "Missing"), "Waiting",
       "No Application status found, defaulting status to Waiting"},
      {"new and already there", std::nullopt, live("web", "Synced", "Healthy"), "Healthy",
       "Application resource has synced, updating status to Healthy"},
      {"new, synced, not yet healthy", std::nullopt, live("web", "Synced", "Progressing"),
       "Progressing", "Application resource has synced, updating status to Progressing"},
      {"new revision", RolloutStatus{"web", "Healthy", "2", "m", kSince, {"r0"}},
       live("web", "OutOfSync", "Healthy"), "Waiting",
       "Application has pending changes, setting status to Waiting"},
      {"new spec", status("web", "Healthy", "2"), live("web", "OutOfSync", "Healthy"), "Waiting",
       "Application has pending changes (spec differs), setting status to Waiting", true},
      {"both", RolloutStatus{"web", "Progressing", "2", "m", kSince, {}},
       live("web", "OutOfSync", "Healthy"), "Waiting",
       "Application has pending changes (revision and spec differ), setting status to Waiting",
       true},
      {"new revision that changes nothing",
       RolloutStatus{"web", "Healthy", "2", "m", kSince, {"r0"}}, live("web", "Synced", "Healthy"),
       "Healthy", "Application resource has synced, updating status to Healthy"},
      {"pending, nothing yet", status("web", "Pending", "2"),
       live("web", "OutOfSync", "Missing", operation("Succeeded", kBefore, kAfter)), "Pending",
       "m"},
      {"pending, not looked at since", status("web", "Pending", "2"),
       live("web", "OutOfSync", "Missing", operation("Running", kAfter, kSince)), "Pending", "m"},
      {"pending, in the same second", status("web", "Pending", "2"),
       live("web", "OutOfSync", "Missing", operation("Running", kSince, kAfter)), "Pending", "m"},
      {"pending, never looked at", status("web", "Pending", "2"),
       live("web", "OutOfSync", "Missing",
            Json{{"operationState", {{"phase", "Running"}, {"startedAt", kAfter}}}}),
       "Progressing",
       "Application resource became Progressing, updating status from Pending to Progressing"},
      {"pending, runs", status("web", "Pending", "2"), live("web", "OutOfSync", "Missing", running),
       "Progressing",
       "Application resource became Progressing, updating status from Pending to Progressing"},
      {"pending, done", status("web", "Pending", "2"),
       live("web", "Synced", "Progressing", operation("Succeeded", kAfter, kAfter)), "Progressing",
       "Application resource completed a sync successfully, updating status from Pending to "
       "Progressing"},
      {"pending, failed", status("web", "Pending", "2"),
       live("web", "OutOfSync", "Missing", operation("Failed", kAfter, kAfter)), "Progressing",
       "Application resource completed a sync, updating status from Pending to Progressing"},
      {"pending, cannot", status("web", "Pending", "2"),
       live("web", "Unknown", "Unknown",
            Json{{"reconciledAt", kAfter},
                 {"conditions", Json::array({Json{{"type", "InvalidSpecError"}}})}}),
       "Progressing",
       "Application resource has error and cannot sync, updating status to Progressing"},
      {"progressing, done", status("web", "Progressing", "2"), live("web", "Synced", "Healthy"),
       "Healthy",
       "Application resource became Healthy, updating status from Progressing to Healthy"},
      {"progressing, drifted", status("web", "Progressing", "2"),
       live("web", "OutOfSync", "Healthy"), "Progressing", "m"},
      {"healthy stays, however it does", status("web", "Healthy", "2"),
       live("web", "OutOfSync", "Degraded"), "Healthy", "m"},
      {"ours, in the same second", status("web", "Pending", "2"),
       live("web", "Synced", "Progressing", Json::parse(R"({"operationState": {"phase": "Succeeded",
              "startedAt": "2026-01-01T00:00:10Z",
              "operation": {"initiatedBy": {"username": "applicationset-controller"}}}})")),
       "Progressing",
       "Application resource completed a sync successfully, updating status from Pending to "
       "Progressing",
       false, true},
      {"another's, in the same second", status("web", "Pending", "2"),
       live("web", "Synced", "Progressing", operation("Succeeded", kSince, kSince)), "Pending", "m",
       false, true},
  };
  for (const Case& one : cases) {
    World world;
    // An Application of step 1 that is not done keeps step 2 locked.
    world.wanted = {generated("first", "dev"), generated("web", "prod")};
    world.owned = {freeze(live("first", "OutOfSync", "Missing")), freeze(one.app)};
    world.before = {status("first", "Progressing", "1")};
    if (one.before) world.before.push_back(*one.before);
    world.specs_differ = one.specs_differ;
    world.trusts = one.trusts;
    const Rollout rollout = world.look();
    ASSERT_EQ(rollout.statuses.size(), 2u);
    EXPECT_EQ(rollout.statuses[1].status, one.status) << one.what;
    EXPECT_EQ(rollout.statuses[1].message, one.message) << one.what;
    const bool moved = std::string(one.message) != "m";
    EXPECT_EQ(rollout.statuses[1].last_transition, moved ? "2026-01-01T00:01:00Z" : kSince)
        << one.what;
    EXPECT_EQ(rollout.statuses[1].target_revisions, std::vector<std::string>{"r1"}) << one.what;
    EXPECT_EQ(rollout.statuses[1].step, "2");
  }
}

TEST(Rollouts, OpenOneStepAfterTheOther) {
  World world;
  world.wanted = {generated("a", "dev"), generated("b", "dev"), generated("c", "prod"),
                  generated("d", "prod"), generated("e", "none")};
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    world.owned.push_back(freeze(live(name, "OutOfSync", "Missing")));
  }
  const Rollout first = world.look();
  EXPECT_EQ(first.progressing_step, "1");
  const std::pair<const char*, bool> expected[] = {
      {"a", true}, {"b", true}, {"c", false}, {"d", false}, {"e", false}};
  for (const auto& [app, syncs] : expected) EXPECT_EQ(first.syncs(app), syncs) << app;
  EXPECT_EQ(first.statuses[4].step, "-1");
  // Step 1 is done: step 2 goes, one at a time.
  world.before = first.statuses;
  for (std::size_t at : {0u, 1u}) world.before[at].status = "Healthy";
  const Rollout second = world.look();
  EXPECT_EQ(second.progressing_step, "2");
  EXPECT_TRUE(second.syncs("c"));
  EXPECT_FALSE(second.syncs("d"));
  // The one that is under way holds the other back.
  world.before = second.statuses;
  world.before[2].status = "Progressing";
  EXPECT_FALSE(world.look().syncs("d"));
  world.before[2].status = "Healthy";
  const Rollout third = world.look();
  EXPECT_TRUE(third.syncs("d"));
  world.before = third.statuses;
  world.before[3].status = "Healthy";
  const Rollout last = world.look();
  EXPECT_EQ(last.progressing_step, "");
  EXPECT_EQ(last.statuses[4].status, "Waiting");  // in no step: nobody syncs it
  EXPECT_FALSE(last.syncs("e"));
}

TEST(Rollouts, AnApplicationThatIsNotThereYetHoldsTheNextStepBack) {
  World world;
  world.wanted = {generated("a", "dev"), generated("b", "prod")};
  world.owned = {freeze(live("b", "OutOfSync", "Missing"))};
  EXPECT_FALSE(world.look().syncs("b"));
}

TEST(Rollouts, ACommitThatALateStepSeesFirstWaitsForTheOthersWhereThatIsWanted) {
  const auto at = [](const char* name, const char* sync, const char* commit, const char* branch) {
    Json app = live(name, sync, "Healthy");
    app["status"]["sync"]["revision"] = commit;
    app["spec"] = Json{{"source", {{"repoURL", "r"}, {"targetRevision", branch}}}};
    return freeze(std::move(app));
  };
  World world;
  world.wanted = {generated("a", "dev"), generated("b", "prod")};
  world.owned = {at("a", "Synced", "r1", "main"), at("b", "OutOfSync", "r2", "main")};
  world.before = {status("a", "Healthy", "1"), status("b", "Healthy", "2")};
  EXPECT_TRUE(world.look().syncs("b"));  // Argo CD: step 1 is Healthy, at the commit it knows
  world.in_order = true;
  EXPECT_FALSE(world.look().syncs("b"));
  world.owned[0] = at("a", "Synced", "r2", "main");
  EXPECT_TRUE(world.look().syncs("b"));
  // Another branch is another matter.
  world.owned[0] = at("a", "Synced", "r1", "stable");
  EXPECT_TRUE(world.look().syncs("b"));
}

TEST(Rollouts, EmptyStepsAreNoObstacle) {
  World world;
  world.wanted = {generated("b", "prod")};
  world.owned = {freeze(live("b", "OutOfSync", "Missing"))};
  const Rollout rollout = world.look();
  EXPECT_TRUE(rollout.syncs("b"));
  EXPECT_EQ(rollout.progressing_step, "2");
}

TEST(Rollouts, AMaximumOfZeroLetsNobodyGo) {
  World world;
  world.strategy.steps[0].max_update = MaxUpdate{0, ""};
  world.wanted = {generated("a", "dev")};
  world.owned = {freeze(live("a", "OutOfSync", "Missing"))};
  EXPECT_FALSE(world.look().syncs("a"));
}

TEST(Rollouts, WithoutStepsThereIsNoStatusAndNothingToDo) {
  World world;
  world.strategy.steps.clear();
  world.wanted = {generated("a", "dev")};
  world.owned = {freeze(live("a", "OutOfSync", "Missing"))};
  const Rollout rollout = world.look();
  EXPECT_TRUE(rollout.statuses.empty());
  EXPECT_EQ(rollout.progressing_step, "");
}

TEST(Rollouts, ForgetApplicationsThatAreGone) {
  World world;
  world.before = {status("gone", "Healthy", "1")};
  EXPECT_TRUE(world.look().statuses.empty());
}

TEST(RolloutStatuses, AreReadAsTheyAreWritten) {
  const std::vector<RolloutStatus> statuses = {
      status("a", "Waiting", "1"), RolloutStatus{"b", "Healthy", "-1", "x", kAfter, {}}};
  const Json written = to_json(statuses);
  EXPECT_EQ(written[1], Json::parse(R"({"application": "b", "lastTransitionTime":
      "2026-01-01T00:00:20Z", "message": "x", "status": "Healthy", "step": "-1",
      "targetRevisions": []})"));
  EXPECT_EQ(read_rollout_statuses(Json{{"applicationStatus", written}}), statuses);
}

TEST(RolloutOperations, CarryTheOptionsAndRetriesOfTheApplication) {
  Rollout rollout;
  rollout.statuses = {status("web", "Pending", "1")};
  rollout.unlocked = {"web"};
  Json app = Json::parse(R"({"metadata": {"name": "web"}, "spec": {"syncPolicy": {
      "automated": {"prune": true, "selfHeal": true}, "syncOptions": ["CreateNamespace=true"],
      "retry": {"limit": 2}}}})");
  apply_rollout(app, rollout);
  EXPECT_EQ(app["spec"]["syncPolicy"]["automated"],
            Json::parse(R"({"enabled": false, "prune": true, "selfHeal": true})"));
  EXPECT_EQ(app["operation"], Json::parse(R"({
      "initiatedBy": {"username": "applicationset-controller", "automated": true},
      "info": [{"name": "Reason",
                "value": "ApplicationSet RollingSync triggered a sync of this Application resource"}],
      "sync": {"syncOptions": ["CreateNamespace=true"], "prune": true},
      "retry": {"limit": 2}})"));
  Json plain = Json::parse(R"({"metadata": {"name": "web"}, "spec": {}})");
  apply_rollout(plain, rollout);
  EXPECT_EQ(plain["operation"]["retry"], Json::parse(R"({"limit": 5})"));
  EXPECT_EQ(plain["operation"]["sync"], Json::object());
  EXPECT_FALSE(plain["spec"].contains("syncPolicy"));
  Json off = Json::parse(R"({"metadata": {"name": "web"}, "spec": {"syncPolicy": {
      "automated": {"prune": true, "enabled": false}}}})");
  apply_rollout(off, rollout);
  EXPECT_FALSE(off["operation"]["sync"].contains("prune"));
  Json other = Json::parse(R"({"metadata": {"name": "other"}, "spec": {}})");
  apply_rollout(other, rollout);
  EXPECT_FALSE(other.contains("operation"));
}

TEST(ReverseDeletion, TakesTheLastStepFirstAndByName) {
  const RolloutStrategy strategy = two_steps();
  std::vector<JsonRef> owned = {freeze(generated("a", "dev")), freeze(generated("b", "prod")),
                                freeze(generated("c", "prod")), freeze(generated("z", "none"))};
  std::vector<std::string> order;
  for (;;) {
    const std::string next = next_to_delete(strategy, owned);
    if (next.empty()) break;
    order.push_back(next);
    std::erase_if(owned, [&](const JsonRef& app) { return (*app)["metadata"]["name"] == next; });
  }
  EXPECT_EQ(order, (std::vector<std::string>{"b", "c", "a"}));
  EXPECT_EQ(owned.size(), 1u);  // in no step: left to the garbage collector
}

}  // namespace
}  // namespace spokelab::hub
