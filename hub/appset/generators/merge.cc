// The merge generator: the first child's sets, overlaid with later children's sets that have the
// same keys.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/appset/generators/children.h"
#include "hub/appset/rendering/params.h"

namespace spokelab::hub {

namespace {

using Keyed = std::map<std::string, Json>;

constexpr std::string_view kByKey = "error getting param sets by merge key";

Result<Keyed> keyed(const ParamSets& sets, const std::vector<std::string>& keys) {
  Keyed rows;
  for (const Json& params : sets) {
    Json identity = Json::object();
    for (const std::string& key : keys) {
      const auto hit = params.find(key);
      identity[key] = hit == params.end() ? Json() : *hit;
    }
    const std::string text = identity.dump();
    if (!rows.emplace(text, params).second) {
      return Error(Errc::bad_input,
                   fmt::format("the parameters from a generator were not unique by the given "
                               "mergeKeys, Merge requires all param sets to be unique. Duplicate "
                               "key was {}",
                               text));
    }
  }
  return rows;
}

}  // namespace

Result<ParamSets> merge_params(const Json& generator, const GeneratorScope& scope) {
  const auto& children = children_of(generator);
  if (children.size() < 2) {
    return Error(Errc::bad_input, "found less than two generators, Merge requires two or more");
  }
  std::vector<std::string> keys;
  if (const Json* listed = find(generator, {"mergeKeys"});
      listed != nullptr && listed->is_array()) {
    for (const Json& key : *listed) {
      if (key.is_string()) keys.push_back(key.get<std::string>());
    }
  }
  std::vector<ParamSets> made;
  std::optional<Error> first;
  for (std::size_t at = 0; at < children.size(); ++at) {
    auto sets = child_params(children[at], scope);
    if (sets) {
      made.push_back(std::move(*sets));
      continue;
    }
    if (!first) {
      first = sets.error()
                  .within(fmt::format("error getting params from generator {} of {}", at + 1,
                                      children.size()))
                  .within("error getting param sets from generators");
    }
    if (!scope.facts.wanting()) break;
  }
  if (first) return *first;
  if (keys.empty()) {
    return Error(Errc::bad_input, "no merge keys were specified, Merge requires at least one")
        .within(kByKey);
  }
  Keyed base;
  for (std::size_t at = 0; at < made.size(); ++at) {
    auto rows = keyed(made[at], keys);
    if (!rows) return rows.error().within(kByKey);
    if (at == 0) {
      base = std::move(*rows);
      continue;
    }
    for (auto& [identity, row] : base) {
      const auto over = rows->find(identity);
      if (over == rows->end()) continue;
      if (scope.dialect.go) {
        row = deep_merge(over->second, row);
      } else {
        row.update(over->second);
        for (auto& [key, value] : row.items()) value = go_text(value);  // as Go combines them
      }
    }
  }
  ParamSets merged;
  for (auto& [identity, row] : base) merged.push_back(std::move(row));
  return merged;
}

}  // namespace spokelab::hub
