// Eviction by taints: pods leave nodes whose NoExecute taints they do not tolerate, or no longer.
#pragma once

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

/// Deletes the pods of a node whose toleration is missing or has run out, and has the node looked
/// at again when the next one does (pkg/controller/tainteviction).
Result<void> evict_intolerant_pods(Cluster& cluster, const Name& node);

/// Says in the pod's status that it is being disrupted, and why, before it is deleted.
Result<void> mark_disrupted(Cluster& cluster, std::string_view user, const Json& pod,
                            std::string_view reason, std::string_view message);

}  // namespace spokelab::fakeapi
