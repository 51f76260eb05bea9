// Namespaces of Applications: which may have some, by patterns.
#pragma once

#include <string>
#include <vector>

namespace spokelab::hub {

/// Whether a namespace fits a pattern: a glob (`team-*`), or a regular expression between slashes
/// (`/^team-[ab]$/`). Broken expressions fit nothing (Argo CD util/glob MatchStringInList).
bool matches_namespace(const std::vector<std::string>& patterns, const std::string& ns);

}  // namespace spokelab::hub
