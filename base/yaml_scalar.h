// How YAML 1.1 (as go-yaml v2 reads it) gives plain scalars a type, and how Go prints a float.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spokelab::yaml {

/// What a plain scalar means.
struct Scalar {
  enum class Kind { text, null, boolean, integer, unsigned_integer, real, timestamp, merge };
  Kind kind = Kind::text;
  bool boolean = false;
  std::int64_t integer = 0;
  std::uint64_t unsigned_integer = 0;  ///< Only for values above the largest int64.
  double real = 0;
};

/// Resolves an unquoted scalar: y/yes/on, 0o17, 017, 0b11, 1_000, .5, dates, ~ and so on.
Scalar resolve_plain(std::string_view text);

/// "12:30" and the like, which YAML 1.1 readers other than go-yaml take for a number.
bool looks_base_60(std::string_view text);

/// As Go's strconv.FormatFloat(value, 'g', -1, 64): shortest digits that read back the same, with
/// an exponent below 1e-4 and from 1e+21 (`exponent_from` = 21) or 1e+06 (6) on.
std::string go_float(double value, int exponent_from = 6);

/// As FormatFloat(value, 'g', -1, 32): what sigs.k8s.io/yaml makes of a number where a text
/// belongs.
std::string go_float32(double value);

/// As FormatFloat(value, 'f', -1, 64): the shortest digits, then zeros, and never an exponent.
std::string go_float_fixed(double value);

/// True when all of `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);
/// The text with U+FFFD for every byte that is no UTF-8, as Go's encoding/json writes it.
std::string to_utf8(std::string_view text);

}  // namespace spokelab::yaml
