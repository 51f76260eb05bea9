#include "harness/run/assets.h"

#include <fmt/format.h>

#include <algorithm>
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

/// A document, or the items of a List, appended to `into`.
Result<void> append(const std::string& path, Json document, std::vector<JsonRef>& into) {
  const auto kind = text_at(document, {"kind"});
  if (kind == "List" && document.contains("items")) {
    for (auto& item : document["items"]) {
      if (auto added = append(path, std::move(item), into); !added) return added;
    }
    return {};
  }
  if (kind.empty() || text_at(document, {"apiVersion"}).empty()) {
    return Error(Errc::bad_input,
                 fmt::format("{}: document {} has no apiVersion or kind", path, into.size() + 1));
  }
  into.push_back(freeze(std::move(document)));
  return {};
}

}  // namespace

Result<void> Assets::read_manifests(const std::string& path) {
  if (manifests_.contains(path)) return {};
  std::vector<std::string> files;
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file() && is_manifest(entry.path()))
        files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (files.empty()) return Error(Errc::bad_input, path + ": no *.yaml, *.yml or *.json files");
  } else {
    files.push_back(path);
  }
  auto& into = manifests_[path];
  for (const auto& file : files) {
    const auto text = read_text(file);
    if (!text) return text.error();
    auto documents = parse_yaml_documents(*text);
    if (!documents) return documents.error().within(file);
    for (auto& document : *documents) {
      if (auto added = append(file, std::move(document), into); !added) return added;
    }
  }
  return {};
}

Result<std::shared_ptr<const Assets>> Assets::read(const Scenario& scenario) {
  auto assets = std::make_shared<Assets>();
  for (const auto& [url, file] : scenario.world.repos) {
    auto snapshot = RepoSnapshot::read(file.path);
    if (!snapshot) return snapshot.error();
    assets->repos_[url] = *snapshot;
  }
  const auto read_all = [&](const std::vector<FileRef>& files) -> Result<void> {
    for (const auto& file : files) {
      if (auto read = assets->read_manifests(file.path); !read) return read;
    }
    return {};
  };
  for (const auto& [target, files] : scenario.world.apply) {
    if (auto read = read_all(files); !read) return read.error();
  }
  for (const auto& step : scenario.steps) {
    if (const auto* apply = std::get_if<ApplyStep>(&step.action)) {
      if (auto read = read_all(apply->files); !read) return read.error();
    } else if (const auto* commit = std::get_if<CommitStep>(&step.action)) {
      for (const auto& [path, change] : commit->files) {
        const auto* copy = std::get_if<FileRef>(&change);
        if (copy == nullptr) continue;
        auto text = read_text(copy->path);
        if (!text) return text.error();
        assets->texts_[copy->path] = std::move(*text);
      }
    }
  }
  return std::shared_ptr<const Assets>(std::move(assets));
}

}  // namespace spokelab::harness
