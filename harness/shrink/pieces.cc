#include "harness/shrink/pieces.h"

#include <algorithm>
#include <memory>
#include <set>

#include "harness/scenario/text/write.h"
#include "harness/scenario/tree/removal.h"
#include "harness/scenario/tree/walk.h"

namespace spokelab::harness {

namespace {

/// Rounds of mending, each of which takes out at least one thing.
constexpr int kRoundsMax = 60;

void add_entries(const YamlNode* map, const std::string& path, std::vector<std::string>& out) {
  if (map == nullptr) return;
  for (const auto& entry : map->entries) out.push_back(path_below(path, entry.key));
}
void add_items(const YamlNode* list, const std::string& path, std::vector<std::string>& out) {
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->items.size(); ++i) out.push_back(path_below(path, i));
}

/// Keys that say what the file is, and are no part of what is played.
bool stays(const std::string& path) {
  return path == "scenario" || path == "because" || path == "seed" || path == "lasts" ||
         path == "settle";
}

/// Whether an object may do without that key, as far as the table says.
bool is_optional(const YamlNode& object, const SchemaNode& schema, const std::string& key) {
  const auto* child = schema.child(key);
  if (child == nullptr || child->field->required) return false;
  const auto variants = kinds_of(schema.path);
  if (variants.empty()) return true;
  const auto discriminator = discriminator_of(schema.path);
  for (const auto* kind : variants) {
    if (discriminator.empty()) {
      if (kind->name == key) return false;  // the key is the kind itself
      continue;
    }
    const auto* what = object.value(discriminator);
    if (what == nullptr || what->text != kind->name) continue;
    const std::string words = " " + std::string(kind->required) + " ";
    if (words.find(" " + key + " ") != std::string::npos) return false;
  }
  // Where and when a fault strikes must be said in one way or another.
  static const std::set<std::string> kNeeded{"at", "when", "on", "between", "from", "to"};
  return !((schema.path == "faults/*" || schema.path == "steps/[]") && kNeeded.contains(key));
}

/// A mistake that was planted in the hub is what the file is to prove, and no part of the story.
bool holds_plant(const YamlEntry& entry) {
  constexpr std::string_view kPlant = "spokelab.plant";
  return entry.key == kPlant || (entry.key == "settings" && entry.value.find(kPlant) != nullptr);
}

void add_options(const YamlNode& node, const SchemaNode& schema, const std::string& path,
                 std::vector<std::string>& out) {
  if (schema.type() == Type::json) return;
  if (schema.type() == Type::list) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const auto below = path_below(path, i);
      if (node.items.size() > 1) out.push_back(below);
      add_options(node.items[i], *schema.item, below, out);
    }
    if (node.is_mapping()) add_options(node, *schema.item, path, out);
    return;
  }
  for (const auto& entry : node.entries) {
    const auto* child = row_of(schema, entry.key);
    if (child == nullptr) continue;
    const auto below = path_below(path, entry.key);
    // What is asserted stays as it is: another condition would be another failure.
    if (schema.path == "expect/[]" && entry.key != "because") continue;
    const bool own_name = schema.child(entry.key) == nullptr;  // a name that the author chose
    const bool kept = stays(below) || holds_plant(entry);
    if (!kept && (own_name || is_optional(node, schema, entry.key))) out.push_back(below);
    if (below == "limits" || below == "budgets") continue;
    add_options(entry.value, *child, below, out);
  }
}

/// A node of the tree with its row, and whether it may be taken out.
struct Spot {
  std::string path;
  Position at;
  Position key_at;
  bool removable = false;
  std::size_t depth = 0;
};

void collect(const YamlNode& node, const SchemaNode* schema, const Spot& own,
             std::vector<Spot>& out) {
  out.push_back(own);
  for (const auto& entry : node.entries) {
    Spot spot{path_below(own.path, entry.key), entry.value.at, entry.key_at, false, own.depth + 1};
    const SchemaNode* child = nullptr;
    const SchemaNode* map = schema;
    if (map != nullptr && map->type() == Type::list) map = map->item;
    if (map != nullptr) {
      child = row_of(*map, entry.key);
      const bool own_name = map->child(entry.key) == nullptr;
      spot.removable = own_name || (child != nullptr && !child->field->required);
    }
    // An expectation goes as a whole: with less of it something else would be asserted.
    const bool asserted = map != nullptr && map->path == "expect/[]";
    if (asserted || stays(spot.path)) spot.removable = false;
    collect(entry.value, child, spot, out);
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Spot spot{path_below(own.path, i), node.items[i].at, node.items[i].at, true, own.depth + 1};
    collect(node.items[i], schema == nullptr ? nullptr : schema->item, spot, out);
  }
}

bool covers(Position at, Position place) {
  return at.line > 0 && at.line == place.line && place.column >= at.column &&
         place.column < at.column + std::max<std::uint32_t>(at.length, 1);
}

/// What has to go so that nothing is wrong at `place` any more; nullopt: the whole file.
std::optional<std::string> culprit(const std::vector<Spot>& spots, Position place) {
  const Spot* best = nullptr;
  for (const auto& spot : spots) {
    if (!covers(spot.at, place) && !covers(spot.key_at, place)) continue;
    if (best == nullptr || spot.depth >= best->depth) best = &spot;
  }
  if (best == nullptr) return std::nullopt;
  // Spots are in the order of the tree: an ancestor's path is the beginning of its descendants'.
  const Spot* found = nullptr;
  for (const auto& spot : spots) {
    const bool above = spot.path.size() <= best->path.size() &&
                       best->path.compare(0, spot.path.size(), spot.path) == 0 &&
                       (spot.path.size() == best->path.size() || spot.path.empty() ||
                        best->path[spot.path.size()] == '.' || best->path[spot.path.size()] == '[');
    if (above && spot.removable && (found == nullptr || spot.depth > found->depth)) found = &spot;
  }
  if (found == nullptr) return std::nullopt;
  return found->path;
}

/// Takes out maps and lists that have become empty, where they may be absent.
YamlNode without_empties(YamlNode tree) {
  for (;;) {
    std::vector<Spot> spots;
    collect(tree, &schema_root(), {}, spots);
    std::set<std::string> empty;
    const auto look = [&](auto&& self, const YamlNode& node, const std::string& path) -> void {
      const bool nothing =
          (node.is_mapping() || node.is_sequence()) && node.entries.empty() && node.items.empty();
      if (nothing) empty.insert(path);
      for (const auto& entry : node.entries) self(self, entry.value, path_below(path, entry.key));
      for (std::size_t i = 0; i < node.items.size(); ++i)
        self(self, node.items[i], path_below(path, i));
    };
    look(look, tree, "");
    std::set<std::string> paths;
    for (const auto& spot : spots) {
      if (spot.removable && empty.contains(spot.path)) paths.insert(spot.path);
    }
    if (paths.empty()) return tree;
    tree = without(tree, paths);
  }
}

}  // namespace

std::string_view name_of(PieceGroup group) noexcept {
  switch (group) {
    case PieceGroup::faults:
      return "faults";
    case PieceGroup::steps:
      return "steps";
    case PieceGroup::checks:
      return "limits and expectations";
    case PieceGroup::traffic:
      return "traffic";
    case PieceGroup::clusters:
      return "clusters";
    case PieceGroup::manifests:
      return "manifests";
    case PieceGroup::options:
      return "options";
  }
  return "";
}

std::vector<std::string> pieces_of(const YamlNode& tree, PieceGroup group) {
  std::vector<std::string> out;
  const auto* world = tree.value("world");
  const auto in_world = [&](std::string_view key) {
    return world == nullptr ? nullptr : world->value(key);
  };
  switch (group) {
    case PieceGroup::faults:
      add_entries(tree.value("faults"), "faults", out);
      break;
    case PieceGroup::steps:
      add_items(tree.value("steps"), "steps", out);
      break;
    case PieceGroup::checks:
      if (const auto* limits = tree.value("limits"); limits != nullptr) {
        for (const auto& entry : limits->entries)
          add_entries(&entry.value, path_below("limits", entry.key), out);
      }
      add_entries(tree.value("budgets"), "budgets", out);
      add_items(tree.value("expect"), "expect", out);
      break;
    case PieceGroup::traffic:
      add_entries(in_world("traffic"), "world.traffic", out);
      break;
    case PieceGroup::clusters:
      add_entries(in_world("clusters"), "world.clusters", out);
      break;
    case PieceGroup::manifests:
      if (const auto* apply = in_world("apply"); apply != nullptr) {
        for (const auto& entry : apply->entries) {
          const auto path = path_below("world.apply", entry.key);
          if (entry.value.items.size() > 1) {
            add_items(&entry.value, path, out);
          } else {
            out.push_back(path);
          }
        }
      }
      add_entries(in_world("repos"), "world.repos", out);
      break;
    case PieceGroup::options:
      add_options(tree, schema_root(), "", out);
      break;
  }
  return out;
}

std::optional<Mended> mend(const YamlNode& tree, const Sources& sources, const std::string& path,
                           const LoadOptions& options, bool may_remove) {
  auto text = write_scenario(without_empties(tree), sources, Layout::compact);
  std::set<std::string> seen;
  for (int round = 0; round < kRoundsMax && seen.insert(text).second; ++round) {
    auto loaded = load_scenario_text(path, text, options);
    Diagnostics ignored;
    auto read = parse_yaml_tree(*loaded.sources, 0, ignored);
    if (!read) return std::nullopt;
    if (loaded.ok()) return Mended{std::move(text), std::move(*read), loaded.sources};
    if (!may_remove) return std::nullopt;
    std::vector<Spot> spots;
    collect(*read, &schema_root(), {}, spots);
    std::set<std::string> paths;
    for (const auto& one : loaded.diagnostics.all()) {
      if (one.severity != Severity::error) continue;
      const auto guilty = culprit(spots, one.at);
      if (!guilty) return std::nullopt;
      paths.insert(*guilty);
    }
    text = write_scenario(without_empties(without(*read, paths)), *loaded.sources, Layout::compact);
  }
  return std::nullopt;
}

}  // namespace spokelab::harness
