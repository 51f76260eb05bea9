// Helm values: the first byte chooses --set and its relatives, a values file or a schema; then all
// merge down a chart tree.
#include <memory>
#include <vector>

#include "base/json.h"
#include "hub/helm/chart.h"
#include "hub/helm/schema/schema.h"
#include "hub/helm/values.h"
#include "hub/helm/values/coalesce.h"
#include "hub/helm/values/set.h"
#include "tests/fuzz/targets.h"

namespace spokelab::fuzz {

namespace {

using namespace hub::helm;

const Chart& family() {
  static const auto chart = [] {
    FileTree files;
    const auto put = [&files](const char* path, const char* text) {
      files[path] = std::make_shared<const std::string>(text);
    };
    put("Chart.yaml",
        "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n- {name: b, version: 1.0.0, tags: "
        "[t], "
        "condition: b.on, import-values: [x, {child: c, parent: d}]}\n");
    put("values.yaml", "b: {c: {d: 1}, n: null}\nglobal: {g: {h: 1}}\n");
    put("charts/b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.0.0\n");
    put("charts/b/values.yaml", "c: {e: 2}\nexports: {x: {y: 1}}\nglobal: {g: 2}\n");
    return *load_chart(files, "");
  }();
  return *chart;
}

const Schema& schema() {
  static const Schema compiled = *Schema::compile(
      R"({"properties":{"a":{"type":"integer","minimum":1},"b":{"$ref":"#/$defs/t"},"c":{"items":{"format":"uri"},
          "uniqueItems":true}},"$defs":{"t":{"additionalProperties":{"anyOf":[{"type":"string"},{"$ref":"#/$defs/t"}]}}}})");
  return compiled;
}

}  // namespace

std::string feed_helm_values(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 4096) return {};
  const std::string_view text = bytes.substr(1);
  Json values = Json::object();
  switch (bytes[0]) {
    case '0':
      if (!set_value(values, text)) return {};
      break;
    case '1':
      if (!set_text(values, text)) return {};
      break;
    case '2':
      if (!set_json(values, text)) return {};
      break;
    case '3':
      if (!set_literal(values, text)) return {};
      break;
    case '4':
      if (const auto compiled = Schema::compile(text))
        static_cast<void>(compiled->check(Json{{"a", 1}, {"b", "x"}, {"c", {1, 2}}}));
      return {};
    default: {
      auto read = read_values(bytes);
      if (!read) return {};
      values = std::move(*read);
    }
  }
  std::vector<std::string> warnings;
  const auto instance = enable_dependencies(family(), values, warnings);
  if (!instance || !coalesce(*instance->root, values, Nulls::coalesce)) return {};
  if (!values.is_object()) return "the values are no table any more";
  static_cast<void>(schema().check(values));
  return {};
}

}  // namespace spokelab::fuzz
