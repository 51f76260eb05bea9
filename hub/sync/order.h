// Order: in which sequence the tasks of a sync run (gitops-engine pkg/sync/sync_tasks.go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "hub/sync/hooks.h"
#include "kube/resource.h"

namespace spokelab::hub {

class SyncOptions;

inline constexpr std::string_view kSyncWaveAnnotation = "argocd.argoproj.io/sync-wave";

/// Result of one object in a sync, as in status.operationState.syncResult.resources[].status.
enum class ResultCode { none, synced, sync_failed, pruned, prune_skipped };
std::string_view name_of(
    ResultCode code) noexcept;  ///< "Synced", "SyncFailed", "Pruned", "PruneSkipped".
ResultCode result_code(std::string_view name) noexcept;

/// One object in one phase of a sync.
struct SyncTask {
  SyncPhase phase = SyncPhase::sync;
  int wave = 0;
  kube::ObjectKey key;
  /// The namespace by which results name it: a target without one is sent with the destination's,
  /// whatever its scope.
  std::string shown_ns;
  std::string version;  ///< API version without the group.
  JsonRef target;       ///< nullptr: the live object is to be pruned.
  JsonRef live;         ///< nullptr: not there.
  bool hook = false;
  bool skip_dry_run = false;
  ResultCode code = ResultCode::none;
  OperationPhase state = OperationPhase::none;
  std::string message;

  bool prune() const noexcept { return target == nullptr; }
  const Json& object() const { return target ? *target : *live; }
  /// What results are found by, together with the phase.
  kube::ObjectKey result_key() const { return {key.group, key.kind, shown_ns, key.name}; }
  bool pending() const noexcept { return state == OperationPhase::none; }
  bool running() const noexcept { return state == OperationPhase::running; }
  bool done() const noexcept { return completed(state); }
  bool successful() const noexcept { return state == OperationPhase::succeeded; }
  bool pruned() const noexcept { return code == ResultCode::pruned; }
};

/// The sync-wave annotation; Helm's hook-weight where it is absent; else 0.
int wave_of(const Json& object);
/// Place of a kind within a wave: smaller comes first, kinds without a place come last with 0.
int kind_rank(std::string_view kind) noexcept;

/// Gives prunes their mirrored wave (those of `prune_last`, or annotated PruneLast=true, the last
/// Sync wave + 1), sorts by phase, wave, kind and name, and pulls Namespaces and CRDs before the
/// first object that needs them.
void order_tasks(std::vector<SyncTask>& tasks, bool prune_last);

/// True when the tasks span more than one phase or wave. `tasks` must be in order.
bool multi_step(const std::vector<SyncTask>& tasks);

/// An entry of argocd.argoproj.io/sync-options, such as "Prune=false".
bool has_sync_option(const Json& object, std::string_view option);
/// The value of an option such as "Prune": the object's own, else the application's; "" for none.
std::string sync_option_value(const Json& object, std::string_view key, const SyncOptions& app);

}  // namespace spokelab::hub
