// Who wrote an object, as the history tells it.
#pragma once

#include <string>
#include <string_view>

#include "base/history.h"

namespace spokelab::harness {

/// "hub-1" where a hub replica has written, by an event `object.*` ("USER via CLIENT"); else "".
inline std::string replica_behind(const Event& event) {
  constexpr std::string_view kVia = " via ";
  const auto via = event.message.rfind(kVia);
  if (via == std::string::npos) return "";
  const auto client = std::string_view(event.message).substr(via + kVia.size());
  return client.starts_with("hub-") ? std::string(client) : "";
}

}  // namespace spokelab::harness
