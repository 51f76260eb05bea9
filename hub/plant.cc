#include "hub/plant.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace spokelab::hub {

namespace {

constexpr std::array<PlantInfo, 10> kPlants{{
    {Plant::double_owner, "double-owner",
     "a replica goes on serving and writing after its Lease was lost"},
    {Plant::lost_update, "lost-update",
     "Leases are written without regard to the version that was read"},
    {Plant::watch_gap, "watch-gap",
     "after 410 the cache goes on from the newest revision and misses what lay between"},
    {Plant::endless_retry, "endless-retry", "a failed operation is tried again at once, for ever"},
    {Plant::empty_on_error, "empty-on-error",
     "a repository that cannot be read counts as an empty one"},
    {Plant::stale_revision, "stale-revision", "a revision once resolved is believed for ever"},
    {Plant::deaf_probe, "deaf-probe", "failed probes change nothing"},
    {Plant::stuck_breaker, "stuck-breaker", "a cluster once called Failed stays so"},
    {Plant::skip_wave, "skip-wave",
     "who goes on with an operation after a crash takes what it waited for as done"},
    {Plant::stale_prune, "stale-prune",
     "who takes a cluster over goes by the revisions it knew before, and prunes what is newer"},
}};

}  // namespace

std::span<const PlantInfo> all_plants() { return kPlants; }

Result<Plants> Plants::parse(std::string_view names) {
  Plants plants;
  while (!names.empty()) {
    const auto end = std::min(names.find(','), names.size());
    auto name = names.substr(0, end);
    names.remove_prefix(std::min(end + 1, names.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    const auto known = std::find_if(kPlants.begin(), kPlants.end(),
                                    [name](const PlantInfo& one) { return one.name == name; });
    if (known == kPlants.end()) {
      std::string all;
      for (const auto& one : kPlants) all += (all.empty() ? "" : ", ") + std::string(one.name);
      return Error(Errc::bad_input,
                   fmt::format("no plant is called \"{}\"; there are {}", name, all));
    }
    plants.add(known->plant);
  }
  return plants;
}

}  // namespace spokelab::hub
