// RBAC matching, as in k8s.io/kubernetes/pkg/registry/rbac/validation and
// plugin/pkg/auth/authorizer/rbac.
#include "fakeapi/rbac.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "kube/selector.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::size_t kCachedUsersMax = 10'000;
constexpr const char* kMasters = "system:masters";

bool lists(const Json& rule, std::string_view field, std::string_view value, bool any_star = true) {
  const Json* list = find(rule, {field});
  if (list == nullptr || !list->is_array()) return false;
  return std::any_of(list->begin(), list->end(), [&](const Json& one) {
    if (!one.is_string()) return false;
    const auto& text = one.get_ref<const std::string&>();
    return text == value || (any_star && text == "*");
  });
}

bool matches_path(const Json& rule, std::string_view path) {
  const Json* list = find(rule, {"nonResourceURLs"});
  if (list == nullptr || !list->is_array()) return false;
  return std::any_of(list->begin(), list->end(), [&](const Json& one) {
    if (!one.is_string()) return false;
    std::string_view pattern = one.get_ref<const std::string&>();
    if (pattern == path) return true;
    if (pattern.empty() || pattern.back() != '*') return false;
    pattern.remove_suffix(1);
    return path.substr(0, pattern.size()) == pattern;
  });
}

bool matches_resource(const Json& rule, std::string_view resource) {
  if (lists(rule, "resources", resource)) return true;
  const auto slash = resource.find('/');
  return slash != std::string_view::npos &&
         lists(rule, "resources", "*" + std::string(resource.substr(slash)), false);
}

bool allows(const Json& rule, const AccessRequest& access) {
  if (!lists(rule, "verbs", access.verb)) return false;
  if (!access.path.empty()) return matches_path(rule, access.path);
  if (!lists(rule, "apiGroups", access.group)) return false;
  if (!matches_resource(rule, access.resource)) return false;
  const Json* names = find(rule, {"resourceNames"});
  if (names == nullptr || !names->is_array() || names->empty()) return true;
  return !access.name.empty() && lists(rule, "resourceNames", access.name, false);
}

bool is_subject(const Json& subject, const UserInfo& user, const std::string& binding_ns) {
  const std::string kind = text_at(subject, {"kind"});
  const std::string name = text_at(subject, {"name"});
  if (kind == "User") return name == user.name || name == "*";
  if (kind == "Group") return user.in_group(name);
  if (kind != "ServiceAccount") return false;
  const std::string ns = text_at(subject, {"namespace"}, binding_ns);
  return !ns.empty() && user.name == "system:serviceaccount:" + ns + ":" + name;
}

bool binds(const Json& binding, const UserInfo& user, const std::string& ns) {
  const Json* subjects = find(binding, {"subjects"});
  if (subjects == nullptr || !subjects->is_array()) return false;
  return std::any_of(subjects->begin(), subjects->end(),
                     [&](const Json& one) { return is_subject(one, user, ns); });
}

}  // namespace

Authorizer::Authorizer(Store& store)
    : roles_(&store.bucket("roles.rbac.authorization.k8s.io")),
      cluster_roles_(&store.bucket("clusterroles.rbac.authorization.k8s.io")),
      bindings_(&store.bucket("rolebindings.rbac.authorization.k8s.io")),
      cluster_bindings_(&store.bucket("clusterrolebindings.rbac.authorization.k8s.io")) {}

Revision Authorizer::revision() const {
  return std::max({roles_->revision(), cluster_roles_->revision(), bindings_->revision(),
                   cluster_bindings_->revision()});
}

JsonRef Authorizer::role_of(const Json& role_ref, const std::string& ns) const {
  const bool local = text_at(role_ref, {"kind"}) == "Role";
  const std::string name = text_at(role_ref, {"name"});
  if (local) return ns.empty() ? nullptr : roles_->get(ns, name);
  return cluster_roles_->get("", name);
}

const std::vector<Authorizer::Grant>& Authorizer::grants_of(const UserInfo& user) {
  const Revision now = revision();
  if (now != known_ || cache_.size() >= kCachedUsersMax) {
    cache_.clear();
    known_ = now;
  }
  std::string id = user.name;
  for (const auto& group : user.groups) id.append("\n").append(group);
  const auto hit = cache_.find(id);
  if (hit != cache_.end()) return hit->second;
  std::vector<Grant> grants;
  const auto add = [&](const JsonRef& bound, const std::string& ns) {
    const Json& binding = *bound;
    if (!binds(binding, user, ns)) return;
    const Json* ref = find(binding, {"roleRef"});
    const JsonRef role = ref != nullptr ? role_of(*ref, ns) : nullptr;
    const Json* rules = role ? find(*role, {"rules"}) : nullptr;
    if (rules != nullptr && rules->is_array()) grants.push_back({ns, role, rules, bound});
  };
  cluster_bindings_->each("", [&](const std::string&, const JsonRef& binding) {
    add(binding, "");
    return true;
  });
  bindings_->each("", [&](const std::string&, const JsonRef& binding) {
    add(binding, text_at(*binding, {"metadata", "namespace"}));
    return true;
  });
  return cache_.emplace(std::move(id), std::move(grants)).first->second;
}

const Authorizer::Grant* Authorizer::grant_for(const UserInfo& user, const AccessRequest& access) {
  for (const Grant& grant : grants_of(user)) {
    if (!grant.ns.empty() && (grant.ns != access.ns || !access.path.empty())) continue;
    for (const Json& rule : *grant.rules) {
      if (allows(rule, access)) return &grant;
    }
  }
  return nullptr;
}

bool Authorizer::allowed(const UserInfo& user, const AccessRequest& access) {
  return user.in_group(kMasters) || grant_for(user, access) != nullptr;
}

Authorizer::Decision Authorizer::decide(const UserInfo& user, const AccessRequest& access) {
  if (user.in_group(kMasters)) return {true, ""};
  const Grant* grant = grant_for(user, access);
  if (grant == nullptr) return {};
  const Json& binding = *grant->binding;
  const std::string name = text_at(binding, {"metadata", "name"});
  std::string subject;
  for (const Json& one : binding["subjects"]) {
    if (!is_subject(one, user, grant->ns)) continue;
    const std::string kind = text_at(one, {"kind"});
    const std::string ns = text_at(one, {"namespace"}, grant->ns);
    subject = fmt::format(
        "{} \"{}\"", kind,
        kind == "ServiceAccount" ? text_at(one, {"name"}) + "/" + ns : text_at(one, {"name"}));
    break;
  }
  return {true, fmt::format("RBAC: allowed by {} \"{}\" of {} \"{}\" to {}",
                            grant->ns.empty() ? "ClusterRoleBinding" : "RoleBinding",
                            grant->ns.empty() ? name : name + "/" + grant->ns,
                            text_at(binding, {"roleRef", "kind"}),
                            text_at(binding, {"roleRef", "name"}), subject)};
}

std::vector<const Json*> Authorizer::rules_for(const UserInfo& user, std::string_view ns) {
  std::vector<const Json*> rules;
  for (const Grant& grant : grants_of(user)) {
    if (!grant.ns.empty() && grant.ns != ns) continue;
    for (const Json& rule : *grant.rules) rules.push_back(&rule);
  }
  return rules;
}

kube::Status Authorizer::refusal(const UserInfo& user, const AccessRequest& access) {
  kube::Status status;
  status.code = 403;
  status.reason = "Forbidden";
  if (!access.path.empty()) {
    status.message = fmt::format("forbidden: User \"{}\" cannot {} path \"{}\"", user.name,
                                 access.verb, access.path);
    return status;
  }
  const std::string plural = access.resource.substr(0, access.resource.find('/'));
  kube::ResourceType type{access.group, "", access.name.empty() ? access.resource : plural, "",
                          !access.ns.empty()};
  const std::string where = access.ns.empty() ? "at the cluster scope"
                                              : fmt::format("in the namespace \"{}\"", access.ns);
  status =
      kube::forbidden(type, access.name,
                      fmt::format("User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {}",
                                  user.name, access.verb, access.resource, access.group, where));
  status.kind = plural;
  return status;
}

AccessRequest access_of(const RequestInfo& request) {
  AccessRequest access;
  access.verb = request.verb;
  if (!request.is_resource) {
    access.path = request.path;
    return access;
  }
  access.group = request.group;
  access.resource = request.resource_text();
  access.ns = request.ns;
  access.name = request.name;
  if (access.name.empty() && (access.verb == "list" || access.verb == "watch")) {
    const auto fields = kube::FieldSelector::parse(request.query.get("fieldSelector"));
    if (fields) {
      if (const auto* name = fields->wanted("metadata.name")) access.name = *name;
    }
  }
  return access;
}

}  // namespace spokelab::fakeapi
