// ParseBool: switches as Argo CD reads them.
#pragma once

#include <optional>
#include <string_view>

namespace spokelab::hub {

/// As Go's strconv.ParseBool; nothing for another word.
std::optional<bool> parse_bool(std::string_view text);

}  // namespace spokelab::hub
