// The DaemonSet controller: one pod on every node that fits.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "fakeapi/cluster/nodes/placement.h"
#include "fakeapi/cluster/workloads/deployment/rollout.h"
#include "fakeapi/cluster/workloads/pods_of.h"

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
           {"node.kubernetes.io/unschedulable", "NoSchedule"},
           {"node.kubernetes.io/network-unavailable", "NoSchedule"}}) {
    if (std::string_view(key).ends_with("network-unavailable") &&
        !bool_at(pod_template, {"spec", "hostNetwork"})) {
      continue;
    }
    tolerations.push_back({{"key", key}, {"operator", "Exists"}, {"effect", effect}});
  }
  return pod_template;
}

/// Ties a daemon to its node by name; the scheduler does the rest.
Json placed_on(Json pod_template, const std::string& node) {
  const Json field = {
      {"key", "metadata.name"}, {"operator", "In"}, {"values", Json::array({node})}};
  Json& required = pod_template["spec"]["affinity"]["nodeAffinity"]
                               ["requiredDuringSchedulingIgnoredDuringExecution"];
  Json terms = array_at(required, {"nodeSelectorTerms"});
  if (terms.empty()) terms.push_back(Json::object());
  for (Json& term : terms) term["matchFields"] = Json::array({field});
  required = Json{{"nodeSelectorTerms", std::move(terms)}};
  return pod_template;
}

/// The node a daemon runs on, or is meant for.
std::string node_of(const Json& pod) {
  const std::string bound = text_at(pod, {"spec", "nodeName"});
  if (!bound.empty()) return bound;
  const auto named = nodes_named(object_at(pod, {"spec"}));
  return named && named->size() == 1 ? named->front() : "";
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
  for (JsonRef& pod : claim(cluster, kUser, set, "pods"))
    daemons.by_node[node_of(*pod)].push_back(std::move(pod));
  for (const auto& [node, pods] : daemons.by_node) {
    if (!belongs(daemons, node) && !node.empty()) ++daemons.misplaced;
  }
  return daemons;
}

bool is_of(const Json& pod, const std::string& revision) {
  return text_at(pod, {"metadata", "labels", kRevisionLabel}) == revision;
}

std::int64_t bound_of(const Json& set, const char* name, std::int64_t total,
                      std::int64_t fallback) {
  const Json* value = find(set, {"spec", "updateStrategy", "rollingUpdate", name});
  return value == nullptr ? fallback : int_or_percent(value, total, true, 0);
}

/// One round of a DaemonSet: who is to go, and where one is to be made.
struct Round {
  std::vector<Name> to_delete;
  std::vector<std::string> to_create;
};

/// Deletes what has ended, is doubled or misplaced. While an update surges, an old daemon and its
/// successor stand side by side.
void place(Cluster& cluster, const Json& set, const std::string& revision, bool surging,
           const Daemons& daemons, Round& round) {
  for (const auto& [node, pods] : daemons.by_node) {
    std::vector<JsonRef> alive;
    for (const JsonRef& pod : pods) {
      if (is_deleting(*pod)) continue;
      if (!is_finished(*pod) && belongs(daemons, node)) {
        alive.push_back(pod);
        continue;
      }
      if (text_at(*pod, {"status", "phase"}) == "Failed") {
        cluster.events.tell({"daemonset-controller", ""}, set,
                            {kWarning, "FailedDaemonPod",
                             fmt::format("Found failed daemon pod {}/{} on node {}, will try to "
                                         "kill it",
                                         name_of(*pod).ns, name_of(*pod).name, node),
                             ""});
      }
      round.to_delete.push_back(name_of(*pod));
    }
    std::stable_sort(alive.begin(), alive.end(), [](const JsonRef& a, const JsonRef& b) {
      return text_at(*a, {"metadata", "creationTimestamp"}) <
             text_at(*b, {"metadata", "creationTimestamp"});
    });
    bool have_old = false, have_new = false;
    for (const JsonRef& pod : alive) {
      bool& have = surging && is_of(*pod, revision) ? have_new : have_old;
      if (have) round.to_delete.push_back(name_of(*pod));
      have = true;
    }
  }
  for (const std::string& node : daemons.nodes) {
    const auto found = daemons.by_node.find(node);
    // One that is being deleted still holds its place.
    const bool taken = found != daemons.by_node.end() &&
                       std::any_of(found->second.begin(), found->second.end(),
                                   [](const JsonRef& pod) { return !is_finished(*pod); });
    if (!taken) round.to_create.push_back(node);
  }
}

/// Replaces outdated daemons: up to maxUnavailable at a time are taken away, or (maxSurge) up to
/// that many successors are made before their predecessors go.
void update(Cluster& cluster, const Json& set, const std::string& revision, const Daemons& daemons,
            Round& round) {
  const auto total = static_cast<std::int64_t>(daemons.nodes.size());
  std::int64_t surge = bound_of(set, "maxSurge", total, 0);
  std::int64_t budget = bound_of(set, "maxUnavailable", total, 1);
  if (surge == 0) budget = std::max<std::int64_t>(1, budget);
  const Nanos min_ready = std::chrono::seconds(int_at(set, {"spec", "minReadySeconds"}));
  const auto available = [&](const JsonRef& pod) {
    return pod && !is_deleting(*pod) && is_available(*pod, min_ready, cluster.clock.wall_now());
  };
  std::vector<Name> ready_old;
  std::vector<std::string> waiting_nodes;
  for (const std::string& node : daemons.nodes) {
    JsonRef old_pod, new_pod;
    const auto found = daemons.by_node.find(node);
    bool leaving = false;
    if (found != daemons.by_node.end()) {
      for (const JsonRef& pod : found->second) {
        if (is_finished(*pod)) continue;
        leaving = leaving || is_deleting(*pod);
        if (!is_deleting(*pod)) (is_of(*pod, revision) ? new_pod : old_pod) = pod;
      }
    }
    if (surge > 0) {
      if (old_pod && new_pod) {
        --surge;
        if (available(new_pod) || !available(old_pod)) round.to_delete.push_back(name_of(*old_pod));
      } else if (old_pod) {
        waiting_nodes.push_back(node);
      }
      continue;
    }
    if (!old_pod) {
      if (!available(new_pod)) --budget;
    } else if (!available(old_pod)) {
      --budget;
      round.to_delete.push_back(name_of(*old_pod));
    } else {
      ready_old.push_back(name_of(*old_pod));
    }
  }
  for (const std::string& node : waiting_nodes) {
    if (surge-- <= 0) break;
    round.to_create.push_back(node);
  }
  for (const Name& name : ready_old) {
    if (budget-- <= 0) break;
    round.to_delete.push_back(name);
  }
}

Result<void> carry_out(Cluster& cluster, const Json& set, const Json& pod_template,
                       const std::string& revision, Round round) {
  constexpr std::string_view kComponent = "daemonset-controller";
  std::sort(round.to_delete.begin(), round.to_delete.end());
  round.to_delete.erase(std::unique(round.to_delete.begin(), round.to_delete.end()),
                        round.to_delete.end());
  Json labels = Json::object();
  labels[kRevisionLabel] = revision;
  labels["pod-template-generation"] =
      annotation_of(set, "deprecated.daemonset.template.generation");
  if (labels["pod-template-generation"] == "") labels.erase("pod-template-generation");
  auto created = create_pods(
      cluster, kComponent, set, static_cast<std::int64_t>(round.to_create.size()),
      [&](std::int64_t i) {
        return cluster.create_pod(
            kUser, set, placed_on(pod_template, round.to_create[static_cast<std::size_t>(i)]), "",
            labels);
      });
  for (const Name& name : round.to_delete) {
    if (auto deleted = delete_pod_of(cluster, kUser, kComponent, set, name); !deleted)
      return deleted;
  }
  return created;
}

Json status_of(Cluster& cluster, const Json& set, const std::string& revision,
               const Daemons& daemons, Nanos& wait) {
  const Nanos min_ready = std::chrono::seconds(int_at(set, {"spec", "minReadySeconds"}));
  const auto desired = static_cast<std::int64_t>(daemons.nodes.size());
  std::int64_t current = 0, ready = 0, available = 0, updated = 0;
  for (const std::string& node : daemons.nodes) {
    const auto found = daemons.by_node.find(node);
    if (found == daemons.by_node.end() || found->second.empty()) continue;
    ++current;
    // A node counts once: by its oldest daemon, or its ready one.
    JsonRef best = found->second.front();
    for (const JsonRef& pod : found->second) {
      if (is_ready(*pod) && !is_ready(*best)) best = pod;
    }
    if (is_ready(*best)) ++ready;
    if (is_ready(*best) && is_available(*best, min_ready, cluster.clock.wall_now(), &wait))
      ++available;
    if (is_of(*best, revision)) ++updated;
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
    const bool rolling =
        text_at(*set, {"spec", "updateStrategy", "type"}, "RollingUpdate") == "RollingUpdate";
    const auto total = static_cast<std::int64_t>(daemons.nodes.size());
    Round round;
    place(cluster, *set, hash, rolling && bound_of(*set, "maxSurge", total, 0) > 0, daemons, round);
    if (rolling) update(cluster, *set, hash, daemons, round);
    done = carry_out(cluster, *set, pod_template, hash, std::move(round));
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
