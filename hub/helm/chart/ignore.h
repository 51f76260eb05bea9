// .helmignore.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "hub/glob.h"

namespace spokelab::hub::helm {

/// The rules of a .helmignore file, with Helm's own for hidden files in templates/. The first rule
/// that matches decides; a negated rule that does not match leaves out, as Helm has it. Source:
/// helm pkg/ignore/rules.go.
class Ignore {
 public:
  /// Errors: bad_input for a pattern with "**", or one that Go's filepath.Match refuses.
  static Result<Ignore> parse(std::string_view text);
  /// Whether a file at this path (relative to the chart) is left out, by itself or with a folder
  /// above it.
  bool matches(std::string_view path) const;

 private:
  struct Rule {
    std::optional<Glob> pattern;
    bool negated = false, folders_only = false, whole_path = false;
  };
  Result<void> add(std::string_view line);
  bool matches_one(std::string_view path, bool folder) const;
  std::vector<Rule> rules_;
};

}  // namespace spokelab::hub::helm
