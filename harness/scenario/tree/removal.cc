#include "harness/scenario/tree/removal.h"

#include <algorithm>
#include <array>

#include "harness/scenario/expression.h"
#include "harness/scenario/reading/names.h"
#include "harness/scenario/tree/walk.h"

namespace spokelab::harness {

namespace {

void prune(YamlNode& node, const std::string& path, const std::set<std::string>& paths) {
  std::vector<YamlEntry> entries;
  for (auto& entry : node.entries) {
    const auto below = path_below(path, entry.key);
    if (paths.contains(below)) continue;
    prune(entry.value, below, paths);
    entries.push_back(std::move(entry));
  }
  node.entries = std::move(entries);
  std::vector<YamlNode> items;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto below = path_below(path, i);
    if (paths.contains(below)) continue;
    prune(node.items[i], below, paths);
    items.push_back(std::move(node.items[i]));
  }
  node.items = std::move(items);
}

constexpr std::array<std::string_view, 6> kConditions{"always", "never",   "eventually",
                                                      "stable", "reached", "when"};

void names_in_condition(const std::string& text, std::set<std::string>& out) {
  std::vector<ExpressionProblem> problems;
  std::vector<NameUse> names;
  Expression::parse(text, problems, &names);
  for (const auto& use : names) {
    const auto match = match_value_name(use.segments);
    for (std::size_t i = 0; i < match.kinds.size() && i < use.segments.size(); ++i) {
      if (match.kinds[i] == "FAULT") out.insert(use.segments[i]);
    }
  }
}

bool names_any(const YamlNode& node, const std::set<std::string>& names) {
  const auto mine = names_in(node);
  return std::any_of(mine.begin(), mine.end(),
                     [&](const std::string& name) { return names.contains(name); });
}

}  // namespace

YamlNode with_lists(YamlNode tree) {
  for (const std::string_view key : {"steps", "expect"}) {
    auto* entry = tree.find(key);
    if (entry == nullptr || !entry->value.is_mapping()) continue;
    YamlNode list;
    list.kind = YamlNode::Kind::sequence;
    list.items.push_back(std::move(entry->value));
    entry->value = std::move(list);
  }
  return tree;
}

YamlNode without(const YamlNode& tree, const std::set<std::string>& paths) {
  YamlNode out = tree;
  prune(out, "", paths);
  return out;
}

std::set<std::string> names_in(const YamlNode& node) {
  std::set<std::string> out;
  for (const std::string_view key : {"after", "until"}) {
    const auto* value = node.value(key);
    if (value == nullptr || !value->is_scalar()) continue;
    const auto event = parse_event(value->text);
    if (!event) continue;
    const auto dot = event->event.rfind('.');
    if (dot != std::string::npos) out.insert(event->event.substr(0, dot));
  }
  for (const auto key : kConditions) {
    const auto* value = node.value(key);
    if (value != nullptr && value->is_scalar()) names_in_condition(value->text, out);
  }
  return out;
}

YamlNode without_faults(YamlNode tree, const std::set<std::string>& faults,
                        std::vector<std::string>& gone) {
  auto names = faults;
  std::set<std::string> paths;
  const auto take = [&](const std::string& path) {
    if (!paths.insert(path).second) return false;
    gone.push_back(path);
    return true;
  };
  for (const auto& name : faults) take(path_below("faults", name));
  // Names go with names, until no more do.
  for (bool more = true; more;) {
    more = false;
    if (const auto* all = tree.value("faults"); all != nullptr) {
      for (const auto& entry : all->entries) {
        const auto path = path_below("faults", entry.key);
        if (paths.contains(path) || !names_any(entry.value, names)) continue;
        more |= take(path);
        names.insert(entry.key);
      }
    }
    const auto* steps = tree.value("steps");
    for (std::size_t i = 0; steps != nullptr && i < steps->items.size(); ++i) {
      const auto path = path_below("steps", i);
      if (paths.contains(path) || !names_any(steps->items[i], names)) continue;
      more |= take(path);
      if (const auto* name = steps->items[i].value("name"); name != nullptr)
        names.insert(name->text);
    }
  }
  if (const auto* limits = tree.value("limits"); limits != nullptr) {
    for (const auto& entry : limits->entries) {
      if (names.contains(entry.key)) take(path_below("limits", entry.key));
    }
  }
  const auto* expect = tree.value("expect");
  for (std::size_t i = 0; expect != nullptr && i < expect->items.size(); ++i) {
    if (names_any(expect->items[i], names)) take(path_below("expect", i));
  }
  auto out = without(tree, paths);
  for (const std::string_view key : {"faults", "steps", "limits", "expect"}) {
    const auto* value = out.value(key);
    const bool empty =
        value != nullptr && !value->is_scalar() && value->entries.empty() && value->items.empty();
    if (empty) out = without(out, {std::string(key)});
  }
  return out;
}

}  // namespace spokelab::harness
