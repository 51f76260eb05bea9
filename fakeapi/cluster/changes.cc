// Which change of an object leads to which control loops.
#include <algorithm>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/controllers.h"

namespace spokelab::fakeapi {

namespace {

bool same_at(const Change& change, std::initializer_list<std::string_view> path) {
  const Json* before = find(*change.before, path);
  const Json* after = find(*change.after, path);
  return before == nullptr || after == nullptr ? before == after : *before == *after;
}

void enqueue_owners(Cluster& cluster, const JsonRef& object) {
  if (!object) return;
  const Json* owner = controller_of(*object);
  if (owner == nullptr) return;
  const std::string kind = text_at(*owner, {"kind"});
  for (const ControllerRow& row : controller_rows()) {
    if (row.owner_kind == kind && !row.owner_kind.empty()) {
      cluster.enqueue(row.id,
                      {text_at(*object, {"metadata", "namespace"}), text_at(*owner, {"name"})});
    }
  }
}

/// A Recreate deployment waits for the last old pod, whose end its replica set does not show.
void enqueue_deployment_of(Cluster& cluster, const Json& pod) {
  const Json* owner = controller_of(pod);
  if (owner == nullptr || text_at(*owner, {"kind"}) != "ReplicaSet") return;
  const std::string ns = text_at(pod, {"metadata", "namespace"});
  enqueue_owners(cluster, cluster.api.get("replicasets.apps", ns, text_at(*owner, {"name"})));
}

void enqueue_all(Cluster& cluster, ControllerId id, const std::string& ns = "") {
  for (const JsonRef& object : cluster.api.list(row_of(id).group_resource, ns))
    cluster.enqueue(id, name_of(*object));
}

/// Namespaces in which changes of pods matter to these.
void count_watchers(Cluster& cluster, const Change& change) {
  const bool budget = change.group_resource == "poddisruptionbudgets.policy";
  if ((!budget && change.group_resource != "resourcequotas") || (change.before && change.after))
    return;
  auto& counts = budget ? cluster.budgets : cluster.quotas;
  const std::string ns = name_of(change.object()).ns;
  int& count = counts[ns];
  count += change.after ? 1 : -1;
  if (count <= 0) counts.erase(ns);
}

/// An object without a controller may fit the selector of one that has not looked at it yet.
void enqueue_adopters(Cluster& cluster, const Json& orphan,
                      std::initializer_list<ControllerId> adopters) {
  if (labels_of(orphan).empty() || is_deleting(orphan)) return;
  for (const ControllerId id : adopters) {
    for (const JsonRef& owner : cluster.api.list(row_of(id).group_resource, name_of(orphan).ns)) {
      if (selector_of(*owner).matches_object(orphan)) cluster.enqueue(id, name_of(*owner));
    }
  }
}

/// Only what adds to or takes from a namespace's use.
void enqueue_quotas(Cluster& cluster, const Change& change) {
  const std::string ns = name_of(change.object()).ns;
  if (ns.empty() || !cluster.quotas.contains(ns) || change.group_resource == "events") return;
  const bool ended = change.before && change.after && change.group_resource == "pods" &&
                     is_finished(*change.before) != is_finished(*change.after);
  const bool moved = change.before && change.after && change.group_resource != "pods" &&
                     change.group_resource != "resourcequotas" && !same_at(change, {"spec"});
  if (change.before && change.after && !ended && !moved) return;
  enqueue_all(cluster, ControllerId::quota, ns);
}

}  // namespace

void Controllers::learn_what_is_there() {
  Cluster& cluster = *cluster_;
  for (const char* table : {"pods", "services", "replicasets.apps", "jobs.batch",
                            "controllerrevisions.apps", "endpointslices.discovery.k8s.io",
                            "poddisruptionbudgets.policy", "resourcequotas", "events"}) {
    for (JsonRef& object : cluster.api.list(table)) {
      const Change change{table, nullptr, std::move(object)};
      cluster.index.apply(change);
      count_watchers(cluster, change);
      if (change.group_resource == "events") cluster.events.on_change(change);
    }
  }
}

void Controllers::on_change(const Change& change) {
  Cluster& cluster = *cluster_;
  cluster.index.apply(change);
  count_watchers(cluster, change);
  enqueue_quotas(cluster, change);
  const Name key = name_of(change.object());
  const std::string& table = change.group_resource;
  if (table == "events") return cluster.events.on_change(change);
  if (table == "pods") return on_pod_change(change);
  for (const ControllerRow& row : controller_rows()) {
    if (row.group_resource == table) cluster.enqueue(row.id, key);
  }
  enqueue_owners(cluster, change.before);
  enqueue_owners(cluster, change.after);
  if (table == "nodes") {
    for (const Name& pod : cluster.unscheduled) cluster.enqueue(ControllerId::scheduler, pod);
    const bool moved = !change.before || !change.after || !same_at(change, {"spec"}) ||
                       !same_at(change, {"metadata", "labels"});
    if (moved) enqueue_all(cluster, ControllerId::daemon_set);
  } else if (table == "endpoints" && change.after) {
    // Those of a Service without selector are somebody's own, and mirrored.
    const JsonRef service = cluster.get("services", key);
    if (service && object_at(*service, {"spec", "selector"}).empty())
      cluster.enqueue(ControllerId::endpoints, key);
  } else if (table == "replicasets.apps" && change.after &&
             controller_of(*change.after) == nullptr) {
    enqueue_adopters(cluster, *change.after, {ControllerId::deployment});
  } else if (table == "persistentvolumes") {
    const Json* reference = find(change.object(), {"spec", "claimRef"});
    if (reference != nullptr) {
      cluster.enqueue(ControllerId::volume_claim,
                      {text_at(*reference, {"namespace"}), text_at(*reference, {"name"})});
    } else if (!change.before) {
      for (const JsonRef& claim : cluster.api.list("persistentvolumeclaims")) {
        if (text_at(*claim, {"status", "phase"}) != "Bound")
          cluster.enqueue(ControllerId::volume_claim, name_of(*claim));
      }
    }
  } else if (table == "persistentvolumeclaims") {
    const std::string volume = text_at(change.object(), {"spec", "volumeName"});
    if (!change.after && !volume.empty()) cluster.enqueue(ControllerId::volume, {"", volume});
    for (const Name& pod : cluster.unscheduled) cluster.enqueue(ControllerId::scheduler, pod);
  } else if (table == "storageclasses.storage.k8s.io") {
    enqueue_all(cluster, ControllerId::volume_claim);
  } else if (table == "serviceaccounts" && (!change.before || !change.after)) {
    enqueue_all(cluster, ControllerId::token_secret, key.ns);
  } else if (table == "configmaps" && !change.after && key.name == "kube-root-ca.crt") {
    cluster.enqueue(ControllerId::root_ca, {"", key.ns});
  } else if (table == "deployments.apps" || table == "statefulsets.apps") {
    if (!change.before || !change.after) enqueue_all(cluster, ControllerId::autoscaler, key.ns);
    // A budget counts on the replicas that are asked for.
    if (cluster.budgets.contains(key.ns) &&
        (!change.before || !change.after || !same_at(change, {"spec", "replicas"}))) {
      enqueue_all(cluster, ControllerId::disruption_budget, key.ns);
    }
  }
}

void Controllers::on_pod_change(const Change& change) {
  Cluster& cluster = *cluster_;
  const Name key = name_of(change.object());
  const bool status_only = change.before && change.after && same_at(change, {"spec"}) &&
                           same_at(change, {"metadata", "deletionTimestamp"}) &&
                           same_at(change, {"metadata", "deletionGracePeriodSeconds"}) &&
                           same_at(change, {"metadata", "labels"}) &&
                           same_at(change, {"metadata", "ownerReferences"});
  if (!status_only) {
    cluster.enqueue(ControllerId::scheduler, key);
    cluster.enqueue(ControllerId::kubelet, key);
  }
  if (!change.after) {
    for (const Name& pod : cluster.unscheduled) cluster.enqueue(ControllerId::scheduler, pod);
    enqueue_deployment_of(cluster, *change.before);
  }
  const bool visible = !status_only || !same_at(change, {"status", "phase"}) ||
                       !same_at(change, {"status", "podIP"}) ||
                       !same_at(change, {"status", "conditions"}) ||
                       !same_at(change, {"status", "containerStatuses"});
  if (!visible) return;
  enqueue_owners(cluster, change.before);
  enqueue_owners(cluster, change.after);
  if (change.after && !status_only && controller_of(*change.after) == nullptr) {
    enqueue_adopters(cluster, *change.after,
                     {ControllerId::replica_set, ControllerId::replication_controller,
                      ControllerId::stateful_set, ControllerId::daemon_set, ControllerId::job});
  }
  std::vector<Name> services = cluster.index.services_near(change.object());
  if (change.before && !status_only) {
    const auto before = cluster.index.services_near(*change.before);
    services.insert(services.end(), before.begin(), before.end());
  }
  for (const Name& service : services) cluster.enqueue(ControllerId::endpoints, service);
  if (!cluster.budgets.contains(key.ns)) return;
  for (const JsonRef& budget : cluster.api.list("poddisruptionbudgets.policy", key.ns)) {
    if (selector_of(*budget).matches_object(change.object()))
      cluster.enqueue(ControllerId::disruption_budget, name_of(*budget));
  }
}

void Controllers::look_at_everything() {
  for (const ControllerRow& row : controller_rows()) enqueue_all(*cluster_, row.id);
}

}  // namespace spokelab::fakeapi
