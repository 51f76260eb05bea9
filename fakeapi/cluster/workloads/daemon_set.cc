// The DaemonSet controller: one pod on every node that fits.
#include <algorithm>
#include <map>
#include <vector>

#include "fakeapi/cluster/nodes/placement.h"
#include "fakeapi/cluster/workloads/pods_of.h"
#include "fakeapi/cluster/workloads/rollout.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:daemon-set-controller";
constexpr const char* kRevisionLabel = "controller-revision-hash";

/// The template plus the tolerations that let daemons stay where others must leave.
Json daemon_template(const Json& set) {
  Json pod_template = object_at(set, {"spec", "template"});
  Json& tolerations = pod_template["spec"]["tolerations"];
  if (!tolerations.is_array()) tolerations = Json::array();
  for (const auto& [key, effect] : std::initializer_list<std::pair<const char*, const char*>>{
           {"node.kubernetes.io/not-ready", "NoExecute"},
           {"node.kubernetes.io/unreachable", "NoExecute"},
           {"node.kubernetes.io/unreachable", "NoSchedule"},
           {"node.kubernetes.io/not-ready", "NoSchedule"},
           {"node.kubernetes.io/disk-pressure", "NoSchedule"},
           {"node.kubernetes.io/memory-pressure", "NoSchedule"},
           {"node.kubernetes.io/pid-pressure", "NoSchedule"},
           {"node.kubernetes.io/unschedulable", "NoSchedule"}}) {
    tolerations.push_back({{"key", key}, {"operator", "Exists"}, {"effect", effect}});
  }
  return pod_template;
}

struct Daemons {
  std::map<std::string, std::vector<JsonRef>> by_node;  // neither ended nor a second one, see below
  std::vector<std::string> nodes;                       // where one should run
  std::int64_t misplaced = 0;
};

bool belongs(const Daemons& daemons, const std::string& node) {
  return std::binary_search(daemons.nodes.begin(), daemons.nodes.end(), node);
}

Daemons look(Cluster& cluster, const Json& set, const Json& pod_template) {
  Daemons daemons;
  for (const JsonRef& node : cluster.api.list("nodes")) {
    if (why_not_on(object_at(pod_template, {"spec"}), *node).empty()) {
      daemons.nodes.push_back(text_at(*node, {"metadata", "name"}));
    }
  }
  std::sort(daemons.nodes.begin(), daemons.nodes.end());
  for (JsonRef& pod : claimed_pods(cluster, kUser, set)) {
    const std::string node = text_at(*pod, {"spec", "nodeName"});
    if (!belongs(daemons, node)) ++daemons.misplaced;
    daemons.by_node[node].push_back(std::move(pod));
  }
  return daemons;
}

/// Creates what is missing; deletes what has ended, is doubled or misplaced.
Result<void> place(Cluster& cluster, const Json& set, const Json& pod_template,
                   const std::string& revision, Daemons& daemons) {
  Json labels = Json::object();
  labels[kRevisionLabel] = revision;
  for (auto& [node, pods] : daemons.by_node) {
    bool have = !belongs(daemons, node);
    for (const JsonRef& pod : pods) {
      if (is_deleting(*pod)) continue;
      if (!have && !is_finished(*pod)) {
        have = true;
        continue;
      }
      if (auto done = cluster.delete_pod(kUser, name_of(*pod)); !done) return done.error();
    }
  }
  for (const std::string& node : daemons.nodes) {
    const auto found = daemons.by_node.find(node);
    if (found != daemons.by_node.end() &&
        std::any_of(found->second.begin(), found->second.end(),
                    [](const JsonRef& pod) { return is_active(*pod); })) {
      continue;
    }
    Json placed = pod_template;
    placed["spec"]["nodeName"] = node;
    auto created = cluster.create_pod(kUser, set, placed, "", labels);
    if (!created) return created.error();
    daemons.by_node[node].push_back(*created);
  }
  return {};
}

/// Replaces outdated daemons, never more than maxUnavailable (rounded up) at a time.
Result<void> update(Cluster& cluster, const Json& set, const std::string& revision,
                    const Daemons& daemons) {
  if (text_at(set, {"spec", "updateStrategy", "type"}, "RollingUpdate") != "RollingUpdate")
    return {};
  const auto total = static_cast<std::int64_t>(daemons.nodes.size());
  const Json* value = find(set, {"spec", "updateStrategy", "rollingUpdate", "maxUnavailable"});
  std::int64_t budget =
      value == nullptr ? 1 : std::max<std::int64_t>(1, int_or_percent(value, total, true, 0));
  std::vector<Name> outdated;
  for (const std::string& node : daemons.nodes) {
    const auto found = daemons.by_node.find(node);
    if (found == daemons.by_node.end()) continue;
    for (const JsonRef& pod : found->second) {
      if (is_finished(*pod)) continue;
      const bool old = text_at(*pod, {"metadata", "labels", kRevisionLabel}) != revision;
      if (is_deleting(*pod) || !is_ready(*pod)) {
        --budget;
        if (!old || is_deleting(*pod)) continue;
        if (auto done = cluster.delete_pod(kUser, name_of(*pod)); !done) return done.error();
      } else if (old) {
        outdated.push_back(name_of(*pod));
      }
    }
  }
  for (const Name& name : outdated) {
    if (budget-- <= 0) break;
    if (auto done = cluster.delete_pod(kUser, name); !done) return done.error();
  }
  return {};
}

Json status_of(Cluster& cluster, const Json& set, const std::string& revision,
               const Daemons& daemons, Nanos& wait) {
  const Nanos min_ready = std::chrono::seconds(int_at(set, {"spec", "minReadySeconds"}));
  const auto desired = static_cast<std::int64_t>(daemons.nodes.size());
  std::int64_t current = 0, ready = 0, available = 0, updated = 0;
  for (const std::string& node : daemons.nodes) {
    const auto found = daemons.by_node.find(node);
    if (found == daemons.by_node.end()) continue;
    for (const JsonRef& pod : found->second) {
      if (!is_active(*pod)) continue;
      ++current;
      if (is_ready(*pod)) ++ready;
      if (is_available(*pod, min_ready, cluster.clock.wall_now(), &wait)) ++available;
      if (text_at(*pod, {"metadata", "labels", kRevisionLabel}) == revision) ++updated;
    }
  }
  Json status = Json::object();
  status["currentNumberScheduled"] = current;
  status["numberMisscheduled"] = daemons.misplaced;
  status["desiredNumberScheduled"] = desired;
  status["numberReady"] = ready;
  set_count(status, "observedGeneration", int_at(set, {"metadata", "generation"}));
  set_count(status, "updatedNumberScheduled", updated);
  set_count(status, "numberAvailable", available);
  set_count(status, "numberUnavailable", desired - available);
  return status;
}

}  // namespace

Result<void> reconcile_daemon_set(Cluster& cluster, const Name& key) {
  const JsonRef set = cluster.get("daemonsets.apps", key);
  if (!set) return {};
  auto revision = keep_revision(cluster, kUser, *set, object_at(*set, {"spec", "template"}));
  if (!revision) return revision.error();
  // The label holds the bare hash, the object's name has the set's name in front.
  const std::string hash = revision->substr(key.name.size() + 1);
  const Json pod_template = daemon_template(*set);
  Daemons daemons = look(cluster, *set, pod_template);
  Result<void> done;
  if (!is_deleting(*set)) {
    done = place(cluster, *set, pod_template, hash, daemons);
    if (done) done = update(cluster, *set, hash, daemons);
  }
  daemons = look(cluster, *set, pod_template);
  Nanos wait = Nanos::max();
  Json status = status_of(cluster, *set, hash, daemons, wait);
  if (wait != Nanos::max()) cluster.enqueue(ControllerId::daemon_set, key, wait);
  auto written = cluster.write_status(kUser, *set, std::move(status));
  if (!written) return written.error();
  if (auto dropped = drop_revisions(cluster, kUser, *set, {*revision}); !dropped)
    return dropped.error();
  return done;
}

}  // namespace spokelab::fakeapi
