// Status: how an API server says no, and how its words become an Error again.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "kube/resource.h"

namespace spokelab::kube {

/// One of a Status' details.causes.
struct StatusCause {
  std::string reason;  ///< "FieldValueInvalid".
  std::string message;
  std::string field;  ///< "spec.replicas"; empty: left out.
};

/// metav1.Status of a failure. Reasons, codes and wording follow apimachinery api/errors.
struct Status {
  Status() = default;  // no aggregate: a Status must not be made from a mere number
  int code = 500;
  std::string reason;  ///< "NotFound".
  std::string message;
  std::string name;
  std::string group;
  std::string kind;
  std::string uid;
  std::vector<StatusCause> causes;
  int retry_after_seconds = 0;
  bool bare_details = false;  ///< "details": {} is written although there are none.

  Json to_json() const;
  Error to_error() const;
};

/// Called by value() on a Status; throws std::runtime_error with the message.
[[noreturn]] void throw_exception_from_error(const Status& status,
                                             const boost::source_location& where);

/// What a server's own functions return: they need the whole Status.
template <class T>
using Answer = boost::system::result<T, Status>;

Status bad_request(std::string message);
Status unauthorized();
Status not_found(const ResourceType& type, std::string_view name);
/// For paths that nothing serves.
Status no_such_path();
Status already_exists(const ResourceType& type, std::string_view name);
/// `why` empty: the usual text about a modified object.
Status conflict(const ResourceType& type, std::string_view name, std::string_view why = "");
/// `why` without the leading 'pods "x" is forbidden: '.
Status forbidden(const ResourceType& type, std::string_view name, std::string_view why);
Status invalid(const ResourceType& type, std::string_view name, std::vector<StatusCause> causes);
Status method_not_allowed(const ResourceType& type, std::string_view verb);
/// For a method that a path does not have.
Status no_such_method();
Status expired(std::string message);
Status unsupported_media_type(std::string_view accepted);
Status too_large();
Status too_many_requests(std::string message, int retry_after_seconds);
Status internal_error(std::string_view why);
Status unavailable(std::string message);
/// A resourceVersion from the future.
Status too_large_resource_version(std::string_view asked, std::string_view current);

/// Causes as field.Error prints them.
StatusCause required_value(std::string field, std::string_view why);
StatusCause invalid_value(std::string field, const Json& value, std::string_view why);
StatusCause not_supported(std::string field, const Json& value, std::vector<std::string> supported);
StatusCause duplicate_value(std::string field, const Json& value);
StatusCause forbidden_value(std::string field, std::string_view why);

/// A Status for an Error: code and reason by the Errc, its message as it stands.
Status status_of(const Error& error);
/// The Error for an answer with an HTTP error code. `body` may be a Status or anything else.
Error error_of(int http_code, const Json& body);
/// Errc for an HTTP code; 409 needs the reason to tell already_exists from conflict.
Errc errc_of(int http_code, std::string_view reason);

}  // namespace spokelab::kube
