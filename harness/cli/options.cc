#include "harness/cli/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness/scenario/values.h"

namespace spokelab::harness {

namespace fs = std::filesystem;

int graver(int a, int b) {
  constexpr std::array order{kPassed, kInconclusive, kFailed,   kNotDeterministic, kBadScenario,
                             kUsage,  kEnvironment,  kInternal, kInterrupted};
  const auto rank = [&](int code) {
    return std::find(order.begin(), order.end(), code) - order.begin();
  };
  return rank(a) >= rank(b) ? a : b;
}

bool colours_wanted(const std::string& when, int descriptor) {
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return isatty(descriptor) == 1 && (term == nullptr || std::string(term) != "dumb");
}

std::vector<std::string> scenario_files(const std::vector<std::string>& arguments, bool& ok) {
  std::vector<std::string> files;
  ok = true;
  for (const auto& argument : arguments) {
    if (fs::is_directory(argument)) {
      std::vector<std::string> found;
      for (const auto& entry : fs::directory_iterator(argument)) {
        if (entry.is_regular_file() && entry.path().extension() == ".yaml")
          found.push_back(entry.path().string());
      }
      std::sort(found.begin(), found.end());
      if (found.empty()) {
        fmt::print(stderr, "spokelab: {}: no *.yaml files in this directory\n", argument);
        ok = false;
      }
      files.insert(files.end(), found.begin(), found.end());
    } else if (fs::exists(argument)) {
      files.push_back(argument);
    } else {
      fmt::print(stderr, "spokelab: {}: no such file or directory\n", argument);
      ok = false;
    }
  }
  return files;
}

std::optional<Nanos> span_option(std::string_view name, const std::string& text, Nanos none) {
  if (text.empty()) return none;
  const auto span = parse_span(text);
  if (span && *span > Nanos(0)) return *span;
  fmt::print(stderr, "spokelab: {} {}: {}\n", name, text,
             span ? "it must be longer than nothing" : span.error().message());
  return std::nullopt;
}

std::optional<std::string> read_whole_file(const std::string& path) {
  std::error_code failed;
  std::ifstream in(path, std::ios::binary);
  if (fs::is_directory(path, failed) || !in) {
    fmt::print(stderr, "spokelab: {}: cannot be read\n", path);
    return std::nullopt;
  }
  return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool write_file(const std::string& path, const std::string& text) {
  std::error_code failed;
  const auto parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, failed);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.flush();
  if (out) return true;
  fmt::print(stderr, "spokelab: {}: cannot be written\n", path);
  return false;
}

}  // namespace spokelab::harness
