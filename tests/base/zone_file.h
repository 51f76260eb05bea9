// Time zone files made by tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace spokelab::testing {

/// A TZif file with a first offset and changes, all in 64-bit times.
inline std::string zone_file(const std::vector<std::pair<std::int64_t, int>>& changes, int first) {
  const auto number = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 255U);
    return text;
  };
  const auto header = [&](std::size_t times, std::size_t types) {
    return "TZif2" + std::string(15, '\0') + number(0, 4) + number(0, 4) + number(0, 4) +
           number(times, 4) + number(types, 4) + number(4, 4);
  };
  const auto type = [&](int offset) {
    return number(static_cast<std::uint32_t>(offset), 4) + std::string(2, '\0');
  };
  std::string file = header(0, 1) + type(0) + std::string("XXX\0", 4);
  file += header(changes.size(), changes.size() + 1);
  for (const auto& [at, offset] : changes) file += number(static_cast<std::uint64_t>(at), 8);
  for (std::size_t i = 0; i < changes.size(); ++i) file += static_cast<char>(i + 1);
  file += type(first);
  for (const auto& [at, offset] : changes) file += type(offset);
  return file + std::string("XXX\0", 4);
}

}  // namespace spokelab::testing
