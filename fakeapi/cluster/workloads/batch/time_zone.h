// TimeZone: what the clocks of a place show, from the system's zoneinfo files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/run_time.h"

namespace spokelab::fakeapi {

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

  /// Local time minus UTC at that instant.
  Nanos offset_at(WallTime at) const;
  /// The first instant after `at` from which another offset holds.
  std::optional<WallTime> next_change(WallTime at) const;

 private:
  struct Change {
    std::int64_t at = 0;  // seconds since the epoch
    std::int64_t offset = 0;
  };
  std::int64_t first_offset_ = 0;
  std::vector<Change> changes_;
};

}  // namespace spokelab::fakeapi
