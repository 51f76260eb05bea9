// Base64 (RFC 4648) in both alphabets: byte fields in JSON, tokens, template functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace spokelab {

/// Standard alphabet with padding: the values of Secret.data.
std::string base64(std::string_view bytes);
/// URL alphabet without padding: parts of a JWT, continue tokens.
std::string base64_url(std::string_view bytes);

/// Reads the standard alphabet with padding, strictly, skipping line breaks, as Go's StdEncoding
/// does. nullopt for anything else; `wrong_at` then gets the offset that Go names in its
/// CorruptInputError.
std::optional<std::string> from_base64(std::string_view text, std::size_t* wrong_at = nullptr);
/// Reads the URL alphabet without padding.
std::optional<std::string> from_base64_url(std::string_view text);

}  // namespace spokelab
