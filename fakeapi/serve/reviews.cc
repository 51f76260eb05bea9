// Reviews: kinds that are asked, never stored.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "fakeapi/apply/server_side.h"
#include "fakeapi/serve/bodies.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/text_lists.h"

namespace spokelab::fakeapi {

namespace {

using kube::Status;

AccessRequest access_in(const Json& spec) {
  AccessRequest access;
  if (const Json* path = find(spec, {"nonResourceAttributes"})) {
    access.path = text_at(*path, {"path"});
    access.verb = text_at(*path, {"verb"});
    return access;
  }
  access.verb = text_at(spec, {"resourceAttributes", "verb"});
  access.group = text_at(spec, {"resourceAttributes", "group"});
  access.resource = text_at(spec, {"resourceAttributes", "resource"});
  const std::string sub = text_at(spec, {"resourceAttributes", "subresource"});
  if (!sub.empty()) access.resource += "/" + sub;
  access.ns = text_at(spec, {"resourceAttributes", "namespace"});
  access.name = text_at(spec, {"resourceAttributes", "name"});
  return access;
}

Json user_json(const UserInfo& user) {
  Json json{{"username", user.name}};
  if (!user.groups.empty()) json["groups"] = user.groups;
  if (!user.uid.empty()) json["uid"] = user.uid;
  if (!user.extra.empty()) json["extra"] = user.extra;
  return json;
}

/// Whose token it is, if any of the audiences asked for (none: the API server's) is its own.
Json token_status(ServeContext& context, const Json& spec) {
  auto wanted = texts_at(spec, {"audiences"});
  if (wanted.empty()) wanted = {kIssuer};
  const auto holder = context.authenticator.holder_of(text_at(spec, {"token"}));
  if (!holder) return Json{{"user", Json::object()}, {"error", "invalid bearer token"}};
  auto meant = holder->audiences;
  if (meant.empty()) meant = {kIssuer};
  std::erase_if(wanted, [&](const std::string& one) {
    return std::find(meant.begin(), meant.end(), one) == meant.end();
  });
  if (wanted.empty()) {
    return Json{{"user", Json::object()},
                {"error", "[invalid bearer token, token audiences " + Json(meant).dump() +
                              " is invalid for the target audiences]"}};
  }
  return Json{{"authenticated", true}, {"user", user_json(holder->user)}, {"audiences", wanted}};
}

/// The user that a SubjectAccessReview asks about.
UserInfo subject_in(const Json& spec) {
  UserInfo user{text_at(spec, {"user"}), text_at(spec, {"uid"}), texts_at(spec, {"groups"}), {}};
  return user;
}

/// What a review must say to be answered. nullopt: fine.
std::optional<Status> review_problem(const ServedKind& kind, const Json& review, const Json& spec,
                                     const std::string& ns) {
  const std::string& name = kind.type().kind;
  std::vector<kube::StatusCause> causes;
  if (name == "TokenReview") {
    if (text_at(spec, {"token"}).empty())
      return kube::bad_request("token is required for TokenReview in authentication");
  } else if (name.ends_with("AccessReview")) {
    const bool resource = find(spec, {"resourceAttributes"}) != nullptr;
    const bool path = find(spec, {"nonResourceAttributes"}) != nullptr;
    if (resource && path) {
      const Json& asked = spec["nonResourceAttributes"];
      causes.push_back(
          {"FieldValueInvalid",
           fmt::format("Invalid value: authorization.NonResourceAttributes{{Path:{}, Verb:{}}}: "
                       "cannot be specified in combination with resourceAttributes",
                       Json(text_at(asked, {"path"})).dump(),
                       Json(text_at(asked, {"verb"})).dump()),
           "spec.nonResourceAttributes"});
    } else if (!resource && !path) {
      causes.push_back(kube::invalid_value(
          "spec.resourceAttributes", "null",
          "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
    }
    if (name != "SelfSubjectAccessReview" && text_at(spec, {"user"}).empty() &&
        texts_at(spec, {"groups"}).empty()) {
      causes.push_back(
          kube::invalid_value("spec.user", "", "at least one of user or group must be specified"));
    }
    if (name == "LocalSubjectAccessReview" && resource &&
        text_at(spec, {"resourceAttributes", "namespace"}) != ns) {
      causes.push_back(kube::invalid_value("spec.resourceAttributes.namespace",
                                           text_at(spec, {"resourceAttributes", "namespace"}),
                                           "must match metadata.namespace"));
    }
  } else if (name == "SelfSubjectRulesReview" && text_at(spec, {"namespace"}).empty()) {
    return kube::bad_request("no namespace on request");
  }
  if (causes.empty()) return std::nullopt;
  kube::ResourceType unnamed = kind.type();  // told without the kind
  unnamed.kind.clear();
  return kube::invalid(unnamed, text_at(review, {"metadata", "name"}), std::move(causes));
}

Json rules_status(ServeContext& context, const UserInfo& user, const std::string& ns) {
  Json resources = Json::array();
  Json paths = Json::array();
  for (const Json* rule : context.authorizer.rules_for(user, ns)) {
    (rule->contains("nonResourceURLs") ? paths : resources).push_back(*rule);
  }
  return Json{{"resourceRules", std::move(resources)},
              {"nonResourceRules", std::move(paths)},
              {"incomplete", false}};
}

}  // namespace

bool is_review(const ServedKind& kind) {
  const auto& group = kind.type().group;
  return group == "authentication.k8s.io" || group == "authorization.k8s.io";
}

HttpResponse serve_review(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  auto body = read_body_as(exchange.http, kind.type().kind);
  if (!body) return answer_status(body.error());
  if (!*body || !(*body)->is_object())
    return answer_status(kube::bad_request("the body must be an object"));
  Json review = **body;
  const Json spec = find(review, {"spec"}) != nullptr ? review["spec"] : Json::object();
  const std::string& name = kind.type().kind;
  review["kind"] = name;
  review["apiVersion"] = kind.type().api_version();
  if (!review.contains("metadata")) review["metadata"] = {{"creationTimestamp", nullptr}};
  if (const auto problem = review_problem(kind, review, spec, exchange.info.ns))
    return answer_status(*problem);
  if (context.settings.track_fields && name != "SelfSubjectReview" &&
      name != "SelfSubjectRulesReview") {
    const std::string& asked = exchange.info.query.get("fieldManager");
    const FieldWrite write{asked.empty() ? exchange.info.user_agent : asked, "",
                           context.admission.now_text()};
    track_write(kind, empty_object(kind), review, write, true);
  }
  if (name == "TokenReview") {
    review["status"] = token_status(context, spec);
  } else if (name == "SelfSubjectReview") {
    review["metadata"]["creationTimestamp"] = context.admission.now_text();
    review["status"] = {{"userInfo", user_json(exchange.user)}};
  } else if (name == "SelfSubjectRulesReview") {
    review["spec"] = Json::object();  // not told again
    review["status"] = rules_status(context, exchange.user, text_at(spec, {"namespace"}));
  } else {
    const UserInfo user = name == "SelfSubjectAccessReview" ? exchange.user : subject_in(spec);
    const auto decision = context.authorizer.decide(user, access_in(spec));
    review["status"] = {{"allowed", decision.allowed}};
    if (!decision.reason.empty()) review["status"]["reason"] = decision.reason;
  }
  return answer_json(201, freeze(std::move(review)));
}

}  // namespace spokelab::fakeapi
