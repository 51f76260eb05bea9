// Generators: the table of kinds, and what all of them share.
#include "hub/appset/generators/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"
#include "hub/appset/rendering/params.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kSelector = "selector";

/// The generators that an entry sets. What stands at a key is null or of no use: not set.
std::vector<std::pair<const GeneratorKind*, const Json*>> kinds_of(const Json& entry, int depth) {
  std::vector<std::pair<const GeneratorKind*, const Json*>> found;
  if (!entry.is_object()) return found;
  for (const GeneratorKind& kind : generator_kinds()) {
    // Argo CD does not even decode combinators on a third level.
    if (kind.combines && depth > 1) continue;
    const Json* generator = find(entry, {kind.key});
    if (generator != nullptr && !generator->is_null()) found.emplace_back(&kind, generator);
  }
  return found;
}

}  // namespace

const std::vector<GeneratorKind>& generator_kinds() {
  using std::chrono::minutes;
  static const std::vector<GeneratorKind> kinds = {
      {"list", list_params, Nanos(0), false},
      {"clusters", cluster_params, Nanos(0), false},
      {"git", git_params, minutes(3), false},
      {"scmProvider", scm_provider_params, minutes(30), false},
      {"clusterDecisionResource", cluster_decision_params, minutes(3), false},
      {"pullRequest", pull_request_params, minutes(30), false},
      {"matrix", matrix_params, Nanos(0), true},
      {"merge", merge_params, Nanos(0), true},
      {"plugin", plugin_params, minutes(30), false},
  };
  return kinds;
}

Result<std::vector<Produced>> produce(const Json& entry, const GeneratorScope& scope) {
  const Json* written = find(entry, {kSelector});
  std::optional<PostSelector> selector;
  if (written != nullptr && written->is_object()) {
    auto compiled = PostSelector::compile(*written);
    if (!compiled) return compiled.error().within("error parsing label selector");
    selector = std::move(*compiled);
  }
  std::vector<Produced> all;
  std::size_t count = 0;
  std::optional<Error> first;
  for (const auto& [kind, generator] : kinds_of(entry, scope.depth)) {
    auto sets = kind->produce(*generator, scope);
    if (!sets) {
      if (!first) first = sets.error();
      continue;  // the others are worked through all the same: they may want facts, too
    }
    if (selector) {
      std::erase_if(*sets, [&](const Json& params) { return !selector->takes(params); });
    }
    count += sets->size();
    if (count > kParamSetsMax) {
      return Error(Errc::limit,
                   fmt::format("an entry makes more than {} parameter sets", kParamSetsMax));
    }
    all.push_back(Produced{kind, std::move(*sets)});
  }
  if (first) return *first;
  return all;
}

Result<ParamSets> generate(const Json& entry, const GeneratorScope& scope) {
  auto all = produce(entry, scope);
  if (!all) return all.error();
  ParamSets joined;
  for (Produced& one : *all) {
    std::move(one.sets.begin(), one.sets.end(), std::back_inserter(joined));
  }
  return joined;
}

Nanos requeue_after(const Json& entry, Nanos fallback) {
  Nanos shortest(0);
  const auto take = [&shortest](Nanos span) {
    if (span > Nanos(0) && (shortest == Nanos(0) || span < shortest)) shortest = span;
  };
  for (const auto& [kind, generator] : kinds_of(entry, 0)) {
    if (!generator->is_object()) continue;
    if (kind->combines) {
      const Json* children = find(*generator, {"generators"});
      if (children == nullptr || !children->is_array()) continue;
      for (const Json& child : *children) take(requeue_after(child, fallback));
      continue;
    }
    if (kind->requeue == Nanos(0)) continue;
    const Json* written = find(*generator, {"requeueAfterSeconds"});
    if (written != nullptr && written->is_number_integer()) {
      constexpr std::int64_t kSecondsMax = 8'760 * 3'600;
      // 0 switches the timer off.
      take(std::chrono::seconds(
          std::clamp<std::int64_t>(written->get<std::int64_t>(), 0, kSecondsMax)));
    } else {
      const bool follows = kind->key == "git" || kind->key == "clusterDecisionResource";
      take(follows ? fallback : kind->requeue);
    }
  }
  return shortest;
}

bool uses_clusters(const Json& generators) {
  if (!generators.is_array()) return false;
  return std::any_of(generators.begin(), generators.end(), [](const Json& entry) {
    for (const auto& [kind, generator] : kinds_of(entry, 0)) {
      if (kind->key == "clusters") return true;
      const Json* children = kind->combines ? find(*generator, {"generators"}) : nullptr;
      if (children != nullptr && uses_clusters(*children)) return true;
    }
    return false;
  });
}

std::vector<std::string> unrecognized_generators(const Json& generators) {
  std::set<std::string> names;
  if (generators.is_array()) {
    for (const Json& entry : generators) {
      if (!entry.is_object() || !kinds_of(entry, 0).empty()) continue;
      for (const auto& [key, value] : entry.items()) {
        if (key != kSelector) names.insert(key);
      }
    }
  }
  return {names.begin(), names.end()};
}

Result<void> append_values(Json& params, const Json& generator, const TemplateDialect& dialect) {
  const Json* values = find(generator, {"values"});
  if (values == nullptr || !values->is_object() || values->empty()) return {};
  Json rendered = Json::object();
  for (const auto& [key, value] : values->items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : go_text(value);
    auto result = render_text(text, params, dialect);
    if (!result) {
      return result.error().within(
          "failed to replace templated string: failed to replace templated string with rendered "
          "values");
    }
    rendered[key] = std::move(*result);
  }
  if (dialect.go) {
    params["values"] = std::move(rendered);
  } else {
    for (const auto& [key, value] : rendered.items()) params["values." + key] = value;
  }
  return {};
}

}  // namespace spokelab::hub
