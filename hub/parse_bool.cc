#include "hub/parse_bool.h"

namespace spokelab::hub {

std::optional<bool> parse_bool(std::string_view text) {
  for (const auto yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const auto no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

}  // namespace spokelab::hub
