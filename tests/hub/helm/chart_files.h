// Charts in memory, for tests of the Helm engine.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "base/repo.h"

namespace spokelab::hub::helm {

inline FileTree chart_files(std::initializer_list<std::pair<std::string, std::string>> files) {
  FileTree out;
  for (const auto& [path, text] : files) out[path] = std::make_shared<const std::string>(text);
  return out;
}

/// The same files below `folder`, as they lie in another chart or a repository.
inline FileTree below(const std::string& folder, const FileTree& files) {
  FileTree out;
  for (const auto& [path, text] : files) out[folder + "/" + path] = text;
  return out;
}

}  // namespace spokelab::hub::helm
