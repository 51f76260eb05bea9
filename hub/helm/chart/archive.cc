// Unpacking charts with libarchive, in memory.
#include "hub/helm/chart/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace spokelab::hub::helm {

namespace {

Error wrong(std::string message) { return Error(Errc::bad_input, std::move(message)); }

Error too_large() {
  return Error(
      Errc::limit,
      fmt::format("decompressed chart is larger than the maximum file size {}", kChartBytesMax));
}

/// "a/./b//c/.." -> "a/b", as Go's path.Clean.
std::string clean(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    const std::size_t last = out.rfind('/');
    if (part == ".." && !out.empty() && out != ".." && !out.ends_with("/..")) {
      out.erase(last == std::string::npos ? 0 : last);
      continue;
    }
    out += (out.empty() ? "" : "/") + std::string(part);
  }
  return out;
}

bool is_drive(std::string_view path) {
  return path.size() > 2 && path[1] == ':' && path[2] == '/' &&
         ((path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z'));
}

/// The path within the chart of an entry of this name.
Result<std::string> path_in_chart(std::string name) {
  if (name.find('\\') != std::string::npos) {
    // Packed on Windows: "/" is then an ordinary character until now.
    const std::size_t first = name.find('\\');
    if (name.substr(0, first) == "Chart.yaml") return wrong("chart yaml not in base directory");
    std::replace(name.begin() + static_cast<std::ptrdiff_t>(first), name.end(), '\\', '/');
    name = "x" + name.substr(first);
  }
  const std::size_t slash = name.find('/');
  const std::string first = name.substr(0, slash);
  const std::string rest = slash == std::string::npos ? "" : name.substr(slash + 1);
  if (rest.starts_with('/')) return wrong("chart illegally contains absolute paths");
  std::string path = clean(rest);
  if (path.empty()) {
    return wrong(
        fmt::format("chart illegally contains content outside the base directory: \"{}\"", name));
  }
  if (path.starts_with("..")) return wrong("chart illegally references parent directory");
  if (is_drive(path)) return wrong("chart contains illegally named files");
  if (first == "Chart.yaml") return wrong("chart yaml not in base directory");
  return path;
}

class Unpacking {
 public:
  Unpacking(std::string_view bytes, std::size_t& bytes_left)
      : archive_(archive_read_new(), archive_read_free), bytes_left_(bytes_left) {
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_format_tar(archive_.get());
    opened_ = archive_read_open_memory(archive_.get(), bytes.data(), bytes.size()) == ARCHIVE_OK;
  }

  Result<FileTree> run() {
    if (!opened_) return broken();
    for (archive_entry* entry = nullptr;;) {
      const int got = archive_read_next_header(archive_.get(), &entry);
      if (got == ARCHIVE_EOF) break;
      if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return broken();
      if (archive_entry_filetype(entry) == AE_IFDIR) continue;
      if (auto done = add(entry); !done) return done.error();
    }
    if (files_.empty()) return wrong("no files in chart archive");
    return std::move(files_);
  }

 private:
  Error broken() const {
    const char* why = archive_error_string(archive_.get());
    return wrong(fmt::format("the chart archive cannot be read: {}", why == nullptr ? "?" : why));
  }

  Result<void> add(archive_entry* entry) {
    // Names in UTF-8 have no other form in the "C" locale, names in plain bytes only that.
    const char* raw = archive_entry_pathname(entry);
    if (raw == nullptr) raw = archive_entry_pathname_utf8(entry);
    if (raw == nullptr) return wrong("the chart archive has an entry whose name is not text");
    auto path = path_in_chart(raw);
    if (!path) return path.error();
    if (files_.size() >= kChartFilesMax)
      return Error(Errc::limit, fmt::format("the chart has more than {} files", kChartFilesMax));
    std::string data;
    if (archive_entry_filetype(entry) == AE_IFREG) {
      auto read = content(raw);
      if (!read) return read.error();
      data = std::move(*read);
    }
    if (data.starts_with("\xEF\xBB\xBF")) data.erase(0, 3);
    files_[*path] = std::make_shared<const std::string>(std::move(data));
    return {};
  }

  Result<std::string> content(std::string_view name) {
    std::string data;
    char buffer[16 * 1024];
    for (;;) {
      const la_ssize_t got = archive_read_data(archive_.get(), buffer, sizeof buffer);
      if (got < 0) return broken();
      if (got == 0) break;
      data.append(buffer, static_cast<std::size_t>(got));
      if (static_cast<std::size_t>(got) > bytes_left_) return too_large();
      bytes_left_ -= static_cast<std::size_t>(got);
      if (data.size() > kChartFileBytesMax) {
        return Error(Errc::limit, fmt::format("decompressed chart file \"{}\" is larger than the "
                                              "maximum file size {}",
                                              name, kChartFileBytesMax));
      }
    }
    return data;
  }

  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
  bool opened_ = false;
  std::size_t& bytes_left_;
  FileTree files_;
};

}  // namespace

Result<FileTree> unpack_chart(std::string_view bytes, std::size_t& bytes_left) {
  if (!bytes.starts_with("\x1F\x8B")) return wrong("gzip: invalid header");
  return Unpacking(bytes, bytes_left).run();
}

}  // namespace spokelab::hub::helm
