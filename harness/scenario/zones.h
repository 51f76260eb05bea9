// How the zones of a cluster are called.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spokelab::harness {

/// The letters of a cluster's zones: "a", "b", ... A node's label has the region before it.
std::vector<std::string> zone_letters(int zones);

/// The letter of a zone as people write it: "b", "us-eastb" (as nodes are labelled) or "us-east-b".
/// Empty: no zone of that region.
std::string zone_letter(std::string_view written, std::string_view region);

}  // namespace spokelab::harness
