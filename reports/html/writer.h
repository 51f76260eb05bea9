// Escaping and the frame of every page.
#pragma once

#include <string>
#include <string_view>

#include "reports/run.h"

namespace spokelab::reports::html {

/// Clean text that is safe between tags and in quoted attributes. Line ends stay when asked for.
std::string escape(std::string_view text, bool keep_lines = false);

/// A page: head with the policy that forbids all loading, the style, theme switch, header, and the
/// body.
std::string page(std::string_view title, std::string_view body);

/// "passed" with its sign, in a coloured badge.
std::string badge(Verdict verdict);

/// A number of tenths as "12.3" or "12".
std::string tenths(std::int64_t value);

}  // namespace spokelab::reports::html
