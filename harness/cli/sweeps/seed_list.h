// Which seeds a sweep plays: --seeds and --shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spokelab::harness {

inline constexpr std::uint64_t kSeedsMax = 10'000'000;

/// "N" is 1..N; "A..B" includes both ends. nullopt for anything else, and for more than kSeedsMax.
std::optional<std::vector<std::uint64_t>> parse_seeds(const std::string& text);

/// One of several parts that together are the whole.
struct Shard {
  std::uint64_t number = 1;  ///< From 1.
  std::uint64_t of = 1;
};
/// "I/N" with 1 <= I <= N. nullopt for anything else.
std::optional<Shard> parse_shard(const std::string& text);

/// The seeds of a shard: neighbours, as many as in the others or one fewer.
std::vector<std::uint64_t> seeds_of(const Shard& shard, const std::vector<std::uint64_t>& all);

}  // namespace spokelab::harness
