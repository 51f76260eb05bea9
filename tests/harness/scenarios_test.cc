// The scenarios that come with spokelab: each ends as it states, and its history depends on the
// seed and on nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/run/assets.h"
#include "harness/run/play.h"
#include "harness/scenario/load.h"
#include "tests/support/places.h"
#include "tests/support/sanitized.h"

namespace spokelab::harness {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  const auto scenarios = fs::path(test::source_dir()) / "scenarios";
  for (const auto& folder :
       {scenarios, scenarios / "library", scenarios / "argocd", scenarios / "networking"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".yaml")
        names.push_back(fs::relative(entry.path(), scenarios).replace_extension().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Scenarios : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenarios, EndAsStatedAndRepeatThemselves) {
  const auto path = (fs::path(test::source_dir()) / "scenarios" / (GetParam() + ".yaml")).string();
  if (test::kSanitized && GetParam().starts_with("library/"))
    GTEST_SKIP() << "large worlds; the optimised build plays them";
  const auto loaded = load_scenario(path);
  ASSERT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
  const auto assets = Assets::read(loaded.cases.at(0).resolve(Rng(0)).scenario);
  ASSERT_TRUE(assets) << assets.error().message();
  for (const auto& one : loaded.cases) {
    PlayOptions options;
    options.seed = one.seed().value_or(1);
    const auto first = play(one, *loaded.sources, **assets, options);
    std::string why;
    for (const auto& reason : first.reasons) why += "\n  " + reason;
    EXPECT_EQ(name_of(first.verdict), one.verdict()) << one.title() << why << "\n" << first.replay;
    EXPECT_GT(first.events.size(), 100u);
    // The others show that runs repeat, and script/compare-hashes that they do in every build.
    if (test::kSanitized || GetParam().find('/') != std::string::npos) continue;
    EXPECT_EQ(play(one, *loaded.sources, **assets, options).hash, first.hash)
        << "same seed, same history";
    ++options.seed;
    EXPECT_NE(play(one, *loaded.sources, **assets, options).hash, first.hash)
        << "another seed, another history";
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Scenarios, ::testing::ValuesIn(scenario_names()), [](const auto& info) {
      std::string name;
      bool capital = true;
      for (const char c : info.param) {
        if (c == '-' || c == '/') {
          capital = true;
          continue;
        }
        name += capital ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        capital = false;
      }
      return name;
    });

}  // namespace
}  // namespace spokelab::harness
