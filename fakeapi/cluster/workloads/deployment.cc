// The Deployment controller: replica sets by template, rolling updates, progress and status.
#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/workloads/rollout.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:deployment-controller";
constexpr const char* kRevision = "deployment.kubernetes.io/revision";
constexpr const char* kDesired = "deployment.kubernetes.io/desired-replicas";
constexpr const char* kMax = "deployment.kubernetes.io/max-replicas";
constexpr const char* kHashLabel = "pod-template-hash";

std::int64_t number_of(const std::string& text, std::int64_t fallback) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : fallback;
}

std::int64_t size_of(const JsonRef& set) { return set ? int_at(*set, {"spec", "replicas"}, 1) : 0; }
std::int64_t count_of(const JsonRef& set, std::string_view name) {
  return set ? int_at(*set, {"status", name}) : 0;
}
std::int64_t revision_of(const Json& object) {
  return number_of(annotation_of(object, kRevision), 0);
}

/// One reconcile of one Deployment.
class Rollout {
 public:
  Rollout(Cluster& cluster, JsonRef deployment)
      : cluster_(cluster),
        deployment_(std::move(deployment)),
        wanted_(int_at(spec(), {"replicas"}, 1)),
        bounds_(rolling_bounds(spec(), wanted_)),
        conditions_(array_at(*deployment_, {"status", "conditions"})),
        now_(cluster.now_text()) {}

  Result<void> run();

 private:
  const Json& spec() const { return object_at(*deployment_, {"spec"}); }
  bool recreate() const { return text_at(spec(), {"strategy", "type"}) == "Recreate"; }
  bool has_deadline() const {
    return int_at(spec(), {"progressDeadlineSeconds"}, 600) != 2'147'483'647;
  }
  std::int64_t sum(std::string_view status_name) const;
  std::int64_t all_replicas() const;
  void find_sets();
  Result<void> advance();
  Result<void> check_paused();
  Result<void> adjust_revision();
  Result<void> create_new_set();
  /// Scales one set; true when anything was written.
  Result<bool> scale(JsonRef& set, std::int64_t replicas);
  bool is_scaling() const;
  Result<void> scale_all();
  Result<void> roll();
  Result<void> recreate_pods();
  Result<void> clean_up();
  Json counts() const;
  bool is_complete(const Json& status) const;
  bool has_progressed(const Json& status) const;
  bool has_timed_out() const;
  void set_progress(const Json& status);
  Result<void> write();
  void tell(const Json& status);
  void set(const ConditionText& text) {
    set_condition(conditions_, text, now_, ConditionTimes::update);
  }

  Cluster& cluster_;
  JsonRef deployment_;
  std::int64_t wanted_;
  RollingBounds bounds_;
  Json conditions_;
  std::string now_;
  std::string hash_;
  JsonRef new_set_;
  std::vector<JsonRef> old_sets_;  // oldest first
};

std::int64_t Rollout::sum(std::string_view status_name) const {
  std::int64_t total = count_of(new_set_, status_name);
  for (const JsonRef& set : old_sets_) total += count_of(set, status_name);
  return total;
}

std::int64_t Rollout::all_replicas() const {
  std::int64_t total = size_of(new_set_);
  for (const JsonRef& set : old_sets_) total += size_of(set);
  return total;
}

void Rollout::find_sets() {
  Json pod_template = object_at(spec(), {"template"});
  hash_ = template_hash(pod_template, int_at(*deployment_, {"status", "collisionCount"}));
  for (JsonRef& set : cluster_.owned_by(*deployment_, "replicasets.apps")) {
    if (is_deleting(*set)) continue;
    if (!new_set_ && text_at(*set, {"metadata", "labels", kHashLabel}) == hash_) {
      new_set_ = std::move(set);
    } else {
      old_sets_.push_back(std::move(set));
    }
  }
  std::stable_sort(old_sets_.begin(), old_sets_.end(), [](const JsonRef& a, const JsonRef& b) {
    return std::pair(text_at(*a, {"metadata", "creationTimestamp"}), revision_of(*a)) <
           std::pair(text_at(*b, {"metadata", "creationTimestamp"}), revision_of(*b));
  });
}

Result<void> Rollout::check_paused() {
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

Result<void> Rollout::adjust_revision() {
  std::int64_t newest = 0;
  for (const JsonRef& set : old_sets_) newest = std::max(newest, revision_of(*set));
  if (new_set_ && revision_of(*new_set_) <= newest) {
    Json patch = Json::object();
    patch["metadata"]["annotations"][kRevision] = std::to_string(newest + 1);
    const Name name = name_of(*new_set_);
    auto patched = cluster_.api.merge_patch(kUser, "replicasets.apps", name.ns, name.name, patch);
    if (!patched) return patched.error();
    new_set_ = *patched;
  }
  if (!new_set_) return {};
  const std::string revision = annotation_of(*new_set_, kRevision);
  if (annotation_of(*deployment_, kRevision) == revision) return {};
  Json patch = Json::object();
  patch["metadata"]["annotations"][kRevision] = revision;
  const Name name = name_of(*deployment_);
  auto patched = cluster_.api.merge_patch(kUser, "deployments.apps", name.ns, name.name, patch);
  if (!patched) return patched.error();
  deployment_ = *patched;
  return {};
}

Result<void> Rollout::create_new_set() {
  const std::int64_t size =
      recreate() ? wanted_ : new_set_size(wanted_, bounds_.surge, all_replicas(), 0);
  std::int64_t revision = 1;
  for (const JsonRef& set : old_sets_) revision = std::max(revision, revision_of(*set) + 1);
  Json set = Json::object();
  set["apiVersion"] = "apps/v1";
  set["kind"] = "ReplicaSet";
  Json& metadata = set["metadata"] = Json::object();
  const Name name = name_of(*deployment_);
  metadata["name"] = name.name + "-" + hash_;
  metadata["namespace"] = name.ns;
  metadata["ownerReferences"] = Json::array({controller_reference(*deployment_)});
  Json pod_template = object_at(spec(), {"template"});
  pod_template["metadata"]["labels"][kHashLabel] = hash_;
  metadata["labels"] = labels_of(pod_template);
  Json annotations = object_at(*deployment_, {"metadata", "annotations"});
  annotations.erase("kubectl.kubernetes.io/last-applied-configuration");
  annotations[kRevision] = std::to_string(revision);
  annotations[kDesired] = std::to_string(wanted_);
  annotations[kMax] = std::to_string(wanted_ + bounds_.surge);
  metadata["annotations"] = std::move(annotations);
  Json selector = object_at(spec(), {"selector"});
  selector["matchLabels"][kHashLabel] = hash_;
  set["spec"] = {
      {"replicas", size}, {"selector", std::move(selector)}, {"template", std::move(pod_template)}};
  if (const auto ready = int_at(spec(), {"minReadySeconds"}); ready != 0)
    set["spec"]["minReadySeconds"] = ready;
  auto created = cluster_.api.create(kUser, std::move(set));
  if (!created) {
    const Error& error = created.error();
    set_condition(conditions_, {"Progressing", "False", "ReplicaSetCreateError", error.message()},
                  now_, ConditionTimes::update);
    if (auto written = write(); !written) return written.error();
    return error;
  }
  new_set_ = *created;
  if (has_deadline()) {
    const std::string text = "Created new replica set \"" + name.name + "-" + hash_ + "\"";
    this->set({"Progressing", "True", "NewReplicaSetCreated", text});
  }
  return {};
}

Result<bool> Rollout::scale(JsonRef& set, std::int64_t replicas) {
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
  const bool resized = size_of(set) != replicas;
  auto patched = cluster_.api.merge_patch(kUser, "replicasets.apps", name.ns, name.name, patch);
  if (!patched) return patched.error();
  set = *patched;
  return resized;
}

bool Rollout::is_scaling() const {
  const auto differs = [&](const JsonRef& set) {
    return set && size_of(set) > 0 && number_of(annotation_of(*set, kDesired), wanted_) != wanted_;
  };
  return differs(new_set_) || std::any_of(old_sets_.begin(), old_sets_.end(), differs);
}

Result<void> Rollout::scale_all() {
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

Result<void> Rollout::roll() {
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

Result<void> Rollout::recreate_pods() {
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

Result<void> Rollout::clean_up() {
  const auto limit = int_at(spec(), {"revisionHistoryLimit"}, 10);
  if (limit < 0 || static_cast<std::int64_t>(old_sets_.size()) <= limit) return {};
  std::vector<JsonRef> sets = old_sets_;
  std::stable_sort(sets.begin(), sets.end(), [](const JsonRef& a, const JsonRef& b) {
    return revision_of(*a) < revision_of(*b);
  });
  for (std::size_t i = 0; i < sets.size() - static_cast<std::size_t>(limit); ++i) {
    if (size_of(sets[i]) != 0 || count_of(sets[i], "replicas") != 0) continue;
    const Name name = name_of(*sets[i]);
    auto removed = cluster_.api.remove(kUser, "replicasets.apps", name.ns, name.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  }
  return {};
}

Json Rollout::counts() const {
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

bool Rollout::is_complete(const Json& status) const {
  return int_at(status, {"updatedReplicas"}) == wanted_ &&
         int_at(status, {"replicas"}) == wanted_ &&
         int_at(status, {"availableReplicas"}) == wanted_;
}

bool Rollout::has_progressed(const Json& status) const {
  const Json& old = object_at(*deployment_, {"status"});
  const auto old_pods = [](const Json& of) {
    return int_at(of, {"replicas"}) - int_at(of, {"updatedReplicas"});
  };
  return int_at(status, {"updatedReplicas"}) > int_at(old, {"updatedReplicas"}) ||
         old_pods(status) < old_pods(old) ||
         int_at(status, {"readyReplicas"}) > int_at(old, {"readyReplicas"}) ||
         int_at(status, {"availableReplicas"}) > int_at(old, {"availableReplicas"});
}

bool Rollout::has_timed_out() const {
  const Json* progress = condition_in(conditions_, "Progressing");
  if (progress == nullptr) return false;
  const std::string reason = text_at(*progress, {"reason"});
  if (reason == "NewReplicaSetAvailable") return false;
  if (reason == "ProgressDeadlineExceeded") return true;
  const auto since = time_at(*progress, {"lastUpdateTime"});
  const auto deadline = std::chrono::seconds(int_at(spec(), {"progressDeadlineSeconds"}, 600));
  return since && *since + deadline < cluster_.clock.wall_now();
}

void Rollout::set_progress(const Json& status) {
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

Result<void> Rollout::write() {
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
  auto written = cluster_.write_status(kUser, *deployment_, std::move(status));
  if (!written) return written.error();
  return {};
}

void Rollout::tell(const Json& status) {
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

Result<void> Rollout::advance() {
  if (is_deleting(*deployment_)) return {};
  if (auto checked = check_paused(); !checked) return checked.error();
  if (bool_at(spec(), {"paused"}) || is_scaling()) return scale_all();
  if (auto done = recreate() ? recreate_pods() : roll(); !done) return done.error();
  if (auto adjusted = adjust_revision(); !adjusted) return adjusted.error();
  return is_complete(counts()) ? clean_up() : Result<void>{};
}

Result<void> Rollout::run() {
  find_sets();
  if (auto done = advance(); !done) return done.error();
  return write();
}

}  // namespace

Result<void> reconcile_deployment(Cluster& cluster, const Name& key) {
  JsonRef deployment = cluster.get("deployments.apps", key);
  if (!deployment) {
    const std::string subject = cluster.subject("deployment", key);
    cluster.forget_state(subject + ".image");
    cluster.forget_state(subject + ".rollout");
    cluster.forget_state(subject + ".ready");
    return {};
  }
  return Rollout(cluster, std::move(deployment)).run();
}

}  // namespace spokelab::fakeapi
