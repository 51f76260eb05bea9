// SeedSet: which seeds of a sweep were asked for, and which were played.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spokelab::reports {

/// Both ends included.
struct SeedRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  friend bool operator==(const SeedRange&, const SeedRange&) = default;
};

/// A set of seeds as sorted ranges that neither touch nor overlap.
class SeedSet {
 public:
  void add(std::uint64_t seed) { add(SeedRange{seed, seed}); }
  void add(SeedRange range);
  void add(const SeedSet& other);

  bool empty() const noexcept { return ranges_.empty(); }
  std::uint64_t size() const;
  bool contains(std::uint64_t seed) const;
  /// Seeds of this set that `other` does not hold.
  SeedSet minus(const SeedSet& other) const;
  /// Seeds of both.
  SeedSet both(const SeedSet& other) const;
  const std::vector<SeedRange>& ranges() const noexcept { return ranges_; }
  /// "1..100, 205"; of more than `most` ranges the rest is counted.
  std::string text(std::size_t most = 6) const;

  friend bool operator==(const SeedSet&, const SeedSet&) = default;

 private:
  std::vector<SeedRange> ranges_;
};

}  // namespace spokelab::reports
