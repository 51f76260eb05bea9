// The house rules that a compiler does not check: who may include whom, and what nobody may call.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::set<std::string>> kMayInclude{
    {"base", {"base"}},
    {"kube", {"base", "kube"}},
    {"sim", {"base", "sim"}},
    {"fakeapi", {"base", "kube", "fakeapi"}},
    {"hub", {"base", "kube", "hub"}},
    {"reports", {"base", "reports"}},
    {"harness", {"base", "kube", "sim", "fakeapi", "hub", "reports", "harness"}},
};

struct Source {
  std::string path;  // "hub/app/diff.cc"
  std::string folder;
  std::vector<std::string> lines;
};

std::vector<Source> sources() {
  std::vector<Source> found;
  const fs::path root = SPOKELAB_SOURCE_DIR;
  for (const auto& [folder, allowed] : kMayInclude) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      Source source{entry.path().lexically_relative(root).generic_string(), folder, {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) source.lines.push_back(line);
      found.push_back(std::move(source));
    }
  }
  return found;
}

TEST(Layout, EveryFolderIncludesOnlyWhatItStandsOn) {
  const std::regex include("^#include \"([a-z_]+)/");
  for (const auto& source : sources()) {
    for (std::size_t n = 0; n < source.lines.size(); ++n) {
      std::smatch match;
      if (!std::regex_search(source.lines[n], match, include)) continue;
      EXPECT_TRUE(kMayInclude.at(source.folder).contains(match[1]))
          << source.path << ":" << n + 1 << ": " << source.folder << "/ may not include " << match[1] << "/";
    }
  }
}

TEST(Layout, EveryHeaderIsGuardedAndSaysWhatItIs) {
  for (const auto& source : sources()) {
    ASSERT_FALSE(source.lines.empty()) << source.path;
    if (source.path.ends_with(".cc")) continue;
    EXPECT_TRUE(source.lines[0].starts_with("// ")) << source.path << ": the first line says what it is";
    bool guarded = false;
    for (const auto& line : source.lines) guarded = guarded || line == "#pragma once";
    EXPECT_TRUE(guarded) << source.path << ": no #pragma once";
  }
}

TEST(Layout, NobodyReadsRealTimeOrChanceOutsideTheWallBackend) {
  // Each with what to use instead.
  const std::vector<std::pair<std::regex, std::string>> banned{
      {std::regex(R"((steady|system|high_resolution)_clock::now)"), "Clock::now"},
      {std::regex(R"(\b(steady_timer|system_timer|deadline_timer)\b)"), "Clock::call_at or sleep_until"},
      {std::regex(R"(\bsleep_for\(std::)"), "sleep_for(clock, span)"},
      {std::regex(R"(this_thread)"), "a coroutine"},
      {std::regex(R"(std::(thread|jthread|async)\b)"), "TaskGroup"},
      {std::regex(R"(random_device|mt19937|_distribution\b|\bs?rand\()"), "Rng"},
      {std::regex(R"(std::shuffle)"), "Rng"},
      {std::regex(R"(\bgetenv\()"), "an option of the command line"},
      {std::regex(R"(\btime\((NULL|nullptr|0)\))"), "Clock::wall_now"},
      {std::regex(R"(%p)"), "a name"},
  };
  // The one place where real time, threads and child processes may be named, and the command line, which
  // measures how long a run really took and starts the workers of a sweep.
  const auto may = [](const std::string& path) {
    return path.starts_with("harness/wall/") || path.starts_with("harness/cli/") || path == "harness/main.cc";
  };
  for (const auto& source : sources()) {
    if (may(source.path)) continue;
    for (std::size_t n = 0; n < source.lines.size(); ++n) {
      const auto& line = source.lines[n];
      const auto code = line.substr(0, line.find("//"));
      for (const auto& [pattern, instead] : banned) {
        EXPECT_FALSE(std::regex_search(code, pattern))
            << source.path << ":" << n + 1 << ": use " << instead << " instead of: " << code;
      }
    }
  }
}

TEST(Layout, EveryTestMirrorsAFileOfTheTree) {
  const fs::path root = SPOKELAB_SOURCE_DIR;
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    const auto path = entry.path().lexically_relative(root / "tests").generic_string();
    if (!path.ends_with("_test.cc") || path.starts_with("tree/")) continue;
    const auto folder = path.substr(0, path.find('/'));
    EXPECT_TRUE(kMayInclude.contains(folder)) << "tests/" << path << ": no such folder in the tree";
  }
}

}  // namespace
