// The methods of Helm's Values, and which values have methods at all.
#include "hub/gotemplate/methods.h"

#include <fmt/format.h>

#include <array>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/runtime.h"

namespace spokelab::hub::gotemplate {

namespace {

Value as_map(Runtime&, const Value& receiver, std::vector<Value>&) {
  return receiver.as_helm_values(false);
}

Value as_yaml(Runtime& runtime, const Value& receiver, std::vector<Value>&) {
  auto text = go_yaml(receiver);
  if (!text) return runtime.fail("the values cannot be written as YAML");
  if (!runtime.allow_bytes(text->size())) return {};
  return *text + "\n";
}

/// The table at "a.b" below `values`; fails with the name of the part that is none.
Value table(Runtime& runtime, Value values, std::string_view path) {
  while (true) {
    const std::size_t dot = path.find('.');
    const std::string_view part = path.substr(0, dot);
    const Value* hit = values.map().find(part);
    if (hit == nullptr || !hit->is(Kind::map) || hit->map().of != Map::Of::any)
      return runtime.fail(fmt::format("{} is not a table", quote(part)));
    values = hit->as_helm_values();
    if (dot == std::string_view::npos) return values;
    path.remove_prefix(dot + 1);
  }
}

Value table_at(Runtime& runtime, const Value& receiver, std::vector<Value>& args) {
  return table(runtime, receiver, args[0].text());
}

Value value_at(Runtime& runtime, const Value& receiver, std::vector<Value>& args) {
  const std::string_view path = args[0].text();
  if (path.empty()) return runtime.fail("YAML path cannot be empty");
  const std::size_t dot = path.rfind('.');
  const bool here = dot == std::string_view::npos;
  const std::string_view key = path.substr(here ? 0 : dot + 1);
  const Value above = here ? receiver : table(runtime, receiver, path.substr(0, dot));
  const Value* hit = runtime.failed() ? nullptr : above.map().find(key);
  if (hit == nullptr || hit->is(Kind::map))
    return runtime.fail(fmt::format("{} is not a value", quote(key)));
  return *hit;
}

constexpr std::array<Method, 4> kValuesMethods = {{{"AsMap", "", as_map},
                                                   {"PathValue", "s", value_at},
                                                   {"Table", "s", table_at},
                                                   {"YAML", "", as_yaml}}};

}  // namespace

const Method* find_method(const Value& receiver, std::string_view name) {
  // Nearly all names are keys of values, and those begin small.
  if (name.empty() || name[0] < 'A' || name[0] > 'Z') return nullptr;
  std::span<const Method> methods;
  if (receiver.is(Kind::map) && receiver.helm_values()) methods = kValuesMethods;
  if (receiver.is(Kind::time)) methods = time_methods();
  for (const Method& method : methods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

}  // namespace spokelab::hub::gotemplate
