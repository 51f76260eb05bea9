// A build: files into a directory, the program over it, the directory gone.
#include "harness/wall/kustomize_binary.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "base/rng.h"
#include "harness/wall/child_program.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kResultsMax = 512;
constexpr std::uintmax_t kBytesMax = std::uintmax_t{256} << 20;
constexpr const char* kShownRoot = "<path to cached source>";

class Workplace {
 public:
  Workplace() {
    std::error_code failed;
    const auto folder = fs::temp_directory_path(failed);
    std::string name =
        ((failed ? fs::path("/tmp") : folder) / "spokelab-kustomize-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Workplace() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  const std::string& path() const { return path_; }

  Result<void> fill(const FileTree& files) const {
    if (path_.empty()) return Error(Errc::internal, "no temporary directory can be made");
    std::uintmax_t bytes = 0;
    for (const auto& [name, content] : files) {
      bytes += content->size();
      if (bytes > kBytesMax) {
        return Error(Errc::limit,
                     fmt::format("a repository of more than {} bytes is not built", kBytesMax));
      }
      const fs::path file = fs::path(path_) / "repo" / name;
      std::error_code failed;
      fs::create_directories(file.parent_path(), failed);
      std::ofstream(file, std::ios::binary) << *content;
    }
    return {};
  }

 private:
  std::string path_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// What a line of a log is about, without its time and process, which would differ each time:
/// `E1129 12:45:37.4 17378 run.go:72] "command failed" err="no such file"` -> "no such file".
std::string without_log_head(const std::string& text) {
  constexpr std::string_view kErr = "err=\"";
  const auto begin = text.find(kErr);
  const auto end = text.rfind('"');
  const bool log = text.size() > 5 && text[0] == 'E' &&
                   text.find_first_not_of("0123456789", 1) == 5 && text[5] == ' ';
  if (!log || begin == std::string::npos || end <= begin + kErr.size()) return text;
  std::string plain;
  for (auto at = begin + kErr.size(); at < end; ++at) {
    if (text[at] != '\\' || at + 1 >= end) {
      plain += text[at];
      continue;
    }
    ++at;
    plain += text[at] == 'n' ? '\n' : text[at];
  }
  return plain;
}

/// kubectl says "error: " or writes a log, kustomize says "Error: ".
std::string complaint(std::string text, const std::string& root) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.starts_with("error: ")) text[0] = 'E';
  if (!text.starts_with("Error: ")) text = "Error: " + without_log_head(text);
  return replaced(std::move(text), root, kShownRoot);
}

}  // namespace

KustomizeBinary::KustomizeBinary(const std::string& search_path)
    : kustomize_(find_program(search_path, "kustomize")),
      kubectl_(find_program(search_path, "kubectl")) {}

KustomizeBinary& KustomizeBinary::here() {
  const char* path = std::getenv("PATH");
  static KustomizeBinary tool(path == nullptr ? "" : path);
  return tool;
}

Result<std::string> KustomizeBinary::build(const FileTree& files, const std::string& path,
                                           const std::vector<std::string>& options) {
  if (kustomize_.empty() && kubectl_.empty()) {
    return Error(Errc::unsupported,
                 "a Kustomize source needs the program kustomize or kubectl, and "
                 "neither is in PATH");
  }
  Key key{0xcbf29ce484222325ULL, 0x9ae16a3b2f90404fULL};
  const auto add = [&key](std::string_view text) {
    const std::string size = std::to_string(text.size()) + ":";
    key.first = stable_hash(text, stable_hash(size, key.first));
    key.second = stable_hash(text, stable_hash(size, key.second));
  };
  add(path);
  for (const auto& option : options) add(option);
  add("files");
  for (const auto& [name, content] : files) {
    add(name);
    add(*content);
  }
  if (const auto hit = known_.find(key); hit != known_.end()) return hit->second;
  auto made = run(files, path, options);
  const bool lasting = made || made.error().code() == Errc::bad_input;
  if (!lasting) return made;
  if (known_.size() >= kResultsMax) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(key);
  known_.emplace(key, made);
  return made;
}

Result<std::string> KustomizeBinary::run(const FileTree& files, const std::string& path,
                                         const std::vector<std::string>& options) const {
  const Workplace place;
  if (auto filled = place.fill(files); !filled) return filled.error();
  const std::string root = place.path() + "/repo";
  const std::string folder = path.empty() ? root : root + "/" + path;
  ChildProgram program;
  program.file = kustomize_.empty() ? kubectl_ : kustomize_;
  program.arguments = {kustomize_.empty() ? "kustomize" : "build", folder};
  program.arguments.insert(program.arguments.end(), options.begin(), options.end());
  program.directory = root;
  // No git, no helm, no plugins; and what is fetched by URL finds no proxy that answers.
  program.environment = {"PATH=/nonexistent",
                         "HOME=" + place.path(),
                         "TMPDIR=" + place.path(),
                         "HTTP_PROXY=http://127.0.0.1:1",
                         "HTTPS_PROXY=http://127.0.0.1:1",
                         "NO_PROXY="};
  const auto ended = run_child(program);
  if (!ended) return ended.error();
  if (ended->status == 0) return ended->out;
  std::string command =
      fmt::format("kustomize build {}", path.empty() ? kShownRoot : kShownRoot + ("/" + path));
  for (const auto& option : options) command += " " + option;
  return Error(Errc::bad_input, fmt::format("`{}` failed exit status {}: {}", command,
                                            ended->status, complaint(ended->err, root)));
}

}  // namespace spokelab::harness
