// Proof that the lab finds mistakes: each plant is found in the proving ground by a short sweep.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "hub/plant.h"
#include "tests/harness/cli/program.h"
#include "tests/support/places.h"
#include "tests/support/sanitized.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

constexpr int kSeeds = 5;
constexpr int kShrunkLinesMax = 25;

std::string read(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// The proving ground with a plant in it, in a directory of its own.
std::string planted(const TempDir& directory, const std::string& plant) {
  const std::string scenarios = test::source_dir() + "/scenarios/";
  std::string text = read(scenarios + "proving-ground.yaml");
  replace_all(text, "repos/agent", scenarios + "repos/agent");
  replace_all(text, "replicas: 3}\n  clusters",
              "replicas: 3, settings: {spokelab.plant: " + plant + "}}\n  clusters");
  directory.write(plant + ".yaml", text);
  return directory.at(plant + ".yaml");
}

class ThePlants : public ::testing::TestWithParam<hub::PlantInfo> {};

TEST_P(ThePlants, AreFoundByAShortSweep) {
  if (test::kSanitized) GTEST_SKIP() << "hundreds of runs: left to the optimised build";
  const TempDir directory;
  const auto file = planted(directory, std::string(GetParam().name));
  const auto swept = spokelab("sweep " + file + " --until-fail --seeds " + std::to_string(kSeeds));
  EXPECT_EQ(swept.code, 1) << swept.text;
}

INSTANTIATE_TEST_SUITE_P(All, ThePlants, ::testing::ValuesIn(hub::all_plants()),
                         [](const auto& info) {
                           std::string name;
                           for (const char c : info.param.name)
                             if (c != '-') name += c;
                           return name;
                         });

TEST(APlant, IsShrunkToAFileThatOnePageHolds) {
  if (test::kSanitized) GTEST_SKIP() << "hundreds of runs: left to the optimised build";
  const TempDir directory;
  const auto file = planted(directory, "deaf-probe");
  const auto small = directory.at("small.yaml");
  const auto shrunk = spokelab("shrink " + file + " --seed 1 --runs 60 -o " + small);
  ASSERT_EQ(shrunk.code, 0) << shrunk.text;
  const auto text = read(small);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), kShrunkLinesMax) << text;
  EXPECT_EQ(spokelab("run --no-reports -q " + small).code, 1) << text;
}

}  // namespace
}  // namespace spokelab::harness
