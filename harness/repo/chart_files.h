// A chart on disk, as files by path.
#pragma once

#include <string>

#include "base/error.h"
#include "base/repo.h"

namespace spokelab::harness {

/// All files below the directory `path`. A link is followed when it stays within the directory; one
/// in charts/ also when it leads to another chart. Errors: bad_input naming the path, for other
/// links, loops, and what is no file; limit (hub/helm/chart/archive.h).
Result<FileTree> read_chart_directory(const std::string& path);

}  // namespace spokelab::harness
