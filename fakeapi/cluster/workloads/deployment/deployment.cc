// The Deployment controller: rolling updates, recreation, scaling in the middle of them.
#include <fmt/format.h>

#include <algorithm>

#include "fakeapi/cluster/workloads/deployment/deployment_sync.h"

namespace spokelab::fakeapi {

std::int64_t DeploymentSync::sum(std::string_view status_name) const {
  std::int64_t total = count_of(new_set_, status_name);
  for (const JsonRef& set : old_sets_) total += count_of(set, status_name);
  return total;
}

std::int64_t DeploymentSync::all_replicas() const {
  std::int64_t total = size_of(new_set_);
  for (const JsonRef& set : old_sets_) total += size_of(set);
  return total;
}

Result<void> DeploymentSync::check_paused() {
  if (!has_deadline()) return {};
  const Json* progress = condition_in(conditions_, "Progressing");
  if (progress != nullptr && text_at(*progress, {"reason"}) == "ProgressDeadlineExceeded")
    return {};
  const bool told = progress != nullptr && text_at(*progress, {"reason"}) == "DeploymentPaused";
  if (bool_at(spec(), {"paused"}) && !told) {
    set({"Progressing", "Unknown", "DeploymentPaused", "Deployment is paused"});
  } else if (!bool_at(spec(), {"paused"}) && told) {
    set({"Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed"});
  }
  return {};
}

Result<bool> DeploymentSync::scale(JsonRef& set, std::int64_t replicas) {
  const std::string desired = std::to_string(wanted_);
  const std::string most = std::to_string(wanted_ + bounds_.surge);
  if (size_of(set) == replicas && annotation_of(*set, kDesired) == desired &&
      annotation_of(*set, kMax) == most) {
    return false;
  }
  Json patch = Json::object();
  patch["spec"]["replicas"] = replicas;
  patch["metadata"]["annotations"][kDesired] = desired;
  patch["metadata"]["annotations"][kMax] = most;
  const Name name = name_of(*set);
  const std::int64_t before = size_of(set);
  auto patched =
      cluster_.api.merge_patch(kDeploymentUser, "replicasets.apps", name.ns, name.name, patch);
  if (!patched) return patched.error();
  set = *patched;
  if (before == replicas) return false;
  record(kNormal, "ScalingReplicaSet",
         fmt::format("Scaled {} replica set {} from {} to {}", before < replicas ? "up" : "down",
                     name.name, before, replicas));
  return true;
}

bool DeploymentSync::is_scaling() const {
  const auto differs = [&](const JsonRef& set) {
    return set && size_of(set) > 0 && number_of(annotation_of(*set, kDesired), wanted_) != wanted_;
  };
  return differs(new_set_) || std::any_of(old_sets_.begin(), old_sets_.end(), differs);
}

Result<void> DeploymentSync::scale_all() {
  std::vector<JsonRef*> active;
  if (new_set_ && size_of(new_set_) > 0) active.push_back(&new_set_);
  for (JsonRef& set : old_sets_) {
    if (size_of(set) > 0) active.push_back(&set);
  }
  const bool saturated = new_set_ && size_of(new_set_) == wanted_ &&
                         number_of(annotation_of(*new_set_, kDesired), -1) == wanted_ &&
                         count_of(new_set_, "availableReplicas") == wanted_;
  std::vector<std::int64_t> sizes;
  if (active.size() <= 1) {
    if (active.empty() && new_set_) active.push_back(&new_set_);
    if (active.empty() && !old_sets_.empty()) active.push_back(&old_sets_.back());
    sizes.assign(active.size(), wanted_);
  } else if (saturated) {
    sizes.assign(active.size(), 0);
    sizes[0] = wanted_;
  } else if (!recreate()) {
    // The biggest first; of equals the newer one grows first, and the older one shrinks first.
    const bool growing = wanted_ + bounds_.surge > all_replicas();
    std::rotate(active.begin(), active.begin() + (new_set_ && size_of(new_set_) > 0 ? 1 : 0),
                active.end());
    if (growing) std::reverse(active.begin(), active.end());
    std::stable_sort(active.begin(), active.end(),
                     [](const JsonRef* a, const JsonRef* b) { return size_of(*a) > size_of(*b); });
    std::vector<ScaledSet> sets;
    for (const JsonRef* set : active) {
      sets.push_back({size_of(*set), number_of(annotation_of(**set, kMax), size_of(*set))});
    }
    sizes = proportional_sizes(wanted_ > 0 ? wanted_ + bounds_.surge : 0, sets);
  } else {
    return {};
  }
  for (std::size_t i = 0; i < active.size(); ++i) {
    if (auto scaled = scale(*active[i], sizes[i]); !scaled) return scaled.error();
  }
  return {};
}

Result<void> DeploymentSync::roll() {
  if (!new_set_) {
    if (auto created = create_new_set(); !created) return created.error();
  }
  const std::int64_t size = new_set_size(wanted_, bounds_.surge, all_replicas(), size_of(new_set_));
  const auto scaled = scale(new_set_, size);
  if (!scaled) return scaled.error();
  if (*scaled) return {};
  std::vector<SetSize> sizes;
  for (const JsonRef& set : old_sets_)
    sizes.push_back({size_of(set), count_of(set, "availableReplicas")});
  const SetSize own{size_of(new_set_), count_of(new_set_, "availableReplicas")};
  const auto shrunk = old_set_sizes(wanted_, bounds_.unavailable, own, sizes);
  for (std::size_t i = 0; i < shrunk.size(); ++i) {
    if (shrunk[i] == sizes[i].replicas) continue;
    if (auto done = scale(old_sets_[i], shrunk[i]); !done) return done.error();
  }
  return {};
}

Result<void> DeploymentSync::recreate_pods() {
  bool pods_left = false;
  for (JsonRef& set : old_sets_) {
    if (size_of(set) > 0) {
      if (auto done = scale(set, 0); !done) return done.error();
      pods_left = true;
    }
    for (const JsonRef& pod : cluster_.owned_by(*set, "pods"))
      pods_left = pods_left || !is_finished(*pod);
  }
  if (pods_left) return {};  // each pod that goes leads back here by way of its replica set
  if (!new_set_) return create_new_set();
  if (auto done = scale(new_set_, wanted_); !done) return done.error();
  return {};
}

Result<void> DeploymentSync::advance() {
  if (is_deleting(*deployment_)) return {};
  if (auto checked = check_paused(); !checked) return checked.error();
  if (auto adopted = adopt_new_set(); !adopted) return adopted.error();
  if (bool_at(spec(), {"paused"}) || is_scaling()) {
    if (auto scaled = scale_all(); !scaled) return scaled.error();
    return bool_at(spec(), {"paused"}) ? clean_up() : Result<void>{};
  }
  if (auto done = recreate() ? recreate_pods() : roll(); !done) return done.error();
  if (auto done = set_revision(); !done) return done.error();
  return is_complete(counts()) ? clean_up() : Result<void>{};
}

Result<void> DeploymentSync::run() {
  find_sets();
  if (auto done = advance(); !done) return done.error();
  return write();
}

Result<void> reconcile_deployment(Cluster& cluster, const Name& key) {
  JsonRef deployment = cluster.get("deployments.apps", key);
  if (!deployment) {
    const std::string subject = cluster.subject("deployment", key);
    cluster.forget_state(subject + ".image");
    cluster.forget_state(subject + ".rollout");
    cluster.forget_state(subject + ".ready");
    return {};
  }
  return DeploymentSync(cluster, std::move(deployment)).run();
}

}  // namespace spokelab::fakeapi
