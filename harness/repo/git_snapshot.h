// A Git repository on disk, read through its refs.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "harness/repo/snapshot.h"

namespace spokelab::harness {

/// Whether a directory looks like the top of a Git work tree, or like a bare repository.
bool looks_like_git(const std::string& path);

/// Reads the repository at `path`. Errors: bad_input naming the path; unsupported without libgit2.
Result<std::shared_ptr<const RepoSnapshot>> open_git_repository(const std::string& path);

}  // namespace spokelab::harness
