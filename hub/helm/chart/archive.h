// Packed charts: .tgz files.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "base/repo.h"

namespace spokelab::hub::helm {

inline constexpr std::size_t kChartFileBytesMax = 5 * 1024 * 1024;
inline constexpr std::size_t kChartBytesMax = 100 * 1024 * 1024;
inline constexpr std::size_t kChartFilesMax = 20'000;

/// The files of a gzipped tar archive, without the folder they all lie in. Links and devices are
/// taken for empty files, as Helm takes them. Errors: bad_input for what is no such archive, and
/// for names that lead elsewhere ("chart illegally references parent directory"); limit for more
/// than the numbers above, or than `bytes_left`, from which it takes what it unpacks (charts hold
/// packed charts). Source: helm pkg/chart/loader/archive.go.
Result<FileTree> unpack_chart(std::string_view bytes, std::size_t& bytes_left);

}  // namespace spokelab::hub::helm
