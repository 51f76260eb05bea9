// Apply: puts one object onto a cluster, or takes it off, as kubectl would.
#pragma once

#include <string>
#include <string_view>

#include "base/async.h"
#include "base/json_fwd.h"
#include "hub/sync/order.h"
#include "hub/sync/spoke.h"
#include "kube/resource.h"

namespace spokelab::hub {

inline constexpr std::string_view kFieldManager = "argocd-controller";
/// Whose fields a server-side apply takes over unless the Application's annotation
/// argocd.argoproj.io/client-side-apply-migration-manager names another.
inline constexpr std::string_view kClientSideManager = "kubectl-client-side-apply";

/// How to apply; from the application's sync options and the object's own.
struct ApplyOptions {
  bool server_side = false;
  bool replace = false;
  bool force = false;  ///< Delete and create again what cannot be changed in place.
  /// Before a server-side apply: applied once more at the client's side as this manager, so that
  /// its fields are handed over; "": nothing is.
  std::string migrated_manager;
};

/// The end of one object's application.
struct Applied {
  ResultCode code = ResultCode::synced;
  std::string message;  ///< "deployment.apps/web configured", or the server's refusal.
  bool lost_contact =
      false;  ///< The transport failed; the object may or may not have been written.
};

/// "deployment.apps/web", as kubectl names what it touches.
std::string spoken_name(std::string_view group, std::string_view kind, std::string_view name);

/// kubectl apply: three-way merge against the last-applied annotation, which it renews; or
/// server-side apply as `argocd-controller` with force, which takes over the fields of whoever
/// applied at the client's side before; or replace. An apply that changes nothing
/// writes nothing.
Task<Applied> apply_object(Spoke& spoke, kube::ResourceType type, JsonRef target,
                           ApplyOptions options);

/// Deletes; an object that is already gone counts as deleted. `propagation`: "Foreground",
/// "Background", "Orphan".
Task<Applied> delete_object(Spoke& spoke, kube::ResourceType type, JsonRef live,
                            std::string propagation);

}  // namespace spokelab::hub
