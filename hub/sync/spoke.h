// Spoke: one cluster as a sync works on it (port).
#pragma once

#include <string>
#include <string_view>

#include "base/async.h"
#include "base/error.h"
#include "base/json_fwd.h"
#include "kube/client.h"
#include "kube/resource.h"

namespace spokelab::hub {

/// Reads come from the hub's mirror of the cluster, writes go to its API server. Every write may be
/// refused with Errc::forbidden before it is sent, when this replica no longer owns the cluster.
class Spoke {
 public:
  virtual ~Spoke() = default;
  /// How the cluster serves a kind. Errors: the transport's; not_found when it does not serve it.
  virtual Task<Result<kube::ResourceType>> type_of(std::string group, std::string version,
                                                   std::string kind) = 0;
  /// The live object as far as the hub knows, own writes included; nullptr: not there.
  virtual JsonRef live(const kube::ObjectKey& key) const = 0;
  /// The live object from the server itself.
  virtual Task<Result<JsonRef>> get(kube::ResourceType type, std::string ns, std::string name) = 0;
  virtual Task<Result<JsonRef>> create(kube::ResourceType type, std::string ns, JsonRef object) = 0;
  virtual Task<Result<JsonRef>> update(kube::ResourceType type, std::string ns, std::string name,
                                       JsonRef object) = 0;
  virtual Task<Result<JsonRef>> patch(kube::ResourceType type, std::string ns, std::string name,
                                      kube::PatchType kind, JsonRef patch, bool force) = 0;
  /// The same as another field manager.
  virtual Task<Result<JsonRef>> patch_as(std::string manager, kube::ResourceType type,
                                         std::string ns, std::string name, kube::PatchType kind,
                                         JsonRef patch) = 0;
  virtual Task<Result<JsonRef>> remove(kube::ResourceType type, std::string ns, std::string name,
                                       kube::DeleteOptions options) = 0;
  /// Told when what kubectl does for Argo CD begins (`by` is 1) and ends (-1): "apply", "replace"
  /// or "create".
  virtual void running(std::string_view command, int by) {
    (void)command;
    (void)by;
  }
};

}  // namespace spokelab::hub
