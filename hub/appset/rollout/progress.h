// Progress: how far a rollout has come, and which Applications may be synced next. Pure.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"
#include "hub/appset/rollout/strategy.h"

namespace spokelab::hub {

/// One entry of `status.applicationStatus`.
struct RolloutStatus {
  std::string application;
  std::string status;  ///< "Waiting", "Pending", "Progressing" or "Healthy".
  std::string step;    ///< Counted from 1; "-1": in no step.
  std::string message;
  std::string last_transition;  ///< RFC 3339.
  std::vector<std::string> target_revisions;
  friend bool operator==(const RolloutStatus&, const RolloutStatus&) = default;
};

std::vector<RolloutStatus> read_rollout_statuses(const Json& appset_status);
Json to_json(const std::vector<RolloutStatus>& statuses);

struct RolloutInput {
  const RolloutStrategy& strategy;
  const std::vector<JsonRef>& owned;       ///< The set's Applications as they are, by name.
  const std::vector<const Json*>& wanted;  ///< As they were generated.
  const std::vector<RolloutStatus>& before;
  /// Whether the generated spec would be written over the live one.
  std::function<bool(const Json& live, const Json& wanted)> spec_differs;
  /// An operation that this controller set counts from the very second on in which its Application
  /// became Pending. Argo CD, whose times have whole seconds, wants one that began in a later
  /// second and a reconciliation after it, and so may sync twice.
  bool trusts_own_operation = false;
  /// An Application waits until those of all earlier steps that follow the same branch (or tag) of
  /// the same repository have seen the same commit. In Argo CD the first Application to notice a
  /// commit may be one of a late step, which then overtakes the others.
  bool waits_for_same_commit = false;
  WallTime now;
};

struct Rollout {
  StepPlan steps;
  std::vector<RolloutStatus> statuses;
  std::set<std::string> unlocked;  ///< In a step that may be synced now, whatever maxUpdate says.
  std::string progressing_step;    ///< The first step that is not done; "": complete.

  /// Whether an Application is to be synced now.
  bool syncs(const std::string& app) const;
};

/// One look at a rollout (applicationset/progressivesync/progressive_sync.go, Argo CD 3.5): new
/// statuses from what Applications show, then from Waiting to Pending as steps and maxUpdate allow.
Rollout advance_rollout(const RolloutInput& input);

/// Takes automated sync off a generated Application, and sets its operation where it is to be
/// synced now: with the sync options and retries of its own policy.
void apply_rollout(Json& app, const Rollout& rollout);

/// Only the first: what to compare live specs with.
void disable_automation(Json& app);

/// The next Application to delete when all of a set must go in reverse order of their steps; ""
/// when none that a step selects is left. Within a step by name.
std::string next_to_delete(const RolloutStrategy& strategy, const std::vector<JsonRef>& owned);

}  // namespace spokelab::hub
