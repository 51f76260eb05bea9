// Which sort of source a folder is.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/repo.h"
#include "hub/app/application.h"

namespace spokelab::hub {

enum class SourceType { helm, kustomize, directory, plugin };
std::string_view name_of(
    SourceType type) noexcept;  ///< "Helm", "Kustomize", "Directory", "Plugin".

/// `path` as it stands in a FileTree: no "./", no ends in "/", "" for the root. Errors: bad_input
/// `X: app path is absolute`, `X: app path outside root`; not_found `X: app path does not exist`
/// (argo-cd util/app/path).
Result<std::string> clean_app_path(const FileTree& tree, const std::string& path);

/// By the source's explicit block (`helm:`, ...), else by what lies in the folder. Errors:
/// bad_input `multiple application sources defined: Helm,Directory`.
Result<SourceType> detect_source_type(const ApplicationSource& source, const FileTree& tree,
                                      const std::string& path);

/// The source with `.argocd-source.yaml` and `.argocd-source-<app>.yaml` of the folder merged into
/// it.
Result<ApplicationSource> with_overrides(const ApplicationSource& source, const FileTree& tree,
                                         const std::string& path, const std::string& app);

/// "a/b" from a folder and a file name; the folder may be "".
std::string join_path(const std::string& folder, const std::string& file);
/// Works "." and ".." off. Errors: bad_input when it leads out of the root.
Result<std::string> clean_path(const std::string& path);

}  // namespace spokelab::hub
