// In-server services, driven by commits and timers.
#include "fakeapi/upkeep/upkeep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/duration.h"
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

std::string counted(const std::map<std::string, std::size_t>& counts, const char* format) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts)
    parts.push_back(fmt::format(fmt::runtime(format), name, count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// What a namespace says while it empties (pkg/controller/namespace/deletion): five conditions,
/// whose times move only with their status.
Json namespace_conditions(const std::map<std::string, std::size_t>& remaining,
                          const std::map<std::string, std::size_t>& finalizers, const Json& status,
                          const std::string& now) {
  const bool held = !finalizers.empty();
  const std::array<std::string, 4> texts[] = {
      {"NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered",
       "All resources successfully discovered"},
      {"NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions",
       "All legacy kube types successfully parsed"},
      {"NamespaceDeletionContentFailure", "False", "ContentDeleted",
       "All content successfully deleted, may be waiting on finalization"},
      {"NamespaceContentRemaining", "True", "SomeResourcesRemain",
       "Some resources are remaining: " + counted(remaining, "{} has {} resource instances")},
      {"NamespaceFinalizersRemaining", held ? "True" : "False",
       held ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
       held ? "Some content in the namespace has finalizers remaining: " +
                  counted(finalizers, "{} in {} resource instances")
            : "All content-preserving finalizers finished"}};
  Json conditions = Json::array();
  for (const auto& [type, value, reason, message] : texts) {
    std::string since = now;
    if (const Json* before = find(status, {"conditions"}); before != nullptr) {
      for (const Json& each : *before) {
        if (text_at(each, {"type"}) == type && text_at(each, {"status"}) == value)
          since = text_at(each, {"lastTransitionTime"}, now);
      }
    }
    conditions.push_back({{"type", type},
                          {"status", value},
                          {"reason", reason},
                          {"message", message},
                          {"lastTransitionTime", since}});
  }
  return conditions;
}

/// Claims that a pod mounts.
std::set<std::string> claims_of(const Json& pod) {
  std::set<std::string> claims;
  const Json* volumes = find(pod, {"spec", "volumes"});
  if (volumes == nullptr || !volumes->is_array()) return claims;
  for (const Json& volume : *volumes) {
    const std::string claim = text_at(volume, {"persistentVolumeClaim", "claimName"});
    if (!claim.empty()) claims.insert(claim);
  }
  return claims;
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
  if (id.group_resource == "pods") {
    for (const std::string& claim : claims_of(object)) {
      work_.insert({"persistentvolumeclaims", id.ns, claim});
      some = true;
    }
  } else if (id.group_resource == "persistentvolumeclaims") {
    const std::string volume = text_at(object, {"spec", "volumeName"});
    if (!volume.empty()) {
      work_.insert({"persistentvolumes", "", volume});
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
    return end_protection(id, *object);
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

/// A claim that no pod uses any longer, and a volume that no claim is bound to, may go.
void Upkeep::end_protection(const ObjectId& id, const Json& object) {
  if (has_finalizer(object, "kubernetes.io/pvc-protection")) {
    bool used = false;
    store_->find_bucket("pods")->each(id.ns, [&](const std::string&, const JsonRef& pod) {
      used = !text_at(*pod, {"spec", "nodeName"}).empty() && claims_of(*pod).contains(id.name);
      return !used;
    });
    if (!used) drop_finalizer(id, "kubernetes.io/pvc-protection");
    return;
  }
  if (!has_finalizer(object, "kubernetes.io/pv-protection")) return;
  const JsonRef claim =
      get({"persistentvolumeclaims", text_at(object, {"spec", "claimRef", "namespace"}),
           text_at(object, {"spec", "claimRef", "name"})});
  const bool bound =
      claim && text_at(*claim, {"metadata", "uid"}) == text_at(object, {"spec", "claimRef", "uid"});
  if (!bound) drop_finalizer(id, "kubernetes.io/pv-protection");
}

namespace {

/// A dependent is no longer one of that owner. False: that could not be written now.
bool forget_owner(Writes& writes, const ServedKind& kind, const std::string& ns,
                  const std::string& name, const std::string& uid) {
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
  return static_cast<bool>(writes.modify(kind, ns, name, change, request));
}

}  // namespace

void Upkeep::finish_foreground(const ObjectId& id, const Json& owner) {
  const std::string uid = text_at(owner, {"metadata", "uid"});
  bool blocked = false;
  // Owners that stay: what they own stays, too.
  const auto is_solid = [&](const Json& reference, const std::string& ns) {
    const auto known = by_uid_.find(text_at(reference, {"uid"}));
    if (known == by_uid_.end() || !owner_lives(reference, ns)) return false;
    const JsonRef other = get(known->second);
    return other && !(deleting(*other) && has_finalizer(*other, "foregroundDeletion"));
  };
  if (const auto hit = dependents_.find(uid); hit != dependents_.end()) {
    const std::set<ObjectId> all = hit->second;
    for (const ObjectId& one : all) {
      const JsonRef dependent = get(one);
      if (!dependent) continue;
      const Json& owners = *owners_of(*dependent);
      const bool stays = std::any_of(owners.begin(), owners.end(), [&](const Json& reference) {
        return text_at(reference, {"uid"}) != uid && is_solid(reference, one.ns);
      });
      const ServedKind* own_kind = kinds_->by_resource(one.group_resource);
      if (stays && own_kind != nullptr && forget_owner(*writes_, *own_kind, one.ns, one.name, uid))
        continue;
      for (const Json& reference : owners) {
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
      if (!forget_owner(*writes_, *kind, one.ns, one.name, uid)) {
        retry_.insert(id);
        return;
      }
    }
  }
  drop_finalizer(id, "orphan");
}

void Upkeep::finish_namespace(const std::string& ns) {
  std::map<std::string, std::size_t> remaining;   // "pods." -> how many
  std::map<std::string, std::size_t> finalizers;  // name -> how many objects bear it
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
      const JsonRef left = kind->bucket->get(ns, name);
      if (!left) continue;
      ++remaining[kind->type().plural + "." + kind->type().group];
      const Json* list = find(*left, {"metadata", "finalizers"});
      if (list == nullptr || !list->is_array()) continue;
      for (const Json& one : *list) ++finalizers[one.is_string() ? one.get<std::string>() : ""];
    }
  }
  const ServedKind* spaces = kinds_->by_resource("namespaces");
  WriteRequest request;
  request.user = std::string(kNamespaces);
  if (!remaining.empty()) {
    request.subresource = "status";
    const std::string now = format_rfc3339(clock_->wall_now());
    const auto blocked = [&](const Json& current) -> kube::Answer<Json> {
      Json next = current;
      next["status"]["conditions"] =
          namespace_conditions(remaining, finalizers, current["status"], now);
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
  const std::string token = authenticator_->issue(
      {.ns = id.ns, .account = account, .account_uid = uid, .secret = id.name});
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
