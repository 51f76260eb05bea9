// Cluster: the work loop, waits, writes and history that controllers share.
#include "fakeapi/cluster/cluster.h"

#include <algorithm>

#include "base/duration.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kFirstRetry = std::chrono::milliseconds(5);
constexpr Nanos kLastRetry = std::chrono::seconds(1000);

}  // namespace

Cluster::Cluster(LocalApi& api_in, Clock& clock_in, History& history_in, Rng rng_in,
                 ClusterSettings settings_in, IssueToken issue_token_in)
    : api(api_in),
      clock(clock_in),
      history(history_in),
      rng(rng_in),
      settings(std::move(settings_in)),
      issue_token(std::move(issue_token_in)),
      control(clock, [this](const WorkItem& item) { work(item); }),
      kubelets(clock, [this](const WorkItem& item) { work(item); }),
      events(api, clock, settings.events),
      wait_rng_(rng.stream("waits")) {}

void Cluster::enqueue(ControllerId controller, const Name& key, Nanos after) {
  if (controller == ControllerId::kubelet || controller == ControllerId::lease) {
    kubelets.add({controller, key}, clock.now() + after);
  } else {
    control.add({controller, key}, clock.now() + std::max(after, settings.sync_delay));
  }
}

bool Cluster::waited(ControllerId controller, const Name& key, const DelayRange& range) {
  const auto [place, fresh] = waits_.try_emplace({controller, key});
  if (fresh) place->second = clock.now() + draw(wait_rng_, range);
  if (clock.now() >= place->second) {
    waits_.erase(place);
    return true;
  }
  enqueue(controller, key, place->second - clock.now());
  return false;
}

void Cluster::forget_wait(ControllerId controller, const Name& key) {
  waits_.erase({controller, key});
}

void Cluster::work(const WorkItem& item) {
  const Result<void> done = row_of(item.controller).reconcile(*this, item.key);
  if (done) {
    if (!failures_.empty()) failures_.erase(item);
    return;
  }
  int& failures = failures_[item];
  const Nanos wait =
      failures >= 18 ? kLastRetry : std::min(kLastRetry, kFirstRetry * (1 << failures));
  ++failures;
  enqueue(item.controller, item.key, wait);
}

std::string Cluster::now_text() const { return format_rfc3339(clock.wall_now()); }

std::vector<JsonRef> Cluster::owned_by(const Json& owner, std::string_view group_resource) const {
  std::vector<JsonRef> objects;
  const std::string uid = uid_of(owner);
  for (const Name& name : index.owned(uid, group_resource)) {
    JsonRef object = get(group_resource, name);
    if (!object) continue;
    const Json* controller = controller_of(*object);
    if (controller != nullptr && text_at(*controller, {"uid"}) == uid)
      objects.push_back(std::move(object));
  }
  return objects;
}

Result<JsonRef> Cluster::write_status(std::string_view user, const Json& object, Json status) {
  if (object_at(object, {"status"}) == status) return JsonRef{};
  Json written = object;
  written["status"] = std::move(status);
  return api.update(user, std::move(written), "status");
}

Result<JsonRef> Cluster::create_pod(std::string_view user, const Json& owner,
                                    const Json& pod_template, const std::string& name,
                                    const Json& extra_labels, const std::string& base) {
  if (index.pods() >= static_cast<std::size_t>(settings.pods_max)) {
    return Error(Errc::limit, "pods is forbidden: the cluster already has its limit of " +
                                  std::to_string(settings.pods_max) + " pods");
  }
  Json pod = Json::object();
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  Json& metadata = pod["metadata"] = Json::object();
  metadata["namespace"] = text_at(owner, {"metadata", "namespace"});
  if (name.empty()) {
    metadata["generateName"] = (base.empty() ? name_of(owner).name : base) + "-";
  } else {
    metadata["name"] = name;
  }
  const Json& annotations = object_at(pod_template, {"metadata", "annotations"});
  if (!annotations.empty()) metadata["annotations"] = annotations;
  Json labels = labels_of(pod_template);
  labels.update(extra_labels);
  if (!labels.empty()) metadata["labels"] = std::move(labels);
  const Json& finalizers = array_at(pod_template, {"metadata", "finalizers"});
  if (!finalizers.empty()) metadata["finalizers"] = finalizers;
  metadata["ownerReferences"] = Json::array({controller_reference(owner)});
  pod["spec"] = object_at(pod_template, {"spec"});
  return api.create(user, std::move(pod));
}

Result<void> Cluster::delete_pod(std::string_view user, const Name& pod) {
  const auto removed = api.remove(user, "pods", pod.ns, pod.name);
  if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  return {};
}

void Cluster::tell_state(const std::string& subject, const std::string& value,
                         const std::string& message) {
  std::string& last = told_[subject];
  if (last == value) return;
  last = value;
  Event event;
  event.kind = EventKind::state;
  event.who = settings.name + ".controllers";
  event.subject = subject;
  event.value = value;
  event.cluster = settings.name;
  event.message = message;
  history.add(std::move(event));
}

void Cluster::forget_state(const std::string& subject) {
  if (!told_.contains(subject)) return;
  tell_state(subject, "gone");
  told_.erase(subject);
}

void Cluster::tell_fact(const std::string& subject, const std::string& value,
                        const std::string& message) {
  Event event;
  event.kind = EventKind::fact;
  event.who = settings.name + ".controllers";
  event.subject = subject;
  event.value = value;
  event.cluster = settings.name;
  event.message = message;
  history.add(std::move(event));
}

std::string Cluster::subject(std::string_view kind, const Name& key) const {
  std::string text(kind);
  text += '.' + settings.name;
  if (!key.ns.empty()) text += '.' + key.ns;
  return text + '.' + key.name;
}

}  // namespace spokelab::fakeapi
