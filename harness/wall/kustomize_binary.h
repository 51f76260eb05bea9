// KustomizeBinary: overlays built by the kustomize or kubectl of this machine.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hub/app/source/kustomize.h"

namespace spokelab::harness {

/// Writes the files to a directory of its own and runs `kustomize build` there, or `kubectl
/// kustomize` where that is what there is. The program is given no search path and no way to the
/// network, so that what it prints is a function of the files; what it printed is remembered by
/// their content, and the 512 oldest results go first.
class KustomizeBinary final : public hub::KustomizeTool {
 public:
  /// Looks in `search_path` ("/usr/bin:/bin"), for kustomize first.
  explicit KustomizeBinary(const std::string& search_path);
  Result<std::string> build(const FileTree& files, const std::string& path,
                            const std::vector<std::string>& options) override;
  /// That of this process: looks in PATH when it is first asked for.
  static KustomizeBinary& here();

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  Result<std::string> run(const FileTree& files, const std::string& path,
                          const std::vector<std::string>& options) const;

  std::string kustomize_;
  std::string kubectl_;
  std::map<Key, Result<std::string>> known_;
  std::deque<Key> order_;
};

}  // namespace spokelab::harness
