// The StatefulSet controller: pods with an identity, made and replaced in order.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "fakeapi/cluster/workloads/pods_of.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:statefulset-controller";
constexpr const char* kRevisionLabel = "controller-revision-hash";

/// One reconcile of one StatefulSet.
class OrderedPods {
 public:
  OrderedPods(Cluster& cluster, JsonRef set)
      : cluster_(cluster),
        set_(std::move(set)),
        name_(name_of(*set_)),
        replicas_(int_at(*set_, {"spec", "replicas"}, 1)),
        first_(int_at(*set_, {"spec", "ordinals", "start"})),
        ordered_(text_at(*set_, {"spec", "podManagementPolicy"}, "OrderedReady") == "OrderedReady"),
        partition_(int_at(*set_, {"spec", "updateStrategy", "rollingUpdate", "partition"})) {}

  Result<void> run();

 private:
  void find_pods();
  Result<void> advance();
  /// False when a pod is not there yet and the ones after it must wait.
  Result<bool> fill(std::int64_t ordinal);
  Result<bool> condemn();
  Result<void> update();
  Result<void> create(std::int64_t ordinal);
  Result<void> keep_or_drop_claims(std::int64_t ordinal, bool condemned);
  Result<void> remove_pod(std::int64_t ordinal);
  bool is_healthy(const Json& pod) const { return is_ready(pod) && !is_deleting(pod); }
  /// Ready for minReadySeconds; comes back when it will be.
  bool is_settled(const Json& pod);
  bool is_member(const Json& pod) const { return ordinal_of(pod).has_value(); }
  std::optional<std::int64_t> ordinal_of(const Json& pod) const;
  void record(std::string_view type, std::string_view reason, std::string message) {
    cluster_.events.tell({"statefulset-controller", ""}, *set_,
                         {type, reason, std::move(message), ""});
  }
  Result<void> ensure_claim(const Json& claim_template, std::int64_t ordinal);
  Result<void> write();
  std::string pod_name(std::int64_t ordinal) const {
    return name_.name + "-" + std::to_string(ordinal);
  }
  std::string revision(const JsonRef& pod) const {
    return text_at(*pod, {"metadata", "labels", kRevisionLabel});
  }

  Cluster& cluster_;
  JsonRef set_;
  Name name_;
  std::int64_t replicas_;
  std::int64_t first_;
  bool ordered_;
  std::int64_t partition_;
  std::string update_revision_;
  std::string current_revision_;
  std::map<std::int64_t, JsonRef> pods_;
};

std::optional<std::int64_t> OrderedPods::ordinal_of(const Json& pod) const {
  const std::string name = text_at(pod, {"metadata", "name"});
  if (name.size() <= name_.name.size() + 1 || !name.starts_with(name_.name + "-"))
    return std::nullopt;
  std::int64_t ordinal = 0;
  const char* begin = name.data() + name_.name.size() + 1;
  const auto [end, error] = std::from_chars(begin, name.data() + name.size(), ordinal);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return ordinal;
}

void OrderedPods::find_pods() {
  pods_.clear();
  const auto member = [this](const Json& pod) { return is_member(pod); };
  for (JsonRef& pod : claim(cluster_, kUser, *set_, "pods", member)) {
    if (const auto ordinal = ordinal_of(*pod); ordinal) pods_[*ordinal] = std::move(pod);
  }
}

bool OrderedPods::is_settled(const Json& pod) {
  const Nanos min_ready = std::chrono::seconds(int_at(*set_, {"spec", "minReadySeconds"}));
  return is_available(pod, min_ready, cluster_.clock.wall_now());
}

Result<void> OrderedPods::ensure_claim(const Json& claim_template, std::int64_t ordinal) {
  const std::string claim = text_at(claim_template, {"metadata", "name"}) + "-" + pod_name(ordinal);
  if (cluster_.api.get("persistentvolumeclaims", name_.ns, claim)) return {};
  Json object = Json::object();
  object["apiVersion"] = "v1";
  object["kind"] = "PersistentVolumeClaim";
  object["metadata"] = object_at(claim_template, {"metadata"});
  object["metadata"]["name"] = claim;
  object["metadata"]["namespace"] = name_.ns;
  object["metadata"]["labels"].update(object_at(*set_, {"spec", "selector", "matchLabels"}));
  object["spec"] = object_at(claim_template, {"spec"});
  auto created = cluster_.api.create(kUser, std::move(object));
  const std::string what = fmt::format("create Claim {} Pod {} in StatefulSet {} ", claim,
                                       pod_name(ordinal), name_.name);
  if (!created) {
    record(kWarning, "FailedCreate", what + "failed error: " + created.error().message());
    return created.error();
  }
  record(kNormal, "SuccessfulCreate", what + "success");
  return keep_or_drop_claims(ordinal, false);
}

/// spec.persistentVolumeClaimRetentionPolicy: who owns the claims of a pod, and so takes them along
/// when it goes: the set, a pod that is scaled away, or nobody.
Result<void> OrderedPods::keep_or_drop_claims(std::int64_t ordinal, bool condemned) {
  const auto deletes = [&](const char* when) {
    return text_at(*set_, {"spec", "persistentVolumeClaimRetentionPolicy", when}) == "Delete";
  };
  const auto pod = pods_.find(ordinal);
  Json owner;
  if (condemned && deletes("whenScaled") && pod != pods_.end()) {
    owner = controller_reference(*pod->second);
  } else if (deletes("whenDeleted")) {
    owner = controller_reference(*set_);
  }
  for (const Json& claim_template : array_at(*set_, {"spec", "volumeClaimTemplates"})) {
    const std::string name =
        text_at(claim_template, {"metadata", "name"}) + "-" + pod_name(ordinal);
    const JsonRef claim = cluster_.api.get("persistentvolumeclaims", name_.ns, name);
    if (!claim) continue;
    Json owners = Json::array();
    for (const Json& each : array_at(*claim, {"metadata", "ownerReferences"})) {
      const std::string kind = text_at(each, {"kind"});
      if (kind != "StatefulSet" && kind != "Pod") owners.push_back(each);
    }
    if (!owner.is_null()) owners.push_back(owner);
    if (owners == array_at(*claim, {"metadata", "ownerReferences"})) continue;
    Json patch = Json::object();
    patch["metadata"]["ownerReferences"] = owners.empty() ? Json() : std::move(owners);
    auto patched = cluster_.api.merge_patch(kUser, "persistentvolumeclaims", name_.ns, name, patch);
    if (!patched) return patched.error();
  }
  return {};
}

Result<void> OrderedPods::remove_pod(std::int64_t ordinal) {
  const std::string what =
      fmt::format("delete Pod {} in StatefulSet {} ", pod_name(ordinal), name_.name);
  if (auto deleted = cluster_.delete_pod(kUser, {name_.ns, pod_name(ordinal)}); !deleted) {
    record(kWarning, "FailedDelete", what + "failed error: " + deleted.error().message());
    return deleted;
  }
  record(kNormal, "SuccessfulDelete", what + "successful");
  return {};
}

Result<void> OrderedPods::create(std::int64_t ordinal) {
  const bool current = partition_ > 0 && ordinal < first_ + partition_;
  std::string revision = current ? current_revision_ : update_revision_;
  JsonRef kept = current ? kept_template(cluster_, name_.ns, revision) : nullptr;
  if (!kept) revision = update_revision_;
  Json pod_template = kept ? *kept : object_at(*set_, {"spec", "template"});
  Json volumes = Json::array();
  std::set<std::string> claimed;
  for (const Json& claim_template : array_at(*set_, {"spec", "volumeClaimTemplates"})) {
    if (auto ensured = ensure_claim(claim_template, ordinal); !ensured) return ensured.error();
    const std::string name = text_at(claim_template, {"metadata", "name"});
    claimed.insert(name);
    Json volume = {{"name", name}};
    volume["persistentVolumeClaim"]["claimName"] = name + "-" + pod_name(ordinal);
    volumes.push_back(std::move(volume));
  }
  for (const Json& volume : array_at(pod_template, {"spec", "volumes"})) {
    if (!claimed.contains(text_at(volume, {"name"}))) volumes.push_back(volume);
  }
  if (volumes.empty())
    pod_template["spec"].erase("volumes");
  else
    pod_template["spec"]["volumes"] = std::move(volumes);
  pod_template["spec"]["hostname"] = pod_name(ordinal);
  if (const auto service = text_at(*set_, {"spec", "serviceName"}); !service.empty()) {
    pod_template["spec"]["subdomain"] = service;
  }
  Json labels = Json::object();
  labels["statefulset.kubernetes.io/pod-name"] = pod_name(ordinal);
  labels["apps.kubernetes.io/pod-index"] = std::to_string(ordinal);
  labels[kRevisionLabel] = revision;
  auto created = cluster_.create_pod(kUser, *set_, pod_template, pod_name(ordinal), labels);
  const std::string what =
      fmt::format("create Pod {} in StatefulSet {} ", pod_name(ordinal), name_.name);
  if (!created) {
    record(kWarning, "FailedCreate", what + "failed error: " + created.error().message());
    return created.error();
  }
  record(kNormal, "SuccessfulCreate", what + "successful");
  pods_[ordinal] = *created;
  return {};
}

Result<bool> OrderedPods::fill(std::int64_t ordinal) {
  const auto found = pods_.find(ordinal);
  if (found == pods_.end()) {
    if (auto created = create(ordinal); !created) return created.error();
    return !ordered_;
  }
  const Json& pod = *found->second;
  if (is_deleting(pod)) return !ordered_;
  if (is_finished(pod)) {
    const bool failed = text_at(pod, {"status", "phase"}) == "Failed";
    record(failed ? kWarning : kNormal, failed ? "RecreatingFailedPod" : "RecreatingTerminatedPod",
           fmt::format("StatefulSet {}/{} is recreating {} Pod {}", name_.ns, name_.name,
                       failed ? "failed" : "terminated", pod_name(ordinal)));
    if (auto deleted = remove_pod(ordinal); !deleted) return deleted.error();
    return false;  // a new one is made when this one is gone
  }
  return !ordered_ || (is_ready(pod) && is_settled(pod));
}

Result<bool> OrderedPods::condemn() {
  std::vector<std::int64_t> condemned;
  for (const auto& [ordinal, pod] : pods_) {
    if (ordinal < first_ || ordinal >= first_ + replicas_) condemned.push_back(ordinal);
  }
  // The lowest unhealthy one may go although others are unhealthy, too.
  std::int64_t first_unhealthy = -1;
  for (const auto& [ordinal, pod] : pods_) {
    if (first_unhealthy < 0 && !is_healthy(*pod)) first_unhealthy = ordinal;
  }
  for (auto ordinal = condemned.rbegin(); ordinal != condemned.rend(); ++ordinal) {
    const Json& pod = *pods_[*ordinal];
    if (is_deleting(pod)) {
      if (ordered_) return false;
      continue;
    }
    const bool fit = is_ready(pod) && is_settled(pod);
    if (ordered_ && !fit && *ordinal != first_unhealthy) return false;
    if (auto done = keep_or_drop_claims(*ordinal, true); !done) return done.error();
    if (auto done = remove_pod(*ordinal); !done) return done.error();
    if (ordered_) return false;
  }
  return true;
}

Result<void> OrderedPods::update() {
  if (text_at(*set_, {"spec", "updateStrategy", "type"}, "RollingUpdate") != "RollingUpdate")
    return {};
  for (std::int64_t ordinal = first_ + replicas_ - 1; ordinal >= first_ + partition_; --ordinal) {
    const auto found = pods_.find(ordinal);
    if (found == pods_.end()) return {};
    const Json& pod = *found->second;
    if (revision(found->second) != update_revision_) {
      return is_deleting(pod) ? Result<void>{} : remove_pod(ordinal);
    }
    if (is_deleting(pod) || !is_ready(pod)) return {};  // a broken pod blocks the update
  }
  return {};
}

Result<void> OrderedPods::advance() {
  if (is_deleting(*set_)) return {};
  for (std::int64_t ordinal = first_; ordinal < first_ + replicas_; ++ordinal) {
    if (pods_.contains(ordinal)) {
      if (auto kept = keep_or_drop_claims(ordinal, false); !kept) return kept.error();
    }
    const auto filled = fill(ordinal);
    if (!filled) return filled.error();
    if (!*filled) return {};
  }
  const auto settled = condemn();
  if (!settled) return settled.error();
  if (*settled) return update();
  return {};
}

Result<void> OrderedPods::write() {
  find_pods();
  const Nanos min_ready = std::chrono::seconds(int_at(*set_, {"spec", "minReadySeconds"}));
  Nanos wait = Nanos::max();
  std::int64_t ready = 0, available = 0, current = 0, updated = 0, all = 0;
  for (const auto& [ordinal, pod] : pods_) {
    ++all;
    if (is_ready(*pod)) ++ready;
    if (is_available(*pod, min_ready, cluster_.clock.wall_now(), &wait)) ++available;
    if (is_deleting(*pod)) continue;
    if (revision(pod) == current_revision_) ++current;
    if (revision(pod) == update_revision_) ++updated;
  }
  const bool rolling =
      text_at(*set_, {"spec", "updateStrategy", "type"}, "RollingUpdate") == "RollingUpdate";
  if (rolling && current_revision_ != update_revision_ && updated == all && ready == all) {
    current_revision_ = update_revision_;
    current = updated;
  }
  Json status = Json::object();
  status["observedGeneration"] = int_at(*set_, {"metadata", "generation"});
  status["replicas"] = all;
  status["availableReplicas"] = available;
  status["collisionCount"] = 0;
  set_count(status, "readyReplicas", ready);
  set_count(status, "currentReplicas", current);
  set_count(status, "updatedReplicas", updated);
  status["currentRevision"] = current_revision_;
  status["updateRevision"] = update_revision_;
  if (wait != Nanos::max()) cluster_.enqueue(ControllerId::stateful_set, name_, wait);
  auto written = cluster_.write_status(kUser, *set_, std::move(status));
  if (!written) return written.error();
  std::vector<std::string> in_use = {current_revision_, update_revision_};
  for (const auto& [ordinal, pod] : pods_) in_use.push_back(revision(pod));
  return drop_revisions(cluster_, kUser, *set_, in_use);
}

Result<void> OrderedPods::run() {
  auto kept = keep_revision(cluster_, kUser, *set_, object_at(*set_, {"spec", "template"}));
  if (!kept) return kept.error();
  update_revision_ = *kept;
  current_revision_ = text_at(*set_, {"status", "currentRevision"}, update_revision_);
  find_pods();
  const Result<void> done = advance();
  if (auto written = write(); !written) return written.error();
  return done;
}

}  // namespace

Result<void> reconcile_stateful_set(Cluster& cluster, const Name& key) {
  JsonRef set = cluster.get("statefulsets.apps", key);
  if (!set) return {};
  return OrderedPods(cluster, std::move(set)).run();
}

}  // namespace spokelab::fakeapi
