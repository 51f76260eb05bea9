// Helm's own template functions.
#include "hub/helm/functions.h"

#include "base/json.h"
#include "base/yaml.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/runtime.h"
#include "hub/gotemplate/sprig/cast.h"
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

Value to_yaml_text(Call& call, bool must) {
  const auto document = to_json(call[0]);
  if (!document)
    return must ? call.fail("error marshaling into JSON: json: unsupported value") : Value("");
  std::string out = to_yaml(*document);
  if (out.ends_with('\n')) out.pop_back();
  return sprig::text_result(call, std::move(out));
}

Value error_map(const Error& error) { return make_map({{"Error", Value(error.message())}}); }

Value from_text(Call& call, bool list, bool yaml) {
  call.runtime.spend(static_cast<std::int64_t>(call.text(0).size() / 16));
  auto document =
      yaml ? parse_yaml(call.text(0), YamlDuplicates::last_wins) : parse_json(call.text(0));
  if (document && document->is_null()) *document = list ? Json::array() : Json::object();
  if (document && (list ? !document->is_array() : !document->is_object())) {
    document = Error(Errc::bad_input, std::string("json: cannot unmarshal ") +
                                          document->type_name() + " into Go value of type " +
                                          (list ? "[]interface {}" : "map[string]interface {}"));
    if (yaml) document = document.error().within("error unmarshaling JSON: while decoding JSON");
  }
  if (!document && yaml && !document.error().message().starts_with("error ")) {
    document = document.error().within("error converting YAML to JSON: yaml");
  }
  if (!document)
    return list ? make_list({Value(document.error().message())}) : error_map(document.error());
  return from_json(as_values(std::move(*document)));
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
    out.add("toYaml", "a", [](Call& c) { return to_yaml_text(c, false); });
    out.add("mustToYaml", "a", [](Call& c) { return to_yaml_text(c, true); });
    out.add("fromYaml", "s", [](Call& c) { return from_text(c, false, true); });
    out.add("fromYamlArray", "s", [](Call& c) { return from_text(c, true, true); });
    out.add("fromJson", "s", [](Call& c) { return from_text(c, false, false); });
    out.add("fromJsonArray", "s", [](Call& c) { return from_text(c, true, false); });
    return out;
  }();
  return table;
}

}  // namespace spokelab::hub::helm
