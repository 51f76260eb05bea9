// Pattern: one glob of a project, compiled once, with a leading "!" for what is denied.
#pragma once

#include <optional>
#include <string>

#include "hub/glob.h"

namespace spokelab::hub {

class Pattern {
 public:
  Pattern() = default;
  /// A text that is no valid pattern matches itself only.
  explicit Pattern(std::string text, GlobDialect dialect = GlobDialect::greedy);

  /// What was written, "!" included.
  const std::string& text() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  /// "!..."
  bool denies() const noexcept { return text_.starts_with('!'); }
  /// Whether the glob, "!" and all, fits.
  bool matches(const std::string& text) const;
  /// As matches(); but a denying pattern holds for whatever it does not deny (Argo CD globMatch
  /// with allowNegation).
  bool holds_for(const std::string& text) const;

 private:
  std::string text_;
  std::string plain_;               // without "!"
  std::optional<Glob> glob_;        // of text_, when it has wildcards
  std::optional<Glob> plain_glob_;  // of plain_, the same
};

}  // namespace spokelab::hub
