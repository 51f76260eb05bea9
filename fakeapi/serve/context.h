// What the request handlers of one server share.
#pragma once

#include <string>
#include <vector>

#include "base/http.h"
#include "fakeapi/api_server.h"
#include "fakeapi/auth.h"
#include "fakeapi/publish/documents.h"
#include "fakeapi/rbac.h"
#include "fakeapi/serve/log_streams.h"
#include "fakeapi/serve/request.h"
#include "fakeapi/served_kinds.h"
#include "fakeapi/writes.h"

namespace spokelab::fakeapi {

/// One request on its way through the server.
struct Exchange {
  const HttpRequest& http;
  const RequestInfo& info;
  const UserInfo& user;
};

struct ServeContext {
  const ApiServerSettings& settings;
  Clock& clock;
  Store& store;
  ServedKinds& kinds;
  Admission& admission;
  Writes& writes;
  Watches& watches;
  Authenticator& authenticator;
  Authorizer& authorizer;
  Documents& documents;
  LogStreams& logs;
};

HttpResponse answer_json(int code, JsonRef body);
HttpResponse answer_text(int code, std::string text);
HttpResponse answer_status(const kube::Status& status);

inline constexpr std::size_t kBodyBytesMax = 3'145'728;

/// The forms in which an answer can go over the wire.
enum class Wire : std::uint8_t { json, yaml, protobuf };
/// The first form of the client's list that there is.
Wire wanted_wire(const HttpRequest& request);

/// The answer in the form that the client wants. 406 for streams that are wanted in YAML, and for
/// kinds that have no protobuf when the client takes nothing else.
HttpResponse in_accepted_form(const HttpRequest& request, HttpResponse response);

/// The body as a JSON document: as it stands, or read from JSON, YAML or protobuf. Errors: 400,
/// 413, 415.
kube::Answer<JsonRef> read_body(const HttpRequest& request);
/// What that body says besides, where it is text.
WrittenBody written_body(const HttpRequest& request);
/// Content-Type without parameters; "" for none.
std::string content_type(const HttpRequest& request);

/// Everything under /api and /apis that names a resource.
HttpResponse serve_resource(ServeContext& context, const Exchange& exchange);
/// Discovery, version, health and OpenAPI.
HttpResponse serve_path(ServeContext& context, const Exchange& exchange);
/// The verbs on objects of one kind, once the kind is found.
HttpResponse serve_list(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
HttpResponse serve_watch(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
HttpResponse serve_create(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
HttpResponse serve_update(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
HttpResponse serve_patch(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
HttpResponse serve_delete(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
HttpResponse serve_delete_all(ServeContext& context, const Exchange& exchange,
                              const ServedKind& kind);
/// Subresources that show or do something else than the object does: scale, token, eviction,
/// binding.
HttpResponse serve_subresource(ServeContext& context, const Exchange& exchange,
                               const ServedKind& kind);
/// GET of a pod's log. Errors: 400, 404, 422.
HttpResponse serve_log(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
/// exec, attach, portforward and proxy: asked correctly or not, nothing runs that could be reached.
HttpResponse serve_connect(const Exchange& exchange, const ServedKind& kind);
/// TokenRequest of a service account.
HttpResponse serve_token(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
/// POST of a kind that is only asked, never stored: access reviews and token reviews.
HttpResponse serve_review(ServeContext& context, const Exchange& exchange, const ServedKind& kind);
bool is_review(const ServedKind& kind);
/// Applies the body of a PATCH request, by its Content-Type. Errors: 400, 409, 415, 422.
kube::Answer<Json> apply_patch_body(const ServedKind& kind, const HttpRequest& request,
                                    const Json& patch, const Json& current);

}  // namespace spokelab::fakeapi
