// The list generator: parameter sets written out in the ApplicationSet.
#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/appset/generators/generator.h"

namespace spokelab::hub {

namespace {

/// Fasttemplate parameters are texts; `values` is a map of texts and becomes "values.k".
Result<Json> flat_element(const Json& element) {
  Json params = Json::object();
  for (const auto& [key, value] : element.items()) {
    if (key == "values") {
      if (!value.is_object()) return Error(Errc::bad_input, "error parsing values map");
      for (const auto& [name, text] : value.items()) {
        if (!text.is_string()) {
          return Error(Errc::bad_input, "error parsing value as string %!w(<nil>)");
        }
        params["values." + name] = text;
      }
    } else if (value.is_string()) {
      params[key] = value;
    } else {
      return Error(Errc::bad_input, "error parsing value as string %!w(<nil>)");
    }
  }
  return params;
}

}  // namespace

Result<ParamSets> list_params(const Json& generator, const GeneratorScope& scope) {
  ParamSets sets;
  if (const Json* elements = find(generator, {"elements"}); elements && elements->is_array()) {
    for (const Json& element : *elements) {
      if (!element.is_object()) {
        return Error(Errc::bad_input,
                     fmt::format("error unmarshling list element json: cannot unmarshal {} into Go "
                                 "value of type map[string]interface {{}}",
                                 element.type_name()));
      }
      if (scope.dialect.go) {
        sets.push_back(element);
        continue;
      }
      auto params = flat_element(element);
      if (!params) return params.error();
      sets.push_back(std::move(*params));
    }
  }
  const std::string yaml = text_at(generator, {"elementsYaml"});
  if (yaml.empty()) return sets;
  auto decoded = parse_yaml(yaml);
  if (!decoded) {
    return decoded.error().within("error unmarshling decoded ElementsYaml error");
  }
  if (decoded->is_null()) return sets;
  const bool maps =
      decoded->is_array() && std::all_of(decoded->begin(), decoded->end(),
                                         [](const Json& one) { return one.is_object(); });
  if (!maps) {
    return Error(Errc::bad_input,
                 "error unmarshling decoded ElementsYaml error: a list of maps is expected");
  }
  for (Json& element : *decoded) sets.push_back(std::move(element));
  return sets;
}

}  // namespace spokelab::hub
