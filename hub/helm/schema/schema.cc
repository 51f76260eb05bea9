// Reading schemas: drafts, references, patterns, and what keywords must be.
#include "hub/helm/schema/schema.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/json.h"
#include "hub/helm/schema/failure.h"

namespace spokelab::hub::helm {

namespace {

constexpr int kNestingMax = 500;
constexpr std::string_view kHome = "file:///values.schema.json";
constexpr std::string_view kRecursiveName = "#";  // no anchor can be called so

/// Keywords whose value is a schema for each of its names.
constexpr std::array<std::string_view, 6> kMaps = {
    "properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies"};
/// Keywords whose value is data, not a schema.
constexpr std::array<std::string_view, 4> kData = {"enum", "const", "default", "examples"};
constexpr std::array<std::string_view, 3> kReferences = {"$ref", "$dynamicRef", "$recursiveRef"};

enum class Shape { text, truth, number, count, list, map, texts, types, schema, schemas };

constexpr std::pair<std::string_view, Shape> kShapes[] = {{"type", Shape::types},
                                                          {"enum", Shape::list},
                                                          {"multipleOf", Shape::number},
                                                          {"minimum", Shape::number},
                                                          {"maximum", Shape::number},
                                                          {"minLength", Shape::count},
                                                          {"maxLength", Shape::count},
                                                          {"pattern", Shape::text},
                                                          {"minItems", Shape::count},
                                                          {"maxItems", Shape::count},
                                                          {"uniqueItems", Shape::truth},
                                                          {"minProperties", Shape::count},
                                                          {"maxProperties", Shape::count},
                                                          {"required", Shape::texts},
                                                          {"properties", Shape::map},
                                                          {"patternProperties", Shape::map},
                                                          {"definitions", Shape::map},
                                                          {"$defs", Shape::map},
                                                          {"allOf", Shape::schemas},
                                                          {"anyOf", Shape::schemas},
                                                          {"oneOf", Shape::schemas},
                                                          {"prefixItems", Shape::schemas},
                                                          {"not", Shape::schema},
                                                          {"if", Shape::schema},
                                                          {"then", Shape::schema},
                                                          {"else", Shape::schema},
                                                          {"contains", Shape::schema},
                                                          {"propertyNames", Shape::schema},
                                                          {"additionalProperties", Shape::schema},
                                                          {"$ref", Shape::text},
                                                          {"format", Shape::text},
                                                          {"title", Shape::text},
                                                          {"description", Shape::text}};

bool is_schema(const Json& value) { return value.is_object() || value.is_boolean(); }

bool is_type(const Json& value) {
  constexpr std::array<std::string_view, 7> kTypes = {"null",   "boolean", "number", "integer",
                                                      "string", "array",   "object"};
  return value.is_string() && std::find(kTypes.begin(), kTypes.end(),
                                        value.get_ref<const std::string&>()) != kTypes.end();
}

/// What a value of this shape should have been; nothing when it is that.
std::optional<std::string_view> misfit(const Json& value, Shape shape) {
  const auto all = [&](auto good) {
    return value.is_array() && std::all_of(value.begin(), value.end(), good);
  };
  const auto unless = [](bool good, std::string_view want) {
    return good ? std::nullopt : std::optional(want);
  };
  switch (shape) {
    case Shape::text:
      return unless(value.is_string(), "a text");
    case Shape::truth:
      return unless(value.is_boolean(), "true or false");
    case Shape::number:
      return unless(value.is_number(), "a number");
    case Shape::count:
      return unless(value.is_number() && value.get<double>() >= 0, "a number from 0 on");
    case Shape::list:
      return unless(value.is_array(), "a list");
    case Shape::map:
      return unless(value.is_object() && std::all_of(value.begin(), value.end(), is_schema),
                    "a map of schemas");
    case Shape::texts:
      return unless(all([](const Json& item) { return item.is_string(); }), "a list of texts");
    case Shape::types:
      return unless(is_type(value) || (all(is_type) && !value.empty()),
                    "a type, or a list of types");
    case Shape::schema:
      return unless(is_schema(value), "a schema");
    case Shape::schemas:
      return unless(all(is_schema) && !value.empty(), "a list of schemas");
  }
  return std::nullopt;
}

int draft_from(std::string_view url) {
  if (url.ends_with('#')) url.remove_suffix(1);
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) url.remove_prefix(scheme.size());
  }
  if (url == "json-schema.org/schema" || url == "json-schema.org/draft/2020-12/schema") return 2020;
  if (url == "json-schema.org/draft/2019-09/schema") return 2019;
  if (url == "json-schema.org/draft-07/schema") return 7;
  if (url == "json-schema.org/draft-06/schema") return 6;
  return url == "json-schema.org/draft-04/schema" ? 4 : 0;
}

/// "https://a/b/c" and "d" make "https://a/b/d": enough of RFC 3986 for identifiers.
std::string resolved(const std::string& base, const std::string& reference) {
  if (reference.find("://") != std::string::npos || reference.starts_with("urn:")) return reference;
  if (reference.empty()) return base;
  const std::size_t authority = base.find("://");
  if (authority == std::string::npos) return reference;
  if (reference.starts_with('/')) return base.substr(0, base.find('/', authority + 3)) + reference;
  const std::size_t folder = base.rfind('/');
  std::string_view rest = reference;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  if (folder < authority + 3) return base + "/" + std::string(rest);
  return base.substr(0, folder + 1) + std::string(rest);
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) {
      const char c = at < text.size() ? text[at] : ' ';
      return c >= '0' && c <= '9'                     ? c - '0'
             : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                      : -1;
    };
    if (text[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0) {
      out += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The value at "/a/0/b~1c", or nullptr.
const Json* at_pointer(const Json& from, std::string_view pointer) {
  const Json* at = &from;
  while (!pointer.empty()) {
    if (pointer[0] != '/') return nullptr;
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    std::string token;
    for (std::size_t i = 1; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1'))
        token += pointer[++i] == '0' ? '~' : '/';
      else
        token += pointer[i];
    }
    pointer.remove_prefix(end);
    if (at->is_object()) {
      const auto hit = at->find(token);
      if (hit == at->end()) return nullptr;
      at = &*hit;
    } else if (at->is_array() && !token.empty() && token.size() < 9 &&
               token.find_first_not_of("0123456789") == std::string::npos &&
               std::stoul(token) < at->size()) {
      at = &(*at)[std::stoul(token)];
    } else {
      return nullptr;
    }
  }
  return at;
}

}  // namespace

/// Walks the document once for identifiers, then settles its references.
class SchemaCompiler {
 public:
  /// `dynamic`: the text speaks of dynamic references.
  Result<Schema> run(Json document, bool dynamic) {
    schema_.document_ = std::make_shared<const Json>(std::move(document));
    const Json& root = *schema_.document_;
    if (!is_schema(root)) return wrong("", "should be a map, true or false");
    if (const Json* version = find(root, {"$schema"}); version != nullptr && version->is_string()) {
      schema_.draft_ = draft_from(version->get_ref<const std::string&>());
      if (schema_.draft_ == 0) {
        return Error(Errc::bad_input,
                     fmt::format("the schema is written in \"{}\", which is none of the drafts 4, "
                                 "6, 7, 2019-09 and 2020-12",
                                 version->get<std::string>()));
      }
    }
    resources_[std::string(kHome)] = &root;
    dynamic_ = dynamic;
    walk(root, "", std::string(kHome), 0);
    // Settling may find more of them.
    for (std::size_t i = 0; i < references_.size() && !error_; ++i)
      settle(Reference(references_[i]));
    if (error_) return *error_;
    return std::move(schema_);
  }

 private:
  struct Reference {
    const Json* node;
    std::string keyword, base, text;
  };

  static Error wrong(std::string_view place, std::string_view what) {
    return Error(
        Errc::bad_input,
        fmt::format("\"{}#\" is not valid against metaschema: at '{}': {}", kHome, place, what));
  }
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }

  void walk(const Json& node, const std::string& place, std::string base, int depth) {
    if (!node.is_object() || error_ || !seen_.insert(&node).second) return;
    if (depth > kNestingMax)
      return fail(
          Error(Errc::limit, fmt::format("the schema is nested deeper than {}", kNestingMax)));
    check_shapes(node, place);
    note_names(node, base);
    for (const auto& [key, value] : node.items()) {
      const auto in = [&key = key](const auto& names) {
        return std::find(names.begin(), names.end(), key) != names.end();
      };
      if (in(kData)) continue;
      const std::string below = place + "/" + pointer_step(key);
      if (in(kReferences) && value.is_string())
        references_.push_back({&node, key, base, value.get<std::string>()});
      const bool map = in(kMaps) && value.is_object();
      if (!map) walk(value, below, base, depth + 1);
      if (!map && !value.is_array()) continue;
      for (const auto& [name, item] : value.items())
        walk(item, below + "/" + pointer_step(name), base, depth + 1);
    }
  }

  void check_shapes(const Json& node, const std::string& place) {
    if (schema_.draft_ < 2019 && node.contains("$ref")) return;
    for (const auto& [keyword, shape] : kShapes) {
      const auto hit = node.find(keyword);
      if (hit == node.end()) continue;
      if (const auto want = misfit(*hit, shape))
        return fail(
            wrong(fmt::format("{}/{}", place, keyword), fmt::format("should be {}", *want)));
    }
    if (const auto hit = node.find("pattern"); hit != node.end())
      compile_pattern(place, hit->get<std::string>());
    if (const auto hit = node.find("patternProperties"); hit != node.end()) {
      for (const auto& item : hit->items()) compile_pattern(place, item.key());
    }
  }
  void compile_pattern(const std::string& place, const std::string& text) {
    auto& pattern = schema_.patterns_[text];
    if (pattern) return;
    re2::RE2::Options options;
    options.set_log_errors(false);
    pattern = std::make_shared<const re2::RE2>(text, options);
    if (!pattern->ok()) {
      fail(Error(Errc::bad_input, fmt::format("invalid regex \"{}\" at \"{}#{}\": {}", text, kHome,
                                              place, pattern->error())));
    }
  }

  /// Identifiers begin a resource, anchors name a place in one.
  void note_names(const Json& node, std::string& base) {
    const bool old = schema_.draft_ < 2019;
    if (old && node.contains("$ref")) return;
    const std::string id = text_at(node, {schema_.draft_ == 4 ? "id" : "$id"});
    const std::size_t hash = id.find('#');
    if (!id.empty() && hash != 0) {
      base = resolved(base, id.substr(0, hash));
      resources_[base] = &node;
    }
    std::string anchor = text_at(node, {"$anchor"});
    if (anchor.empty()) anchor = text_at(node, {"$dynamicAnchor"});
    if (old && hash != std::string::npos) anchor = id.substr(hash + 1);
    if (!anchor.empty()) anchors_[{base, anchor}] = &node;
    note_dynamic(node, base);
  }

  /// What dynamic references may lead to. In 2019-09 only roots are, and all have the same name.
  void note_dynamic(const Json& node, const std::string& base) {
    if (!dynamic_) return;
    schema_.resources_[&node] = base;
    std::string name = text_at(node, {"$dynamicAnchor"});
    if (const Json* recursive = find(node, {"$recursiveAnchor"});
        schema_.draft_ == 2019 && recursive != nullptr && *recursive == true)
      name = kRecursiveName;
    if (name.empty()) return;
    schema_.dynamic_names_[&node] = name;
    schema_.dynamic_anchors_[{base, name}] = &node;
  }

  void settle(const Reference& one) {
    const std::size_t hash = one.text.find('#');
    const std::string url = resolved(one.base, one.text.substr(0, hash));
    const std::string fragment =
        hash == std::string::npos ? "" : percent_decoded(one.text.substr(hash + 1));
    const auto resource = resources_.find(url);
    const Json*& target = schema_.targets_[{one.node, one.keyword}];
    if (resource == resources_.end()) {
      if (url.starts_with("file:"))
        return fail(
            Error(Errc::bad_input, fmt::format("failing loading \"{}\": no such file", url)));
      target = nullptr;
      if (std::find(schema_.remote_.begin(), schema_.remote_.end(), url) == schema_.remote_.end())
        schema_.remote_.push_back(url);
      return;
    }
    if (fragment.empty() || fragment[0] == '/') {
      target = at_pointer(*resource->second, fragment);
    } else {
      const auto anchor = anchors_.find({url, fragment});
      target = anchor == anchors_.end() ? nullptr : anchor->second;
    }
    if (target == nullptr || !is_schema(*target)) {
      return fail(
          Error(Errc::bad_input,
                fmt::format("{} in \"{}#{}\" not found",
                            fragment.starts_with('/') ? "json-pointer" : "anchor", url, fragment)));
    }
    walk(*target, fragment, url, 0);  // it may stand where no keyword expects a schema
  }

  Schema schema_;
  std::map<std::string, const Json*> resources_;
  std::map<std::pair<std::string, std::string>, const Json*> anchors_;
  std::vector<Reference> references_;
  std::set<const Json*> seen_;
  bool dynamic_ = false;
  std::optional<Error> error_;
};

Result<Schema> Schema::compile(std::string_view json) {
  auto document = parse_json(json);
  if (!document) return document.error();
  const bool dynamic = json.find("\"$dynamicRef\"") != std::string_view::npos ||
                       json.find("\"$recursiveRef\"") != std::string_view::npos;
  return SchemaCompiler().run(std::move(*document), dynamic);
}

const Json* Schema::target(const Json& node, std::string_view keyword,
                           const std::vector<const std::string*>& resources) const {
  const auto hit = targets_.find(std::pair(&node, std::string(keyword)));
  if (hit == targets_.end()) return nullptr;
  const auto name = dynamic_names_.find(hit->second);
  if (keyword == "$ref" || name == dynamic_names_.end()) return hit->second;
  for (const std::string* resource : resources) {
    const auto outer = dynamic_anchors_.find({*resource, name->second});
    if (outer != dynamic_anchors_.end()) return outer->second;
  }
  return hit->second;
}

const std::string* Schema::resource(const Json& node) const {
  const auto hit = resources_.find(&node);
  return hit == resources_.end() ? nullptr : &hit->second;
}

}  // namespace spokelab::hub::helm
