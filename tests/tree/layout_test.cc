// The house rules that a compiler does not check: who may include whom, and what nobody may call.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/places.h"

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
  const fs::path root = spokelab::test::source_dir();
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

/// Whether `word` stands in the code, not as a part of a longer name.
bool says(std::string_view code, std::string_view word) {
  const auto in_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (auto at = code.find(word); at != std::string_view::npos; at = code.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool begins_late = at > 0 && word[0] != '_' && in_name(word[0]) && in_name(code[at - 1]);
    const bool goes_on = end < code.size() && in_name(word.back()) && in_name(code[end]);
    if (!begins_late && !goes_on) return true;
  }
  return false;
}

TEST(Layout, EveryFolderIncludesOnlyWhatItStandsOn) {
  constexpr std::string_view kInclude = "#include \"";
  for (const auto& source : sources()) {
    for (std::size_t n = 0; n < source.lines.size(); ++n) {
      const auto& line = source.lines[n];
      if (!line.starts_with(kInclude)) continue;
      const auto folder = line.substr(kInclude.size(), line.find('/') - kInclude.size());
      EXPECT_TRUE(kMayInclude.at(source.folder).contains(folder))
          << source.path << ":" << n + 1 << ": " << source.folder << "/ may not include " << folder
          << "/";
    }
  }
}

TEST(Layout, EveryHeaderIsGuardedAndSaysWhatItIs) {
  for (const auto& source : sources()) {
    ASSERT_FALSE(source.lines.empty()) << source.path;
    if (source.path.ends_with(".cc")) continue;
    EXPECT_TRUE(source.lines[0].starts_with("// "))
        << source.path << ": the first line says what it is";
    bool guarded = false;
    for (const auto& line : source.lines) guarded = guarded || line == "#pragma once";
    EXPECT_TRUE(guarded) << source.path << ": no #pragma once";
  }
}

TEST(Layout, NobodyReadsRealTimeOrChanceOutsideTheWallBackend) {
  // Each with what to use instead.
  const std::vector<std::pair<std::string, std::string>> banned{
      {"steady_clock", "Clock::now"},
      {"high_resolution_clock", "Clock::now"},
      {"system_clock::now", "Clock::wall_now"},
      {"time(NULL)", "Clock::wall_now"},
      {"time(nullptr)", "Clock::wall_now"},
      {"time(0)", "Clock::wall_now"},
      {"steady_timer", "Clock::call_at or sleep_until"},
      {"system_timer", "Clock::call_at or sleep_until"},
      {"deadline_timer", "Clock::call_at or sleep_until"},
      {"sleep_for(std::", "sleep_for(clock, span)"},
      {"this_thread", "a coroutine"},
      {"std::thread", "TaskGroup"},
      {"std::jthread", "TaskGroup"},
      {"std::async", "TaskGroup"},
      {"random_device", "Rng"},
      {"mt19937", "Rng"},
      {"mt19937_64", "Rng"},
      {"_distribution<", "Rng"},
      {"rand(", "Rng"},
      {"srand(", "Rng"},
      {"std::shuffle", "Rng"},
      {"getenv(", "an option of the command line"},
      {"%p", "a name"},
  };
  // The one place where real time, threads and child processes may be named, and the command line,
  // which measures how long a run really took and starts the workers of a sweep.
  const auto may = [](const std::string& path) {
    return path.starts_with("harness/wall/") || path.starts_with("harness/cli/") ||
           path == "harness/main.cc";
  };
  for (const auto& source : sources()) {
    if (may(source.path)) continue;
    for (std::size_t n = 0; n < source.lines.size(); ++n) {
      const auto& line = source.lines[n];
      const auto code = line.substr(0, line.find("//"));
      for (const auto& [word, instead] : banned) {
        EXPECT_FALSE(says(code, word))
            << source.path << ":" << n + 1 << ": use " << instead << " instead of: " << code;
      }
    }
  }
}

TEST(Layout, JsonIsSpelledByBaseAlone) {
  // The library's own types do not fit ours: base/json.h gives it our objects.
  for (const auto& source : sources()) {
    if (source.path == "base/json.h" || source.path == "base/json_fwd.h") continue;
    for (std::size_t n = 0; n < source.lines.size(); ++n) {
      EXPECT_FALSE(source.lines[n].starts_with("#include <nlohmann/"))
          << source.path << ":" << n + 1 << ": include base/json.h or base/json_fwd.h instead";
    }
  }
}

TEST(Layout, EveryTestMirrorsAFileOfTheTree) {
  const fs::path root = spokelab::test::source_dir();
  for (const auto& entry : fs::recursive_directory_iterator(root / "tests")) {
    const auto path = entry.path().lexically_relative(root / "tests").generic_string();
    if (!path.ends_with("_test.cc") || path.starts_with("tree/") || path.starts_with("fuzz/"))
      continue;
    const auto folder = path.substr(0, path.find('/'));
    EXPECT_TRUE(kMayInclude.contains(folder)) << "tests/" << path << ": no such folder in the tree";
  }
}

}  // namespace
