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
};

/// The requests of one pod: its containers' sum or its biggest init container, whichever is more.
NodeLoad requests_of(const Json& pod);

/// Answers in logarithmic time what would otherwise be a walk over a whole namespace.
class Index {
 public:
  void apply(const Change& change);

  /// Objects of a kind whose ownerReferences name this uid.
  const std::set<Name>& owned(const std::string& uid, std::string_view group_resource) const;
  const std::set<Name>& pods_on(const std::string& node) const;
  NodeLoad load_of(const std::string& node) const;
  /// Pods that a map selector (as a Service's) selects by its first pair; the caller checks the
  /// rest.
  const std::set<Name>& pods_labelled(const std::string& ns, const Json& map_selector) const;
  /// Services whose selector's first pair this pod has; the caller checks the rest.
  std::vector<Name> services_near(const Json& pod) const;
  std::size_t pods() const noexcept { return pods_; }

 private:
  using Names = std::set<Name>;
  void note(const std::string& group_resource, const Json& object, bool present);

  std::map<std::string, std::map<std::string, Names, std::less<>>> owned_;
  std::map<std::string, Names> on_node_;
  std::map<std::string, NodeLoad> loads_;
  std::map<std::string, Names> labelled_;  // "ns\nkey=value"
  std::map<std::string, Names> services_;  // "ns\nkey=value" of the selector's first pair
  std::size_t pods_ = 0;
};

}  // namespace spokelab::fakeapi
