// Reading a chart's directory.
#include "harness/repo/chart_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "hub/helm/chart/archive.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;

bool lies_in(const fs::path& path, const fs::path& root) {
  const auto rest = path.lexically_relative(root);
  return !rest.empty() && *rest.begin() != "..";
}

class Reading {
 public:
  Result<FileTree> run(const fs::path& root) {
    std::error_code failed;
    roots_.push_back(fs::canonical(root, failed));
    if (failed) return wrong(root, failed.message());
    if (auto done = walk(root, ""); !done) return done.error();
    return std::move(files_);
  }

 private:
  static Error wrong(const fs::path& path, const std::string& why) {
    return Error(Errc::bad_input, fmt::format("{}: {}", path.string(), why));
  }

  Result<void> walk(const fs::path& folder, const std::string& prefix) {
    std::error_code failed;
    const fs::path real = fs::canonical(folder, failed);
    if (failed) return wrong(folder, failed.message());
    if (std::find(above_.begin(), above_.end(), real) != above_.end())
      return wrong(folder, "links lead in a circle");
    above_.push_back(real);
    std::vector<fs::path> found;
    for (auto at = fs::directory_iterator(folder, failed); !failed && at != fs::end(at);
         at.increment(failed))
      found.push_back(at->path());
    if (failed) return wrong(folder, failed.message());
    std::sort(found.begin(), found.end());
    for (const fs::path& path : found) {
      const std::string name = prefix + path.filename().string();
      if (auto done = fs::is_symlink(path) ? link(path, name) : entry(path, name); !done)
        return done;
    }
    above_.pop_back();
    return {};
  }

  Result<void> link(const fs::path& path, const std::string& name) {
    std::error_code failed;
    const fs::path real = fs::canonical(path, failed);
    if (failed) return wrong(path, "this link leads nowhere: " + failed.message());
    const bool inside = std::any_of(roots_.begin(), roots_.end(),
                                    [&](const fs::path& root) { return lies_in(real, root); });
    if (inside) return entry(path, name);
    const auto parent = fs::path(name).parent_path().filename();
    if (parent != "charts" || !fs::is_regular_file(real / "Chart.yaml"))
      return wrong(path, fmt::format("this link leads out of the chart, to {}", real.string()));
    roots_.push_back(real);
    auto done = entry(path, name);
    roots_.pop_back();
    return done;
  }

  Result<void> entry(const fs::path& path, const std::string& name) {
    std::error_code failed;
    const auto status = fs::status(path, failed);
    if (failed) return wrong(path, failed.message());
    if (fs::is_directory(status)) {
      if (path.filename() == ".git") return {};
      return walk(path, name + "/");
    }
    if (!fs::is_regular_file(status)) return wrong(path, "this is no regular file");
    const auto size = fs::file_size(path, failed);
    bytes_ += failed ? 0 : size;
    if (bytes_ > 4 * hub::helm::kChartBytesMax || files_.size() >= hub::helm::kChartFilesMax) {
      return Error(Errc::limit,
                   fmt::format("{}: the directory has more than {} MiB or {} files", path.string(),
                               4 * hub::helm::kChartBytesMax >> 20, hub::helm::kChartFilesMax));
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) return wrong(path, "cannot be read");
    files_[name] = std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                                       std::istreambuf_iterator<char>());
    return {};
  }

  std::vector<fs::path> roots_;  // where links may lead
  std::vector<fs::path> above_;  // the folders being read
  std::uintmax_t bytes_ = 0;
  FileTree files_;
};

}  // namespace

Result<FileTree> read_chart_directory(const std::string& path) { return Reading().run(path); }

}  // namespace spokelab::harness
