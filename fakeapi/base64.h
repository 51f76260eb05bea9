// Base64 as Kubernetes writes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spokelab::fakeapi {

/// Standard alphabet with padding: the values of Secret.data.
std::string base64(std::string_view bytes);
/// URL alphabet without padding: parts of a JWT, continue tokens.
std::string base64_url(std::string_view bytes);
/// Reads either alphabet, padded or not. nullopt for anything else.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace spokelab::fakeapi
