// RepoSnapshot: a repository read once from disk: a plain directory, or a Git repository with its
// refs.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/repo.h"

namespace spokelab::harness {

/// Immutable; shared by all runs of a process.
class RepoSnapshot {
 public:
  /// Reads `path`. A directory that is the top of a Git work tree (or a bare repository) is read
  /// through its refs; any other directory is one commit on branch main, whose id depends on its
  /// content alone. Errors: bad_input naming the path. Files over 4 MiB are an error, and more than
  /// 20,000 files.
  static Result<std::shared_ptr<const RepoSnapshot>> read(const std::string& path);

  struct Commit {
    std::string id;
    std::shared_ptr<const FileTree> files;
  };
  virtual ~RepoSnapshot() = default;
  /// Branch, tag, full or abbreviated id, or "HEAD".
  virtual Result<Commit> resolve(const std::string& revision) const = 0;
  virtual Result<Commit> commit(const std::string& id) const = 0;
  /// The branch HEAD stands on.
  virtual std::string default_branch() const = 0;
};

/// Id of a commit made of a parent and files: 40 hex digits, from the content alone.
std::string content_id(const std::string& parent, const FileTree& files);

}  // namespace spokelab::harness
