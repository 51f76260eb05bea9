// What the workload controllers ask and do about the pods of one owner.
#pragma once

#include <string>
#include <vector>

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

/// The order in which pods are given up, first to go first: unassigned, pending, not ready, cheaper
/// by controller.kubernetes.io/pod-deletion-cost, on crowded nodes, ready for less time, restarted
/// more, newer (pkg/controller ActivePodsWithRanks).
void sort_for_deletion(std::vector<JsonRef>& pods);

/// Pods that the owner controls, after adopting orphans that its selector matches.
std::vector<JsonRef> claimed_pods(Cluster& cluster, std::string_view user, const Json& owner);

/// Keeps a pod template's revision as a ControllerRevision of its owner, as StatefulSets and
/// DaemonSets do. Returns its name, "<owner>-<hash>".
Result<std::string> keep_revision(Cluster& cluster, std::string_view user, const Json& owner,
                                  const Json& pod_template);
/// The template kept under that name, or nullptr.
JsonRef kept_template(const Cluster& cluster, const std::string& ns, const std::string& name);
/// Removes the oldest revisions beyond spec.revisionHistoryLimit, but none of `in_use`.
Result<void> drop_revisions(Cluster& cluster, std::string_view user, const Json& owner,
                            const std::vector<std::string>& in_use);

}  // namespace spokelab::fakeapi
