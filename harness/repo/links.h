// Symbolic links of a repository, followed within it.
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "base/repo.h"

namespace spokelab::harness {

/// Puts into `files` what `links` (path -> target, as written) lead to: a file, or all files of a
/// folder. A link that leads nowhere is left out. Errors: bad_input `repository contains
/// out-of-bounds symlinks. file: x`, as Argo CD refuses such repositories; limit.
Result<void> follow_links(FileTree& files, const std::map<std::string, std::string>& links);

}  // namespace spokelab::harness
