// Discovery documents: groups, versions and resources, plain and aggregated.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"

namespace spokelab::fakeapi {

/// Groups in discovery's order, each with its versions, the preferred one first.
std::vector<std::pair<std::string, std::vector<std::string>>> groups_of(const ServedKinds& kinds);
/// APIGroup without kind and apiVersion.
Json group_entry(const std::string& group, const std::vector<std::string>& versions);
/// APIResourceList; null when nothing is served there.
Json resource_list_of(const ServedKinds& kinds, std::string_view group, std::string_view version);
/// APIGroupDiscoveryList; `form`: "v2" or "v2beta1".
Json aggregated_list(const ServedKinds& kinds, bool core, std::string_view form);

}  // namespace spokelab::fakeapi
