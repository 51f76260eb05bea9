// OutOfReach: errors that tell of the way to a server, not of what it holds.
#pragma once

#include "base/error.h"

namespace spokelab::hub {

/// Whether the other side could not be reached at all, so that no other request will fare better
/// now.
constexpr bool out_of_reach(Errc code) noexcept {
  switch (code) {
    case Errc::refused:
    case Errc::timeout:
    case Errc::no_such_host:
    case Errc::reset:
    case Errc::closed:
    case Errc::tls:
      return true;
    default:
      return false;
  }
}

}  // namespace spokelab::hub
