// Operation: one attempt to bring a cluster to the wanted objects, as a state machine that is
// stepped (gitops-engine pkg/sync/sync_context.go).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/json_fwd.h"
#include "hub/app/application.h"
#include "hub/app/health/health_checks.h"
#include "hub/sync/order.h"
#include "hub/sync/spoke.h"
#include "kube/resource.h"

namespace spokelab::hub {

/// One managed object as the comparison found it. Both refs null never happens.
struct SyncResource {
  kube::ObjectKey key;
  std::string version;
  JsonRef target;  ///< With tracking; nullptr: to be pruned.
  JsonRef live;    ///< nullptr: to be created.
  bool synced = false;
};

/// One entry of operation.sync.resources: only these are synced. Empty ns: any.
struct SelectedResource {
  std::string group;
  std::string kind;
  std::string ns;
  std::string name;
};

/// Everything a step needs to know; made anew for each step.
struct SyncPlan {
  std::vector<SyncResource> resources;
  std::vector<JsonRef> hooks;  ///< With tracking.
  std::vector<SelectedResource> selected;
  std::string destination_ns;
  std::string revision;
  WallTime started{};
  SyncOptions options;
  JsonRef create_namespace;  ///< The destination Namespace to make when it is not there; nullptr:
                             ///< leave it.
  bool update_namespace =
      false;  ///< managedNamespaceMetadata: apply it to a Namespace that is there as well.
  bool prune = false;
  bool dry_run = false;
  bool skip_hooks = false;
  bool force = false;
  bool deletion_approved = false;  ///< For objects with Prune=confirm.
  /// Whose fields server-side applies take over, where the object has some of theirs; "": nobody's.
  std::string migrated_manager;
  Nanos wave_delay{0};
  std::shared_ptr<const HealthChecks> checks;  ///< nullptr: the built-in ones.
  /// Why the project does not let an object be deployed, "" when it does; empty: it lets all.
  std::function<std::string(const kube::ObjectKey& key, bool namespaced)> refusal;
  /// The version in which the cluster serves a kind of that group, "" for none; empty: unknown.
  std::function<std::string(const std::string& group, const std::string& kind)> served_version;
};

/// One entry of status.operationState.syncResult.resources.
struct ResourceResult {
  kube::ObjectKey key;
  std::string version;
  SyncPhase phase = SyncPhase::sync;
  bool hook = false;
  ResultCode code = ResultCode::none;
  OperationPhase state = OperationPhase::none;
  std::string message;
  std::vector<std::string> images;  ///< Of the containers that the object names.
  friend bool operator==(const ResourceResult&, const ResourceResult&) = default;
};
Json to_json(const ResourceResult& result);
ResourceResult read_resource_result(const Json& json);

/// How far an attempt is. Survives a change of replica in the Application's status.
struct SyncProgress {
  OperationPhase phase = OperationPhase::running;
  std::string message;
  std::vector<ResourceResult> results;  ///< In the order in which they first appeared.
  friend bool operator==(const SyncProgress&, const SyncProgress&) = default;
};

/// Runs the next wave that can run. A step that comes back Running wants another one once a live
/// object has changed; steps are idempotent. Texts are Argo CD's.
Task<SyncProgress> sync_step(Clock& clock, Spoke& spoke, SyncPlan plan, SyncProgress progress);

/// Ends the attempt: takes note of hooks that have finished meanwhile and deletes those that run.
/// "Operation terminated", or "Operation termination had errors" as Error.
Task<SyncProgress> terminate_sync(Clock& clock, Spoke& spoke, SyncPlan plan, SyncProgress progress);

/// The tasks of a plan in order, with the results so far on them. Pure; public for tests.
std::vector<SyncTask> make_tasks(const SyncPlan& plan, const Spoke& spoke,
                                 const std::vector<ResourceResult>& results);

}  // namespace spokelab::hub
