#include "reports/sweeps/seeds.h"

#include <fmt/format.h>

#include <algorithm>

namespace spokelab::reports {

void SeedSet::add(SeedRange range) {
  // Ranges that end right before it, or later, may melt into it.
  auto from = std::lower_bound(ranges_.begin(), ranges_.end(), range,
                               [](const SeedRange& one, const SeedRange& wanted) {
                                 return wanted.first > 0 && one.last < wanted.first - 1;
                               });
  auto to = from;
  while (to != ranges_.end() && (range.last == UINT64_MAX || to->first <= range.last + 1)) {
    range.first = std::min(range.first, to->first);
    range.last = std::max(range.last, to->last);
    ++to;
  }
  from = ranges_.erase(from, to);
  ranges_.insert(from, range);
}

void SeedSet::add(const SeedSet& other) {
  for (const auto& range : other.ranges_) add(range);
}

std::uint64_t SeedSet::size() const {
  std::uint64_t count = 0;
  for (const auto& range : ranges_) count += range.last - range.first + 1;
  return count;
}

bool SeedSet::contains(std::uint64_t seed) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const SeedRange& one) { return one.first <= seed && seed <= one.last; });
}

SeedSet SeedSet::both(const SeedSet& other) const {
  SeedSet out;
  auto theirs = other.ranges_.begin();
  for (const auto& mine : ranges_) {
    while (theirs != other.ranges_.end() && theirs->last < mine.first) ++theirs;
    for (auto one = theirs; one != other.ranges_.end() && one->first <= mine.last; ++one)
      out.add(SeedRange{std::max(mine.first, one->first), std::min(mine.last, one->last)});
  }
  return out;
}

SeedSet SeedSet::minus(const SeedSet& other) const {
  SeedSet out;
  for (const auto& mine : ranges_) {
    auto next = mine.first;
    bool over = false;
    for (const auto& one : other.ranges_) {
      if (one.last < next || over) continue;
      if (one.first > mine.last) break;
      if (one.first > next) out.add(SeedRange{next, one.first - 1});
      over = one.last >= mine.last;
      if (!over) next = one.last + 1;
    }
    if (!over) out.add(SeedRange{next, mine.last});
  }
  return out;
}

std::string SeedSet::text(std::size_t most) const {
  std::string out;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (i >= most) return out + fmt::format(" and {} more", ranges_.size() - most);
    const auto& one = ranges_[i];
    if (i > 0) out += ", ";
    out += one.first == one.last ? fmt::format("{}", one.first)
                                 : fmt::format("{}..{}", one.first, one.last);
  }
  return out;
}

}  // namespace spokelab::reports
