// The matrix generator: each set of the first child with each set that the second then makes.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/appset/generators/children.h"
#include "hub/appset/rendering/params.h"

namespace spokelab::hub {

namespace {

/// A missing key or field: what the child's own parameters may still bring.
bool is_missing_key(const Error& error) {
  const std::string& text = error.message();
  return text.find("map has no entry for key") != std::string::npos ||
         text.find("can't evaluate field") != std::string::npos ||
         text.find("nil pointer evaluating") != std::string::npos;
}

/// A child's `values` with what the first child knows put in; the rest stays as it is written.
Result<Json> early_values(const Json& values, const Json& params) {
  static const TemplateDialect strict{true, {"missingkey=error"}};
  Json resolved = values;
  for (auto& [key, value] : resolved.items()) {
    if (!value.is_string()) continue;
    auto rendered = render_text(value.get<std::string>(), params, strict);
    if (rendered) {
      value = std::move(*rendered);
    } else if (!is_missing_key(rendered.error())) {
      return rendered.error().within(
          fmt::format("failed to pre-resolve Values key {}", go_quote(key)));
    }
  }
  return resolved;
}

/// The second child with the first child's parameters put in; its own `selector` alone is taken as
/// it is written.
Result<Json> interpolate(const Json& child, const Json& params, const TemplateDialect& dialect) {
  if (params.empty() || !child.is_object()) return child;
  Json bare = child;
  bare.erase("selector");
  std::vector<std::pair<std::string, Json>> kept;
  if (dialect.go) {
    for (auto& [key, generator] : bare.items()) {
      if (!generator.is_object() || !generator.contains("values")) continue;
      auto values = early_values(generator["values"], params);
      if (!values) return values.error();
      generator.erase("values");
      kept.emplace_back(key, std::move(*values));
    }
  }
  auto rendered = render_document(bare, params, dialect);
  if (!rendered) return rendered.error();
  for (auto& [key, values] : kept) (*rendered)[key]["values"] = std::move(values);
  if (child.contains("selector")) (*rendered)["selector"] = child["selector"];
  return rendered;
}

Result<Json> combine(const Json& first, const Json& second, bool nested) {
  if (nested) return deep_merge(first, second);
  Json row = Json::object();
  for (const auto& [key, value] : first.items()) row[key] = go_text(value);
  for (const auto& [key, value] : second.items()) {
    const std::string text = go_text(value);
    const auto hit = row.find(key);
    if (hit != row.end() && *hit != text) {
      return Error(Errc::bad_input,
                   fmt::format("found duplicate key {} with different value, a: {} ,b: {}", key,
                               hit->get<std::string>(), text));
    }
    row[key] = text;
  }
  return row;
}

}  // namespace

Result<ParamSets> matrix_params(const Json& generator, const GeneratorScope& scope) {
  const auto& children = children_of(generator);
  if (children.size() < 2) {
    return Error(Errc::bad_input, "found less than two generators, Matrix support only two");
  }
  if (children.size() > 2) {
    return Error(Errc::bad_input, "found more than two generators, Matrix support only two");
  }
  const auto outer = child_params(children[0], scope);
  if (!outer) {
    return outer.error().within(
        "error failed to get params for first generator in matrix generator");
  }
  constexpr std::string_view kSecond =
      "failed to get params for second generator in the matrix generator";
  ParamSets rows;
  std::optional<Error> waiting;
  for (const Json& first : *outer) {
    const auto child = interpolate(children[1], first, scope.dialect);
    if (!child) {
      return child.error()
          .within("child generator returned an error on parameter generation")
          .within(kSecond);
    }
    const auto inner = child_params(*child, scope);
    if (!inner) {
      const Error error = inner.error().within(kSecond);
      if (!scope.facts.wanting()) return error;
      waiting = error;  // the other rows may want facts as well: ask for all of them at once
      continue;
    }
    for (const Json& second : *inner) {
      auto row = combine(first, second, scope.dialect.go);
      if (!row) {
        return row.error().within(
            "failed to combine string maps with merging params for the matrix generator");
      }
      rows.push_back(std::move(*row));
      if (rows.size() > kParamSetsMax) {
        return Error(Errc::limit,
                     fmt::format("a matrix makes more than {} parameter sets", kParamSetsMax));
      }
    }
  }
  if (waiting) return *waiting;
  return rows;
}

}  // namespace spokelab::hub
