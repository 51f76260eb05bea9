// Keys that stand twice in one mapping of a YAML text, for those who may only warn of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spokelab {

struct RepeatedYamlKey {
  std::size_t line = 0;  ///< Of the later one, from 1.
  std::string text;
};

/// In the order of the text, of its first document. Keys are compared as they are written. Empty
/// for a malformed text; reading stops at a nesting of 500.
std::vector<RepeatedYamlKey> repeated_yaml_keys(std::string_view text);

}  // namespace spokelab
