#include "base/error.h"

#include <stdexcept>

namespace spokelab {

std::string_view name_of(Errc code) noexcept {
  switch (code) {
    case Errc::ok:
      return "ok";
    case Errc::refused:
      return "refused";
    case Errc::timeout:
      return "timeout";
    case Errc::no_such_host:
      return "no-such-host";
    case Errc::reset:
      return "reset";
    case Errc::closed:
      return "closed";
    case Errc::tls:
      return "tls";
    case Errc::bad_input:
      return "bad-input";
    case Errc::not_found:
      return "not-found";
    case Errc::already_exists:
      return "already-exists";
    case Errc::conflict:
      return "conflict";
    case Errc::gone:
      return "gone";
    case Errc::unauthorized:
      return "unauthorized";
    case Errc::forbidden:
      return "forbidden";
    case Errc::invalid:
      return "invalid";
    case Errc::throttled:
      return "throttled";
    case Errc::server_error:
      return "server-error";
    case Errc::unsupported:
      return "unsupported";
    case Errc::limit:
      return "limit";
    case Errc::internal:
      return "internal";
  }
  return "?";
}

Error Error::within(std::string_view context) const {
  return Error(code_, std::string(context) + ": " + message_);
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.message());
}

}  // namespace spokelab
