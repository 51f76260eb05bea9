// Matching a project's globs.
#include "hub/app/project/pattern.h"

#include <utility>

namespace spokelab::hub {
namespace {

std::optional<Glob> compiled(const std::string& text, GlobDialect dialect) {
  if (!Glob::is_pattern(text)) return std::nullopt;
  auto glob = Glob::compile(text, dialect);
  return glob ? std::optional<Glob>(std::move(*glob)) : std::nullopt;
}

bool fits(const std::string& pattern, const std::optional<Glob>& glob, const std::string& text) {
  return pattern == "*" || pattern == text || (glob && glob->matches(text));
}

}  // namespace

Pattern::Pattern(std::string text, GlobDialect dialect) : text_(std::move(text)) {
  glob_ = compiled(text_, dialect);
  if (!denies()) return;
  plain_ = text_.substr(1);
  plain_glob_ = compiled(plain_, dialect);
}

bool Pattern::matches(const std::string& text) const { return fits(text_, glob_, text); }

bool Pattern::holds_for(const std::string& text) const {
  if (!denies()) return matches(text);
  // Here "*" has no special place: what it denies follows from its separators like any glob's.
  const bool denied = plain_ == text || (plain_glob_ && plain_glob_->matches(text));
  return !denied;
}

}  // namespace spokelab::hub
