// Bodies in and out.
#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml.h"
#include "fakeapi/serve/context.h"

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

kube::Answer<JsonRef> read_body(const HttpRequest& request) {
  if (JsonRef json = request.body.json()) return json;
  if (request.body.empty()) return JsonRef();
  const std::string text = request.body.bytes();
  if (text.size() > kBodyBytesMax) return kube::too_large();
  std::string type;
  if (const auto* header = request.headers.find("Content-Type"))
    type = header->substr(0, header->find(';'));
  const bool yaml = type == "application/yaml" || type == "application/apply-patch+yaml";
  const bool json = type.empty() || type.find("json") != std::string::npos;
  if (!yaml && !json) return kube::unsupported_media_type(kAccepted);
  auto parsed = yaml ? parse_yaml(text) : parse_json(text);
  if (!parsed)
    return kube::bad_request(fmt::format("error decoding the body: {}", parsed.error().message()));
  return freeze(std::move(*parsed));
}

}  // namespace spokelab::fakeapi
