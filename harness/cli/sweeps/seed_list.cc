#include "harness/cli/sweeps/seed_list.h"

#include <charconv>
#include <string_view>

namespace spokelab::harness {

namespace {

bool read(std::string_view part, std::uint64_t& into) {
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), into);
  return error == std::errc() && end == part.data() + part.size();
}

}  // namespace

std::optional<std::vector<std::uint64_t>> parse_seeds(const std::string& text) {
  const auto dots = text.find("..");
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  const std::string_view view = text;
  const bool good = dots == std::string::npos
                        ? read(view, last)
                        : read(view.substr(0, dots), first) && read(view.substr(dots + 2), last);
  if (!good || last < first || last - first >= kSeedsMax) return std::nullopt;
  std::vector<std::uint64_t> seeds;
  for (auto seed = first;; ++seed) {
    seeds.push_back(seed);
    if (seed == last) return seeds;
  }
}

std::optional<Shard> parse_shard(const std::string& text) {
  const auto slash = text.find('/');
  Shard shard;
  const std::string_view view = text;
  const bool good = slash != std::string::npos && read(view.substr(0, slash), shard.number) &&
                    read(view.substr(slash + 1), shard.of);
  if (!good || shard.number < 1 || shard.number > shard.of || shard.of > kSeedsMax)
    return std::nullopt;
  return shard;
}

std::vector<std::uint64_t> seeds_of(const Shard& shard, const std::vector<std::uint64_t>& all) {
  const auto from = all.size() * (shard.number - 1) / shard.of;
  const auto to = all.size() * shard.number / shard.of;
  return {all.begin() + static_cast<std::ptrdiff_t>(from),
          all.begin() + static_cast<std::ptrdiff_t>(to)};
}

}  // namespace spokelab::harness
