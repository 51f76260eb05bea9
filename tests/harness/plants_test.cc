// Proof that the lab finds mistakes: each plant is found in the proving ground by a short sweep.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <string>
#include <string_view>

#include "hub/plant.h"
#include "tests/harness/cli/program.h"
#include "tests/support/places.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

constexpr int kShrunkLinesMax = 25;
constexpr int kShrinkRuns = 60;

/// Within how many seeds of the proving ground each mistake is found.
struct Found {
  std::string_view plant;
  int seeds;
  friend std::ostream& operator<<(std::ostream& out, const Found& one) { return out << one.plant; }
};
constexpr Found kFound[] = {{"double-owner", 5},  {"lost-update", 1},    {"watch-gap", 1},
                            {"endless-retry", 1}, {"empty-on-error", 3}, {"stale-revision", 1},
                            {"deaf-probe", 1},    {"stuck-breaker", 1},  {"skip-wave", 3},
                            {"stale-prune", 10}};

std::string read(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string proving_ground() { return test::source_dir() + "/scenarios/proving-ground.yaml"; }

class ThePlants : public ::testing::TestWithParam<Found> {};

TEST_P(ThePlants, AreFoundWithinAStatedNumberOfSeedsAndShrunkToAFileThatOnePageHolds) {
  if (test::kSanitized && GetParam().seeds > 1)
    GTEST_SKIP() << "many runs: left to the optimised build";
  const auto plant = GetParam().plant;
  const auto swept = spokelab(fmt::format("sweep {} --plant {} --until-fail --seeds {}",
                                          proving_ground(), plant, GetParam().seeds));
  EXPECT_EQ(swept.code, 1) << swept.text;
  EXPECT_NE(swept.text.find(fmt::format("--plant '{}'", plant)), std::string::npos) << swept.text;
  if (test::kSanitized) return;  // hundreds of runs: left to the optimised build
  constexpr std::string_view kSeed = "--seed ";
  const auto at = swept.text.find(kSeed);
  ASSERT_NE(at, std::string::npos) << swept.text;
  const auto seed = std::stoul(swept.text.substr(at + kSeed.size()));
  const TempDir directory;
  const auto small = directory.at("small.yaml");
  const auto shrunk = spokelab(fmt::format("shrink {} --plant {} --seed {} --runs {} -o {}",
                                           proving_ground(), plant, seed, kShrinkRuns, small));
  ASSERT_EQ(shrunk.code, 0) << shrunk.text;
  const auto text = read(small);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), kShrunkLinesMax) << text;
  EXPECT_NE(text.find(fmt::format("spokelab.plant: {}", plant)), std::string::npos) << text;
  EXPECT_EQ(spokelab("run --no-reports -q " + small).code, 1) << text;
}

INSTANTIATE_TEST_SUITE_P(All, ThePlants, ::testing::ValuesIn(kFound), [](const auto& info) {
  std::string name;
  for (const char c : info.param.plant)
    if (c != '-') name += c;
  return name;
});

TEST(ThePlantsThatAreFound, AreAllThereAre) {
  std::set<std::string_view> found;
  for (const auto& one : kFound) found.insert(one.plant);
  for (const auto& one : hub::all_plants()) EXPECT_TRUE(found.contains(one.name)) << one.name;
}

TEST(NoPlant, IsFoundWhereThereIsNone) {
  const auto swept = spokelab("sweep " + proving_ground() + " --seeds " +
                              std::to_string(test::kSanitized ? 1 : 20));
  EXPECT_EQ(swept.code, 0) << swept.text;
}

TEST(APlant, ThatDoesNotExistIsRefusedWithThoseThatDo) {
  const auto run = spokelab("run " + proving_ground() + " --plant double-trouble");
  EXPECT_EQ(run.code, 4);
  EXPECT_NE(run.text.find("there are double-owner, lost-update"), std::string::npos) << run.text;
}

TEST(APlant, IsInTheRunFileAndItsReplay) {
  const TempDir directory;
  const auto run =
      spokelab("run " + proving_ground() + " --plant deaf-probe -q --out " + directory.at("out"));
  EXPECT_EQ(run.code, 1) << run.text;
  EXPECT_NE(run.text.find("--plant 'deaf-probe'"), std::string::npos) << run.text;
  const auto again = spokelab("replay " + directory.at("out") + " -q");
  EXPECT_EQ(again.code, 0) << again.text;
}

}  // namespace
}  // namespace spokelab::harness
