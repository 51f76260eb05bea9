// Error and Result: how a function says that the world said no.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace spokelab {

/// What went wrong, as far as a caller may want to decide on it. The text carries the rest.
enum class Errc {
  ok,
  refused,       ///< TCP connection refused: the host lives, the port does not.
  timeout,       ///< A deadline passed without an answer.
  no_such_host,  ///< The name does not resolve.
  reset,         ///< A live connection was cut, or found dead.
  closed,        ///< The other side ended a stream or connection in order.
  tls,           ///< Certificate expired, wrong name, or unknown CA.
  bad_input,     ///< Malformed text, manifest, option, chart or scenario.
  not_found,
  already_exists,
  conflict,      ///< Stale resourceVersion, or a field that somebody else owns.
  gone,          ///< The resourceVersion asked for was compacted away (HTTP 410).
  unauthorized,  ///< HTTP 401.
  forbidden,     ///< HTTP 403.
  invalid,       ///< HTTP 422: well formed, yet not allowed.
  throttled,     ///< HTTP 429.
  server_error,  ///< HTTP 5xx.
  unsupported,   ///< Recognised, and not available here.
  limit,         ///< One of our own limits was hit; the text names it.
  internal,
};

/// Short stable name, for instance "timeout"; used in histories and reports.
std::string_view name_of(Errc code) noexcept;

/// A code and one sentence for a person, with names and units in it.
class Error {
 public:
  Error() = default;  // Boost 1.81's result needs it
  Error(Errc code, std::string message) : code_(code), message_(std::move(message)) {}
  Errc code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  /// The same error with "context: " put in front of its text.
  Error within(std::string_view context) const;

 private:
  Errc code_ = Errc::ok;
  std::string message_;
};

/// Called by Result::value() on an error; throws std::runtime_error with the message.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace spokelab
