// Hooks: objects that run at a moment of a sync instead of being kept (gitops-engine
// pkg/sync/hook).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "base/run_time.h"
#include "hub/app/health/health.h"
#include "hub/app/health/health_checks.h"
#include "kube/resource.h"

namespace spokelab::hub {

inline constexpr std::string_view kHookAnnotation = "argocd.argoproj.io/hook";
inline constexpr std::string_view kHookDeletePolicyAnnotation =
    "argocd.argoproj.io/hook-delete-policy";
inline constexpr std::string_view kHookFinalizer = "argocd.argoproj.io/hook-finalizer";

/// When in a sync. SyncFail runs only after a failure.
enum class SyncPhase { pre_sync = -1, sync = 0, post_sync = 1, sync_fail = 2 };
std::string_view name_of(SyncPhase phase) noexcept;  ///< "PreSync", "Sync", "PostSync", "SyncFail".

/// How far an operation, or one task of it, is.
enum class OperationPhase { none, running, terminating, succeeded, failed, error };
std::string_view name_of(OperationPhase phase) noexcept;  ///< "Running", ...; "" for none.
OperationPhase operation_phase(std::string_view name) noexcept;
constexpr bool completed(OperationPhase phase) noexcept {
  return phase == OperationPhase::succeeded || phase == OperationPhase::failed ||
         phase == OperationPhase::error;
}

/// Phases of a sync in which the object runs as a hook, in order, each once; empty when it is none.
/// Helm's pre-install and pre-upgrade are PreSync, post-install and post-upgrade PostSync.
std::vector<SyncPhase> hook_phases(const Json& object);
/// True for hooks of any kind, those of an application's deletion included.
bool is_hook(const Json& object);
/// Hooks of an application's deletion: before and after its objects are deleted.
enum class DeletionMoment { before, after };
std::string_view name_of(DeletionMoment moment) noexcept;  ///< "PreDelete", "PostDelete".
/// True when either annotation, Argo CD's or Helm's, names the moment.
bool runs_at(const Json& object, DeletionMoment moment);
/// True for objects that are never synced: hook "Skip", or only Helm hooks that have no
/// counterpart.
bool is_ignored(const Json& object);

struct DeletePolicies {
  bool succeeded = false;
  bool failed = false;
  bool before_creation = false;
  bool named = false;  ///< The hook itself says so.
};
/// BeforeHookCreation when the hook names none.
DeletePolicies delete_policies(const Json& hook);

/// What the hook's live object says about its run, with a sentence. `checks` as in compare().
struct HookProgress {
  OperationPhase phase = OperationPhase::running;
  std::string message;
};
HookProgress hook_progress(const Json& live, const HealthChecks* checks = nullptr,
                           WallTime now = {});

/// The name of a hook with `generateName`: "<prefix><7 characters of the revision>-<phase>-<unix
/// start>", lower case.
std::string generated_hook_name(std::string_view prefix, std::string_view revision, SyncPhase phase,
                                WallTime started);

}  // namespace spokelab::hub
