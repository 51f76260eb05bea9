// Index: who owns what and which pods carry a label, kept up to date from the changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/cluster/objects.h"
#include "fakeapi/local_api.h"

namespace spokelab::fakeapi {

/// What pods ask of a node: requests of all that have not ended.
struct NodeLoad {
  std::int64_t pods = 0;
  std::int64_t cpu_milli = 0;
  std::int64_t memory_bytes = 0;
  std::map<std::string, std::int64_t> others;  ///< ephemeral-storage, hugepages, devices.
  void add(const NodeLoad& load, std::int64_t sign);
};

/// The requests of one pod: its containers and sidecars together, or its biggest init container
/// with the sidecars before it, whichever is more; and spec.overhead.
NodeLoad requests_of(const Json& pod);

/// Answers in logarithmic time what would otherwise be a walk over a whole namespace.
class Index {
 public:
  void apply(const Change& change);

  /// Objects of a kind whose ownerReferences name this uid.
  const std::set<Name>& owned(const std::string& uid, std::string_view group_resource) const;
  /// Pods, ReplicaSets or ControllerRevisions that no controller owns.
  const std::set<Name>& orphans(std::string_view group_resource) const;
  /// Pods of the Job of this name that bear its tracking finalizer.
  const std::set<Name>& tracked_pods(const Name& job) const;
  const std::set<Name>& pods_on(const std::string& node) const;
  const NodeLoad& load_of(const std::string& node) const;
  /// Pods that a map selector (as a Service's) selects by its first pair; the caller checks the
  /// rest.
  const std::set<Name>& pods_labelled(const std::string& ns, const Json& map_selector) const;
  /// Services whose selector's first pair this pod has; the caller checks the rest.
  std::vector<Name> services_near(const Json& pod) const;
  /// Pods on nodes that want certain others away from them (required podAntiAffinity).
  const std::set<Name>& shy_pods() const noexcept { return shy_; }
  std::size_t pods() const noexcept { return pods_; }

 private:
  using Names = std::set<Name>;
  void note(const std::string& group_resource, const Json& object, bool present);

  std::map<std::string, std::map<std::string, Names, std::less<>>> owned_;
  std::map<std::string, Names, std::less<>> orphans_;  // by resource
  std::map<std::string, Names> tracked_;               // "ns\nname" of the Job
  std::map<std::string, Names> on_node_;
  std::map<std::string, NodeLoad> loads_;
  std::map<std::string, Names> labelled_;  // "ns\nkey=value"
  std::map<std::string, Names> services_;  // "ns\nkey=value" of the selector's first pair
  Names shy_;
  std::size_t pods_ = 0;
};

}  // namespace spokelab::fakeapi
