// .helmignore.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace spokelab::hub::helm {

/// The rules of a .helmignore file, with Helm's own for hidden files in templates/.
class Ignore {
 public:
  /// Errors: bad_input for a pattern with "**".
  static Result<Ignore> parse(std::string_view text);
  /// Whether a file at this path (relative to the chart) is left out, by itself or with a folder
  /// above it.
  bool matches(std::string_view path) const;

 private:
  struct Rule {
    std::string pattern;
    bool negated = false, folders_only = false, whole_path = false;
  };
  bool matches_one(const std::string& path, bool folder) const;
  std::vector<Rule> rules_;
};

}  // namespace spokelab::hub::helm
