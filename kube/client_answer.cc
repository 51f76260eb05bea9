#include "kube/client_answer.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "kube/client.h"
#include "kube/status.h"

namespace spokelab::kube {

namespace {

/// What client-go says for an error answer that is no Status (errors.NewGenericServerResponse).
std::string generic_text(int code, std::string_view verb, const std::string& body) {
  switch (code) {
    case 400:
      return "the server rejected our request for an unknown reason";
    case 401:
      return "the server has asked for the client to provide credentials";
    case 403:
      return body.empty() ? "the server does not allow access to the requested resource" : body;
    case 404:
      return "the server could not find the requested resource";
    case 405:
      return "the server does not allow this method on the requested resource";
    case 406:
      return "the server was unable to respond with a content type that the client supports";
    case 409:
      return verb == "create" ? "the server reported that the object already exists"
                              : "the server reported a conflict";
    case 410:
      return "the requested resource is no longer available";
    case 413:
      return "Request entity too large: " + body;
    case 415:
      return "the body of the request was in an unknown format";
    case 422:
      return "the server rejected our request due to an error in our request";
    case 429:
      return "the server has received too many requests and has asked us to try again later";
    case 503:
      return "the server is currently unable to handle the request";
    case 504:
      return "the server was unable to return a response in the time allotted, but may still be "
             "processing the "
             "request";
    default:
      break;
  }
  if (code >= 500) {
    return fmt::format("an error on the server ({:?}) has prevented the request from succeeding",
                       body.substr(0, 2048));
  }
  return fmt::format(
      "the server responded with the status code {} but did not return more information", code);
}

}  // namespace

namespace detail {

JsonRef document_of(const Body& body) {
  if (auto json = body.json()) return json;
  if (body.empty()) return nullptr;
  auto parsed = parse_json(body.bytes());
  return parsed ? freeze(std::move(*parsed)) : nullptr;
}

Error error_of_status_object(const Json& status) {
  const auto code = static_cast<int>(int_at(status, {"code"}, 500));
  const auto reason = text_at(status, {"reason"});
  return Error(errc_of(code, reason), text_at(status, {"message"}, reason));
}

}  // namespace detail

Error error_of(const HttpResponse& response, std::string_view verb, std::string_view resource) {
  const auto body = detail::document_of(response.body);
  if (body && text_at(*body, {"kind"}) == "Status") {
    const auto reason = text_at(*body, {"reason"});
    auto message = text_at(*body, {"message"});
    if (message.empty())
      message = reason.empty() ? fmt::format("HTTP status {}", response.status) : reason;
    return Error(errc_of(response.status, reason), std::move(message));
  }
  auto text = generic_text(response.status, verb, response.body.bytes());
  const auto reason = response.status == 409 && verb == "create" ? "AlreadyExists" : "";
  if (!resource.empty()) text += fmt::format(" ({} {})", verb, resource);
  return Error(errc_of(response.status, reason), std::move(text));
}

}  // namespace spokelab::kube
