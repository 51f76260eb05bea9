// Generators: the table of kinds, and what all of them share.
#include "hub/appset/generator.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "hub/appset/params.h"

namespace spokelab::hub {

namespace {

Error not_reachable(std::string_view what) {
  return Error(
      Errc::unsupported,
      fmt::format("the {} generator is not available here: it asks a service outside this hub",
                  what));
}

Result<ParamSets> scm_params(const Json&, const GeneratorScope&) {
  return not_reachable("scmProvider");
}
Result<ParamSets> decision_params(const Json&, const GeneratorScope&) {
  return not_reachable("clusterDecisionResource");
}
Result<ParamSets> pull_request_params(const Json&, const GeneratorScope&) {
  return not_reachable("pullRequest");
}
Result<ParamSets> plugin_params(const Json&, const GeneratorScope&) {
  return not_reachable("plugin");
}

/// Keeps the sets that the entry's own selector takes.
Result<ParamSets> filter(ParamSets sets, const Json& entry) {
  const Json* selector = find(entry, {"selector"});
  if (selector == nullptr || !selector->is_object()) return sets;
  ParamSets kept;
  for (Json& params : sets) {
    const auto takes = selected(*selector, params);
    if (!takes) return takes.error();
    if (*takes) kept.push_back(std::move(params));
  }
  return kept;
}

}  // namespace

const std::vector<GeneratorKind>& generator_kinds() {
  using std::chrono::minutes;
  static const std::vector<GeneratorKind> kinds = {
      {"list", list_params, Nanos(0), false},
      {"clusters", cluster_params, Nanos(0), false},
      {"git", git_params, minutes(3), false},
      {"scmProvider", scm_params, minutes(30), false},
      {"clusterDecisionResource", decision_params, minutes(3), false},
      {"pullRequest", pull_request_params, minutes(30), false},
      {"matrix", matrix_params, Nanos(0), true},
      {"merge", merge_params, Nanos(0), true},
      {"plugin", plugin_params, minutes(30), false},
  };
  return kinds;
}

Result<GitTrees::Tree> GitTrees::get(const std::string& url, const std::string& revision) {
  const Key key(url, revision);
  const auto hit = known_.find(key);
  if (hit != known_.end()) return hit->second;
  wanted_.insert(key);
  return Error(Errc::unsupported, fmt::format("{} at '{}' has not been read yet", url, revision));
}

void GitTrees::put(Key key, Result<Tree> tree) {
  wanted_.erase(key);
  known_.insert_or_assign(std::move(key), std::move(tree));
}

Result<ParamSets> generate(const Json& entry, const GeneratorScope& scope) {
  ParamSets all;
  if (!entry.is_object()) return all;
  for (const GeneratorKind& kind : generator_kinds()) {
    const auto hit = entry.find(kind.key);
    if (hit == entry.end() || hit->is_null()) continue;
    if (kind.combines && scope.depth > 1) continue;  // a third level is not even decoded by Argo CD
    auto sets = kind.produce(*hit, scope);
    if (!sets) return sets.error();
    auto kept = filter(std::move(*sets), entry);
    if (!kept) return kept.error();
    if (all.size() + kept->size() > kParamSetsMax) {
      return Error(Errc::limit,
                   fmt::format("an entry makes more than {} parameter sets", kParamSetsMax));
    }
    std::move(kept->begin(), kept->end(), std::back_inserter(all));
  }
  return all;
}

Nanos requeue_after(const Json& entry, Nanos fallback) {
  Nanos shortest(0);
  const auto take = [&shortest](Nanos span) {
    if (span > Nanos(0) && (shortest == Nanos(0) || span < shortest)) shortest = span;
  };
  if (!entry.is_object()) return shortest;
  for (const GeneratorKind& kind : generator_kinds()) {
    const auto hit = entry.find(kind.key);
    if (hit == entry.end() || !hit->is_object()) continue;
    if (kind.combines) {
      const Json* children = find(*hit, {"generators"});
      if (children == nullptr || !children->is_array()) continue;
      for (const Json& child : *children) take(requeue_after(child, fallback));
      continue;
    }
    constexpr std::int64_t kSecondsMax = 8'760 * 3'600;
    const std::int64_t seconds = int_at(*hit, {"requeueAfterSeconds"}, 0);
    if (seconds > 0) {
      take(std::chrono::seconds(std::min(seconds, kSecondsMax)));
    } else {
      take(kind.key == "git" ? fallback : kind.requeue);
    }
  }
  return shortest;
}

bool uses_clusters(const Json& generators) {
  if (!generators.is_array()) return false;
  return std::any_of(generators.begin(), generators.end(), [](const Json& entry) {
    if (!entry.is_object()) return false;
    if (const Json* clusters = find(entry, {"clusters"})) return !clusters->is_null();
    for (const GeneratorKind& kind : generator_kinds()) {
      const Json* children = kind.combines ? find(entry, {kind.key, "generators"}) : nullptr;
      if (children != nullptr && uses_clusters(*children)) return true;
    }
    return false;
  });
}

Result<void> append_values(Json& params, const Json& generator, std::string_view what,
                           const TemplateDialect& dialect) {
  const Json* values = find(generator, {"values"});
  if (values == nullptr || !values->is_object() || values->empty()) return {};
  Json rendered = Json::object();
  for (const auto& [key, value] : values->items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : go_text(value);
    auto result = render_text(text, params, dialect);
    if (!result) {
      return result.error().within(fmt::format(
          "error appending templated values for {}: failed to replace templated string", what));
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
