#include "harness/run/assets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;

Result<std::string> read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(Errc::bad_input, path + ": cannot be read");
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

bool is_manifest(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

/// "FILE:3:7: why" of an error that says "line 3, column 7: why".
std::string placed(const std::string& path, const std::string& message) {
  unsigned line = 0;
  unsigned column = 0;
  int length = 0;
  const int found = std::sscanf(message.c_str(), "line %u, column %u: %n", &line, &column, &length);
  if (found != 2 || length == 0) return path + ": " + message;
  return fmt::format("{}:{}:{}: {}", path, line, column,
                     message.substr(static_cast<std::size_t>(length)));
}

/// A document, or the items of a List, appended to `into`.
void append(const std::string& where, Json document, std::vector<JsonRef>& into,
            std::vector<std::string>& problems) {
  if (!document.is_object()) {
    problems.push_back(where + " is no object, and manifests are");
    return;
  }
  const auto kind = text_at(document, {"kind"});
  if (kind == "List" && document.contains("items") && document["items"].is_array()) {
    for (auto& item : document["items"])
      append(where + ", one of its items", std::move(item), into, problems);
    return;
  }
  if (kind.empty() || text_at(document, {"apiVersion"}).empty()) {
    problems.push_back(where + " has no apiVersion or kind");
    return;
  }
  into.push_back(freeze(std::move(document)));
}

}  // namespace

void Assets::read_manifests(const std::string& path, std::vector<std::string>& problems) {
  if (manifests_.contains(path)) return;
  std::vector<std::string> files;
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file() && is_manifest(entry.path()))
        files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (files.empty()) problems.push_back(path + ": no *.yaml, *.yml or *.json files");
  } else {
    files.push_back(path);
  }
  auto& into = manifests_[path];
  for (const auto& file : files) {
    const auto text = read_text(file);
    if (!text) {
      problems.push_back(text.error().message());
      continue;
    }
    auto documents = parse_yaml_documents(*text);
    if (!documents) {
      problems.push_back(placed(file, documents.error().message()));
      continue;
    }
    for (std::size_t i = 0; i < documents->size(); ++i) {
      append(fmt::format("{}: document {}", file, i + 1), std::move((*documents)[i]), into,
             problems);
    }
  }
}

void Assets::read_step(const Step& step, std::vector<std::string>& problems) {
  if (const auto* apply = std::get_if<ApplyStep>(&step.action)) {
    for (const auto& file : apply->files) read_manifests(file.path, problems);
  } else if (const auto* commit = std::get_if<CommitStep>(&step.action)) {
    for (const auto& [path, change] : commit->files) {
      const auto* copy = std::get_if<FileRef>(&change);
      if (copy == nullptr) continue;
      auto text = read_text(copy->path);
      if (text) {
        texts_[copy->path] = std::move(*text);
      } else {
        problems.push_back(text.error().message());
      }
    }
  }
}

Result<std::shared_ptr<const Assets>> Assets::read(const Scenario& scenario) {
  auto assets = std::make_shared<Assets>();
  std::vector<std::string> problems;
  for (const auto& [url, file] : scenario.world.repos) {
    auto snapshot = RepoSnapshot::read(file.path);
    if (snapshot) {
      assets->repos_[url] = *snapshot;
    } else {
      problems.push_back(snapshot.error().message());
    }
  }
  for (const auto& [target, files] : scenario.world.apply) {
    for (const auto& file : files) assets->read_manifests(file.path, problems);
  }
  for (const auto& step : scenario.steps) assets->read_step(step, problems);
  if (!problems.empty())
    return Error(Errc::bad_input, fmt::format("{}", fmt::join(problems, "\n")));
  return std::shared_ptr<const Assets>(std::move(assets));
}

}  // namespace spokelab::harness
