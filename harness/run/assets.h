// Assets: what a scenario needs from disk, read once and shared by all its runs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "harness/repo/snapshot.h"
#include "harness/scenario/scenario.h"

namespace spokelab::harness {

/// Immutable once read.
class Assets {
 public:
  /// Reads the repositories, and the manifests of `world.apply` and of all `apply` steps.
  /// Errors: bad_input naming file and place.
  static Result<std::shared_ptr<const Assets>> read(const Scenario& scenario);

  /// Of a repository URL of world.repos.
  std::shared_ptr<const RepoSnapshot> repo(const std::string& url) const { return repos_.at(url); }
  /// The objects of a manifest file, or of all *.yaml, *.yml and *.json files of a directory, in
  /// order.
  const std::vector<JsonRef>& manifests(const std::string& path) const {
    return manifests_.at(path);
  }
  /// The text of a file that a commit step copies.
  const std::string& text(const std::string& path) const { return texts_.at(path); }

 private:
  // What is wrong with them is added to `problems`, one line each.
  void read_manifests(const std::string& path, std::vector<std::string>& problems);
  void read_step(const Step& step, std::vector<std::string>& problems);

  std::map<std::string, std::shared_ptr<const RepoSnapshot>> repos_;
  std::map<std::string, std::vector<JsonRef>> manifests_;
  std::map<std::string, std::string> texts_;
};

}  // namespace spokelab::harness
