// KnownNames: what a scenario declares, so that references to it can be checked and expanded.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/scenario.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

/// Clusters of one world, groups counted by their members.
inline constexpr std::size_t kClustersMax = 5000;

struct KnownNames {
  std::vector<std::string> clusters;  ///< Groups expanded; sorted.
  std::set<std::string> regions;
  std::set<std::string> faults;
  std::set<std::string> steps;  ///< Named ones.
  std::set<std::string> traffic;
  std::set<std::string> repos;
  int replicas = 1;

  std::vector<std::string> replica_names() const;
  /// start, end, NAME.start, NAME.end.
  std::vector<std::string> events() const;
};

/// The names of clusters that an entry of world.clusters stands for. `count` 0: only itself.
std::vector<std::string> group_members(const std::string& name, std::uint64_t count);

/// Reads what a (possibly faulty) tree declares.
KnownNames known_names(const YamlNode& tree);

/// Why a place could not be found, and what to write.
struct PlaceProblem {
  std::string code;
  std::string message;
  std::string fix;
};

/// The places a text means: one, or with '*' all clusters that match. `kinds`: the kinds allowed,
/// as the table writes them ("cluster region"); "link" allows the ends of a path.
std::vector<Place> find_places(std::string_view text, std::string_view kinds,
                               const KnownNames& names, std::optional<PlaceProblem>& problem);

/// "NAME.start + 30s" as an event and a span.
Result<EventTime> parse_event(std::string_view text);

}  // namespace spokelab::harness
