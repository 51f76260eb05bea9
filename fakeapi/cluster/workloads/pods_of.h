// What the workload controllers ask and do about the pods of one owner.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

/// The order in which pods are given up, first to go first: unassigned, pending, not ready, cheaper
/// by controller.kubernetes.io/pod-deletion-cost, on crowded nodes, ready for less time, restarted
/// more, newer (pkg/controller ActivePodsWithRanks).
void sort_for_deletion(std::vector<JsonRef>& pods);

/// Objects of a kind that the owner controls, after adopting orphans that its selector matches and
/// releasing what it no longer does (pkg/controller/controller_ref_manager). `member`: which
/// orphans may be adopted at all.
std::vector<JsonRef> claim(Cluster& cluster, std::string_view user, const Json& owner,
                           std::string_view group_resource,
                           const std::function<bool(const Json&)>& member = nullptr);
/// The same for pods that have not ended and are not being deleted.
std::vector<JsonRef> claim_active_pods(Cluster& cluster, std::string_view user, const Json& owner);

/// Creates `count` pods in batches of 1, 2, 4, ...; a failure ends it after its batch. Tells each
/// success and each failure as an Event (pkg/controller slowStartBatch). The first error, if any.
Result<void> create_pods(Cluster& cluster, std::string_view component, const Json& owner,
                         std::int64_t count,
                         const std::function<Result<JsonRef>(std::int64_t)>& create);
/// Deletes a pod and tells it as an Event of its owner.
Result<void> delete_pod_of(Cluster& cluster, std::string_view user, std::string_view component,
                           const Json& owner, const Name& pod);

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
