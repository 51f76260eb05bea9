// The StatefulSet controller: pods with an identity, made and replaced in order.
#include <algorithm>
#include <charconv>
#include <map>

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

void OrderedPods::find_pods() {
  pods_.clear();
  for (JsonRef& pod : cluster_.owned_by(*set_, "pods")) {
    const std::string name = text_at(*pod, {"metadata", "name"});
    if (name.size() <= name_.name.size() + 1 || !name.starts_with(name_.name + "-")) continue;
    std::int64_t ordinal = 0;
    const char* begin = name.data() + name_.name.size() + 1;
    const auto [end, error] = std::from_chars(begin, name.data() + name.size(), ordinal);
    if (error == std::errc{} && end == name.data() + name.size()) pods_[ordinal] = std::move(pod);
  }
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
  if (!created) return created.error();
  return {};
}

Result<void> OrderedPods::create(std::int64_t ordinal) {
  const bool current = partition_ > 0 && ordinal < first_ + partition_;
  std::string revision = current ? current_revision_ : update_revision_;
  JsonRef kept = current ? kept_template(cluster_, name_.ns, revision) : nullptr;
  if (!kept) revision = update_revision_;
  Json pod_template = kept ? *kept : object_at(*set_, {"spec", "template"});
  Json& volumes = pod_template["spec"]["volumes"];
  if (!volumes.is_array()) volumes = Json::array();
  for (const Json& claim_template : array_at(*set_, {"spec", "volumeClaimTemplates"})) {
    if (auto ensured = ensure_claim(claim_template, ordinal); !ensured) return ensured.error();
    const std::string name = text_at(claim_template, {"metadata", "name"});
    for (std::size_t i = 0; i < volumes.size();) {
      if (text_at(volumes[i], {"name"}) == name)
        volumes.erase(i);
      else
        ++i;
    }
    Json volume = {{"name", name}};
    volume["persistentVolumeClaim"]["claimName"] = name + "-" + pod_name(ordinal);
    volumes.push_back(std::move(volume));
  }
  if (volumes.empty()) pod_template["spec"].erase("volumes");
  pod_template["spec"]["hostname"] = pod_name(ordinal);
  if (const auto service = text_at(*set_, {"spec", "serviceName"}); !service.empty()) {
    pod_template["spec"]["subdomain"] = service;
  }
  Json labels = Json::object();
  labels["statefulset.kubernetes.io/pod-name"] = pod_name(ordinal);
  labels["apps.kubernetes.io/pod-index"] = std::to_string(ordinal);
  labels[kRevisionLabel] = revision;
  auto created = cluster_.create_pod(kUser, *set_, pod_template, pod_name(ordinal), labels);
  if (!created) return created.error();
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
    if (auto deleted = cluster_.delete_pod(kUser, {name_.ns, pod_name(ordinal)}); !deleted)
      return deleted.error();
    return !ordered_;
  }
  return !ordered_ || is_ready(pod);
}

Result<bool> OrderedPods::condemn() {
  std::vector<std::int64_t> condemned;
  for (const auto& [ordinal, pod] : pods_) {
    if (ordinal < first_ || ordinal >= first_ + replicas_) condemned.push_back(ordinal);
  }
  for (auto ordinal = condemned.rbegin(); ordinal != condemned.rend(); ++ordinal) {
    if (!is_deleting(*pods_[*ordinal])) {
      if (auto done = cluster_.delete_pod(kUser, {name_.ns, pod_name(*ordinal)}); !done)
        return done.error();
    }
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
      return is_deleting(pod) ? Result<void>{}
                              : cluster_.delete_pod(kUser, {name_.ns, pod_name(ordinal)});
    }
    if (is_deleting(pod) || !is_ready(pod)) return {};  // a broken pod blocks the update
  }
  return {};
}

Result<void> OrderedPods::advance() {
  if (is_deleting(*set_)) return {};
  for (std::int64_t ordinal = first_; ordinal < first_ + replicas_; ++ordinal) {
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
    if (is_finished(*pod)) continue;
    ++all;
    if (is_ready(*pod)) ++ready;
    if (is_available(*pod, min_ready, cluster_.clock.wall_now(), &wait)) ++available;
    if (is_deleting(*pod)) continue;
    if (revision(pod) == current_revision_) ++current;
    if (revision(pod) == update_revision_) ++updated;
  }
  if (current_revision_ != update_revision_ && updated == all && ready == all && all == replicas_) {
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
