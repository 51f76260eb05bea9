// Base64 (RFC 4648 section 4), as JSON carries byte fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spokelab::kube {

std::string base64(std::string_view bytes);
/// nullopt for malformed text; line breaks are skipped, as Go's decoder does.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace spokelab::kube
