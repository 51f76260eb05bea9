// What a repository may hold at most.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spokelab::harness {

inline constexpr std::uintmax_t kFileBytesMax = 4u << 20;
inline constexpr std::size_t kFilesMax = 20'000;

}  // namespace spokelab::harness
