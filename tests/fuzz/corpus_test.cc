// The fuzz targets without libFuzzer: their seeds, and what a seeded stream makes of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/rng.h"
#include "tests/fuzz/targets.h"
#include "tests/support/places.h"

namespace spokelab::fuzz {
namespace {

constexpr int kRounds = 400;

std::vector<std::string> seeds_of(std::string_view name) {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  for (const auto& entry :
       fs::directory_iterator(fs::path(test::source_dir()) / "tests/fuzz/seeds" / name)) {
    std::ifstream in(entry.path(), std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// One change: a byte, a piece taken out, said twice, or put in from another seed.
void mutate(std::string& text, const std::vector<std::string>& seeds, Rng& rng) {
  const std::string& other = seeds[rng.below(seeds.size())];
  const std::size_t at = rng.below(text.size() + 1);
  const std::size_t size = 1 + rng.below(16);
  switch (rng.below(5)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(rng.below(256));
      break;
    case 1:
      text.erase(at, size);
      break;
    case 2:
      text.insert(at, text.substr(std::min(at, text.size()), size));
      break;
    case 3: {
      const std::size_t from = rng.below(other.size() + 1);
      text.insert(at, other.substr(from, size * 4));
      break;
    }
    default: {
      constexpr std::string_view kMarks = "{}[]():,.-#&*!|>%\"'\\\n\t $=@";
      text.insert(at, 1, kMarks[rng.below(kMarks.size())]);
    }
  }
}

TEST(FuzzTargets, HoldForTheirSeeds) {
  for (const Target& target : targets()) {
    const auto seeds = seeds_of(target.name);
    EXPECT_GE(seeds.size(), 3u) << target.name;
    for (const std::string& seed : seeds) EXPECT_EQ(target.feed(seed), "") << seed;
  }
}

TEST(FuzzTargets, HoldForWhatChanceMakesOfTheirSeeds) {
  for (const Target& target : targets()) {
    Rng rng = Rng(1).stream(target.name);
    const auto seeds = seeds_of(target.name);
    ASSERT_FALSE(seeds.empty()) << target.name;
    for (int round = 0; round < kRounds; ++round) {
      std::string text = seeds[rng.below(seeds.size())];
      const std::uint64_t changes = 1 + rng.below(6);
      for (std::uint64_t i = 0; i < changes; ++i) mutate(text, seeds, rng);
      ASSERT_EQ(target.feed(text), "") << target.name << ", round " << round << ":\n"
                                       << ::testing::PrintToString(text);
    }
  }
}

}  // namespace
}  // namespace spokelab::fuzz
