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

HttpResponse in_accepted_form(const HttpRequest& request, HttpResponse response) {
  const auto* accept = request.headers.find("Accept");
  if (accept == nullptr || accept->find(kube::kProtobufType) == std::string::npos) return response;
  for (const auto& clause : accepted(request)) {
    if (clause.takes("application/json") || clause.takes("application/yaml")) return response;
  }
  const auto refuse = [] {
    kube::Status status;
    status.code = 406;
    status.reason = "NotAcceptable";
    status.message = "only the following media types are accepted: application/json";
    return answer_status(status);
  };
  if (response.stream) {
    response.stream->close();
    return refuse();
  }
  const JsonRef document = response.body.json();
  if (!document) return response;
  auto bytes = kube::encode_protobuf(*document);
  if (!bytes) return refuse();
  response.headers.set("Content-Type", kube::kProtobufType);
  response.body = Body(std::move(*bytes));
  return response;
}

kube::Answer<JsonRef> read_body(const HttpRequest& request) {
  if (JsonRef json = request.body.json()) return json;
  if (request.body.empty()) return JsonRef();
  const std::string text = request.body.bytes();
  if (text.size() > kBodyBytesMax) return kube::too_large();
  std::string type;
  if (const auto* header = request.headers.find("Content-Type"))
    type = header->substr(0, header->find(';'));
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
  auto parsed = yaml ? parse_yaml(text) : parse_json(text);
  if (!parsed)
    return kube::bad_request(fmt::format("error decoding the body: {}", parsed.error().message()));
  return freeze(std::move(*parsed));
}

}  // namespace spokelab::fakeapi
