// One walk for each operation.
#include "fakeapi/apply/typed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/json.h"
#include "fakeapi/apply/field_set.h"

namespace spokelab::fakeapi {

namespace {

using Merge = TypeView::Merge;
using Items = std::map<std::string, const Json*, std::less<>>;

bool is_empty(const Json* value) {
  return value == nullptr || value->is_null() || (value->is_structured() && value->empty());
}

/// The type element of each item, in order; items without one are left out.
std::vector<std::pair<std::string, const Json*>> elements_of(const Json* list, const TypeView& type,
                                                             Merge how) {
  std::vector<std::pair<std::string, const Json*>> all;
  if (list == nullptr || !list->is_array()) return all;
  for (const Json& item : *list) {
    if (auto element = type.element(item, how)) all.emplace_back(std::move(*element), &item);
  }
  return all;
}

/// The children of an object or list, by path element.
Items children_of(const Json* value, const TypeView& type, Merge how) {
  Items items;
  if (value == nullptr) return items;
  if (how != Merge::fields) {
    for (auto& [element, item] : elements_of(value, type, how))
      items.emplace(std::move(element), item);
  } else if (value->is_object()) {
    for (auto it = value->begin(); it != value->end(); ++it) items.emplace("f:" + it.key(), &*it);
  }
  return items;
}

TypeView type_below(const TypeView& type, const std::string& element) {
  return element[0] == 'f' ? type.child(element.substr(2)) : type.item();
}

/// How two versions of a value are looked at together; nullopt: they are of different kinds.
std::optional<Merge> common_merge(const Json* a, const Json* b, const TypeView& type) {
  if (a == nullptr || a->is_null()) return b == nullptr ? Merge::whole : type.merge(*b);
  if (b == nullptr || b->is_null()) return type.merge(*a);
  const Merge left = type.merge(*a);
  if (left == type.merge(*b) && a->is_object() == b->is_object() && a->is_array() == b->is_array())
    return left;
  return std::nullopt;
}

struct Nodes {  // of one path; null where it is not in the set
  Json added;
  Json modified;
  Json removed;
};

void put(Json& into, const std::string& element, Json node) {
  if (!node.is_null()) into[element] = std::move(node);
}

Nodes compare_nodes(const Json* before, const Json* after, const TypeView& type) {
  Nodes nodes;
  if (before != nullptr && after != nullptr && *before == *after) return nodes;
  const auto how = common_merge(before, after, type);
  if (!how || *how == Merge::whole || (is_empty(before) && is_empty(after))) {
    Json& in = before == nullptr ? nodes.added : after == nullptr ? nodes.removed : nodes.modified;
    in = Json::object();
    return nodes;
  }
  Json added = Json::object();
  Json modified = Json::object();
  Json removed = Json::object();
  const Items old = children_of(before, type, *how);
  const Items now = children_of(after, type, *how);
  const auto visit = [&](const std::string& element, const Json* left, const Json* right) {
    Nodes child = compare_nodes(left, right, type_below(type, element));
    put(added, element, std::move(child.added));
    put(modified, element, std::move(child.modified));
    put(removed, element, std::move(child.removed));
  };
  for (const auto& [element, value] : old) {
    const auto hit = now.find(element);
    visit(element, value, hit == now.end() ? nullptr : hit->second);
  }
  for (const auto& [element, value] : now) {
    if (!old.contains(element)) visit(element, nullptr, value);
  }
  nodes.added = make_node(before == nullptr, std::move(added));
  nodes.modified = make_node(false, std::move(modified));
  nodes.removed = make_node(after == nullptr, std::move(removed));
  return nodes;
}

/// Merges the order of two keyed lists: applied items in applied order, others where they stood.
class ListMerger {
 public:
  ListMerger(const Json& live, const Json& config, const TypeView& type, Merge how)
      : type_(type),
        live_(elements_of(&live, type, how)),
        config_(elements_of(&config, type, how)) {
    for (const auto& [element, item] : live_) live_by_.emplace(element, item);
    for (const auto& [element, item] : config_) config_by_.emplace(element, item);
    for (const auto& [element, item] : config_) {
      if (live_by_.contains(element)) shared_.push_back(element);
    }
  }

  Json run() {
    while (left_ < live_.size() || right_ < config_.size()) {
      if (left_ < live_.size()) {
        const std::string& element = live_[left_].first;
        if (right_ < config_.size()) {
          if (element == config_[right_].first) {
            take_config();
            ++left_;
            continue;
          }
          if (config_by_.contains(element) && next_shared_ < shared_.size() &&
              shared_[next_shared_] != element) {
            ++left_;  // comes later, in the applied order
            continue;
          }
        }
        if (!config_by_.contains(element)) {
          out_.push_back(*live_[left_++].second);
          continue;
        }
        if (merged_.contains(element)) ++left_;
      }
      if (right_ < config_.size()) take_config();
    }
    return std::move(out_);
  }

 private:
  void take_config() {
    const auto& [element, item] = config_[right_++];
    merged_.insert(element);
    const auto old = live_by_.find(element);
    out_.push_back(old == live_by_.end() ? *item : merge_typed(*old->second, *item, type_.item()));
    if (next_shared_ < shared_.size() && shared_[next_shared_] == element) ++next_shared_;
  }

  const TypeView& type_;
  std::vector<std::pair<std::string, const Json*>> live_;
  std::vector<std::pair<std::string, const Json*>> config_;
  Items live_by_;
  Items config_by_;
  std::vector<std::string> shared_;
  std::size_t next_shared_ = 0;
  std::set<std::string> merged_;
  std::size_t left_ = 0;
  std::size_t right_ = 0;
  Json out_ = Json::array();
};

void check_value(const Json& value, const TypeView& type, const std::string& path,
                 std::vector<std::string>& problems);

void check_items(const Json& list, const TypeView& type, Merge how, const std::string& path,
                 std::vector<std::string>& problems) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto element = type.element(list[i], how);
    if (!element) continue;
    Json node = Json::object();
    node[*element] = Json::object();
    const std::string shown = paths_of(node).front();
    if (!seen.insert(*element).second)
      problems.push_back(fmt::format("{}: duplicate entries for key {}", path, shown));
    else
      check_value(list[i], type.item(), path + shown, problems);
  }
}

void check_value(const Json& value, const TypeView& type, const std::string& path,
                 std::vector<std::string>& problems) {
  if (const auto problem = type.mismatch(value); !problem.empty()) {
    problems.push_back(path + ": " + problem);
    return;
  }
  const Merge how = type.merge(value);
  if (value.is_array() && how != Merge::whole) return check_items(value, type, how, path, problems);
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      check_value(value[i], type.item(), fmt::format("{}[{}]", path, i), problems);
  }
  if (!value.is_object()) return;
  for (auto it = value.begin(); it != value.end(); ++it) {
    const std::string below = path + "." + it.key();
    if (type.is_closed() && !type.declares(it.key())) {
      problems.push_back(below + ": field not declared in schema");
      return;  // upstream looks no further in this map
    }
    check_value(*it, type.child(it.key()), below, problems);
  }
}

}  // namespace

Json fields_of(const Json& value, const TypeView& type) {
  Json set = Json::object();
  const Merge how = type.merge(value);
  if (how == Merge::fields) {
    for (auto it = value.begin(); it != value.end(); ++it) {
      const TypeView below = type.child(it.key());
      const bool leaf = it->is_null() || below.merge(*it) == Merge::whole;
      const bool member = leaf || !type.declares(it.key()) || (it->is_object() && it->empty());
      put(set, "f:" + it.key(), make_node(member, fields_of(*it, below)));
    }
  } else if (how != Merge::whole) {
    JsonMembers elements;
    for (const auto& [element, item] : elements_of(&value, type, how))
      elements.emplace_back(element, make_node(true, fields_of(*item, type.item())));
    set = json_object(std::move(elements));
  }
  return set;
}

Comparison compare(const Json& before, const Json& after, const TypeView& type) {
  Nodes nodes = compare_nodes(&before, &after, type);
  Comparison result;
  if (!nodes.added.is_null()) result.added = std::move(nodes.added);
  if (!nodes.modified.is_null()) result.modified = std::move(nodes.modified);
  if (!nodes.removed.is_null()) result.removed = std::move(nodes.removed);
  return result;
}

Json merge_typed(const Json& live, const Json& config, const TypeView& type) {
  const auto how = common_merge(&live, &config, type);
  if (!how || *how == Merge::whole || (is_empty(&live) && is_empty(&config)) || live.is_null())
    return config;
  if (is_empty(&config)) return live;
  if (*how != Merge::fields) return ListMerger(live, config, type, *how).run();
  Json merged = live;
  for (auto it = config.begin(); it != config.end(); ++it) {
    const auto old = merged.find(it.key());
    if (old == merged.end())
      merged[it.key()] = *it;
    else
      *old = merge_typed(*old, *it, type.child(it.key()));
  }
  return merged;
}

Json without_fields(const Json& value, const Json& set, const TypeView& type) {
  const Merge how = type.merge(value);
  if (how == Merge::whole) return value;
  const auto keep = [&](const std::string& element, const Json& child) -> std::optional<Json> {
    const auto hit = set.find(element);
    if (hit == set.end()) return child;
    if (is_member(*hit)) return std::nullopt;
    return without_fields(child, *hit, type_below(type, element));
  };
  if (how == Merge::fields) {
    Json rest = Json::object();
    for (auto it = value.begin(); it != value.end(); ++it) {
      if (auto kept = keep("f:" + it.key(), *it)) rest[it.key()] = std::move(*kept);
    }
    return rest.empty() ? Json(nullptr) : rest;
  }
  Json rest = Json::array();
  for (const auto& [element, item] : elements_of(&value, type, how)) {
    if (auto kept = keep(element, *item)) rest.push_back(std::move(*kept));
  }
  return rest.empty() ? Json(nullptr) : rest;
}

Json with_named_parents(const Json& set, const TypeView& type) {
  Json result = Json::object();
  for (auto it = set.begin(); it != set.end(); ++it) {
    const std::string& element = it.key();
    if (element == "." || it->empty()) {
      result[element] = *it;
      continue;
    }
    const bool named = element[0] == 'f' && type.declares(element.substr(2));
    Json below = with_named_parents(*it, type_below(type, element));
    below.erase(".");
    put(result, element, make_node(named || is_member(*it), std::move(below)));
  }
  return result;
}

std::vector<std::string> problems_of(const Json& config, const TypeView& type) {
  std::vector<std::string> problems;
  check_value(config, type, "", problems);
  return problems;
}

}  // namespace spokelab::fakeapi
