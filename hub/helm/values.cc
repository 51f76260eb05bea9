// Helm values: reading files, merging layers.
#include "hub/helm/values.h"

#include "base/json.h"
#include "base/yaml.h"
#include "hub/helm/values/go_json.h"

namespace spokelab::hub::helm {

namespace {

void to_floats(Json& at) {
  if (at.is_number_integer()) at = at.get<double>();
  if (at.is_structured()) {
    for (Json& item : at) to_floats(item);
  }
}

}  // namespace

Json as_values(Json document) {
  to_floats(document);
  return document;
}

void merge_values(Json& into, const Json& from) {
  if (!into.is_object()) into = Json::object();
  for (auto at = from.begin(); at != from.end(); ++at) {
    Json& place = into[at.key()];
    if (place.is_object() && at->is_object())
      merge_values(place, *at);
    else
      place = *at;
  }
}

Result<Json> read_values(std::string_view yaml) {
  if (yaml.starts_with("\xEF\xBB\xBF")) yaml.remove_prefix(3);
  auto document = parse_yaml(yaml, YamlDuplicates::last_wins);
  if (!document) return document.error().within("error converting YAML to JSON: yaml");
  if (document->is_null()) return Json::object();
  if (!document->is_object()) return unmarshal_error(*document, "", "map[string]interface {}");
  return as_values(std::move(*document));
}

}  // namespace spokelab::hub::helm
