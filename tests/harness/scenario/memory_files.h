// Files in memory, for tests of the scenario reader.
#pragma once

#include <map>
#include <string>

#include "harness/scenario/load.h"

namespace spokelab::harness {

/// Files by path; a directory is what some file lies in.
class MemoryFiles final : public Files {
 public:
  std::map<std::string, std::string> files;

  Result<std::string> read(const std::string& path) const override {
    const auto known = files.find(path);
    if (known == files.end()) return Error(Errc::not_found, path + " is no file");
    return known->second;
  }
  bool is_file(const std::string& path) const override { return files.count(path) > 0; }
  bool is_directory(const std::string& path) const override {
    const auto next = files.lower_bound(path + "/");
    return next != files.end() && next->first.substr(0, path.size() + 1) == path + "/";
  }
};

}  // namespace spokelab::harness
