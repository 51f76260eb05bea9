#include "base/rng.h"

#include "base/check.h"

namespace spokelab {

namespace {

// SplitMix64, the generator's recommended seeder: it never yields the forbidden all-zero state.
std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr std::uint64_t rotated(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

}  // namespace

std::uint64_t stable_hash(std::string_view text, std::uint64_t basis) {
  std::uint64_t hash = basis;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

Rng::Rng(std::uint64_t seed) : seed_(seed) {
  std::uint64_t state = seed;
  for (auto& word : state_) word = split_mix(state);
}

Rng Rng::stream(std::string_view name) const {
  std::uint64_t mixed = seed_;
  return Rng(split_mix(mixed) ^ stable_hash(name));
}

std::uint64_t Rng::next() {
  const std::uint64_t result = rotated(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotated(state_[3], 45);
  return result;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  SPOKELAB_CHECK(bound >= 1);
  const std::uint64_t threshold = (0 - bound) % bound;  // 2^64 mod bound: the draws that would bias
  for (;;) {
    const std::uint64_t draw = next();
    if (draw >= threshold) return draw % bound;
  }
}

std::int64_t Rng::between(std::int64_t low, std::int64_t high) {
  SPOKELAB_CHECK(low <= high);
  const auto width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  const auto offset = width == 0 ? next() : below(width);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

Nanos Rng::between(Nanos low, Nanos high) { return Nanos(between(low.count(), high.count())); }

bool Rng::chance(std::uint32_t millionths) { return below(1'000'000) < millionths; }

}  // namespace spokelab
