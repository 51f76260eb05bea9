// Pieces: what a scenario's tree can do without, and how to mend it when something has gone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/scenario/load.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

/// Groups of removable things, in the order in which it is best to try them: what a run costs most
/// comes first.
enum class PieceGroup { faults, steps, checks, traffic, clusters, manifests, options };
inline constexpr PieceGroup kPieceGroups[] = {
    PieceGroup::faults,   PieceGroup::steps,     PieceGroup::checks, PieceGroup::traffic,
    PieceGroup::clusters, PieceGroup::manifests, PieceGroup::options};
std::string_view name_of(PieceGroup group) noexcept;

/// Paths (see path_below) of the pieces of a group, in the order of the tree. `options` are all
/// keys that may be absent, whatever they belong to, but for those of what is asserted.
std::vector<std::string> pieces_of(const YamlNode& tree, PieceGroup group);

/// A scenario text that validates, made from a tree; what cannot stay since something it names is
/// gone is taken out, too. nullopt: too much would have to go.
struct Mended {
  std::string text;
  YamlNode tree;  ///< Of the text, with places in `sources`.
  std::shared_ptr<const Sources> sources;
};
std::optional<Mended> mend(const YamlNode& tree, const Sources& sources, const std::string& path,
                           const LoadOptions& options, bool may_remove = true);

}  // namespace spokelab::harness
