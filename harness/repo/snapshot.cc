#include "harness/repo/snapshot.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "harness/repo/git_snapshot.h"
#include "harness/repo/limits.h"
#include "harness/repo/links.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;

Result<FileTree> read_directory(const fs::path& root) {
  FileTree files;
  std::map<std::string, std::string> links;
  std::error_code failed;
  auto walk = fs::recursive_directory_iterator(root, failed);
  if (failed) {
    return Error(Errc::bad_input,
                 fmt::format("{}: cannot read the directory: {}", root.string(), failed.message()));
  }
  for (auto at = fs::begin(walk); at != fs::end(walk); at.increment(failed)) {
    if (failed)
      return Error(Errc::bad_input, fmt::format("{}: {}", root.string(), failed.message()));
    if (at->is_directory() && at->path().filename() == ".git") {
      at.disable_recursion_pending();
      continue;
    }
    const auto name = at->path().lexically_relative(root).generic_string();
    if (at->is_symlink()) {
      links[name] = fs::read_symlink(at->path(), failed).generic_string();
      continue;
    }
    if (!at->is_regular_file()) continue;
    if (at->file_size() > kFileBytesMax) {
      return Error(Errc::limit, fmt::format("{}: larger than 4 MiB", at->path().string()));
    }
    if (files.size() >= kFilesMax) {
      return Error(Errc::limit, fmt::format("{}: more than {} files", root.string(), kFilesMax));
    }
    std::ifstream in(at->path(), std::ios::binary);
    if (!in) return Error(Errc::bad_input, fmt::format("{}: cannot be read", at->path().string()));
    files[name] = std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                                      std::istreambuf_iterator<char>());
  }
  if (auto followed = follow_links(files, links); !followed)
    return followed.error().within(root.string());
  return files;
}

class DirectorySnapshot final : public RepoSnapshot {
 public:
  explicit DirectorySnapshot(FileTree files)
      : commit_{content_id("", files), std::make_shared<const FileTree>(std::move(files))} {}
  Result<Commit> resolve(const std::string& revision) const override {
    if (revision.empty() || revision == "HEAD" || revision == "main" || revision == "master")
      return commit_;
    return commit(revision);
  }
  Result<Commit> commit(const std::string& id) const override {
    if (id.size() >= 7 && commit_.id.compare(0, id.size(), id) == 0) return commit_;
    return Error(Errc::not_found, fmt::format("unable to resolve '{}' to a commit SHA", id));
  }
  std::string default_branch() const override { return "main"; }

 private:
  Commit commit_;
};

}  // namespace

std::string content_id(const std::string& parent, const FileTree& files) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr);
  const auto fold = [&](const std::string& text) {
    const auto length = fmt::format("{} ", text.size());
    EVP_DigestUpdate(context.get(), length.data(), length.size());
    EVP_DigestUpdate(context.get(), text.data(), text.size());
  };
  fold(parent);
  for (const auto& [name, content] : files) {
    fold(name);
    fold(*content);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  std::string id;
  for (unsigned i = 0; i < size; ++i) id += fmt::format("{:02x}", digest[i]);
  return id;
}

Result<std::shared_ptr<const RepoSnapshot>> RepoSnapshot::read(const std::string& path) {
  if (!fs::is_directory(path))
    return Error(Errc::bad_input, fmt::format("{}: no such directory", path));
  if (looks_like_git(path)) return open_git_repository(path);
  auto files = read_directory(path);
  if (!files) return files.error();
  return std::shared_ptr<const RepoSnapshot>(
      std::make_shared<DirectorySnapshot>(std::move(*files)));
}

}  // namespace spokelab::harness
