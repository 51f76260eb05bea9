// LocalApi: the API server's door for parts that live beside it: controllers, kubelets, a
// scenario's hand.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "kube/resource.h"

namespace spokelab::fakeapi {

/// A committed change. `before` is null for a creation, `after` is null for a removal.
struct Change {
  std::string group_resource;  ///< "pods", "deployments.apps".
  JsonRef before;
  JsonRef after;
  const Json& object() const { return after ? *after : *before; }
};

/// The same admission, store and history as a request over HTTP, without the wire and without RBAC.
/// Objects given in need apiVersion, kind and metadata.name (or generateName).
class LocalApi {
 public:
  virtual ~LocalApi() = default;
  /// nullptr when absent. `group_resource` as in "deployments.apps"; `ns` empty for cluster-scoped
  /// kinds.
  virtual JsonRef get(std::string_view group_resource, std::string_view ns,
                      std::string_view name) const = 0;
  /// Sorted by namespace and name; all namespaces when `ns` is empty.
  virtual std::vector<JsonRef> list(std::string_view group_resource,
                                    std::string_view ns = "") const = 0;
  virtual Result<JsonRef> create(std::string_view user, Json object) = 0;
  /// Replaces the object (or, with subresource "status", only its status). An object that carries a
  /// stale metadata.resourceVersion is Errc::conflict; one without any overwrites. A replacement
  /// that changes nothing commits nothing.
  virtual Result<JsonRef> update(std::string_view user, Json object,
                                 std::string_view subresource = "") = 0;
  /// RFC 7386 merge patch.
  virtual Result<JsonRef> merge_patch(std::string_view user, std::string_view group_resource,
                                      std::string_view ns, std::string_view name, const Json& patch,
                                      std::string_view subresource = "") = 0;
  /// `propagation`: "Background", "Foreground" or "Orphan". `grace_seconds` < 0: the kind's
  /// default; Pods with a grace period stay, with a deletionTimestamp, until removed with 0.
  virtual Result<JsonRef> remove(std::string_view user, std::string_view group_resource,
                                 std::string_view ns, std::string_view name,
                                 std::string_view propagation = "Background",
                                 int grace_seconds = -1) = 0;
  /// `watcher` is called after every commit, in order, as long as this object lives. It may read,
  /// and must put off its own writes (schedule them).
  virtual void subscribe(std::function<void(const Change&)> watcher) = 0;
};

}  // namespace spokelab::fakeapi
