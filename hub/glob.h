// Glob: file name patterns in the dialects that manifests use, matched in linear time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace re2 {
class RE2;
}

namespace spokelab::hub {

enum class GlobDialect {
  go_path,     ///< Go's path.Match: `*` and `?` stop at "/", `[^a-z]`.
  greedy,      ///< gobwas/glob without separators: `*` crosses "/", `{a,b}`, `[!a-z]`.
  pathspec,    ///< git's pathspec: as greedy without braces; a plain name also matches what lies
               ///< under it.
  doublestar,  ///< bmatcuk/doublestar: `*` stops at "/", `**` crosses it, `{a,b}`, `[!a]` and
               ///< `[^a]`.
};

/// A compiled pattern.
class Glob {
 public:
  static constexpr std::size_t kPatternBytesMax = 4096;
  /// Errors: bad_input "syntax error in pattern"; limit.
  static Result<Glob> compile(std::string_view pattern, GlobDialect dialect);
  bool matches(std::string_view path) const;
  /// True when the pattern has any of `*?[` (doublestar and greedy: `{` too).
  static bool is_pattern(std::string_view text);

 private:
  std::shared_ptr<const re2::RE2> regex_;
};

/// As Argo CD's util/glob Match: the greedy dialect; a pattern that does not compile, like one
/// without wildcards, matches itself only.
bool matches_glob(const std::string& pattern, const std::string& text);

}  // namespace spokelab::hub
