// Semantic versions and constraints, as Masterminds/semver reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace spokelab::hub::gotemplate {

struct Version {
  std::uint64_t major = 0, minor = 0, patch = 0;
  std::string prerelease;
  std::string metadata;
  std::string original;
  /// major.minor.patch[-prerelease][+metadata]
  std::string text() const;
};

/// Leading "v" and missing parts are allowed ("v1.2" is 1.2.0). Nothing: "invalid semantic
/// version".
std::optional<Version> parse_version(std::string_view text);
/// Why `text` is no version, as Masterminds/semver says.
std::string version_error(std::string_view text);
/// -1, 0, 1; metadata does not count.
int compare(const Version& left, const Version& right);

/// A constraint such as ">=1.21-0, <2 || ^3.1".
class Constraint {
 public:
  /// Errors: bad_input `improper constraint: x`, `constraint parser error`.
  static Result<Constraint> parse(std::string_view text);
  bool allows(const Version& version) const;

 private:
  struct Term {
    std::string op;
    Version version;
    bool minor_any = false, patch_any = false, any = false;  ///< Parts that were left out, or x.
  };
  /// `unreadable`: it has the shape of one, but its version is none.
  static std::optional<Term> parse_term(std::string_view text, bool& unreadable);
  static bool allows(const Term& term, const Version& version);
  std::vector<std::vector<Term>> groups_;
};

}  // namespace spokelab::hub::gotemplate
