// Directory sources: walk, filter, parse.
#include "hub/app/source/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/app/source/detect.h"
#include "hub/glob.h"

namespace spokelab::hub {

namespace {

/// filepath.Walk goes name by name in each folder, so "a/x" comes before "a-b".
bool walks_before(const std::string& a, const std::string& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const int left = x == '/' ? -1 : static_cast<unsigned char>(x);
    const int right = y == '/' ? -1 : static_cast<unsigned char>(y);
    return left < right;
  });
}

bool manifest_name(const std::string& file) {
  return file.ends_with(".yaml") || file.ends_with(".yml") || file.ends_with(".json") ||
         file.ends_with(".jsonnet");
}

struct Filter {
  std::optional<Glob> include;
  std::optional<Glob> exclude;
  bool takes(const std::string& file) const {
    if (exclude && exclude->matches(file)) return false;
    return !include || include->matches(file);
  }
};

Result<Filter> make_filter(const DirectoryOptions& options) {
  Filter filter;
  for (const bool include : {true, false}) {
    const std::string& pattern = include ? options.include : options.exclude;
    if (pattern.empty()) continue;
    auto glob = Glob::compile(pattern, GlobDialect::greedy);
    if (!glob) {
      return glob.error().within(
          fmt::format("directory.{} \"{}\"", include ? "include" : "exclude", pattern));
    }
    (include ? filter.include : filter.exclude).emplace(std::move(*glob));
  }
  return filter;
}

Result<std::vector<std::string>> manifest_files(const FileTree& tree, const std::string& path,
                                                const DirectoryOptions& options) {
  const auto filter = make_filter(options);
  if (!filter) return filter.error();
  const std::string prefix = path.empty() ? "" : path + "/";
  std::vector<std::string> files;
  for (auto at = tree.lower_bound(prefix); at != tree.end() && at->first.starts_with(prefix);
       ++at) {
    const std::string file = at->first.substr(prefix.size());
    if (!options.recurse && file.find('/') != std::string::npos) continue;
    if (manifest_name(file) && filter->takes(file)) files.push_back(file);
  }
  std::sort(files.begin(), files.end(), walks_before);
  return files;
}

Error broken(const std::string& file, const Error& why) {
  return Error(Errc::bad_input, fmt::format("Failed to unmarshal \"{}\": {}", file, why.message()));
}

Result<void> add_file(const std::string& file, const std::string& text,
                      std::vector<JsonRef>& objects) {
  if (text.find("+argocd:skip-file-rendering") != std::string::npos) return {};
  if (file.ends_with(".jsonnet")) {
    return Error(Errc::unsupported, fmt::format("{}: Jsonnet is not available", file));
  }
  if (file.ends_with(".json")) {
    auto document = parse_json(text);
    if (!document) return broken(file, document.error());
    auto added = add_manifest(freeze(std::move(*document)), objects);
    if (!added) return broken(file, added.error());
    return {};
  }
  const auto has = [&text](std::string_view part) { return text.find(part) != std::string::npos; };
  const bool looks_like_one = has("apiVersion:") && has("kind:") && has("metadata:");
  auto documents = parse_yaml_documents(text);
  if (!documents) {
    if (looks_like_one) return broken(file, documents.error());
    return {};
  }
  std::vector<JsonRef> found;
  for (Json& document : *documents) {
    auto added = add_manifest(freeze(std::move(document)), found);
    if (added) continue;
    if (!found.empty() || looks_like_one) return broken(file, added.error());
    return {};
  }
  objects.insert(objects.end(), found.begin(), found.end());
  return {};
}

}  // namespace

Result<void> add_manifest(JsonRef shared, std::vector<JsonRef>& objects) {
  const Json& document = *shared;
  if (document.is_null() || (document.is_object() && document.empty())) return {};
  if (!document.is_object()) {
    return Error(Errc::bad_input, fmt::format("json: cannot unmarshal {} into Go value of type "
                                              "map[string]interface {{}}",
                                              document.type_name()));
  }
  const std::string kind = text_at(document, {"kind"});
  if (kind.empty()) {
    std::string shown = document.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shown.size() > 1000) shown.replace(1000, std::string::npos, "...");
    return Error(Errc::bad_input, fmt::format("Object 'Kind' is missing in '{}'", shown));
  }
  const Json* metadata = find(document, {"metadata"});
  if (metadata != nullptr && !metadata->is_object() && !metadata->is_null()) {
    return Error(Errc::bad_input, fmt::format("{}: metadata: Invalid value: {}: must be an object",
                                              kind, metadata->dump().substr(0, 100)));
  }
  const auto items = document.find("items");
  if (kind.ends_with("List") && items != document.end() &&
      (items->is_array() || items->is_null())) {
    for (const Json& item : *items) {
      auto added = add_manifest(freeze(item), objects);
      if (!added) return added;
    }
    return {};
  }
  if (objects.size() >= kObjectsMax) {
    return Error(Errc::limit, fmt::format("a source gives more than {} objects", kObjectsMax));
  }
  objects.push_back(std::move(shared));
  return {};
}

Result<std::vector<JsonRef>> manifest_objects(std::string_view yaml) {
  auto documents = parse_yaml_documents(yaml);
  if (!documents) return documents.error();
  std::vector<JsonRef> objects;
  for (Json& document : *documents) {
    auto added = add_manifest(freeze(std::move(document)), objects);
    if (!added) return added.error();
  }
  return objects;
}

Result<std::vector<JsonRef>> directory_objects(const FileTree& tree, const std::string& path,
                                               const DirectoryOptions& options) {
  const auto files = manifest_files(tree, path, options);
  if (!files) return files.error();
  std::vector<JsonRef> objects;
  for (const std::string& file : *files) {
    auto added = add_file(file, *tree.at(join_path(path, file)), objects);
    if (!added) return added.error();
  }
  return objects;
}

}  // namespace spokelab::hub
