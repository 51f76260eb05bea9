#include "fakeapi/escalation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "fakeapi/text_lists.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kGroup = "rbac.authorization.k8s.io";

/// One right: a rule with one value in each place.
struct Right {
  std::string verb;
  std::string group;
  std::string resource;
  std::string name;  ///< "": every object.
  std::string path;  ///< Set: not a resource.
};

bool has(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<Right> rights_in(const Json& rules) {
  std::vector<Right> rights;
  if (!rules.is_array()) return rights;
  for (const Json& rule : rules) {
    auto names = texts_at(rule, {"resourceNames"});
    if (names.empty()) names = {""};
    for (const auto& verb : texts_at(rule, {"verbs"})) {
      for (const auto& path : texts_at(rule, {"nonResourceURLs"}))
        rights.push_back({verb, "", "", "", path});
      for (const auto& group : texts_at(rule, {"apiGroups"})) {
        for (const auto& resource : texts_at(rule, {"resources"})) {
          for (const auto& name : names) rights.push_back({verb, group, resource, name, ""});
        }
      }
    }
  }
  return rights;
}

bool covers_path(const std::vector<std::string>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (pattern == path) return true;
    return pattern.ends_with("*") && path.starts_with(pattern.substr(0, pattern.size() - 1));
  });
}

bool covers_resource(const std::vector<std::string>& held, const std::string& resource) {
  if (has(held, "*") || has(held, resource)) return true;
  const auto slash = resource.find('/');
  return slash != std::string::npos && has(held, "*" + resource.substr(slash));
}

bool covers(const Json& rule, const Right& right) {
  const auto verbs = texts_at(rule, {"verbs"});
  if (!has(verbs, "*") && !has(verbs, right.verb)) return false;
  if (!right.path.empty()) return covers_path(texts_at(rule, {"nonResourceURLs"}), right.path);
  const auto groups = texts_at(rule, {"apiGroups"});
  if (!has(groups, "*") && !has(groups, right.group)) return false;
  if (!covers_resource(texts_at(rule, {"resources"}), right.resource)) return false;
  const auto names = texts_at(rule, {"resourceNames"});
  return names.empty() || (!right.name.empty() && has(names, right.name));
}

std::string listed(const std::vector<std::string>& texts) {
  std::string text;
  for (const auto& one : texts) text += (text.empty() ? "" : " ") + Json(one).dump();
  return "[" + text + "]";
}

/// Missing rights as Kubernetes prints them: those on one resource together.
std::string words_for(const std::vector<Right>& missing) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> whole;
  std::set<std::string> lines;
  for (const auto& right : missing) {
    if (!right.path.empty()) {
      lines.insert(fmt::format("{{NonResourceURLs:[{}], Verbs:[{}]}}", Json(right.path).dump(),
                               Json(right.verb).dump()));
    } else if (right.name.empty()) {
      auto& verbs = whole[{right.group, right.resource}];
      if (!has(verbs, right.verb)) verbs.push_back(right.verb);
    } else {
      lines.insert(fmt::format("{{APIGroups:[{}], Resources:[{}], ResourceNames:[{}], Verbs:[{}]}}",
                               Json(right.group).dump(), Json(right.resource).dump(),
                               Json(right.name).dump(), Json(right.verb).dump()));
    }
  }
  for (const auto& [place, verbs] : whole) {
    lines.insert(fmt::format("{{APIGroups:[{}], Resources:[{}], Verbs:{}}}",
                             Json(place.first).dump(), Json(place.second).dump(), listed(verbs)));
  }
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

class Check {
 public:
  Check(Authorizer& authorizer, const UserInfo& user, const ServedKind& kind)
      : authorizer_(authorizer), user_(user), kind_(kind) {}

  std::optional<kube::Status> role(const Json* before, const Json& next) {
    const auto same = [&](const char* field) {
      return before != nullptr && before->value(field, Json()) == next.value(field, Json());
    };
    if (same("rules") && same("aggregationRule")) return std::nullopt;
    if (may("escalate", kind_.type().plural, ns_of(next), name_of(next))) return std::nullopt;
    Json rules = next.value("rules", Json::array());
    if (next.contains("aggregationRule") && !next["aggregationRule"].is_null()) {
      // What it will hold is anybody's guess: only who may do everything may write it.
      rules = Json::array({{{"verbs", {"*"}}, {"apiGroups", {"*"}}, {"resources", {"*"}}},
                           {{"verbs", {"*"}}, {"nonResourceURLs", {"*"}}}});
    }
    return held(rules, next);
  }

  std::optional<kube::Status> binding(const Json* before, const Json& next) {
    const auto same = [&](const char* field) {
      return before != nullptr && before->value(field, Json()) == next.value(field, Json());
    };
    if (same("roleRef") && same("subjects")) return std::nullopt;
    const Json* ref = find(next, {"roleRef"});
    if (ref == nullptr) return std::nullopt;
    const bool local = text_at(*ref, {"kind"}) == "Role";
    const std::string plural = local ? "roles" : "clusterroles";
    const std::string name = text_at(*ref, {"name"});
    if (may("bind", plural, ns_of(next), name)) return std::nullopt;
    const JsonRef role = authorizer_.role_of(*ref, ns_of(next));
    if (!role) {
      kube::ResourceType type{kGroup, "v1", plural, "", local};
      return kube::not_found(type, name);
    }
    return held(role->value("rules", Json::array()), next);
  }

 private:
  static std::string ns_of(const Json& object) {
    return text_at(object, {"metadata", "namespace"});
  }
  static std::string name_of(const Json& object) { return text_at(object, {"metadata", "name"}); }

  bool may(const char* verb, const std::string& plural, const std::string& ns,
           const std::string& name) {
    AccessRequest access;
    access.verb = verb;
    access.group = kGroup;
    access.resource = plural;
    access.ns = ns;
    access.name = name;
    return authorizer_.allowed(user_, access);
  }

  std::optional<kube::Status> held(const Json& rules, const Json& object) {
    const auto own = authorizer_.rules_for(user_, ns_of(object));
    std::vector<Right> missing;
    for (auto& right : rights_in(rules)) {
      const bool covered = std::any_of(own.begin(), own.end(),
                                       [&](const Json* rule) { return covers(*rule, right); });
      if (!covered) missing.push_back(std::move(right));
    }
    if (missing.empty()) return std::nullopt;
    return kube::forbidden(
        kind_.type(), name_of(object),
        fmt::format("user {} (groups={}) is attempting to grant RBAC permissions not currently "
                    "held:\n{}",
                    Json(user_.name).dump(), listed(user_.groups), words_for(missing)));
  }

  Authorizer& authorizer_;
  const UserInfo& user_;
  const ServedKind& kind_;
};

}  // namespace

std::optional<kube::Status> escalation(Authorizer& authorizer, const UserInfo& user,
                                       const ServedKind& kind, const Json* before,
                                       const Json& next) {
  if (kind.type().group != kGroup || user.in_group("system:masters")) return std::nullopt;
  Check check(authorizer, user, kind);
  return kind.type().kind.ends_with("Binding") ? check.binding(before, next)
                                               : check.role(before, next);
}

}  // namespace spokelab::fakeapi
