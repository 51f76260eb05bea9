// Fuzzes Helm values: --set and its relatives, values files, and their merging down a chart tree.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "hub/helm/chart.h"
#include "hub/helm/schema/schema.h"
#include "hub/helm/values.h"
#include "hub/helm/values/coalesce.h"
#include "hub/helm/values/set.h"

namespace {

using namespace spokelab;
using namespace spokelab::hub::helm;

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

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Json values = Json::object();
  switch (data[0] % 6) {
    case 0:
      if (!set_value(values, text)) return 0;
      break;
    case 1:
      if (!set_text(values, text)) return 0;
      break;
    case 2:
      if (!set_json(values, text)) return 0;
      break;
    case 3:
      if (!set_literal(values, text)) return 0;
      break;
    case 4:
      if (auto read = read_values(text))
        values = std::move(*read);
      else
        return 0;
      break;
    default:
      if (auto compiled = Schema::compile(text)) (void)compiled->check(Json{{"a", 1}, {"b", "x"}});
      return 0;
  }
  std::vector<std::string> warnings;
  const auto instance = enable_dependencies(family(), values, warnings);
  if (!instance || !coalesce(*instance, values, Nulls::coalesce)) return 0;
  if (!values.is_object()) std::abort();
  (void)schema().check(values);
  return 0;
}
