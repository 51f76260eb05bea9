// Building and reading Status objects.
#include "kube/status.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/json.h"

namespace spokelab::kube {

namespace {

Status about(const ResourceType& type, std::string_view name, int code, std::string reason,
             std::string message) {
  Status status;
  status.code = code;
  status.reason = std::move(reason);
  status.message = std::move(message);
  status.name = std::string(name);
  status.group = type.group;
  status.kind = type.plural;
  return status;
}

}  // namespace

Json Status::to_json() const {
  Json body{{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", Json::object()},
            {"status", "Failure"}, {"message", message}, {"code", code}};
  if (!reason.empty()) body["reason"] = reason;
  Json details = Json::object();
  if (!name.empty()) details["name"] = name;
  if (!group.empty()) details["group"] = group;
  if (!kind.empty()) details["kind"] = kind;
  if (!uid.empty()) details["uid"] = uid;
  if (retry_after_seconds > 0) details["retryAfterSeconds"] = retry_after_seconds;
  for (const auto& cause : causes) {
    Json one = Json::object();
    if (!cause.reason.empty()) one["reason"] = cause.reason;
    if (!cause.message.empty()) one["message"] = cause.message;
    if (!cause.field.empty()) one["field"] = cause.field;
    details["causes"].push_back(std::move(one));
  }
  if (!details.empty() || bare_details) body["details"] = std::move(details);
  return body;
}

Error Status::to_error() const { return Error(errc_of(code, reason), message); }

void throw_exception_from_error(const Status& status, const boost::source_location&) {
  throw std::runtime_error(status.message);
}

Status bad_request(std::string message) {
  Status status;
  status.code = 400;
  status.reason = "BadRequest";
  status.message = std::move(message);
  return status;
}

Status unauthorized() {
  Status status;
  status.code = 401;
  status.reason = "Unauthorized";
  status.message = "Unauthorized";
  return status;
}

Status not_found(const ResourceType& type, std::string_view name) {
  return about(type, name, 404, "NotFound",
               fmt::format("{} \"{}\" not found", type.group_resource(), name));
}

Status no_such_path() {
  Status status;
  status.code = 404;
  status.reason = "NotFound";
  status.message = "the server could not find the requested resource";
  status.bare_details = true;
  return status;
}

Status already_exists(const ResourceType& type, std::string_view name) {
  return about(type, name, 409, "AlreadyExists",
               fmt::format("{} \"{}\" already exists", type.group_resource(), name));
}

Status conflict(const ResourceType& type, std::string_view name, std::string_view why) {
  if (why.empty()) {
    why =
        "the object has been modified; please apply your changes to the latest version and try "
        "again";
  }
  return about(type, name, 409, "Conflict",
               fmt::format("Operation cannot be fulfilled on {} \"{}\": {}", type.group_resource(),
                           name, why));
}

Status forbidden(const ResourceType& type, std::string_view name, std::string_view why) {
  return about(type, name, 403, "Forbidden",
               name.empty()
                   ? fmt::format("{} is forbidden: {}", type.group_resource(), why)
                   : fmt::format("{} \"{}\" is forbidden: {}", type.group_resource(), name, why));
}

Status invalid(const ResourceType& type, std::string_view name, std::vector<StatusCause> causes) {
  const std::string kind = type.group.empty() ? type.kind : type.kind + "." + type.group;
  std::string text = fmt::format("{} \"{}\" is invalid", kind, name);
  if (!causes.empty()) {
    text += causes.size() == 1 ? ": " : ": [";
    for (std::size_t i = 0; i < causes.size(); ++i) {
      if (i > 0) text += ", ";
      text += causes[i].field.empty() ? "<nil>" : causes[i].field;
      text += ": " + causes[i].message;
    }
    if (causes.size() > 1) text += "]";
  }
  Status status = about(type, name, 422, "Invalid", std::move(text));
  status.kind = type.kind;
  status.causes = std::move(causes);
  return status;
}

Status method_not_allowed(const ResourceType& type, std::string_view verb) {
  return about(
      type, "", 405, "MethodNotAllowed",
      fmt::format("{} is not supported on resources of kind \"{}\"", verb, type.group_resource()));
}

Status no_such_method() {
  Status status;
  status.code = 405;
  status.reason = "MethodNotAllowed";
  status.message = "the server does not allow this method on the requested resource";
  status.bare_details = true;
  return status;
}

Status expired(std::string message) {
  Status status;
  status.code = 410;
  status.reason = "Expired";
  status.message = std::move(message);
  return status;
}

Status unsupported_media_type(std::string_view accepted) {
  Status status;
  status.code = 415;
  status.reason = "UnsupportedMediaType";
  status.message = fmt::format(
      "the body of the request was in an unknown format - accepted media types include: {}",
      accepted);
  return status;
}

Status too_large() {
  Status status;
  status.code = 413;
  status.reason = "RequestEntityTooLarge";
  status.message = "Request entity too large: limit is 3145728";
  return status;
}

Status too_many_requests(std::string message, int retry_after_seconds) {
  Status status;
  status.code = 429;
  status.reason = "TooManyRequests";
  status.message = std::move(message);
  status.retry_after_seconds = retry_after_seconds;
  return status;
}

Status internal_error(std::string_view why) {
  Status status;
  status.code = 500;
  status.reason = "InternalError";
  status.message = fmt::format("Internal error occurred: {}", why);
  status.causes.push_back({"", std::string(why), ""});
  return status;
}

Status unavailable(std::string message) {
  Status status;
  status.code = 503;
  status.reason = "ServiceUnavailable";
  status.message = std::move(message);
  return status;
}

Status too_large_resource_version(std::string_view asked, std::string_view current) {
  Status status;
  status.code = 504;
  status.reason = "Timeout";
  status.message =
      fmt::format("Timeout: Too large resource version: {}, current: {}", asked, current);
  status.causes.push_back({"ResourceVersionTooLarge", "Too large resource version", ""});
  status.retry_after_seconds = 1;
  return status;
}

StatusCause required_value(std::string field, std::string_view why) {
  return {"FieldValueRequired",
          why.empty() ? "Required value" : fmt::format("Required value: {}", why),
          std::move(field)};
}

StatusCause invalid_value(std::string field, const Json& value, std::string_view why) {
  return {"FieldValueInvalid", fmt::format("Invalid value: {}: {}", value.dump(), why),
          std::move(field)};
}

StatusCause not_supported(std::string field, const Json& value,
                          std::vector<std::string> supported) {
  std::string list;
  for (const auto& one : supported) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", one);
  return {"FieldValueNotSupported",
          fmt::format("Unsupported value: {}: supported values: {}", value.dump(), list),
          std::move(field)};
}

StatusCause duplicate_value(std::string field, const Json& value) {
  return {"FieldValueDuplicate", fmt::format("Duplicate value: {}", value.dump()),
          std::move(field)};
}

StatusCause forbidden_value(std::string field, std::string_view why) {
  return {"FieldValueForbidden", fmt::format("Forbidden: {}", why), std::move(field)};
}

Status status_of(const Error& error) {
  struct Row {
    Errc errc;
    int code;
    const char* reason;
  };
  static constexpr Row kRows[] = {{Errc::bad_input, 400, "BadRequest"},
                                  {Errc::unauthorized, 401, "Unauthorized"},
                                  {Errc::forbidden, 403, "Forbidden"},
                                  {Errc::not_found, 404, "NotFound"},
                                  {Errc::unsupported, 405, "MethodNotAllowed"},
                                  {Errc::already_exists, 409, "AlreadyExists"},
                                  {Errc::conflict, 409, "Conflict"},
                                  {Errc::gone, 410, "Expired"},
                                  {Errc::limit, 413, "RequestEntityTooLarge"},
                                  {Errc::invalid, 422, "Invalid"},
                                  {Errc::throttled, 429, "TooManyRequests"},
                                  {Errc::timeout, 504, "Timeout"}};
  Status status;
  status.code = 500;
  status.reason = "InternalError";
  status.message = error.message();
  for (const Row& row : kRows) {
    if (row.errc != error.code()) continue;
    status.code = row.code;
    status.reason = row.reason;
  }
  return status;
}

Errc errc_of(int http_code, std::string_view reason) {
  switch (http_code) {
    case 400:
      return Errc::bad_input;
    case 401:
      return Errc::unauthorized;
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 405:
    case 406:
    case 415:
      return Errc::unsupported;
    case 409:
      return reason == "AlreadyExists" ? Errc::already_exists : Errc::conflict;
    case 410:
      return Errc::gone;
    case 413:
      return Errc::limit;
    case 422:
      return Errc::invalid;
    case 429:
      return Errc::throttled;
    default:
      return http_code >= 500 ? Errc::server_error : Errc::bad_input;
  }
}

Error error_of(int http_code, const Json& body) {
  std::string message = text_at(body, {"message"});
  if (text_at(body, {"kind"}) == "Status" && !message.empty()) {
    return Error(errc_of(http_code, text_at(body, {"reason"})), std::move(message));
  }
  // As client-go words an answer that is no Status.
  if (http_code == 401)
    message = "the server has asked for the client to provide credentials";
  else if (http_code == 403)
    message = "the server does not allow access to the requested resource";
  else if (http_code == 404)
    message = "the server could not find the requested resource";
  else if (http_code == 429)
    message = "the server has received too many requests and has asked us to try again later";
  else if (http_code == 503)
    message = "the server is currently unable to handle the request";
  else if (http_code == 504)
    message =
        "the server was unable to return a response in the time allotted, but may still be "
        "processing the request";
  else if (http_code >= 500)
    message = "an error on the server has prevented the request from succeeding";
  else
    message = fmt::format(
        "the server responded with the status code {} but did not return more information",
        http_code);
  if (body.is_string() && !body.get_ref<const std::string&>().empty() && http_code >= 500) {
    message = fmt::format("{} (\"{}\")", message, body.get_ref<const std::string&>());
  }
  return Error(errc_of(http_code, ""), std::move(message));
}

}  // namespace spokelab::kube
