// docs/argocd-outages.md against the scenarios it lists.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/scenario/load.h"
#include "tests/support/places.h"

namespace spokelab::harness {
namespace {

namespace fs = std::filesystem;

constexpr int kLinesMax = 26;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

fs::path folder() { return fs::path(test::source_dir()) / "scenarios" / "argocd"; }

std::vector<fs::path> files() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// The row of the facts that a file shows, from its comment "# row: ...".
std::string row_of(const std::string& text) {
  constexpr std::string_view kMark = "\n# row: ";
  const auto at = text.find(kMark);
  if (at == std::string::npos) return "";
  const auto from = at + kMark.size();
  return text.substr(from, text.find('\n', from) - from);
}

/// "0.1, 12 refused" comes before "12 ...": by section and number.
std::pair<double, std::string> order_of(const std::string& row) { return {std::stod(row), row}; }

TEST(TheTableOfArgoCdsOutages, ListsEveryScenarioWithWhatItTeaches) {
  std::map<std::pair<double, std::string>, std::string> lines;
  for (const auto& file : files()) {
    const auto text = read(file);
    const auto row = row_of(text);
    ASSERT_FALSE(row.empty()) << file << " has no comment \"# row: ...\"";
    const auto loaded = load_scenario(file.string());
    ASSERT_TRUE(loaded.ok()) << render(loaded.diagnostics, *loaded.sources);
    const auto name = file.stem().string();
    const auto because = loaded.cases.at(0).resolve(Rng(0)).scenario.because;
    auto key = order_of(row);
    key.second += name;
    lines[key] = "| " + row + " | [`" + name + "`](../scenarios/argocd/" + name + ".yaml) | " +
                 because + " |\n";
  }
  std::string table = "| row | scenario | what is so, and for how long |\n|---|---|---|\n";
  for (const auto& [key, line] : lines) table += line;
  const auto page = read(fs::path(test::source_dir()) / "docs" / "argocd-outages.md");
  EXPECT_NE(page.find(table), std::string::npos)
      << "docs/argocd-outages.md ought to hold this table:\n"
      << table;
}

TEST(TheScenariosOfArgoCdsOutages, AreShort) {
  for (const auto& file : files()) {
    const auto text = read(file);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), kLinesMax) << file;
  }
}

}  // namespace
}  // namespace spokelab::harness
