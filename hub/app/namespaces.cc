// Globs and regular expressions of namespaces.
#include "hub/app/namespaces.h"

#include <re2/re2.h>

#include <algorithm>

#include "hub/glob.h"

namespace spokelab::hub {

bool matches_namespace(const std::vector<std::string>& patterns, const std::string& ns) {
  return std::any_of(patterns.begin(), patterns.end(), [&ns](const std::string& pattern) {
    const bool expression = pattern.size() > 2 && pattern.front() == '/' && pattern.back() == '/';
    if (!expression) return matches_glob(pattern, ns);
    const re2::RE2 regex(pattern.substr(1, pattern.size() - 2), re2::RE2::Quiet);
    return regex.ok() && re2::RE2::PartialMatch(ns, regex);
  });
}

}  // namespace spokelab::hub
