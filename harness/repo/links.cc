// Following links within a file tree.
#include "harness/repo/links.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace spokelab::harness {

namespace {

constexpr int kHopsMax = 10;
constexpr std::size_t kAddedMax = 20'000;

/// "a/b/../c" -> "a/c". Nothing when it leads out of the root.
std::optional<std::string> clean(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return std::nullopt;
    } else {
      parts.pop_back();
    }
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

class Following {
 public:
  Following(FileTree& files, const std::map<std::string, std::string>& links)
      : files_(files), links_(links) {}

  Result<void> run() {
    FileTree added;
    for (const auto& [path, target] : links_) {
      const auto place = settle(path);
      if (!place) {
        return Error(Errc::bad_input,
                     fmt::format("repository contains out-of-bounds symlinks. file: {}", path));
      }
      if (const auto file = files_.find(*place); file != files_.end()) {
        added[path] = file->second;
      } else {
        add_folder(path, *place, added);
      }
      if (added.size() > kAddedMax) {
        return Error(Errc::limit,
                     fmt::format("links of the repository lead to more than {} files", kAddedMax));
      }
    }
    files_.merge(added);
    return {};
  }

 private:
  /// Where the path really lies, with every link on the way followed. Nothing: out of the root.
  std::optional<std::string> settle(std::string path) const {
    for (int hops = 0; hops <= kHopsMax; ++hops) {
      bool followed = false;
      for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        const auto link = links_.find(part);
        if (link != links_.end()) {
          if (link->second.starts_with('/')) return std::nullopt;
          const std::size_t folder = part.rfind('/');
          const std::string base = folder == std::string::npos ? "" : part.substr(0, folder + 1);
          const std::string rest = end == std::string::npos ? "" : path.substr(end);
          auto next = clean(base + link->second + rest);
          if (!next) return std::nullopt;
          path = std::move(*next);
          followed = true;
          break;
        }
        if (end == std::string::npos) break;
      }
      if (!followed) return path;
    }
    return path;  // a circle: it leads to no file
  }

  void add_folder(const std::string& path, const std::string& place, FileTree& added) const {
    const std::string prefix = place.empty() ? "" : place + "/";
    for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
         ++at) {
      if (added.size() > kAddedMax) return;
      added[path + "/" + at->first.substr(prefix.size())] = at->second;
    }
  }

  FileTree& files_;
  const std::map<std::string, std::string>& links_;
};

}  // namespace

Result<void> follow_links(FileTree& files, const std::map<std::string, std::string>& links) {
  return Following(files, links).run();
}

}  // namespace spokelab::harness
