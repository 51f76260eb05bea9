// Source paths and types, as Argo CD's repo-server tells them apart.
#include "hub/app/source/detect.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml.h"
#include "kube/patch.h"

namespace spokelab::hub {

namespace {

bool has_folder(const FileTree& tree, const std::string& folder) {
  if (folder.empty()) return true;
  const auto hit = tree.lower_bound(folder + "/");
  return hit != tree.end() && hit->first.starts_with(folder + "/");
}

/// A block that is there and says something; `helm: {}` says nothing.
bool explicit_block(const ApplicationSource& source, std::string_view key) {
  const Json* block = find(*source.raw, {key});
  if (block == nullptr || !block->is_object()) return false;
  for (const Json& value : *block) {
    const bool nothing = value.is_null() || value == false || value == "" ||
                         (value.is_structured() && value.empty());
    if (!nothing) return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(SourceType type) noexcept {
  switch (type) {
    case SourceType::helm:
      return "Helm";
    case SourceType::kustomize:
      return "Kustomize";
    case SourceType::plugin:
      return "Plugin";
    case SourceType::directory:
      break;
  }
  return "Directory";
}

std::string join_path(const std::string& folder, const std::string& file) {
  return folder.empty() ? file : folder + "/" + file;
}

Result<std::string> clean_path(const std::string& path) {
  std::vector<std::string> parts;
  std::string part;
  for (const char symbol : path + "/") {
    if (symbol != '/') {
      part += symbol;
      continue;
    }
    if (part == "..") {
      if (parts.empty()) return Error(Errc::bad_input, "path leads out of the root");
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    part.clear();
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

Result<std::string> clean_app_path(const FileTree& tree, const std::string& path) {
  if (path.starts_with('/')) {
    return Error(Errc::bad_input, fmt::format("{}: app path is absolute", path));
  }
  auto clean = clean_path(path);
  if (!clean) return Error(Errc::bad_input, fmt::format("{}: app path outside root", path));
  if (has_folder(tree, *clean)) return clean;
  if (tree.contains(*clean)) {
    return Error(Errc::bad_input, fmt::format("{}: app path is not a directory", path));
  }
  return Error(Errc::not_found, fmt::format("{}: app path does not exist", path));
}

Result<SourceType> detect_source_type(const ApplicationSource& source, const FileTree& tree,
                                      const std::string& path) {
  std::vector<SourceType> given;
  if (explicit_block(source, "kustomize")) given.push_back(SourceType::kustomize);
  if (explicit_block(source, "helm")) given.push_back(SourceType::helm);
  if (explicit_block(source, "directory")) given.push_back(SourceType::directory);
  if (source.plugin) given.push_back(SourceType::plugin);
  if (given.size() > 1) {
    std::vector<std::string_view> names;
    for (const SourceType type : given) names.push_back(name_of(type));
    return Error(Errc::bad_input,
                 fmt::format("multiple application sources defined: {}", fmt::join(names, ",")));
  }
  if (given.size() == 1) return given.front();
  if (tree.contains(join_path(path, "Chart.yaml"))) return SourceType::helm;
  for (const char* name : {"kustomization.yaml", "kustomization.yml", "Kustomization"}) {
    if (tree.contains(join_path(path, name))) return SourceType::kustomize;
  }
  return SourceType::directory;
}

Result<ApplicationSource> with_overrides(const ApplicationSource& source, const FileTree& tree,
                                         const std::string& path, const std::string& app) {
  Json merged;
  for (const std::string& name :
       {std::string(".argocd-source.yaml"), ".argocd-source-" + app + ".yaml"}) {
    const auto file = tree.find(join_path(path, name));
    if (file == tree.end()) continue;
    auto patch = parse_yaml(*file->second);
    if (!patch) return patch.error().within(fmt::format("{}: error parsing", name));
    if (!patch->is_object()) continue;
    if (merged.is_null()) merged = *source.raw;
    kube::apply_merge_patch(merged, *patch);
  }
  if (merged.is_null()) return source;
  return read_source(merged);
}

}  // namespace spokelab::hub
