// Kustomize sources: an Application's options laid over a kustomization, built by the real tool.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/repo.h"
#include "hub/app/manifest_source.h"
#include "hub/app/source/helm_call.h"

namespace spokelab::hub {

/// Builds kustomizations (port): the binary `kustomize` or `kubectl`.
class KustomizeTool {
 public:
  virtual ~KustomizeTool() = default;
  /// What `kustomize build <path> <options>` prints, with these files and nothing from outside.
  /// Errors: unsupported where there is no such program; bad_input with what it said; limit.
  virtual Result<std::string> build(const FileTree& files, const std::string& path,
                                    const std::vector<std::string>& options) = 0;
};

/// The files with the source's `kustomize:` block worked into the kustomization of its folder, as
/// Argo CD does by `kustomize edit` before it builds (util/kustomize). Errors: bad_input, worded as
/// the command that fails.
Result<FileTree> with_kustomize_options(const SourcePlace& place, const RenderContext& context);

/// The objects of a kustomization. Without a `tool`: unsupported.
Result<std::vector<JsonRef>> kustomize_objects(const SourcePlace& place,
                                               const RenderContext& context, KustomizeTool* tool);

/// `kustomize.buildOptions`, word by word.
struct KustomizeBuildOptions {
  std::vector<std::string> taken;
  std::vector<std::string> refused;  ///< By them a build would run programs or ask the network.
};
KustomizeBuildOptions kustomize_build_options(const std::string& text);

}  // namespace spokelab::hub
