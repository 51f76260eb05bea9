// What a Deployment's status says: counts, conditions, progress and its deadline.
#include <algorithm>

#include "fakeapi/cluster/workloads/deployment/deployment_sync.h"

namespace spokelab::fakeapi {

Json DeploymentSync::counts() const {
  Json status = Json::object();
  if (const Json* collisions = find(*deployment_, {"status", "collisionCount"});
      collisions != nullptr) {
    status["collisionCount"] = *collisions;
  }
  set_count(status, "observedGeneration", int_at(*deployment_, {"metadata", "generation"}));
  set_count(status, "replicas", sum("replicas"));
  set_count(status, "updatedReplicas", count_of(new_set_, "replicas"));
  set_count(status, "readyReplicas", sum("readyReplicas"));
  set_count(status, "availableReplicas", sum("availableReplicas"));
  set_count(status, "unavailableReplicas",
            std::max<std::int64_t>(0, all_replicas() - sum("availableReplicas")));
  return status;
}

bool DeploymentSync::is_complete(const Json& status) const {
  return int_at(status, {"updatedReplicas"}) == wanted_ &&
         int_at(status, {"replicas"}) == wanted_ &&
         int_at(status, {"availableReplicas"}) == wanted_;
}

bool DeploymentSync::has_progressed(const Json& status) const {
  const Json& old = object_at(*deployment_, {"status"});
  const auto old_pods = [](const Json& of) {
    return int_at(of, {"replicas"}) - int_at(of, {"updatedReplicas"});
  };
  return int_at(status, {"updatedReplicas"}) > int_at(old, {"updatedReplicas"}) ||
         old_pods(status) < old_pods(old) ||
         int_at(status, {"readyReplicas"}) > int_at(old, {"readyReplicas"}) ||
         int_at(status, {"availableReplicas"}) > int_at(old, {"availableReplicas"});
}

bool DeploymentSync::has_timed_out() const {
  const Json* progress = condition_in(conditions_, "Progressing");
  if (progress == nullptr) return false;
  const std::string reason = text_at(*progress, {"reason"});
  if (reason == "NewReplicaSetAvailable") return false;
  if (reason == "ProgressDeadlineExceeded") return true;
  const auto since = time_at(*progress, {"lastUpdateTime"});
  const auto deadline = std::chrono::seconds(int_at(spec(), {"progressDeadlineSeconds"}, 600));
  return since && *since + deadline < cluster_.clock.wall_now();
}

void DeploymentSync::set_progress(const Json& status) {
  const Json* progress = condition_in(conditions_, "Progressing");
  const bool was_complete = progress != nullptr &&
                            text_at(*progress, {"reason"}) == "NewReplicaSetAvailable" &&
                            int_at(status, {"replicas"}) == int_at(status, {"updatedReplicas"});
  if (!has_deadline() || was_complete) return;
  const std::string named = new_set_ ? "ReplicaSet \"" + name_of(*new_set_).name + "\""
                                     : "Deployment \"" + name_of(*deployment_).name + "\"";
  if (is_complete(status)) {
    set({"Progressing", "True", "NewReplicaSetAvailable", named + " has successfully progressed."});
  } else if (has_progressed(status)) {
    // Progress renews lastUpdateTime even where status and reason stay, and so restarts the
    // deadline.
    std::string since = now_;
    if (progress != nullptr && text_at(*progress, {"status"}) == "True") {
      since = text_at(*progress, {"lastTransitionTime"}, now_);
    }
    drop_condition(conditions_, "Progressing");
    set({"Progressing", "True", "ReplicaSetUpdated", named + " is progressing."});
    conditions_.back()["lastTransitionTime"] = since;
  } else if (has_timed_out()) {
    set({"Progressing", "False", "ProgressDeadlineExceeded",
         named + " has timed out progressing."});
  }
  progress = condition_in(conditions_, "Progressing");
  if (progress == nullptr || bool_at(spec(), {"paused"}) || is_complete(status)) return;
  if (text_at(*progress, {"reason"}) == "ProgressDeadlineExceeded") return;
  if (const auto since = time_at(*progress, {"lastUpdateTime"}); since) {
    const auto deadline =
        std::chrono::seconds(int_at(spec(), {"progressDeadlineSeconds"}, 600) + 1);
    const Nanos left = *since + deadline - cluster_.clock.wall_now();
    cluster_.enqueue(ControllerId::deployment, name_of(*deployment_),
                     std::max(left, Nanos{std::chrono::seconds(1)}));
  }
}

Result<void> DeploymentSync::write() {
  Json status = counts();
  const bool enough = int_at(status, {"availableReplicas"}) >= wanted_ - bounds_.unavailable;
  if (enough) {
    set({"Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."});
  } else {
    set({"Available", "False", "MinimumReplicasUnavailable",
         "Deployment does not have minimum availability."});
  }
  set_progress(status);
  const Json* failure = nullptr;
  if (new_set_)
    failure = condition_in(array_at(*new_set_, {"status", "conditions"}), "ReplicaFailure");
  for (const JsonRef& set : old_sets_) {
    if (failure != nullptr) break;
    failure = condition_in(array_at(*set, {"status", "conditions"}), "ReplicaFailure");
  }
  if (failure != nullptr) {
    const std::string reason = text_at(*failure, {"reason"});
    const std::string message = text_at(*failure, {"message"});
    set({"ReplicaFailure", text_at(*failure, {"status"}), reason, message});
  } else {
    drop_condition(conditions_, "ReplicaFailure");
  }
  status["conditions"] = conditions_;
  tell(status);
  auto written = cluster_.write_status(kDeploymentUser, *deployment_, std::move(status));
  if (!written) return written.error();
  return {};
}

void DeploymentSync::tell(const Json& status) {
  const std::string subject = cluster_.subject("deployment", name_of(*deployment_));
  const Json* progress = condition_in(conditions_, "Progressing");
  const bool failed =
      progress != nullptr && text_at(*progress, {"reason"}) == "ProgressDeadlineExceeded";
  const Json& containers = array_at(spec(), {"template", "spec", "containers"});
  if (!containers.empty())
    cluster_.tell_state(subject + ".image", text_at(containers[0], {"image"}));
  cluster_.tell_state(subject + ".rollout", is_complete(status) ? "complete"
                                            : failed            ? "failed"
                                                                : "progressing");
  cluster_.tell_state(subject + ".ready", std::to_string(int_at(status, {"readyReplicas"})));
}

}  // namespace spokelab::fakeapi
