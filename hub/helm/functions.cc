// Helm's own template functions.
#include "hub/helm/functions.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/read_json.h"
#include "hub/gotemplate/runtime.h"
#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/toml/toml.h"
#include "hub/helm/values.h"

namespace spokelab::hub::helm {

namespace {

using namespace gotemplate;

Value include(Call& call) {
  auto out = call.runtime.include(call.text(0), call[1]);
  return out ? Value(std::move(*out)) : Value();
}

Value tpl(Call& call) {
  auto out = call.runtime.run_text(call.text(0), call[1], functions(), "gotpl");
  return out ? Value(std::move(*out)) : Value();
}

Value marked_failure(Call& call, const std::string& message) {
  return call.fail(kMessageStart + message + kMessageEnd);
}

Value required(Call& call) {
  if (call[1].is_nil() || (call[1].is(Kind::string) && call.text(1).empty()))
    return marked_failure(call, call.text(0));
  return call[1];
}

Value to_yaml_text(Call& call, bool pretty, bool must) {
  auto text = go_yaml(call[0], pretty);
  // Writing YAML is dearer than other work of its size.
  if (text && !call.runtime.spend(static_cast<std::int64_t>(text->size() / 16))) return {};
  if (text) return sprig::text_result(call, std::move(*text));
  return must ? call.fail("error marshaling into JSON: json: unsupported value") : Value("");
}

Value to_toml_text(Call& call, bool must) {
  auto text = write_toml(call[0]);
  if (text) return sprig::text_result(call, std::move(*text));
  return must ? call.fail(text.error().message()) : Value(text.error().message());
}

/// What Helm answers to a text that does not parse: the message, in the shape of the result.
Value complaint(const Error& error, bool list) {
  if (list) return make_list({Value(error.message())});
  return make_map({{"Error", Value(error.message())}});
}

/// The name by which encoding/json knows the type of a value.
std::string_view json_type(const Value& value) {
  switch (value.kind()) {
    case Kind::list:
      return "array";
    case Kind::map:
      return "object";
    case Kind::string:
      return "string";
    case Kind::boolean:
      return "bool";
    default:
      return "number";
  }
}

/// The value as a map or a list, which an absent one is an empty one of.
Value as_container(Result<Value> value, bool list, std::string_view error_head) {
  if (!value) return complaint(value.error(), list);
  if (value->is_nil()) return list ? make_list({}) : make_map({});
  if (value->is(list ? Kind::list : Kind::map)) return *value;
  return complaint(
      Error(Errc::bad_input,
            fmt::format("{}json: cannot unmarshal {} into Go value of type {}", error_head,
                        json_type(*value), list ? "[]interface {}" : "map[string]interface {}")),
      list);
}

/// JSON's null makes Go's target nil; YAML's leaves it as it was.
Value null_container(bool list) {
  if (list) return make_null_list();
  Value map = make_map({});
  map.map().null = true;
  return map;
}

Value from_json_text(Call& call, bool list) {
  call.runtime.spend(static_cast<std::int64_t>(call.text(0).size() / 4));
  auto value = read_json(call.text(0));
  if (value && value->is_nil()) return null_container(list);
  return as_container(std::move(value), list, "");
}

Value from_yaml_text(Call& call, bool list) {
  call.runtime.spend(static_cast<std::int64_t>(call.text(0).size() / 4));
  auto document = parse_yaml(call.text(0), YamlDuplicates::last_wins);
  if (!document)
    return complaint(document.error().within("error converting YAML to JSON: yaml"), list);
  return as_container(from_json(as_values(std::move(*document))), list,
                      "error unmarshaling JSON: while decoding JSON: ");
}

Value from_toml_text(Call& call) {
  call.runtime.spend(static_cast<std::int64_t>(call.text(0).size() / 4));
  return as_container(read_toml(call.text(0)), false, "");
}

}  // namespace

const FunctionTable& functions() {
  static const FunctionTable table = [] {
    FunctionTable out = sprig_functions();
    out.remove("env");
    out.remove("expandenv");
    out.add("include", "sa", include);
    out.add("tpl", "sa", tpl);
    out.add("required", "sa", required);
    out.add("fail", "s", [](Call& c) { return marked_failure(c, c.text(0)); });
    out.add("lookup", "ssss", [](Call&) { return make_map({}); });
    out.add("toYaml", "a", [](Call& c) { return to_yaml_text(c, false, false); });
    out.add("mustToYaml", "a", [](Call& c) { return to_yaml_text(c, false, true); });
    out.add("toYamlPretty", "a", [](Call& c) { return to_yaml_text(c, true, false); });
    out.add("toToml", "a", [](Call& c) { return to_toml_text(c, false); });
    out.add("mustToToml", "a", [](Call& c) { return to_toml_text(c, true); });
    out.add("fromYaml", "s", [](Call& c) { return from_yaml_text(c, false); });
    out.add("fromYamlArray", "s", [](Call& c) { return from_yaml_text(c, true); });
    out.add("fromJson", "s", [](Call& c) { return from_json_text(c, false); });
    out.add("fromJsonArray", "s", [](Call& c) { return from_json_text(c, true); });
    out.add("fromToml", "s", from_toml_text);
    return out;
  }();
  return table;
}

}  // namespace spokelab::hub::helm
