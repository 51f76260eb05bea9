// Who wrote an object, as the history tells it.
#pragma once

#include <string>
#include <string_view>

#include "base/history.h"

namespace spokelab::harness {

/// "hub-1" where a hub replica has written, by an event `object.*`: "USER via CLIENT at NODE", or
/// "USER via CLIENT" where the client is called as its node; else "".
inline std::string replica_behind(const Event& event) {
  for (const std::string_view before : {" at ", " via "}) {
    const auto found = event.message.rfind(before);
    if (found == std::string::npos) continue;
    const auto node = std::string_view(event.message).substr(found + before.size());
    return node.starts_with("hub-") ? std::string(node) : "";
  }
  return "";
}

}  // namespace spokelab::harness
