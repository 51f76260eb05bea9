// Leftovers: after the last heal nothing is left of an outage.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spokelab::harness {

/// What the hub keeps open and makes work with, at one instant; each counted by a name such as
/// "watches at prod".
struct Standing {
  std::map<std::string, std::uint64_t> counts;
};

/// What there is much more of than before the first trouble, in words: a leak. A quarter more and
/// kSlack are allowed; what there was none of before is left out (clusters come and go, and Argo CD
/// reads one only when an application asks for it).
inline constexpr std::uint64_t kSlack = 8;
std::vector<std::string> leftovers(const Standing& before, const Standing& after);

}  // namespace spokelab::harness
