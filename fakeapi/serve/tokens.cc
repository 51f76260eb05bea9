// The token subresource of service accounts: TokenRequest.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/duration.h"
#include "base/json.h"
#include "fakeapi/serve/bodies.h"
#include "fakeapi/serve/context.h"
#include "fakeapi/text_lists.h"

namespace spokelab::fakeapi {

namespace {

using kube::Status;

/// Audiences, and the object to which a TokenRequest ties its token.
std::optional<Status> read_bond(ServeContext& context, const Json& request, TokenWish& wish) {
  wish.audiences = texts_at(request, {"spec", "audiences"});
  const Json* bond = find(request, {"spec", "boundObjectRef"});
  if (bond == nullptr || !bond->is_object()) return std::nullopt;
  const std::string kind = text_at(*bond, {"kind"});
  const std::string name = text_at(*bond, {"name"});
  if (kind != "Pod" && kind != "Secret" && kind != "Node") {
    return kube::bad_request(fmt::format("cannot bind token to object of type {}, Kind={}",
                                         text_at(*bond, {"apiVersion"}), kind));
  }
  const auto* served = context.kinds.by_resource(kube::lower(kind) + "s");
  const JsonRef object = served->bucket->get(served->type().namespaced ? wish.ns : "", name);
  if (!object) return kube::not_found(served->type(), name);
  const std::string uid = text_at(*object, {"metadata", "uid"});
  const std::string wanted = text_at(*bond, {"uid"});
  if (!wanted.empty() && wanted != uid) {
    return kube::conflict(
        served->type(), name,
        fmt::format("the UID in the bound object reference ({}) does not match the UID in record. "
                    "The object might have been deleted and then recreated",
                    wanted));
  }
  wish.bound_kind = kind;
  wish.bound_name = name;
  wish.bound_uid = uid;
  return std::nullopt;
}

}  // namespace

HttpResponse serve_token(ServeContext& context, const Exchange& exchange, const ServedKind& kind) {
  const RequestInfo& info = exchange.info;
  if (info.verb != "create") return answer_status(kube::method_not_allowed(kind.type(), info.verb));
  const JsonRef account = kind.bucket->get(info.ns, info.name);
  if (!account) return answer_status(kube::not_found(kind.type(), info.name));
  auto body = read_body_as(exchange.http, "TokenRequest");
  if (!body) return answer_status(body.error());
  Json answer = *body && (*body)->is_object() ? **body : Json::object();
  const auto seconds = int_at(answer, {"spec", "expirationSeconds"}, 3600);
  if (seconds < 600 || seconds > 4'294'967'296) {
    kube::ResourceType type{"authentication.k8s.io", "v1", "tokenrequests", "TokenRequest", true};
    return answer_status(kube::invalid(
        type, "",
        {kube::invalid_value("spec.expirationSeconds", seconds,
                             seconds < 600
                                 ? "may not specify a duration less than 10 minutes"
                                 : "may not specify a duration larger than 2^32 seconds")}));
  }
  const Nanos lifetime = std::chrono::seconds(std::min<std::int64_t>(seconds, 3'153'600'000));
  TokenWish wish;
  wish.ns = info.ns;
  wish.account = info.name;
  wish.account_uid = text_at(*account, {"metadata", "uid"});
  wish.lifetime = lifetime;
  if (const auto problem = read_bond(context, answer, wish)) return answer_status(*problem);
  const std::string token = context.authenticator.issue(wish);
  if (token.empty()) return answer_status(kube::unavailable("no more tokens can be issued"));
  answer["kind"] = "TokenRequest";
  answer["apiVersion"] = "authentication.k8s.io/v1";
  set_at(answer, {"metadata", "name"}, info.name);
  set_at(answer, {"metadata", "namespace"}, info.ns);
  set_at(answer, {"metadata", "creationTimestamp"}, context.admission.now_text());
  set_at(answer, {"spec", "expirationSeconds"}, seconds);
  if (wish.audiences.empty()) set_at(answer, {"spec", "audiences"}, Json::array({kIssuer}));
  answer["status"] = {{"token", token},
                      {"expirationTimestamp", format_rfc3339(context.clock.wall_now() + lifetime)}};
  return answer_json(201, freeze(std::move(answer)));
}

}  // namespace spokelab::fakeapi
