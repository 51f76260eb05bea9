// Sorting, adopting and numbering the pods of an owner.
#include "fakeapi/cluster/workloads/pods_of.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace spokelab::fakeapi {

namespace {

int phase_rank(const Json& pod) {
  const std::string phase = text_at(pod, {"status", "phase"});
  return phase == "Pending" ? 0 : phase == "Unknown" ? 1 : 2;
}

std::int64_t deletion_cost(const Json& pod) {
  const std::string text = annotation_of(pod, "controller.kubernetes.io/pod-deletion-cost");
  std::int64_t cost = 0;
  std::from_chars(text.data(), text.data() + text.size(), cost);
  return cost;
}

std::string ready_since(const Json& pod) {
  const Json* ready = condition_in(array_at(pod, {"status", "conditions"}), "Ready");
  return ready != nullptr ? text_at(*ready, {"lastTransitionTime"}) : "";
}

std::int64_t restarts_of(const Json& pod) {
  std::int64_t most = 0;
  for (const Json& status : array_at(pod, {"status", "containerStatuses"})) {
    most = std::max(most, int_at(status, {"restartCount"}));
  }
  return most;
}

/// Later times go first: the letters of a timestamp, reversed in order.
std::string newest_first(std::string time) {
  for (char& letter : time) letter = static_cast<char>(127 - letter);
  return time;
}

}  // namespace

void sort_for_deletion(std::vector<JsonRef>& pods) {
  std::map<std::string, int> on_node;
  for (const JsonRef& pod : pods) ++on_node[text_at(*pod, {"spec", "nodeName"})];
  using Rank = std::tuple<bool, int, bool, std::int64_t, int, std::string, std::int64_t,
                          std::string, std::string>;
  std::vector<std::pair<Rank, JsonRef>> ranked;
  for (JsonRef& pod : pods) {
    const std::string node = text_at(*pod, {"spec", "nodeName"});
    Rank rank{!node.empty(),
              phase_rank(*pod),
              is_ready(*pod),
              deletion_cost(*pod),
              node.empty() ? 0 : -on_node[node],
              is_ready(*pod) ? newest_first(ready_since(*pod)) : "",
              -restarts_of(*pod),
              newest_first(text_at(*pod, {"metadata", "creationTimestamp"})),
              text_at(*pod, {"metadata", "name"})};
    ranked.emplace_back(std::move(rank), std::move(pod));
  }
  std::sort(ranked.begin(), ranked.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < pods.size(); ++i) pods[i] = std::move(ranked[i].second);
}

std::vector<JsonRef> claim(Cluster& cluster, std::string_view user, const Json& owner,
                           std::string_view group_resource,
                           const std::function<bool(const Json&)>& member) {
  std::vector<JsonRef> claimed;
  const kube::LabelSelector selector = selector_of(owner);
  const bool dying = is_deleting(owner);
  for (JsonRef& object : cluster.owned_by(owner, group_resource)) {
    if (selector.matches_object(*object)) {
      claimed.push_back(std::move(object));
      continue;
    }
    if (dying) continue;
    Json references = array_at(*object, {"metadata", "ownerReferences"});
    std::erase_if(references.get_ref<Json::array_t&>(),
                  [&](const Json& each) { return text_at(each, {"uid"}) == uid_of(owner); });
    Json patch = Json::object();
    patch["metadata"]["ownerReferences"] = references.empty() ? Json() : std::move(references);
    const Name name = name_of(*object);
    (void)cluster.api.merge_patch(user, group_resource, name.ns, name.name, patch);
  }
  const std::set<Name>& orphans = cluster.index.orphans(group_resource);
  const std::string ns = name_of(owner).ns;
  const auto first = orphans.lower_bound({ns, ""});
  if (dying || first == orphans.end() || first->ns != ns) return claimed;
  std::vector<Name> here;
  for (auto each = first; each != orphans.end() && each->ns == ns; ++each) here.push_back(*each);
  for (const Name& name : here) {
    const JsonRef object = cluster.get(group_resource, name);
    if (!object || is_deleting(*object) || !selector.matches_object(*object)) continue;
    if (member && !member(*object)) continue;
    Json references = array_at(*object, {"metadata", "ownerReferences"});
    references.push_back(controller_reference(owner));
    Json patch = Json::object();
    patch["metadata"]["ownerReferences"] = std::move(references);
    auto adopted = cluster.api.merge_patch(user, group_resource, name.ns, name.name, patch);
    if (adopted) claimed.push_back(*adopted);
  }
  return claimed;
}

std::vector<JsonRef> claim_active_pods(Cluster& cluster, std::string_view user, const Json& owner) {
  std::vector<JsonRef> pods = claim(cluster, user, owner, "pods", is_active);
  std::erase_if(pods, [](const JsonRef& pod) { return !is_active(*pod); });
  return pods;
}

Result<void> create_pods(Cluster& cluster, std::string_view component, const Json& owner,
                         std::int64_t count,
                         const std::function<Result<JsonRef>(std::int64_t)>& create) {
  Result<void> first;
  std::int64_t batch = 1;
  for (std::int64_t done = 0; done < count && first; batch *= 2) {
    const std::int64_t end = std::min(count, done + batch);
    for (; done < end; ++done) {
      const Result<JsonRef> created = create(done);
      if (created) {
        cluster.events.tell(
            {component, ""}, owner,
            {kNormal, "SuccessfulCreate", "Created pod: " + name_of(**created).name, ""});
        continue;
      }
      cluster.events.tell(
          {component, ""}, owner,
          {kWarning, "FailedCreate", "Error creating: " + created.error().message(), ""});
      if (first) first = created.error();
    }
  }
  return first;
}

Result<void> delete_pod_of(Cluster& cluster, std::string_view user, std::string_view component,
                           const Json& owner, const Name& pod) {
  if (auto deleted = cluster.delete_pod(user, pod); !deleted) {
    cluster.events.tell(
        {component, ""}, owner,
        {kWarning, "FailedDelete", "Error deleting: " + deleted.error().message(), ""});
    return deleted;
  }
  cluster.events.tell({component, ""}, owner,
                      {kNormal, "SuccessfulDelete", "Deleted pod: " + pod.name, ""});
  return {};
}

Result<std::string> keep_revision(Cluster& cluster, std::string_view user, const Json& owner,
                                  const Json& pod_template) {
  const Name set = name_of(owner);
  const std::string name = set.name + "-" + template_hash(pod_template);
  std::int64_t newest = 0;
  JsonRef same;
  for (JsonRef& revision : cluster.owned_by(owner, "controllerrevisions.apps")) {
    newest = std::max(newest, int_at(*revision, {"revision"}));
    if (text_at(*revision, {"metadata", "name"}) == name) same = std::move(revision);
  }
  if (same && int_at(*same, {"revision"}) == newest) return name;
  if (same) {
    Json patch = {{"revision", newest + 1}};
    auto patched = cluster.api.merge_patch(user, "controllerrevisions.apps", set.ns, name, patch);
    if (!patched) return patched.error();
    return name;
  }
  Json revision = Json::object();
  revision["apiVersion"] = "apps/v1";
  revision["kind"] = "ControllerRevision";
  revision["metadata"] = {{"name", name}, {"namespace", set.ns}};
  revision["metadata"]["ownerReferences"] = Json::array({controller_reference(owner)});
  revision["metadata"]["labels"] = labels_of(pod_template);
  revision["metadata"]["labels"]["controller-revision-hash"] = name;
  revision["data"]["spec"]["template"] = pod_template;
  revision["data"]["spec"]["template"]["$patch"] = "replace";
  revision["revision"] = newest + 1;
  auto created = cluster.api.create(user, std::move(revision));
  if (!created) return created.error();
  return name;
}

JsonRef kept_template(const Cluster& cluster, const std::string& ns, const std::string& name) {
  const JsonRef revision = cluster.api.get("controllerrevisions.apps", ns, name);
  if (!revision) return nullptr;
  Json pod_template = object_at(*revision, {"data", "spec", "template"});
  pod_template.erase("$patch");
  return freeze(std::move(pod_template));
}

Result<void> drop_revisions(Cluster& cluster, std::string_view user, const Json& owner,
                            const std::vector<std::string>& in_use) {
  const std::int64_t limit = int_at(owner, {"spec", "revisionHistoryLimit"}, 10);
  std::vector<std::pair<std::int64_t, Name>> old;
  for (const JsonRef& revision : cluster.owned_by(owner, "controllerrevisions.apps")) {
    Name name = name_of(*revision);
    if (std::find(in_use.begin(), in_use.end(), name.name) != in_use.end()) continue;
    old.emplace_back(int_at(*revision, {"revision"}), std::move(name));
  }
  std::sort(old.begin(), old.end());
  for (std::size_t i = 0; static_cast<std::int64_t>(old.size() - i) > limit && i < old.size();
       ++i) {
    const Name& name = old[i].second;
    auto removed = cluster.api.remove(user, "controllerrevisions.apps", name.ns, name.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
  }
  return {};
}

}  // namespace spokelab::fakeapi
