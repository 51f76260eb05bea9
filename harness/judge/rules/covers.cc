#include "harness/judge/rules/covers.h"

#include <fmt/format.h>

#include <cstddef>
#include <vector>

#include "base/json.h"

namespace spokelab::harness {

namespace {

bool asks_for_nothing(const Json& wanted) {
  return wanted.is_null() || ((wanted.is_array() || wanted.is_object()) && wanted.empty());
}

std::string joined(const std::string& head, const std::string& tail) {
  if (tail.empty() || tail == ".") return head;
  return tail.front() == '[' ? head + tail : head + "." + tail;
}

/// Every item must be found in an item of its own; mostly that is the one at its place.
std::string uncovered_item(const Json& wanted, const Json& live) {
  std::vector<bool> taken(live.size(), false);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string at_place =
        i < live.size() ? first_uncovered(wanted[i], live[i]) : std::string("-");
    bool found = at_place.empty() && !taken[i];
    if (found) taken[i] = true;
    for (std::size_t j = 0; !found && j < live.size(); ++j) {
      found = !taken[j] && first_uncovered(wanted[i], live[j]).empty();
      if (found) taken[j] = true;
    }
    if (found) continue;
    const bool deeper = i < live.size() && wanted[i].is_object() && live[i].is_object();
    return joined(fmt::format("[{}]", i), deeper ? at_place : "");
  }
  return "";
}

const Json* item_of_name(const Json& list, const std::string& name) {
  for (const Json& item : list) {
    if (item.is_object() && text_at(item, {"name"}) == name) return &item;
  }
  return nullptr;
}

std::string left_over_item(const Json& before, const Json& wanted, const Json& live) {
  for (const Json& item : before) {
    const auto name = item.is_object() ? text_at(item, {"name"}) : std::string();
    const Json* there = name.empty() ? nullptr : item_of_name(live, name);
    if (there == nullptr) continue;
    const Json* asked = item_of_name(wanted, name);
    const auto place = fmt::format("[{}]", name);
    if (asked == nullptr) return place;
    const auto below = first_left_over(item, *asked, *there);
    if (!below.empty()) return joined(place, below);
  }
  return "";
}

}  // namespace

std::string first_left_over(const Json& before, const Json& wanted, const Json& live) {
  if (before.is_array() && wanted.is_array() && live.is_array())
    return left_over_item(before, wanted, live);
  if (!before.is_object() || !wanted.is_object() || !live.is_object()) return "";
  for (const auto& [key, value] : before.items()) {
    const auto there = live.find(key);
    if (asks_for_nothing(value) || there == live.end()) continue;
    const auto asked = wanted.find(key);
    if (asked == wanted.end() || asks_for_nothing(*asked)) {
      if (first_uncovered(value, *there).empty()) return key;
      continue;
    }
    const auto below = first_left_over(value, *asked, *there);
    if (!below.empty()) return joined(key, below);
  }
  return "";
}

std::string first_uncovered(const Json& wanted, const Json& live) {
  if (wanted.is_object() && live.is_object()) {
    for (const auto& [key, value] : wanted.items()) {
      if (asks_for_nothing(value)) continue;
      const auto there = live.find(key);
      if (there == live.end()) return key;
      if (there->is_primitive() || value.is_primitive()) {
        if (*there != value) return key;
        continue;
      }
      const auto below = first_uncovered(value, *there);
      if (!below.empty()) return joined(key, below);
    }
    return "";
  }
  if (wanted.is_array() && live.is_array()) return uncovered_item(wanted, live);
  return wanted == live ? "" : ".";
}

}  // namespace spokelab::harness
