// Repo: source repositories as the hub sees them (port): resolve a revision, read the files at it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/error.h"

namespace spokelab {

/// The files of one revision, by path relative to the root ("argocd/appset.yaml"). Immutable.
using FileTree = std::map<std::string, std::shared_ptr<const std::string>>;

class Repo {
 public:
  virtual ~Repo() = default;
  /// Full commit id for a branch, tag, id or "HEAD" (also for an empty name). Errors: not_found
  /// "unable to resolve 'X' to a commit SHA"; timeout, refused, server_error while the repository
  /// is out of reach.
  virtual Task<Result<std::string>> resolve(std::string revision) = 0;
  /// All files at a resolved commit; sharing the same tree for the same commit.
  virtual Task<Result<std::shared_ptr<const FileTree>>> files(std::string commit) = 0;
};

/// All repositories a hub can reach, by URL.
class Repos {
 public:
  virtual ~Repos() = default;
  /// Never null for a known URL; ".git" and a trailing "/" make no difference. nullptr: unknown.
  virtual Repo* find(const std::string& url) = 0;
};

}  // namespace spokelab
