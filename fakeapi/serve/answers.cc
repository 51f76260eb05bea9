// Bodies in and out.
#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml.h"
#include "fakeapi/serve/accept.h"
#include "fakeapi/serve/context.h"
#include "kube/protobuf.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kAccepted =
    "application/json, application/yaml, application/vnd.kubernetes.protobuf";

HttpResponse in_yaml(HttpResponse response, const Json& document) {
  response.headers.set("Content-Type", "application/yaml");
  response.body = Body(to_yaml(document));
  return response;
}

/// The first form of the client's list that there is; of objects without a type in the table,
/// protobuf is none.
Wire next_wire(const HttpRequest& request, bool protobuf) {
  for (const auto& clause : accepted(request)) {
    if (clause.takes("application/json")) return Wire::json;
    if (clause.type == "application/yaml") return Wire::yaml;
    if (protobuf && clause.type == kube::kProtobufType) return Wire::protobuf;
  }
  return protobuf ? Wire::json : Wire::protobuf;
}

HttpResponse not_acceptable(std::string_view served, Wire wire) {
  kube::Status status;
  status.code = 406;
  status.reason = "NotAcceptable";
  status.message = fmt::format("only the following media types are accepted: {}", served);
  HttpResponse response = answer_status(status);
  if (wire != Wire::yaml) return response;
  const JsonRef document = response.body.json();
  return in_yaml(std::move(response), *document);
}

}  // namespace

HttpResponse answer_json(int code, JsonRef body) {
  HttpResponse response;
  response.status = code;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-cache, private");
  response.body = Body(std::move(body));
  return response;
}

HttpResponse answer_text(int code, std::string text) {
  HttpResponse response;
  response.status = code;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = Body(std::move(text));
  return response;
}

HttpResponse answer_status(const kube::Status& status) {
  HttpResponse response = answer_json(status.code, freeze(status.to_json()));
  if (status.retry_after_seconds > 0)
    response.headers.set("Retry-After", std::to_string(status.retry_after_seconds));
  return response;
}

Wire wanted_wire(const HttpRequest& request) {
  const auto* accept = request.headers.find("Accept");
  if (accept == nullptr || accept->starts_with("application/json")) return Wire::json;
  return next_wire(request, true);
}

HttpResponse in_accepted_form(const HttpRequest& request, HttpResponse response) {
  const Wire wire = wanted_wire(request);
  if (wire == Wire::json) return response;
  if (response.stream) {
    const auto* type = response.headers.find("Content-Type");
    if (type != nullptr && type->starts_with("text/plain")) return response;  // a log
    if (type != nullptr && type->starts_with(kube::kProtobufType)) return response;
    if (wire == Wire::protobuf && next_wire(request, false) == Wire::json) return response;
    response.stream->close();
    return not_acceptable(
        "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch", wire);
  }
  const JsonRef document = response.body.json();
  if (!document) return response;
  if (wire == Wire::yaml) return in_yaml(std::move(response), *document);
  if (!document->contains("kind")) return response;  // no object of the API: /version, OpenAPI
  auto bytes = kube::encode_protobuf(*document);
  if (!bytes) {
    const Wire other = next_wire(request, false);
    if (other == Wire::yaml) return in_yaml(std::move(response), *document);
    return other == Wire::json ? response : not_acceptable("application/json", Wire::json);
  }
  response.headers.set("Content-Type", kube::kProtobufType);
  response.body = Body(std::move(*bytes));
  return response;
}

std::string content_type(const HttpRequest& request) {
  const auto* header = request.headers.find("Content-Type");
  return header != nullptr ? header->substr(0, header->find(';')) : "";
}

WrittenBody written_body(const HttpRequest& request) {
  if (request.body.empty() || request.body.json()) return {};
  const auto type = content_type(request);
  if (type == kube::kProtobufType) return {};
  if (type == "application/yaml") return repeated_in_yaml(request.body.bytes());
  WrittenBody body;
  body.object = request.body.bytes();
  return body;
}

kube::Answer<JsonRef> read_body(const HttpRequest& request) {
  if (JsonRef json = request.body.json()) return json;
  if (request.body.empty()) return JsonRef();
  const std::string text = request.body.bytes();
  if (text.size() > kBodyBytesMax) return kube::too_large();
  const std::string type = content_type(request);
  if (type == kube::kProtobufType) {
    auto decoded = kube::decode_protobuf(text);
    if (decoded) return freeze(std::move(*decoded));
    if (decoded.error().code() == Errc::unsupported)
      return kube::unsupported_media_type("application/json, application/yaml");
    return kube::bad_request(fmt::format("error decoding the body: {}", decoded.error().message()));
  }
  const bool yaml = type == "application/yaml" || type == "application/apply-patch+yaml";
  const bool json = type.empty() || type.find("json") != std::string::npos;
  if (!yaml && !json) return kube::unsupported_media_type(kAccepted);
  auto parsed = yaml ? parse_yaml(text, YamlDuplicates::last_wins) : parse_json(text);
  if (!parsed && yaml) return kube::bad_request("yaml: " + parsed.error().message());
  if (!parsed)
    return kube::bad_request(fmt::format("error decoding the body: {}", parsed.error().message()));
  return freeze(std::move(*parsed));
}

}  // namespace spokelab::fakeapi
