// Dependencies in other folders.
#include "hub/helm/chart/local_dependencies.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/gotemplate/semver.h"
#include "hub/helm/chart/archive.h"
#include "hub/helm/chart/ignore.h"

namespace spokelab::hub::helm {

namespace {

constexpr std::string_view kScheme = "file://";

Error wrong(std::string message) { return Error(Errc::bad_input, std::move(message)); }

/// "charts/web" and "../common" make "charts/common"; nothing when that is out of the files.
std::optional<std::string> joined(const std::string& folder, std::string_view way) {
  if (way.starts_with('/')) return std::nullopt;
  std::vector<std::string> parts;
  std::string part;
  for (const char c : fmt::format("{}/{}/", folder, way)) {
    if (c != '/') {
      part += c;
      continue;
    }
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    part.clear();
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

/// Chart.lock's version of a dependency, else the one that is asked for.
std::string version_of(const Dependency& entry, const Json& lock) {
  const auto list = lock.is_object() ? lock.find("dependencies") : lock.end();
  if (!lock.is_object() || list == lock.end() || !list->is_array()) return entry.version;
  for (const Json& locked : *list) {
    if (!locked.is_object() || locked.value("name", "") != entry.name) continue;
    const auto version = locked.find("version");
    if (version != locked.end() && version->is_string()) return version->get<std::string>();
  }
  return entry.version;
}

Result<FileTree> dependency_files(const FileTree& files, const std::string& path,
                                  const Dependency& entry, const Json& lock) {
  const auto folder = joined(path, std::string_view(entry.repository).substr(kScheme.size()));
  const auto gone = [&] {
    return wrong(fmt::format("directory {} not found",
                             folder ? *folder : entry.repository.substr(kScheme.size())));
  };
  if (!folder) return gone();
  auto own = chart_files(files, *folder);
  if (!own) return own;
  if (own->empty()) return gone();
  auto loaded = load_chart(files, *folder);
  if (!loaded) return loaded.error();
  const std::string wanted = version_of(entry, lock);
  const auto range = gotemplate::Constraint::parse(wanted);
  if (!range) {
    return range.error().within(
        fmt::format("dependency {} has an invalid version/constraint format", entry.name));
  }
  const auto version = gotemplate::parse_version((*loaded)->version());
  if (!version || !range->allows(*version))
    return wrong(fmt::format("can't get a valid version for dependency {}", entry.name));
  return own;
}

}  // namespace

Result<FileTree> chart_files(const FileTree& files, std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  while (path.starts_with("./")) path.remove_prefix(2);
  const std::string prefix = path.empty() || path == "." ? "" : std::string(path) + "/";
  const auto ignore_file = files.find(prefix + ".helmignore");
  const auto ignore =
      Ignore::parse(ignore_file == files.end() ? "" : std::string_view(*ignore_file->second));
  if (!ignore) return ignore.error();
  FileTree own;
  std::size_t bytes = 0;
  for (auto at = files.lower_bound(prefix); at != files.end() && at->first.starts_with(prefix);
       ++at) {
    const std::string name = at->first.substr(prefix.size());
    if (ignore->matches(name)) continue;
    if (at->second->size() > kChartFileBytesMax) {
      return Error(Errc::limit,
                   fmt::format("chart file \"{}\" is larger than the maximum file size {}",
                               name.substr(name.rfind('/') + 1), kChartFileBytesMax));
    }
    bytes += at->second->size();
    if (bytes > kChartBytesMax || own.size() >= kChartFilesMax) {
      return Error(Errc::limit, fmt::format("the chart has more than {} bytes or {} files",
                                            kChartBytesMax, kChartFilesMax));
    }
    const bool bom = at->second->starts_with("\xEF\xBB\xBF");
    own.emplace(name,
                bom ? std::make_shared<const std::string>(at->second->substr(3)) : at->second);
  }
  return own;
}

Result<std::map<std::string, FileTree>> local_dependencies(const FileTree& files,
                                                           const std::string& path,
                                                           const Chart::Parts& parts) {
  std::map<std::string, FileTree> out;
  const auto missing = [&parts](const Dependency& entry) {
    return std::find(parts.missing.begin(), parts.missing.end(), entry.name) != parts.missing.end();
  };
  for (const Dependency& entry : parts.metadata.dependencies) {
    if (missing(entry) && !entry.repository.starts_with(kScheme)) return out;
  }
  Json lock;
  const bool v1 = parts.metadata.api_version == "v1";
  const std::string prefix = path.empty() || path == "." ? "" : path + "/";
  if (const auto hit = files.find(prefix + (v1 ? "requirements.lock" : "Chart.lock"));
      hit != files.end()) {
    auto read = parse_yaml(*hit->second, YamlDuplicates::last_wins);
    if (!read) return read.error().within("cannot load Chart.lock");
    lock = std::move(*read);
  }
  for (const Dependency& entry : parts.metadata.dependencies) {
    if (!missing(entry) || out.contains(entry.name)) continue;
    auto found = dependency_files(files, path, entry, lock);
    if (!found) return found.error();
    out.emplace(entry.name, std::move(*found));
  }
  return out;
}

}  // namespace spokelab::hub::helm
