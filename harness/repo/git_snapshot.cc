#include "harness/repo/git_snapshot.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <utility>

#include "harness/repo/git_library.h"
#include "harness/repo/limits.h"
#include "harness/repo/links.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;

/// One of libgit2's handles, and the function that frees it.
template <class T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

std::string failure_of(const GitLibrary& git) {
  const git_error* error = git.error_last();
  return error != nullptr && error->message != nullptr ? error->message : "unknown Git error";
}

class GitSnapshot final : public RepoSnapshot {
 public:
  GitSnapshot(const GitLibrary& git, Handle<git_repository> repository)
      : git_(&git), repository_(std::move(repository)) {}
  Result<Commit> resolve(const std::string& revision) const override {
    const auto wanted = revision.empty() ? std::string("HEAD") : revision;
    for (const auto& name : {wanted, "refs/remotes/origin/" + wanted}) {
      git_object* found = nullptr;
      if (git_->revparse_single(&found, repository_.get(), (name + "^{commit}").c_str()) != 0)
        continue;
      const Handle<git_object> object(found, git_->object_free);
      return load(found);
    }
    return Error(Errc::not_found, fmt::format("unable to resolve '{}' to a commit SHA", wanted));
  }
  Result<Commit> commit(const std::string& id) const override { return resolve(id); }
  std::string default_branch() const override {
    git_reference* found = nullptr;
    if (git_->repository_head(&found, repository_.get()) != 0) return "main";
    const Handle<git_reference> head(found, git_->reference_free);
    return git_->reference_shorthand(found);
  }

 private:
  Result<Commit> load(git_object* object) const {
    const std::string id = git_->oid_tostr_s(git_->object_id(object));
    const auto known = loaded_.find(id);
    if (known != loaded_.end()) return Commit{id, known->second};
    git_tree* root = nullptr;
    if (git_->commit_tree(&root, reinterpret_cast<git_commit*>(object)) != 0) {
      return Error(Errc::bad_input, fmt::format("commit {}: {}", id, failure_of(*git_)));
    }
    const Handle<git_tree> tree(root, git_->tree_free);
    struct Walk {
      const GitLibrary& git;
      git_repository* repository;
      FileTree files;
      std::map<std::string, std::string> links;
      std::string problem;
    } walk{*git_, repository_.get(), {}, {}, {}};
    const auto visit = [](const char* root, const git_tree_entry* entry, void* payload) {
      auto& into = *static_cast<Walk*>(payload);
      const GitLibrary& git = into.git;
      if (git.tree_entry_type(entry) != GIT_OBJECT_BLOB) return 0;
      git_blob* blob = nullptr;
      if (git.blob_lookup(&blob, into.repository, git.tree_entry_id(entry)) != 0) return 0;
      const auto size = git.blob_rawsize(blob);
      const auto name = std::string(root) + git.tree_entry_name(entry);
      if (static_cast<std::uintmax_t>(size) > kFileBytesMax || into.files.size() >= kFilesMax) {
        into.problem = name;
        git.blob_free(blob);
        return -1;
      }
      std::string content(static_cast<const char*>(git.blob_rawcontent(blob)),
                          static_cast<std::size_t>(size));
      if (git.tree_entry_filemode(entry) == GIT_FILEMODE_LINK)
        into.links[name] = std::move(content);
      else
        into.files[name] = std::make_shared<const std::string>(std::move(content));
      git.blob_free(blob);
      return 0;
    };
    git_->tree_walk(root, GIT_TREEWALK_PRE, visit, &walk);
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

  const GitLibrary* git_;
  Handle<git_repository> repository_;
  mutable std::map<std::string, std::shared_ptr<const FileTree>> loaded_;
};

}  // namespace

bool looks_like_git(const std::string& path) {
  const fs::path at(path);
  return fs::exists(at / ".git") || (fs::exists(at / "HEAD") && fs::exists(at / "objects"));
}

Result<std::shared_ptr<const RepoSnapshot>> open_git_repository(const std::string& path) {
  const auto git = GitLibrary::load();
  if (!git) return git.error().within(path);
  git_repository* found = nullptr;
  const int failed =
      (*git)->repository_open_ext(&found, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (failed != 0) return Error(Errc::bad_input, fmt::format("{}: {}", path, failure_of(**git)));
  Handle<git_repository> repository(found, (*git)->repository_free);
  return std::shared_ptr<const RepoSnapshot>(
      std::make_shared<GitSnapshot>(**git, std::move(repository)));
}

}  // namespace spokelab::harness
