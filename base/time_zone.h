// TimeZone: what the clocks of a place show, from the system's zoneinfo files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/run_time.h"

namespace spokelab {

class TimeZone {
 public:
  /// Coordinated universal time.
  TimeZone() = default;
  /// "Europe/Berlin", "Etc/UTC"; "" and "UTC" need no file. Errors: bad_input, worded as Go does:
  /// `unknown time zone X`.
  static Result<TimeZone> load(std::string_view name);
  /// Reads a TZif file's bytes (RFC 8536, versions 1 to 3; the rule in its footer is not used, so
  /// that clocks stay as they are after the last change listed, mostly 2037).
  static Result<TimeZone> parse(std::string_view bytes);

  /// What clocks show: local time minus UTC, and its name there ("CEST", "-03").
  struct Local {
    std::int64_t offset_seconds = 0;
    std::string_view name;  ///< Lives as long as the zone.
  };
  /// At an instant in seconds since the Unix epoch.
  Local local_at(std::int64_t seconds) const;
  /// Local time minus UTC at that instant.
  Nanos offset_at(WallTime at) const;
  /// The first instant after `at` from which another offset holds.
  std::optional<WallTime> next_change(WallTime at) const;

 private:
  struct Change {
    std::int64_t at = 0;   // seconds since the epoch
    std::size_t kind = 0;  // in kinds_
  };
  struct Kind {
    std::int64_t offset = 0;
    std::string name;
  };
  std::vector<Change> changes_;
  std::vector<Kind> kinds_{{0, "UTC"}};  // the first holds before all changes
};

}  // namespace spokelab
