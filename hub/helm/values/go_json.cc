// Documents as Go's decoders see them.
#include "hub/helm/values/go_json.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml_scalar.h"

namespace spokelab::hub::helm {

std::optional<std::string> scalar_text(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_unsigned()) return std::to_string(value.get<std::uint64_t>());
  if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  if (value.is_number_float()) return yaml::go_float32(value.get<double>());
  return std::nullopt;
}

std::string_view go_sort(const Json& value) {
  if (value.is_array()) return "array";
  if (value.is_object()) return "object";
  if (value.is_boolean()) return "bool";
  if (value.is_number()) return "number";
  return value.is_string() ? "string" : "null";
}

Error unmarshal_error(const Json& value, std::string_view field, std::string_view type) {
  return Error(
      Errc::bad_input,
      fmt::format("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go "
                  "{}{} of type {}",
                  go_sort(value), field.empty() ? "value" : "struct field ", field, type));
}

}  // namespace spokelab::hub::helm
