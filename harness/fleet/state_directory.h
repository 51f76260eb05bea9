// StateDirectory: where a running fleet leaves what its user and other commands need.
#pragma once

#include <string>

#include "base/error.h"

namespace spokelab::harness {

/// Paths below one private directory (mode 0700).
class StateDirectory {
 public:
  explicit StateDirectory(std::string path) : path_(std::move(path)) {}
  /// Errors: refused, when it cannot be made or is somebody else's.
  Result<void> make() const;
  const std::string& path() const noexcept { return path_; }
  std::string kubeconfig() const { return path_ + "/kubeconfig"; }
  std::string socket() const { return path_ + "/control.sock"; }
  std::string log() const { return path_ + "/log"; }

 private:
  std::string path_;
};

/// Writes a file that only its owner may read (mode 0600), whole or not at all. Errors: refused.
Result<void> write_private_file(const std::string& path, const std::string& text);

}  // namespace spokelab::harness
