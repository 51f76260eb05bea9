// OperationState: what an Application is asked to do (`operation`) and how far it is
// (`status.operationState`).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"
#include "hub/app/application.h"
#include "hub/app/compare/compare.h"
#include "hub/profile.h"
#include "hub/sync/operation.h"

namespace spokelab::hub {

/// `operation` read. Defaults as Argo CD's.
struct SyncRequest {
  std::vector<std::string> revisions;  ///< Empty: what the spec names. May be symbolic.
  bool prune = false;
  bool dry_run = false;
  bool apply_only = false;  ///< syncStrategy.apply: no hooks.
  bool force = false;
  bool automated = false;  ///< initiatedBy.automated.
  std::vector<SelectedResource> selected;
  /// {"source": ...} or {"sources": [...]} of the operation itself, as a rollback has them;
  /// nullptr: the spec's.
  JsonRef sources;
  /// `sync.manifests`: objects in place of what the sources give, as texts.
  std::vector<std::string> manifests;
  SyncOptions options;  ///< The operation's, else the spec's.
  std::int64_t heal_attempts = 0;
  RetryPolicy retry;  ///< limit 0 where the operation has none.
};
SyncRequest read_sync_request(const Json& operation, const ApplicationSpec& spec);

/// `status.operationState` read.
struct OperationState {
  JsonRef operation;  ///< As it was when it began.
  SyncProgress progress;
  bool has_result = false;             ///< syncResult was there.
  std::vector<std::string> revisions;  ///< Of syncResult.
  JsonRef sources;                     ///< Of syncResult, as in SyncRequest; nullptr: the spec's.
  JsonRef managed_namespace;           ///< syncResult.managedNamespaceMetadata; nullptr: none.
  std::string started_at;
  std::string finished_at;  ///< Also set while a retry is waited for.
  std::int64_t retry_count = 0;
  /// True between two attempts.
  bool waits_for_retry() const {
    return progress.phase == OperationPhase::running && !finished_at.empty();
  }
};
/// nullopt when there is none.
std::optional<OperationState> read_operation_state(const Json& application);
Json to_json(const OperationState& state, const ApplicationSpec& spec);

/// After a failed attempt: true when it is to be tried again; then the state waits for its retry at
/// `now` + its back-off. The message is Argo CD's: "<why>. Retrying attempt #1 at 3:04PM." or
/// "<why> (retried 5 times).".
bool schedule_retry(OperationState& state, const RetryPolicy& policy, WallTime now);
/// When a waiting retry is due.
WallTime retry_due(const OperationState& state, const RetryPolicy& policy);
/// What a retry says that counts anew (Profile::retry_resets_on_return).
inline constexpr std::string_view kRetryAfterReturn =
    "Retrying operation: the cluster has returned";
/// Begins the next attempt from scratch.
void begin_retry(OperationState& state, const RetryPolicy& policy);

/// The history list with a new entry for a successful sync, cut to the spec's limit (default 10).
Json with_history_entry(const Json& history, const OperationState& state,
                        const ApplicationSpec& spec, WallTime now);

/// What automated sync makes of a comparison (controller/appcontroller.go autoSync).
struct AutoSyncDecision {
  enum class Kind { nothing, start, wait, error };
  Kind kind = Kind::nothing;
  JsonRef operation;  ///< start: the `operation` to write.
  bool self_heal = false;
  Nanos wait{0};        ///< wait: until self-heal may start. error: until it is tried again; or 0.
  std::string message;  ///< error: text of the SyncError condition.
};

struct AutoSyncInput {
  const ApplicationSpec& spec;
  const Comparison& comparison;
  const std::vector<std::string>& revisions;
  const std::optional<OperationState>& last;
  bool last_sources_equal = false;  ///< The last operation synced the same sources.
  bool operation_present = false;
  bool deleting = false;
  bool namespace_changed = false;  ///< managed_namespace_changed().
  bool forget_failure = false;     ///< The cluster has returned since the last operation failed.
};
AutoSyncDecision decide_auto_sync(const AutoSyncInput& input, const Profile& profile, WallTime now);

/// Pause before self-heal number `attempts` + 1: 0, then backoff * factor^(attempts - 1) up to the
/// maximum.
Nanos self_heal_delay(std::int64_t attempts, const Profile& profile);

/// True when the spec's managedNamespaceMetadata, if any, is not what was synced last: then the
/// application is OutOfSync, though no object differs.
bool managed_namespace_changed(const Json& application);

/// The sources of a spec as comparedTo, syncResult and history carry them: {"source": ...} or
/// {"sources": [...]}.
Json sources_json(const ApplicationSpec& spec);

}  // namespace spokelab::hub
