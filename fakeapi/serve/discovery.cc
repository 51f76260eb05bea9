// Paths that are no resources: discovery, OpenAPI, version, health, and the keys of tokens.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "fakeapi/serve/accept.h"
#include "fakeapi/serve/context.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kOpenApiV2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

bool starts(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

HttpResponse page_not_found() { return answer_text(404, "404 page not found\n"); }

/// A document, or 304 to a client that has it. A 304 says nothing of its type: clients would lay
/// that over what they know.
HttpResponse publish(const Exchange& exchange, const DocumentRef& document,
                     const std::string& type) {
  if (!document) return page_not_found();
  const std::string etag = "\"" + document->hash + "\"";
  HttpResponse response;
  const auto* known = exchange.http.headers.find("If-None-Match");
  if (known != nullptr && known->find(etag) != std::string::npos) {
    response.status = 304;
  } else {
    response.headers.set("Content-Type", type);
    response.body = document->body;
  }
  response.headers.set("Cache-Control", "public");
  response.headers.set("ETag", etag);
  response.headers.set("Vary", "Accept");
  return response;
}

/// The plain documents of discovery have no ETag.
HttpResponse plain(const DocumentRef& document) {
  if (!document) return page_not_found();
  HttpResponse response;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-cache, private");
  response.body = document->body;
  return response;
}

HttpResponse serve_roots(ServeContext& context, const Exchange& exchange, bool core) {
  for (const auto& clause : accepted(exchange.http)) {
    if (clause.as == "APIGroupDiscoveryList" && clause.group == "apidiscovery.k8s.io" &&
        (clause.version == "v2" || clause.version == "v2beta1")) {
      return publish(exchange, context.documents.aggregated(core, clause.version),
                     "application/json;g=apidiscovery.k8s.io;v=" + clause.version +
                         ";as=APIGroupDiscoveryList");
    }
    if (clause.as.empty() && clause.takes("application/json")) break;
  }
  if (!core) return plain(context.documents.group_list());
  return answer_json(200, freeze(Json{{"kind", "APIVersions"},
                                      {"versions", {"v1"}},
                                      {"serverAddressByClientCIDRs", Json::array()}}));
}

HttpResponse not_acceptable(std::string_view types) {
  kube::Status status;
  status.code = 406;
  status.reason = "NotAcceptable";
  status.message = fmt::format("only the following media types are accepted: {}", types);
  return answer_status(status);
}

HttpResponse serve_openapi_v2(ServeContext& context, const Exchange& exchange) {
  for (const auto& clause : accepted(exchange.http)) {
    if (clause.takes("application/json"))
      return publish(exchange, context.documents.openapi_v2(), "application/json");
    if (starts(clause.type, "application/com.github.proto-openapi.spec.v2"))
      return publish(exchange, context.documents.openapi_v2_protobuf(), kOpenApiV2);
  }
  return not_acceptable(
      "application/json, application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
}

HttpResponse serve_openapi_v3(ServeContext& context, const Exchange& exchange,
                              const std::string& path) {
  const auto clauses = accepted(exchange.http);
  const bool fine = std::any_of(clauses.begin(), clauses.end(), [](const auto& clause) {
    return clause.takes("application/json");
  });
  if (!fine) return not_acceptable("application/json");
  if (path.empty())
    return publish(exchange, context.documents.openapi_v3_index(), "application/json");
  const auto document = context.documents.openapi_v3(path);
  if (!document) return page_not_found();
  const std::string& hash = exchange.info.query.get("hash");
  if (!hash.empty() && hash != document->hash) {
    HttpResponse moved = answer_text(301, "");
    moved.headers.set("Location", fmt::format("/openapi/v3/{}?hash={}", path, document->hash));
    return moved;
  }
  HttpResponse response = publish(exchange, document, "application/json");
  if (!hash.empty()) response.headers.set("Cache-Control", "public, immutable, max-age=31536000");
  return response;
}

/// "ok", or with ?verbose one line a check. Whether a check can be asked for by name depends on
/// there being one.
HttpResponse serve_health(const Exchange& exchange, const std::string& root,
                          const std::string& path) {
  static constexpr std::array kChecks = {"ping",
                                         "log",
                                         "etcd",
                                         "informer-sync",
                                         "poststarthook/start-apiextensions-controllers",
                                         "poststarthook/rbac/bootstrap-roles"};
  const auto& query = exchange.info.query;
  if (path.size() > root.size()) {
    const auto name = path.substr(root.size() + 1);
    return std::find(kChecks.begin(), kChecks.end(), name) != kChecks.end() ? answer_text(200, "ok")
                                                                            : page_not_found();
  }
  if (!query.has("verbose")) return answer_text(200, "ok");
  const auto left_out = query.all("exclude");
  std::string text;
  for (const char* name : kChecks) {
    const bool skipped = std::find(left_out.begin(), left_out.end(), name) != left_out.end();
    text += fmt::format("[+]{} {}\n", name, skipped ? "excluded: ok" : "ok");
  }
  return answer_text(200, text + root.substr(1) + " check passed\n");
}

HttpResponse serve_keys(ServeContext& context, bool key_set) {
  const auto& signer = context.settings.sign;
  if (!signer.key_set) return page_not_found();
  if (key_set) {
    HttpResponse response = answer_json(200, signer.key_set);
    response.headers.set("Content-Type", "application/jwk-set+json");
    return response;
  }
  return answer_json(200,
                     freeze(Json{{"issuer", kIssuer},
                                 {"jwks_uri", std::string(kIssuer) + "/openid/v1/jwks"},
                                 {"response_types_supported", {"id_token"}},
                                 {"subject_types_supported", {"public"}},
                                 {"id_token_signing_alg_values_supported", {signer.algorithm}}}));
}

HttpResponse serve_root(ServeContext& context) {
  std::vector<std::string> paths = {"/.well-known/openid-configuration",
                                    "/api",
                                    "/api/v1",
                                    "/apis",
                                    "/apis/",
                                    "/healthz",
                                    "/livez",
                                    "/openapi/v2",
                                    "/openapi/v3",
                                    "/openid/v1/jwks",
                                    "/readyz",
                                    "/version"};
  for (const auto& kind : context.kinds.all()) {
    const auto& type = kind->type();
    if (type.group.empty()) continue;
    for (const auto& path : {"/apis/" + type.group, "/apis/" + type.api_version()}) {
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    }
  }
  std::sort(paths.begin(), paths.end());
  return answer_json(200, freeze(Json{{"paths", std::move(paths)}}));
}

HttpResponse serve_groups(ServeContext& context, const std::string& path) {
  const bool core = starts(path, "/api/");
  const std::string rest = path.substr(core ? 5 : 6);
  if (core) return plain(context.documents.resource_list("", rest));
  const auto slash = rest.find('/');
  if (slash == std::string::npos) return plain(context.documents.group(rest));
  return plain(context.documents.resource_list(rest.substr(0, slash), rest.substr(slash + 1)));
}

}  // namespace

HttpResponse serve_path(ServeContext& context, const Exchange& exchange) {
  std::string path = exchange.info.path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (exchange.http.method != "GET" && exchange.http.method != "HEAD")
    return answer_text(405, "Method Not Allowed");
  if (path == "/version") return answer_json(200, context.documents.version()->body.json());
  for (const std::string health : {"/healthz", "/livez", "/readyz"}) {
    if (path == health || starts(path, health + "/")) return serve_health(exchange, health, path);
  }
  if (path == "/api" || path == "/apis") return serve_roots(context, exchange, path == "/api");
  if (path == "/openapi/v2") return serve_openapi_v2(context, exchange);
  if (path == "/openapi/v3") return serve_openapi_v3(context, exchange, "");
  if (starts(path, "/openapi/v3/")) return serve_openapi_v3(context, exchange, path.substr(12));
  if (path == "/.well-known/openid-configuration") return serve_keys(context, false);
  if (path == "/openid/v1/jwks") return serve_keys(context, true);
  if (path == "/") return serve_root(context);
  if (starts(path, "/api/") || starts(path, "/apis/")) {
    HttpResponse response = serve_groups(context, path);
    const std::string group = starts(path, "/api/") ? "" : path.substr(6, path.find('/', 6) - 6);
    // A version that a known group does not have is a resource that is not there.
    const bool below = std::count(path.begin(), path.end(), '/') > (group.empty() ? 1 : 2);
    if (response.status == 404 && below && context.kinds.has_group(group))
      return answer_status(kube::no_such_path());
    return response;
  }
  return page_not_found();
}

}  // namespace spokelab::fakeapi
