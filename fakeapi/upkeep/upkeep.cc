// In-server services, driven by commits and timers.
#include "fakeapi/upkeep/upkeep.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kCollector =
    "system:serviceaccount:kube-system:generic-garbage-collector";
constexpr std::string_view kNamespaces = "system:serviceaccount:kube-system:namespace-controller";
constexpr std::string_view kManager = "system:kube-controller-manager";
constexpr const char* kCrds = "customresourcedefinitions.apiextensions.k8s.io";
constexpr const char* kCrdFinalizer = "customresourcecleanup.apiextensions.k8s.io";
constexpr const char* kTokenType = "kubernetes.io/service-account-token";
constexpr Nanos kRetry = std::chrono::seconds(5);

bool has_finalizer(const Json& object, std::string_view name) {
  const Json* list = find(object, {"metadata", "finalizers"});
  return list != nullptr && list->is_array() &&
         std::any_of(list->begin(), list->end(), [name](const Json& one) { return one == name; });
}

bool deleting(const Json& object) {
  return find(object, {"metadata", "deletionTimestamp"}) != nullptr;
}

const Json* owners_of(const Json& object) {
  const Json* owners = find(object, {"metadata", "ownerReferences"});
  return owners != nullptr && owners->is_array() ? owners : nullptr;
}

/// An object that needs attention: marked for deletion, or a token Secret to be filled.
bool needs_work(const ObjectId& id, const Json& object) {
  if (deleting(object)) {
    if (has_finalizer(object, "foregroundDeletion") || has_finalizer(object, "orphan")) return true;
    if (id.group_resource == "namespaces" || id.group_resource == kCrds) return true;
    return has_finalizer(object, "kubernetes.io/pvc-protection") ||
           has_finalizer(object, "kubernetes.io/pv-protection");
  }
  return id.group_resource == "secrets" && text_at(object, {"type"}) == kTokenType &&
         find(object, {"data", "token"}) == nullptr;
}

}  // namespace

Upkeep::Upkeep(Clock& clock, Store& store, ServedKinds& kinds, Writes& writes,
               Authenticator& authenticator, std::string ca_pem)
    : clock_(&clock),
      store_(&store),
      kinds_(&kinds),
      writes_(&writes),
      authenticator_(&authenticator),
      ca_pem_(std::move(ca_pem)) {}

JsonRef Upkeep::get(const ObjectId& id) const {
  const Bucket* bucket = store_->find_bucket(id.group_resource);
  return bucket != nullptr ? bucket->get(id.ns, id.name) : nullptr;
}

void Upkeep::schedule(Nanos after) {
  const RunTime at = clock_->now() + after;
  if (at >= due_) return;
  due_ = at;
  timer_ = Timer(*clock_, at, [this] { run(); });
}

void Upkeep::on_commit(const Bucket& bucket, const Record& record) {
  const JsonRef object = record.object();
  const ObjectId id{bucket.group_resource(), text_at(*object, {"metadata", "namespace"}),
                    text_at(*object, {"metadata", "name"})};
  const bool removed = record.type == EventType::deleted;
  index_owners(id, record.before, removed ? nullptr : object);
  if (removed)
    note_removed(id, *object);
  else
    note_object(id, *object);
}

void Upkeep::index_owners(const ObjectId& id, const JsonRef& before, const JsonRef& after) {
  const Json* old = before ? owners_of(*before) : nullptr;
  const Json* now = after ? owners_of(*after) : nullptr;
  if (before && after && (old == now || (old != nullptr && now != nullptr && *old == *now))) return;
  if (old != nullptr) {
    for (const Json& owner : *old) {
      const auto hit = dependents_.find(text_at(owner, {"uid"}));
      if (hit == dependents_.end()) continue;
      hit->second.erase(id);
      if (hit->second.empty()) dependents_.erase(hit);
    }
  }
  if (now == nullptr) return;
  for (const Json& owner : *now) dependents_[text_at(owner, {"uid"})].insert(id);
  work_.insert(id);  // its owners may be gone already
  schedule();
}

void Upkeep::note_object(const ObjectId& id, const Json& object) {
  by_uid_.insert_or_assign(text_at(object, {"metadata", "uid"}), id);
  if (!needs_work(id, object)) return;
  work_.insert(id);
  schedule();
}

void Upkeep::note_removed(const ObjectId& id, const Json& object) {
  const std::string uid = text_at(object, {"metadata", "uid"});
  by_uid_.erase(uid);
  bool some = false;
  if (const auto hit = dependents_.find(uid); hit != dependents_.end()) {
    work_.insert(hit->second.begin(), hit->second.end());
    some = true;
  }
  // An owner that waits for its dependents may now go.
  if (const Json* owners = owners_of(object)) {
    for (const Json& owner : *owners) {
      const auto hit = by_uid_.find(text_at(owner, {"uid"}));
      if (hit == by_uid_.end()) continue;
      work_.insert(hit->second);
      some = true;
    }
  }
  if (!id.ns.empty()) {
    const JsonRef space = get({"namespaces", "", id.ns});
    if (space && deleting(*space)) {
      work_.insert({"namespaces", "", id.ns});
      some = true;
    }
    const bool furniture = (id.group_resource == "serviceaccounts" && id.name == "default") ||
                           (id.group_resource == "configmaps" && id.name == "kube-root-ca.crt");
    if (furniture && space && !deleting(*space)) {
      work_.insert({"namespaces", "", id.ns});
      some = true;
    }
    if (id.group_resource == "serviceaccounts") {
      const Bucket* secrets = store_->find_bucket("secrets");
      secrets->each(id.ns, [&](const std::string&, const JsonRef& secret) {
        if (text_at(*secret, {"type"}) == kTokenType &&
            text_at(*secret, {"metadata", "annotations", "kubernetes.io/service-account.name"}) ==
                id.name) {
          work_.insert({"secrets", id.ns, text_at(*secret, {"metadata", "name"})});
          some = true;
        }
        return true;
      });
    }
  }
  if (const ServedKind* kind = kinds_->by_resource(id.group_resource);
      kind != nullptr && kind->custom) {
    const JsonRef crd = get({kCrds, "", kind->custom->crd});
    if (crd && deleting(*crd)) {
      work_.insert({kCrds, "", kind->custom->crd});
      some = true;
    }
  }
  if (some) schedule();
}

void Upkeep::run() {
  due_ = kNever;
  std::set<ObjectId> work = std::exchange(work_, {});
  for (const ObjectId& id : work) collect(id);
  if (!work_.empty()) schedule();
  if (!retry_.empty()) {
    for (const ObjectId& id : std::exchange(retry_, {})) work_.insert(id);
    if (due_ == kNever) schedule(kRetry);
  }
}

void Upkeep::collect(const ObjectId& id) {
  const JsonRef object = get(id);
  if (!object) return;
  if (id.group_resource == "namespaces") {
    if (deleting(*object))
      finish_namespace(id.name);
    else
      furnish_namespace(id.name);
  }
  if (id.group_resource == kCrds && deleting(*object)) return finish_definition(id, *object);
  if (deleting(*object)) {
    if (has_finalizer(*object, "orphan")) return orphan_dependents(id, *object);
    if (has_finalizer(*object, "foregroundDeletion")) return finish_foreground(id, *object);
    for (const char* protection : {"kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"}) {
      if (has_finalizer(*object, protection)) return drop_finalizer(id, protection);
    }
    return;
  }
  if (id.group_resource == "secrets" && text_at(*object, {"type"}) == kTokenType)
    return fill_token(id, *object);
  const Json* owners = owners_of(*object);
  if (owners == nullptr || owners->empty()) return;
  const bool kept = std::any_of(owners->begin(), owners->end(),
                                [&](const Json& owner) { return owner_lives(owner, id.ns); });
  if (!kept) remove_dependent(id);
}

bool Upkeep::owner_lives(const Json& reference, const std::string& ns) const {
  const auto hit = by_uid_.find(text_at(reference, {"uid"}));
  if (hit == by_uid_.end()) {
    // An owner of a kind that is not served (yet) cannot be judged.
    const auto [group, version] = kube::split_api_version(text_at(reference, {"apiVersion"}));
    return kinds_->by_kind(group, version, text_at(reference, {"kind"})) == nullptr;
  }
  return hit->second.ns.empty() || hit->second.ns == ns;
}

void Upkeep::remove_dependent(const ObjectId& id) {
  const ServedKind* kind = kinds_->by_resource(id.group_resource);
  if (kind == nullptr) return;
  DeleteRequest request;
  request.user = std::string(kCollector);
  request.propagation = "Background";
  (void)writes_->remove(*kind, id.ns, id.name, request);
}

void Upkeep::drop_finalizer(const ObjectId& id, std::string_view finalizer) {
  const ServedKind* kind = kinds_->by_resource(id.group_resource);
  if (kind == nullptr) return;
  WriteRequest request;
  request.user = std::string(kCollector);
  const auto change = [finalizer](const Json& current) -> kube::Answer<Json> {
    Json next = current;
    Json& list = next["metadata"]["finalizers"];
    std::erase_if(list.get_ref<Json::array_t&>(),
                  [&](const Json& one) { return one == finalizer; });
    if (list.empty()) next["metadata"].erase("finalizers");
    return next;
  };
  if (!writes_->modify(*kind, id.ns, id.name, change, request)) retry_.insert(id);
}

void Upkeep::finish_foreground(const ObjectId& id, const Json& owner) {
  const std::string uid = text_at(owner, {"metadata", "uid"});
  bool blocked = false;
  if (const auto hit = dependents_.find(uid); hit != dependents_.end()) {
    const std::set<ObjectId> all = hit->second;
    for (const ObjectId& one : all) {
      const JsonRef dependent = get(one);
      if (!dependent) continue;
      for (const Json& reference : *owners_of(*dependent)) {
        if (text_at(reference, {"uid"}) == uid && bool_at(reference, {"blockOwnerDeletion"}))
          blocked = true;
      }
      if (deleting(*dependent)) continue;
      // Dependents that own others are deleted in the foreground, too.
      const ServedKind* kind = kinds_->by_resource(one.group_resource);
      if (kind == nullptr) continue;
      const bool has_own = dependents_.contains(text_at(*dependent, {"metadata", "uid"}));
      DeleteRequest request;
      request.user = std::string(kCollector);
      request.propagation = has_own ? "Foreground" : "Background";
      (void)writes_->remove(*kind, one.ns, one.name, request);
    }
  }
  if (!blocked) return drop_finalizer(id, "foregroundDeletion");
  // Those just removed at once no longer block.
  const auto rest = dependents_.find(uid);
  if (rest == dependents_.end()) drop_finalizer(id, "foregroundDeletion");
}

void Upkeep::orphan_dependents(const ObjectId& id, const Json& owner) {
  const std::string uid = text_at(owner, {"metadata", "uid"});
  if (const auto hit = dependents_.find(uid); hit != dependents_.end()) {
    const std::set<ObjectId> all = hit->second;
    for (const ObjectId& one : all) {
      const ServedKind* kind = kinds_->by_resource(one.group_resource);
      if (kind == nullptr) continue;
      WriteRequest request;
      request.user = std::string(kCollector);
      const auto change = [&uid](const Json& current) -> kube::Answer<Json> {
        Json next = current;
        Json& list = next["metadata"]["ownerReferences"];
        std::erase_if(list.get_ref<Json::array_t&>(),
                      [&](const Json& reference) { return text_at(reference, {"uid"}) == uid; });
        if (list.empty()) next["metadata"].erase("ownerReferences");
        return next;
      };
      if (!writes_->modify(*kind, one.ns, one.name, change, request)) {
        retry_.insert(id);
        return;
      }
    }
  }
  drop_finalizer(id, "orphan");
}

void Upkeep::finish_namespace(const std::string& ns) {
  std::size_t remaining = 0;
  for (const auto& kind : kinds_->all()) {
    if (!kind->type().namespaced || kind->stored_as != kind->type().api_version() ||
        !kind->info.can("delete"))
      continue;
    std::vector<std::pair<std::string, bool>> names;
    kind->bucket->each(ns, [&](const std::string&, const JsonRef& object) {
      names.emplace_back(text_at(*object, {"metadata", "name"}), deleting(*object));
      return true;
    });
    for (const auto& [name, marked] : names) {
      if (!marked) {
        DeleteRequest request;
        request.user = std::string(kNamespaces);
        request.propagation = "Background";
        (void)writes_->remove(*kind, ns, name, request);
      }
      remaining += kind->bucket->get(ns, name) != nullptr;
    }
  }
  const ServedKind* spaces = kinds_->by_resource("namespaces");
  WriteRequest request;
  request.user = std::string(kNamespaces);
  if (remaining > 0) {
    request.subresource = "status";
    const std::string now =
        text_at(*get({"namespaces", "", ns}), {"metadata", "deletionTimestamp"});
    const auto blocked = [&](const Json& current) -> kube::Answer<Json> {
      Json next = current;
      next["status"]["conditions"] = Json::array(
          {{{"type", "NamespaceContentRemaining"},
            {"status", "True"},
            {"reason", "SomeResourcesRemain"},
            {"message", fmt::format("Some resources are remaining: {} in total", remaining)},
            {"lastTransitionTime", now}}});
      return next;
    };
    (void)writes_->modify(*spaces, "", ns, blocked, request);
    retry_.insert({"namespaces", "", ns});
    return;
  }
  request.subresource = "finalize";
  const auto finalize = [](const Json& current) -> kube::Answer<Json> {
    Json next = current;
    const Json* list = find(next, {"spec", "finalizers"});
    if (list == nullptr || !list->is_array()) return next;
    std::erase_if(next["spec"]["finalizers"].get_ref<Json::array_t&>(),
                  [](const Json& one) { return one == "kubernetes"; });
    return next;
  };
  (void)writes_->modify(*spaces, "", ns, finalize, request);
}

void Upkeep::finish_definition(const ObjectId& id, const Json& crd) {
  const std::string resource =
      text_at(crd, {"spec", "names", "plural"}) + "." + text_at(crd, {"spec", "group"});
  const ServedKind* kind = kinds_->by_resource(resource);
  std::size_t remaining = 0;
  if (kind != nullptr && kind->custom) {
    std::vector<JsonRef> all;
    kind->bucket->each("", [&](const std::string&, const JsonRef& object) {
      all.push_back(object);
      return true;
    });
    for (const JsonRef& object : all) {
      if (!deleting(*object)) {
        DeleteRequest request;
        request.user = std::string(kManager);
        (void)writes_->remove(*kind, text_at(*object, {"metadata", "namespace"}),
                              text_at(*object, {"metadata", "name"}), request);
      }
    }
    remaining = kind->bucket->size();
  }
  if (remaining > 0)
    retry_.insert(id);
  else if (has_finalizer(crd, kCrdFinalizer))
    drop_finalizer(id, kCrdFinalizer);
}

void Upkeep::fill_token(const ObjectId& id, const Json& secret) {
  const ServedKind* kind = kinds_->by_resource("secrets");
  const std::string account =
      text_at(secret, {"metadata", "annotations", "kubernetes.io/service-account.name"});
  const JsonRef found = get({"serviceaccounts", id.ns, account});
  const std::string bound =
      text_at(secret, {"metadata", "annotations", "kubernetes.io/service-account.uid"});
  const std::string uid = found ? text_at(*found, {"metadata", "uid"}) : "";
  if (!found || (!bound.empty() && bound != uid)) {
    // The account of a token is gone, or another one: the token goes with it
    // (controller/serviceaccount).
    DeleteRequest request;
    request.user = std::string(kManager);
    (void)writes_->remove(*kind, id.ns, id.name, request);
    return;
  }
  if (find(secret, {"data", "token"}) != nullptr) return;
  const std::string token = authenticator_->issue(id.ns, account, uid, Nanos{0}, id.name);
  WriteRequest request;
  request.user = std::string(kManager);
  const auto fill = [&](const Json& current) -> kube::Answer<Json> {
    Json next = current;
    next["data"]["token"] = base64(token);
    next["data"]["namespace"] = base64(id.ns);
    if (!ca_pem_.empty()) next["data"]["ca.crt"] = base64(ca_pem_);
    next["metadata"]["annotations"]["kubernetes.io/service-account.uid"] = uid;
    return next;
  };
  if (!writes_->modify(*kind, id.ns, id.name, fill, request)) retry_.insert(id);
}

void Upkeep::furnish_namespace(const std::string& ns) {
  WriteRequest request;
  request.user = std::string(kManager);
  if (!get({"serviceaccounts", ns, "default"})) {
    (void)writes_->create(
        *kinds_->by_resource("serviceaccounts"), ns,
        Json{{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "default"}}}},
        request);
  }
  if (!get({"configmaps", ns, "kube-root-ca.crt"})) {
    (void)writes_->create(*kinds_->by_resource("configmaps"), ns,
                          Json{{"apiVersion", "v1"},
                               {"kind", "ConfigMap"},
                               {"metadata",
                                {{"name", "kube-root-ca.crt"},
                                 {"annotations",
                                  {{"kubernetes.io/description",
                                    "Contains a CA bundle that can be used to verify the "
                                    "kube-apiserver when using internal "
                                    "endpoints such as the internal service IP or "
                                    "kubernetes.default.svc. No other usage is "
                                    "guaranteed across distributions of Kubernetes clusters."}}}}},
                               {"data", {{"ca.crt", ca_pem_}}}},
                          request);
  }
}

}  // namespace spokelab::fakeapi
