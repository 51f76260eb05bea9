#include "harness/repo/yaml_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::harness {

namespace {

bool is_index(const std::string& text) {
  return !text.empty() && text.size() < 7 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

Result<Json*> step_into(Json* at, const std::string& key, const std::string& path) {
  if (at->is_null()) *at = Json::object();
  if (at->is_object()) return &(*at)[key];
  if (at->is_array() && is_index(key)) {
    const auto index = static_cast<std::size_t>(std::stoul(key));
    if (index < at->size()) return &(*at)[index];
    return Error(Errc::bad_input, fmt::format("{}: the list has only {} items", path, at->size()));
  }
  return Error(Errc::bad_input,
               fmt::format("{}: '{}' lies inside a {}", path, key, at->type_name()));
}

}  // namespace

Result<std::string> set_yaml_values(const std::string& text,
                                    const std::vector<std::pair<std::string, JsonRef>>& values) {
  auto document = parse_yaml(text);
  if (!document) return document.error();
  if (document->is_null()) *document = Json::object();
  if (!document->is_object()) return Error(Errc::bad_input, "the file is not a YAML map");
  for (const auto& [path, value] : values) {
    Json* at = &*document;
    std::size_t from = 0;
    while (from <= path.size()) {
      const auto dot = std::min(path.find('.', from), path.size());
      auto next = step_into(at, path.substr(from, dot - from), path);
      if (!next) return next.error();
      at = *next;
      from = dot + 1;
    }
    *at = *value;
  }
  return to_yaml(*document);
}

}  // namespace spokelab::harness
