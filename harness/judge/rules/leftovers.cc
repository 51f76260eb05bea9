#include "harness/judge/rules/leftovers.h"

#include <fmt/format.h>

namespace spokelab::harness {

std::vector<std::string> leftovers(const Standing& before, const Standing& after) {
  std::vector<std::string> all;
  for (const auto& [name, count] : after.counts) {
    const auto known = before.counts.find(name);
    if (known == before.counts.end() || known->second == 0) continue;
    if (count <= known->second + known->second / 4 + kSlack) continue;
    all.push_back(fmt::format("left over: {} {} at the end, {} before the first fault", count, name,
                              known->second));
  }
  return all;
}

}  // namespace spokelab::harness
