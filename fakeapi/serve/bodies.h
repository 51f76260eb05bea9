// Bodies: whether what a client sent fits the place it was sent to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/serve/context.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// What Go's encoding/json would say about a text that is no JSON.
std::string go_json_error(std::string_view text);
/// "object", "array", ... as encoding/json names what it found.
const char* go_kind(const Json& value);
/// The body of a write as an object; `written`: what is known of its text. Errors: 400, 413, 415.
kube::Answer<Json> read_object(const ServedKind& kind, const Exchange& exchange,
                               WrittenBody& written);
/// The body of a request that takes an object of that kind beside the resource itself (Scale,
/// Eviction, reviews); nullptr for none. Errors: 400, 413, 415.
kube::Answer<JsonRef> read_body_as(const HttpRequest& request, std::string_view kind);
/// apiVersion and kind must be those of the URL; absent ones are taken from there. Makes sure that
/// metadata is an object.
std::optional<kube::Status> fit_type(const ServedKind& kind, Json& object);
/// Name and namespace must be those of the URL, too.
std::optional<kube::Status> fit_identity(const ServedKind& kind, const RequestInfo& info,
                                         Json& object);
/// The answer to a write, with its warnings.
HttpResponse written(ServeContext& context, const Exchange& exchange, const ServedKind& kind,
                     int code, kube::Answer<JsonRef> result, const WriteRequest& request);
/// Texts as values of Warning headers.
void add_warnings(HttpResponse& response, const std::vector<std::string>& texts);

}  // namespace spokelab::fakeapi
