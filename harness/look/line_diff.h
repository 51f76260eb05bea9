// Line diff: two texts as `diff -u` compares them.
#pragma once

#include <string>
#include <string_view>

namespace spokelab::harness {

/// Beyond so many differing lines everything from the first difference to the last is shown as
/// replaced.
inline constexpr std::size_t kDifferencesMax = 2'000;

/// The hunks of a unified diff ("@@ -1,4 +1,5 @@", then lines with ' ', '-' or '+'), with `context`
/// lines around each difference; "" for equal texts. The shortest script there is (Myers 1986).
std::string unified_diff(std::string_view before, std::string_view after, std::size_t context = 3);

}  // namespace spokelab::harness
