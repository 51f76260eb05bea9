#include "harness/repo/snapshot.h"

#include <fmt/format.h>
#include <git2.h>
#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "harness/repo/links.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFileBytesMax = 4u << 20;
constexpr std::size_t kFilesMax = 20'000;

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

// libgit2's handles, freed in order.
template <class T, void (*Free)(T*)>
struct Handle {
  T* raw = nullptr;
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (raw != nullptr) Free(raw);
  }
};
using Repository = Handle<git_repository, git_repository_free>;
using Object = Handle<git_object, git_object_free>;
using Reference = Handle<git_reference, git_reference_free>;
using Tree = Handle<git_tree, git_tree_free>;

std::string git_failure() {
  const git_error* error = git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "unknown Git error";
}

class GitSnapshot final : public RepoSnapshot {
 public:
  static bool is_repository(const std::string& path) {
    // A look first: starting libgit2 reads all CA certificates of the machine.
    const fs::path at(path);
    if (!fs::exists(at / ".git") && !(fs::exists(at / "HEAD") && fs::exists(at / "objects")))
      return false;
    git_libgit2_init();
    Repository found;
    return git_repository_open_ext(&found.raw, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH,
                                   nullptr) == 0;
  }
  static Result<std::shared_ptr<const RepoSnapshot>> open(const std::string& path) {
    git_libgit2_init();
    auto snapshot = std::make_shared<GitSnapshot>();
    const int failed = git_repository_open_ext(&snapshot->repository_.raw, path.c_str(),
                                               GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
    if (failed != 0) return Error(Errc::bad_input, fmt::format("{}: {}", path, git_failure()));
    return std::shared_ptr<const RepoSnapshot>(std::move(snapshot));
  }
  Result<Commit> resolve(const std::string& revision) const override {
    const auto wanted = revision.empty() ? std::string("HEAD") : revision;
    for (const auto& name : {wanted, "refs/remotes/origin/" + wanted}) {
      Object object;
      if (git_revparse_single(&object.raw, repository_.raw, (name + "^{commit}").c_str()) == 0) {
        return load(object.raw);
      }
    }
    return Error(Errc::not_found, fmt::format("unable to resolve '{}' to a commit SHA", wanted));
  }
  Result<Commit> commit(const std::string& id) const override { return resolve(id); }
  std::string default_branch() const override {
    Reference head;
    if (git_repository_head(&head.raw, repository_.raw) != 0) return "main";
    return git_reference_shorthand(head.raw);
  }

 private:
  Result<Commit> load(git_object* object) const {
    const std::string id = git_oid_tostr_s(git_object_id(object));
    const auto known = loaded_.find(id);
    if (known != loaded_.end()) return Commit{id, known->second};
    Tree tree;
    if (git_commit_tree(&tree.raw, reinterpret_cast<git_commit*>(object)) != 0) {
      return Error(Errc::bad_input, fmt::format("commit {}: {}", id, git_failure()));
    }
    struct Walk {
      git_repository* repository;
      FileTree files;
      std::map<std::string, std::string> links;
      std::string problem;
    } walk{repository_.raw, {}, {}, {}};
    const auto visit = [](const char* root, const git_tree_entry* entry, void* payload) {
      auto& into = *static_cast<Walk*>(payload);
      if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB) return 0;
      git_blob* blob = nullptr;
      if (git_blob_lookup(&blob, into.repository, git_tree_entry_id(entry)) != 0) return 0;
      const auto size = git_blob_rawsize(blob);
      const auto name = std::string(root) + git_tree_entry_name(entry);
      if (static_cast<std::uintmax_t>(size) > kFileBytesMax || into.files.size() >= kFilesMax) {
        into.problem = name;
        git_blob_free(blob);
        return -1;
      }
      std::string content(static_cast<const char*>(git_blob_rawcontent(blob)),
                          static_cast<std::size_t>(size));
      if (git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
        into.links[name] = std::move(content);
      else
        into.files[name] = std::make_shared<const std::string>(std::move(content));
      git_blob_free(blob);
      return 0;
    };
    git_tree_walk(tree.raw, GIT_TREEWALK_PRE, visit, &walk);
    if (!walk.problem.empty()) {
      return Error(Errc::limit, fmt::format("commit {}: {}: over 4 MiB, or over {} files", id,
                                            walk.problem, kFilesMax));
    }
    if (auto followed = follow_links(walk.files, walk.links); !followed)
      return followed.error().within("commit " + id);
    auto files = std::make_shared<const FileTree>(std::move(walk.files));
    loaded_[id] = files;
    return Commit{id, files};
  }

  Repository repository_;
  mutable std::map<std::string, std::shared_ptr<const FileTree>> loaded_;
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
  if (GitSnapshot::is_repository(path)) return GitSnapshot::open(path);
  auto files = read_directory(path);
  if (!files) return files.error();
  return std::shared_ptr<const RepoSnapshot>(
      std::make_shared<DirectorySnapshot>(std::move(*files)));
}

}  // namespace spokelab::harness
