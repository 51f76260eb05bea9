// Dependencies that lie in other folders of the same files (`repository: file://../common`).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/repo.h"
#include "hub/helm/chart/parts.h"

namespace spokelab::hub::helm {

/// The files of a chart in folder `path`, without what its .helmignore names. Errors: bad_input,
/// limit.
Result<FileTree> chart_files(const FileTree& files, std::string_view path);

/// What `helm dependency build` would put into charts/ without a network, by name: the missing
/// dependencies of `parts`, whose chart lies at `path`, that are listed with a folder. Chart.lock
/// tells their version where there is one. Nothing when others are missing, too: then the whole
/// build fails. Errors: bad_input, in Helm's words.
Result<std::map<std::string, FileTree>> local_dependencies(const FileTree& files,
                                                           const std::string& path,
                                                           const Chart::Parts& parts);

}  // namespace spokelab::hub::helm
