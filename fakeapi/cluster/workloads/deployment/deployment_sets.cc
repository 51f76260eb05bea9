// The replica sets of a Deployment: found, adopted, made, numbered and cleaned away.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "fakeapi/cluster/workloads/deployment/deployment_sync.h"
#include "fakeapi/cluster/workloads/pods_of.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kHistory = "deployment.kubernetes.io/revision-history";

/// Annotations of the Deployment that its replica sets do not inherit.
bool stays_behind(std::string_view key) {
  return key == "kubectl.kubernetes.io/last-applied-configuration" || key == kRevision ||
         key == kHistory || key == kDesired || key == kMax ||
         key == "deprecated.deployment.rollback.to";
}

/// Equal but for the hash that a replica set's template bears.
bool same_template(const Json& wanted, const Json& of_set) {
  if (object_at(wanted, {"spec"}) != object_at(of_set, {"spec"})) return false;
  const auto bare = [](const Json& pod_template) {
    Json metadata = object_at(pod_template, {"metadata"});
    if (metadata.contains("labels")) metadata["labels"].erase(kHashLabel);
    metadata.erase("creationTimestamp");
    return metadata;
  };
  return bare(wanted) == bare(of_set);
}

}  // namespace

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

void DeploymentSync::find_sets() {
  collisions_ = int_at(*deployment_, {"status", "collisionCount"});
  hash_ = template_hash(object_at(spec(), {"template"}), collisions_);
  for (JsonRef& set : claim(cluster_, kDeploymentUser, *deployment_, "replicasets.apps")) {
    if (!is_deleting(*set)) old_sets_.push_back(std::move(set));
  }
  std::stable_sort(old_sets_.begin(), old_sets_.end(), [](const JsonRef& a, const JsonRef& b) {
    return std::pair(text_at(*a, {"metadata", "creationTimestamp"}), revision_of(*a)) <
           std::pair(text_at(*b, {"metadata", "creationTimestamp"}), revision_of(*b));
  });
  // The oldest one with this very template is the new set.
  const Json& wanted = object_at(spec(), {"template"});
  const auto found = std::find_if(old_sets_.begin(), old_sets_.end(), [&](const JsonRef& set) {
    return same_template(wanted, object_at(*set, {"spec", "template"}));
  });
  if (found == old_sets_.end()) return;
  new_set_ = std::move(*found);
  old_sets_.erase(found);
}

std::int64_t DeploymentSync::next_revision() const {
  std::int64_t newest = 0;
  for (const JsonRef& set : old_sets_) newest = std::max(newest, revision_of(*set));
  return newest + 1;
}

Json DeploymentSync::set_annotations(const Json& set, std::int64_t revision) const {
  Json annotations = object_at(set, {"metadata", "annotations"});
  for (const auto& [key, value] : object_at(*deployment_, {"metadata", "annotations"}).items()) {
    if (!stays_behind(key)) annotations[key] = value;
  }
  const std::int64_t before = revision_of(set);
  if (before >= revision) return annotations;
  annotations[kRevision] = std::to_string(revision);
  if (before > 0) {
    const std::string history = annotation_of(set, kHistory);
    annotations[kHistory] =
        history.empty() ? std::to_string(before) : history + "," + std::to_string(before);
  }
  return annotations;
}

/// What is said of the Deployment goes on to the new set; going back gives an old one a new number.
Result<void> DeploymentSync::adopt_new_set() {
  if (!new_set_) return {};
  Json patch = Json::object();
  Json annotations = set_annotations(*new_set_, next_revision());
  if (annotations != object_at(*new_set_, {"metadata", "annotations"}))
    patch["metadata"]["annotations"] = std::move(annotations);
  const std::int64_t ready = int_at(spec(), {"minReadySeconds"});
  if (int_at(*new_set_, {"spec", "minReadySeconds"}) != ready)
    patch["spec"]["minReadySeconds"] = ready;
  if (!patch.empty()) {
    const Name name = name_of(*new_set_);
    auto patched =
        cluster_.api.merge_patch(kDeploymentUser, "replicasets.apps", name.ns, name.name, patch);
    if (!patched) return patched.error();
    new_set_ = *patched;
  }
  if (has_deadline() && condition_in(conditions_, "Progressing") == nullptr) {
    const std::string text = fmt::format("Found new replica set \"{}\"", name_of(*new_set_).name);
    set({"Progressing", "True", "FoundNewReplicaSet", text});
  }
  return set_revision();
}

Result<void> DeploymentSync::set_revision() {
  if (!new_set_) return {};
  const std::string revision = annotation_of(*new_set_, kRevision);
  if (annotation_of(*deployment_, kRevision) == revision) return {};
  Json patch = Json::object();
  patch["metadata"]["annotations"][kRevision] = revision;
  const Name name = name_of(*deployment_);
  auto patched =
      cluster_.api.merge_patch(kDeploymentUser, "deployments.apps", name.ns, name.name, patch);
  if (!patched) return patched.error();
  deployment_ = *patched;
  return {};
}

Result<JsonRef> DeploymentSync::make_new_set(std::int64_t size) {
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
  Json annotations = set_annotations(set, next_revision());
  annotations[kDesired] = std::to_string(wanted_);
  annotations[kMax] = std::to_string(wanted_ + bounds_.surge);
  metadata["annotations"] = std::move(annotations);
  Json selector = object_at(spec(), {"selector"});
  selector["matchLabels"][kHashLabel] = hash_;
  set["spec"] = {
      {"replicas", size}, {"selector", std::move(selector)}, {"template", std::move(pod_template)}};
  if (const auto ready = int_at(spec(), {"minReadySeconds"}); ready != 0)
    set["spec"]["minReadySeconds"] = ready;
  return cluster_.api.create(kDeploymentUser, std::move(set));
}

/// Another set bears the name: the next look takes another one.
Result<void> DeploymentSync::count_collision() {
  Json status = object_at(*deployment_, {"status"});
  status["collisionCount"] = collisions_ + 1;
  auto written = cluster_.write_status(kDeploymentUser, *deployment_, std::move(status));
  if (!written) return written.error();
  return Error(Errc::already_exists, "replicasets.apps \"" + name_of(*deployment_).name + "-" +
                                         hash_ + "\" already exists");
}

Result<void> DeploymentSync::create_new_set() {
  const std::int64_t size =
      recreate() ? wanted_ : new_set_size(wanted_, bounds_.surge, all_replicas(), 0);
  const std::string name = name_of(*deployment_).name + "-" + hash_;
  auto created = make_new_set(size);
  if (!created) {
    const Error& error = created.error();
    if (error.code() == Errc::already_exists) return count_collision();
    const std::string text =
        fmt::format("Failed to create new replica set \"{}\": {}", name, error.message());
    set({"Progressing", "False", "ReplicaSetCreateError", text});
    record(kWarning, "ReplicaSetCreateError", text);
    if (auto written = write(); !written) return written.error();
    return error;
  }
  new_set_ = *created;
  if (size > 0) {
    record(kNormal, "ScalingReplicaSet",
           fmt::format("Scaled up replica set {} from 0 to {}", name, size));
  }
  if (has_deadline()) {
    set({"Progressing", "True", "NewReplicaSetCreated",
         "Created new replica set \"" + name + "\""});
  }
  return {};
}

Result<void> DeploymentSync::clean_up() {
  const auto limit = int_at(spec(), {"revisionHistoryLimit"}, 10);
  if (limit < 0 || static_cast<std::int64_t>(old_sets_.size()) <= limit) return {};
  std::vector<JsonRef> sets = old_sets_;
  std::stable_sort(sets.begin(), sets.end(), [](const JsonRef& a, const JsonRef& b) {
    return revision_of(*a) < revision_of(*b);
  });
  for (std::size_t i = 0; i < sets.size() - static_cast<std::size_t>(limit); ++i) {
    if (size_of(sets[i]) != 0 || count_of(sets[i], "replicas") != 0) continue;
    const Name name = name_of(*sets[i]);
    auto removed = cluster_.api.remove(kDeploymentUser, "replicasets.apps", name.ns, name.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  }
  return {};
}

}  // namespace spokelab::fakeapi
