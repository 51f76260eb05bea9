// The table as JSON Schema (draft-07), for editors.
#include <fmt/format.h>

#include "base/json.h"
#include "harness/scenario/reading/scalar.h"
#include "harness/scenario/schema.h"

namespace spokelab::harness {

namespace {

constexpr std::string_view kSpan = "([0-9]+([.][0-9]+)?(ns|us|ms|s|m|h|d))+";

/// The pattern of one concrete value of a type, without anchors; empty: any text.
std::string pattern_of(Type type) {
  switch (type) {
    case Type::duration:
      return std::string(kSpan);
    case Type::offset:
      return "-?" + std::string(kSpan);
    case Type::percent:
      return "[0-9]+([.][0-9]{1,4})?%";
    case Type::rate:
      return "[0-9]+/([0-9]*(ns|us|ms|s|m|min|h|d))+";
    case Type::bytes:
      return "[0-9]+(B|kB|MB|GB|KiB|MiB|GiB)";
    case Type::byte_rate:
      return "[0-9]+(B|kB|MB|GB|KiB|MiB|GiB)/s";
    case Type::count:
      return "[0-9]+";
    case Type::name:
      return "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    case Type::service:
      return "[a-z0-9-]+/[a-z0-9-]+";
    case Type::object_ref:
      return "[A-Za-z0-9.-]+ +[^ ]+";
    case Type::link:
      return ".+<->.+";
    default:
      return "";
  }
}

/// Also a parameter, and a draw where the key allows it.
Json with_variations(const Field& field, Json plain) {
  Json any = Json::array({std::move(plain)});
  any.push_back({{"type", "string"}, {"pattern", "^[$][a-z0-9_-]+$"}});
  if (may_draw(field)) {
    std::string draws = "any\\[.*\\]";
    if (may_draw_range(field.type)) draws += "|.+[.][.].+";
    any.push_back({{"type", "string"}, {"pattern", "^(" + draws + ")$"}});
  }
  return {{"anyOf", std::move(any)}};
}

Json scalar_schema(const Field& field) {
  Json plain;
  switch (field.type) {
    case Type::seed:
      plain = {{"type", "integer"}, {"minimum", 0}};
      break;
    case Type::count: {
      plain = {{"type", "integer"}};
      const auto dots = field.limits.find("..");
      if (dots == std::string_view::npos) break;
      const auto low = parse_whole(field.limits.substr(0, dots));
      const auto high = parse_whole(field.limits.substr(dots + 2));
      if (low) plain["minimum"] = *low;
      if (high) plain["maximum"] = *high;
      break;
    }
    case Type::boolean:
      plain = {{"type", "boolean"}};
      break;
    case Type::choice:
      plain = {{"type", "string"}, {"enum", choices_of(field)}};
      break;
    case Type::json:
      return Json::object();
    case Type::scalar:
      plain = {{"type", {"string", "number", "boolean"}}};
      break;
    case Type::label_change:
      plain = {{"type", {"string", "null"}}};
      break;
    default:
      plain = {{"type", "string"}};
      if (const auto pattern = pattern_of(field.type); !pattern.empty())
        plain["pattern"] = "^(" + pattern + ")$";
      break;
  }
  return with_variations(field, std::move(plain));
}

std::vector<std::string> words_of(std::string_view words) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    if (end > at) out.emplace_back(words.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// What the kind of an object demands of its other keys.
void add_kinds(const SchemaNode& node, Json& out) {
  const auto variants = kinds_of(node.path);
  if (variants.empty()) return;
  const auto key = discriminator_of(node.path);
  Json rules = Json::array();
  Json one_of = Json::array();
  for (const auto* kind : variants) {
    const std::string name(kind->name);
    const auto required = words_of(kind->required);
    if (key.empty()) one_of.push_back({{"required", {name}}});
    if (required.empty()) continue;
    Json when = {{"required", {key.empty() ? name : std::string(key)}}};
    if (!key.empty()) when["properties"][std::string(key)]["const"] = name;
    rules.push_back({{"if", std::move(when)}, {"then", {{"required", required}}}});
  }
  if (!rules.empty()) out["allOf"] = std::move(rules);
  if (!one_of.empty()) out["oneOf"] = std::move(one_of);
}

Json node_schema(const SchemaNode& node);

Json object_schema(const SchemaNode& node) {
  Json out = {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const auto* child : node.children) {
    out["properties"][child->name] = node_schema(*child);
    if (child->field->required) required.push_back(child->name);
  }
  if (!required.empty() && node.field != nullptr) out["required"] = std::move(required);
  add_kinds(node, out);
  if (node.path == "faults/*" || node.path == "steps/[]") {
    const Json start = {{"oneOf", {{{"required", {"at"}}}, {{"required", {"when"}}}}}};
    if (!out.contains("allOf")) out["allOf"] = Json::array();
    out["allOf"].push_back(start);
  }
  return out;
}

Json map_schema(const SchemaNode& node) {
  Json out = {{"type", "object"}, {"additionalProperties", node_schema(*node.any)}};
  if (node.field->keys == Type::choice)
    out["propertyNames"] = {{"enum", choices_of(*node.any->field)}};
  if (const auto pattern = pattern_of(node.field->keys); !pattern.empty()) {
    out["propertyNames"] = {{"pattern", "^(" + pattern + "|[$][a-z0-9_-]+)$"}};
  }
  return out;
}

Json node_schema(const SchemaNode& node) {
  Json out;
  switch (node.type()) {
    case Type::object:
      out = object_schema(node);
      break;
    case Type::map:
      // A map whose values may be anything single has no row for them beyond the table's.
      out = node.any == nullptr ? Json{{"type", "object"}} : map_schema(node);
      break;
    case Type::list: {
      const auto item = node_schema(*node.item);
      out["anyOf"] = {{{"type", "array"}, {"items", item}}, item};
      break;
    }
    case Type::file_change:
      out["anyOf"] = {{{"type", {"string", "null"}}}, object_schema(node)};
      break;
    default:
      out = scalar_schema(*node.field);
  }
  if (node.field != nullptr) {
    std::string doc(node.field->doc);
    if (!node.field->default_text.empty())
      doc += fmt::format(" Default: {}.", node.field->default_text);
    if (!node.field->example.empty()) doc += fmt::format(" Example: {}", node.field->example);
    out["description"] = std::move(doc);
  }
  return out;
}

}  // namespace

Json json_schema() {
  auto out = node_schema(schema_root());
  out["$schema"] = "http://json-schema.org/draft-07/schema#";
  out["title"] = "spokelab scenario";
  out["description"] =
      "A scenario: a world, what goes wrong, what must hold. Or a module, for `use` in scenarios.";
  Json required = Json::array();
  for (const auto* child : schema_root().children) {
    // A world may come from a module.
    if (child->field->required && child->name != "world") required.push_back(child->name);
  }
  Json not_a_module = {
      {"not", {{"anyOf", {{{"required", {"module"}}}, {{"required", {"parameters"}}}}}}}};
  not_a_module["required"] = required;
  Json scenario_only = Json::array();
  for (const std::string key :
       {"scenario", "seed", "lasts", "settle", "matrix", "verdict", "control"}) {
    scenario_only.push_back({{"required", {key}}});
  }
  Json module = {{"required", {"module"}}, {"not", {{"anyOf", scenario_only}}}};
  out["anyOf"] = {std::move(not_a_module), std::move(module)};
  return out;
}

std::string json_schema_text() { return json_schema().dump(2) + "\n"; }

}  // namespace spokelab::harness
