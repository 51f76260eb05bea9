// Go templates of ApplicationSets: the engine in hub/gotemplate with Argo CD's functions.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/appset/rendering/template.h"
#include "hub/gotemplate/function.h"
#include "hub/gotemplate/runtime.h"
#include "hub/gotemplate/tree.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub {

namespace {

namespace gt = gotemplate;

/// encoding/json gives float64 for every number. With missingkey=zero the maps that Argo CD types
/// as map[string]string (labels, annotations, values) must be so here, since their zero is "".
gt::Value value_of(const Json& json, bool texts_typed) {
  if (json.is_number()) return gt::Value(json.get<double>());
  if (json.is_array()) {
    std::vector<gt::Value> items;
    for (const Json& item : json) items.push_back(value_of(item, texts_typed));
    return gt::make_list(std::move(items));
  }
  if (json.is_object()) {
    gt::Map::Entries entries;
    bool texts = texts_typed && !json.empty();
    for (const auto& [key, item] : json.items()) {
      texts = texts && item.is_string();
      entries.emplace(key, value_of(item, texts_typed));
    }
    return gt::make_map(std::move(entries), texts ? gt::Map::Of::string : gt::Map::Of::any);
  }
  return gt::from_json(json);
}

gt::Value call_normalize(gt::Call& call) { return normalize_name(call.text(0)); }

std::string slug(std::string_view text) {
  std::string out;
  for (const char symbol : text) {
    const bool plain = (symbol >= 'a' && symbol <= 'z') || (symbol >= '0' && symbol <= '9');
    if (plain) {
      out += symbol;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

/// slugify [max] [smart] name: what is too long is cut at the last "-" before the limit, or hard.
gt::Value call_slugify(gt::Call& call) {
  const std::size_t given = call.size();
  if (given < 1 || given > 3) return call.fail("slugify takes one to three arguments");
  if (!call[given - 1].is(gt::Kind::string)) return call.fail("slugify: the name must be a string");
  std::int64_t longest = 50;
  bool smart = true;
  if (given > 1) {
    if (!call[0].is_whole() || call.whole(0) < 0)
      return call.fail("slugify: the length must be an int");
    longest = call.whole(0);
  }
  if (given > 2) {
    if (!call[1].is(gt::Kind::boolean))
      return call.fail("slugify: the second argument must be a bool");
    smart = call[1].boolean();
  }
  std::string name = slug(normalize_name(call.text(given - 1)));
  const auto limit = static_cast<std::size_t>(longest);
  if (limit == 0 || name.size() <= limit) return name;
  if (smart) {
    const auto cut = name.rfind('-', limit);
    if (cut != std::string::npos) return name.substr(0, cut);
  }
  return name.substr(0, limit);
}

gt::Value call_to_yaml(gt::Call& call) {
  const auto json = gt::to_json(call[0]);
  if (!json) return call.fail("toYaml: the value cannot be written as YAML");
  std::string text = to_yaml(*json);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

gt::Value call_from_yaml(gt::Call& call) {
  const auto json = parse_yaml(call.text(0));
  if (!json) return call.fail(json.error().message());
  if (json->is_null()) return gt::make_map({});
  if (!json->is_object()) return call.fail("fromYaml: a map is expected");
  return value_of(*json, false);
}

gt::Value call_from_yaml_array(gt::Call& call) {
  const auto json = parse_yaml(call.text(0));
  if (!json) return call.fail(json.error().message());
  if (json->is_null()) return gt::make_list({});
  if (!json->is_array()) return call.fail("fromYamlArray: a list is expected");
  return value_of(*json, false);
}

const gt::FunctionTable& functions() {
  static const gt::FunctionTable table = [] {
    gt::FunctionTable all = gt::sprig_functions();
    for (const char* name : {"env", "expandenv", "getHostByName"}) all.remove(name);
    all.add("normalize", "s", call_normalize);
    all.add("slugify", "a*", call_slugify);
    all.add("toYaml", "v", call_to_yaml);
    all.add("fromYaml", "s", call_from_yaml);
    all.add("fromYamlArray", "s", call_from_yaml_array);
    return all;
  }();
  return table;
}

}  // namespace

Result<std::string> render_go(std::string_view text, const Json& params,
                              const std::vector<std::string>& options) {
  if (text.find("{{") == std::string_view::npos) return std::string(text);
  gt::RuntimeOptions settings;
  bool zero = false;
  for (const std::string& option : options) {
    if (option == "missingkey=error") {
      settings.missing_key = gt::MissingKey::error;
    } else if (option == "missingkey=zero") {
      zero = true;
      settings.missing_key = gt::MissingKey::zero;
    } else if (option == "missingkey=default" || option == "missingkey=invalid") {
      zero = false;
      settings.missing_key = gt::MissingKey::zero;
    } else {
      return Error(Errc::bad_input, fmt::format("unrecognized option: {}", option));
    }
  }
  const auto trees = gt::parse("base", std::make_shared<const std::string>(text), functions());
  if (!trees) {
    return Error(trees.error().code(),
                 fmt::format("failed to parse template {}: {}", text, trees.error().message()));
  }
  gt::TemplateSet set;
  for (const gt::TreeRef& tree : *trees) set.add(tree);
  gt::Runtime runtime(set, settings);
  auto rendered = runtime.execute(*trees->front(), value_of(params, zero));
  if (!rendered) {
    return Error(rendered.error().code(), fmt::format("failed to execute go template {}: {}", text,
                                                      rendered.error().message()));
  }
  return rendered;
}

}  // namespace spokelab::hub
