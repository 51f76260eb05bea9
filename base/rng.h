// Rng: the only source of chance. Same seed and name, same draws, on every machine and compiler.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/run_time.h"

namespace spokelab {

/// xoshiro256** with named child streams. Draw once per statement: the order in which a compiler
/// evaluates function arguments is its own.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);
  /// An independent stream. It depends on this stream's seed and the name alone, not on the draws
  /// made so far, so that a new draw in one part never shifts another.
  Rng stream(std::string_view name) const;
  std::uint64_t next();
  /// Uniform in [0, bound); bound >= 1. Unbiased.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [low, high], both ends included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  Nanos between(Nanos low, Nanos high);
  /// True in `millionths` of 1,000,000 cases.
  bool chance(std::uint32_t millionths);

 private:
  std::uint64_t seed_;
  std::array<std::uint64_t, 4> state_;
};

/// FNV-1a, 64 bits: a stable hash for names.
std::uint64_t stable_hash(std::string_view text, std::uint64_t basis = 0xcbf29ce484222325ULL);

}  // namespace spokelab
