// The matrix generator: each set of the first child with each set that the second then makes.
#include <fmt/format.h>

#include "base/json.h"
#include "hub/appset/generators/children.h"
#include "hub/appset/params.h"

namespace spokelab::hub {

namespace {

/// The second child with the first child's parameters put in. Its `values` keep what they cannot
/// resolve: the child's own parameters come later.
Result<Json> interpolate(const Json& child, const Json& params, const TemplateDialect& dialect) {
  if (!dialect.go) return render_document(child, params, dialect);
  Json bare = child;
  std::vector<std::pair<std::string, Json>> kept;
  for (auto& [key, generator] : bare.items()) {
    if (!generator.is_object() || !generator.contains("values")) continue;
    const TemplateDialect strict{true, {"missingkey=error"}};
    Json values = generator["values"];
    generator.erase("values");
    for (auto& [name, value] : values.items()) {
      if (!value.is_string()) continue;
      auto rendered = render_text(value.get<std::string>(), params, strict);
      if (rendered) value = std::move(*rendered);
    }
    kept.emplace_back(key, std::move(values));
  }
  auto rendered = render_document(bare, params, dialect);
  if (!rendered) return rendered.error();
  for (auto& [key, values] : kept) (*rendered)[key]["values"] = std::move(values);
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
  ParamSets rows;
  for (const Json& first : *outer) {
    const auto child = interpolate(children[1], first, scope.dialect);
    if (!child) return child.error();
    const auto inner = child_params(*child, scope);
    if (!inner) {
      return inner.error().within(
          "failed to get params for second generator in the matrix generator");
    }
    for (const Json& second : *inner) {
      auto row = combine(first, second, scope.dialect.go);
      if (!row)
        return row.error().within(
            "failed to combine string maps with merging params for the matrix generator");
      rows.push_back(std::move(*row));
      if (rows.size() > kParamSetsMax) {
        return Error(Errc::limit,
                     fmt::format("a matrix makes more than {} parameter sets", kParamSetsMax));
      }
    }
  }
  return rows;
}

}  // namespace spokelab::hub
