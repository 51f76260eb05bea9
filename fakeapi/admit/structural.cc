// Pruning, defaulting and validation by structural schema (apiextensions-apiserver
// pkg/apiserver/schema).
#include "fakeapi/admit/structural.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cmath>
#include <map>
#include <memory>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::size_t kCausesMax = 100;
constexpr std::size_t kPatternsKept = 256;

/// A pattern, compiled once. One that RE2 cannot read fits everything.
class Pattern {
 public:
  explicit Pattern(const std::string& text) : compiled_(text, RE2::Quiet) {}
  bool matches(const std::string& text) const {
    return !compiled_.ok() || RE2::PartialMatch(text, compiled_);
  }

 private:
  RE2 compiled_;
};

const Pattern& pattern_of(const std::string& text) {
  static thread_local std::map<std::string, std::unique_ptr<const Pattern>> kept;
  if (kept.size() >= kPatternsKept && !kept.contains(text)) kept.clear();
  auto& slot = kept[text];
  if (!slot) slot = std::make_unique<const Pattern>(text);
  return *slot;
}

bool fits_address(const std::string& text, int version) {
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(text, bad);
  return !bad && (version == 4 ? address.is_v4() : address.is_v6());
}

/// The formats of strings that apiextensions-apiserver checks; others say nothing.
bool fits_format(const std::string& format, const std::string& text) {
  static const std::map<std::string, const char*> kPatterns = {
      {"date", R"(^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$)"},
      {"uuid", R"((?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$)"},
      {"hostname",
       R"(^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*\.?$)"},
      {"email", R"(^[^@\s]+@[^@\s]+$)"},
      {"byte", R"(^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$)"},
      {"mac", R"(^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$)"},
      {"duration",
       R"(^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w))*$)"}};
  if (format == "date-time" || format == "datetime") return parse_rfc3339(text).has_value();
  if (format == "ipv4") return fits_address(text, 4);
  if (format == "ipv6") return fits_address(text, 6);
  if (format == "cidr") {
    boost::system::error_code bad;
    boost::asio::ip::make_network_v4(text, bad);
    if (bad) boost::asio::ip::make_network_v6(text, bad);
    return !bad;
  }
  if (format == "uri") return pattern_of(R"(^[A-Za-z][A-Za-z0-9+.-]*:|^/)").matches(text);
  const auto known = kPatterns.find(format);
  return known == kPatterns.end() || pattern_of(known->second).matches(text);
}

const Json* property_of(const Json& schema, const std::string& key) {
  if (const Json* found = find(schema, {"properties", key})) return found;
  const Json* rest = find(schema, {"additionalProperties"});
  return rest != nullptr && rest->is_object() ? rest : nullptr;
}

bool keeps_unknown(const Json& schema) {
  if (bool_at(schema, {"x-kubernetes-preserve-unknown-fields"})) return true;
  const Json* rest = find(schema, {"additionalProperties"});
  return rest != nullptr && rest->is_boolean() && rest->get<bool>();
}

void prune(const Json& schema, Json& value, const std::string& path, bool root,
           std::vector<std::string>& dropped) {
  if (value.is_array()) {
    const Json* items = find(schema, {"items"});
    if (items == nullptr) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      prune(*items, value[i], fmt::format("{}[{}]", path, i), false, dropped);
    }
    return;
  }
  if (!value.is_object()) return;
  const bool meta = root || bool_at(schema, {"x-kubernetes-embedded-resource"});
  const bool keep = keeps_unknown(schema);
  erase_members(value, [&](const std::string& key, Json& member) {
    if (meta && (key == "apiVersion" || key == "kind" || key == "metadata")) return false;
    const std::string below = path.empty() ? key : path + "." + key;
    if (const Json* property = property_of(schema, key)) {
      prune(*property, member, below, false, dropped);
      return false;
    }
    if (!keep) dropped.push_back(below);
    return !keep;
  });
}

/// Checks one value against one schema.
class Checker {
 public:
  std::vector<kube::StatusCause> causes;

  void check(const Json& schema, const Json& value, const std::string& path) {
    if (causes.size() >= kCausesMax || !schema.is_object()) return;
    if (value.is_null() && bool_at(schema, {"nullable"})) return;
    if (!check_type(schema, value, path)) return;
    if (value.is_object())
      check_object(schema, value, path);
    else if (value.is_array())
      check_list(schema, value, path);
    else if (value.is_string())
      check_text(schema, value, path);
    else if (value.is_number())
      check_number(schema, value, path);
    check_enum(schema, value, path);
    check_logic(schema, value, path);
  }

 private:
  static std::string shown(const std::string& path) { return path.empty() ? "<nil>" : path; }
  void add(const std::string& path, const Json& value, std::string_view why) {
    causes.push_back(
        kube::invalid_value(path, value.is_structured() ? Json(value.type_name()) : value, why));
  }

  bool check_type(const Json& schema, const Json& value, const std::string& path) {
    if (bool_at(schema, {"x-kubernetes-int-or-string"})) {
      if (value.is_number_integer() || value.is_string()) return true;
      type_error(path, value, "integer,string");
      return false;
    }
    const std::string type = text_at(schema, {"type"});
    const bool whole =
        value.is_number_integer() ||
        (value.is_number_float() && std::nearbyint(value.get<double>()) == value.get<double>());
    const bool fits = type.empty() || (type == "object" && value.is_object()) ||
                      (type == "array" && value.is_array()) ||
                      (type == "string" && value.is_string()) ||
                      (type == "boolean" && value.is_boolean()) || (type == "integer" && whole) ||
                      (type == "number" && value.is_number());
    if (!fits) type_error(path, value, type);
    return fits;
  }

  void type_error(const std::string& path, const Json& value, std::string_view type) {
    const std::string got = value.is_number_integer() ? "integer" : value.type_name();
    causes.push_back({"FieldValueTypeInvalid",
                      fmt::format("Invalid value: \"{}\": {} in body must be of type {}: \"{}\"",
                                  got, path, type, got),
                      shown(path)});
  }

  void check_object(const Json& schema, const Json& value, const std::string& path) {
    if (const Json* required = find(schema, {"required"});
        required != nullptr && required->is_array()) {
      for (const Json& name : *required) {
        if (!name.is_string() || value.contains(name.get<std::string>())) continue;
        causes.push_back(kube::required_value(below(path, name.get<std::string>()), ""));
      }
    }
    const auto most = int_at(schema, {"maxProperties"}, -1);
    if (most >= 0 && static_cast<std::int64_t>(value.size()) > most) {
      causes.push_back({"FieldValueTooMany",
                        fmt::format("Too many: {}: must have at most {} items", value.size(), most),
                        path});
    }
    const auto least = int_at(schema, {"minProperties"}, 0);
    const auto size = static_cast<std::int64_t>(value.size());
    if (size < least)
      add(path, size, fmt::format("{} in body should have at least {} properties", path, least));
    if (bool_at(schema, {"x-kubernetes-embedded-resource"})) {
      for (const char* name : {"apiVersion", "kind"}) {
        if (text_at(value, {name}).empty())
          causes.push_back(kube::required_value(below(path, name), "must not be empty"));
      }
    }
    for (const auto& [key, child] : value.items()) {
      if (const Json* property = property_of(schema, key))
        check(*property, child, below(path, key));
    }
  }

  static std::string below(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  void check_list(const Json& schema, const Json& value, const std::string& path) {
    const auto most = int_at(schema, {"maxItems"}, -1);
    const auto least = int_at(schema, {"minItems"}, 0);
    const auto size = static_cast<std::int64_t>(value.size());
    if (most >= 0 && size > most) {
      causes.push_back({"FieldValueTooMany",
                        fmt::format("Too many: {}: must have at most {} items", size, most), path});
    }
    if (size < least)
      add(path, size, fmt::format("{} in body should have at least {} items", path, least));
    const std::string kind = text_at(schema, {"x-kubernetes-list-type"});
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string at = fmt::format("{}[{}]", path, i);
      if (const Json* items = find(schema, {"items"})) check(*items, value[i], at);
      for (std::size_t j = 0; j < i && (kind == "set" || kind == "map"); ++j) {
        if (same(schema, kind, value[i], value[j])) {
          causes.push_back({"FieldValueDuplicate",
                            "Duplicate value: " + shown_item(schema, kind, value[i]), at});
          break;
        }
      }
    }
  }

  /// An item of a set, or the keys of one of a map, as Go prints them.
  static std::string shown_item(const Json& schema, const std::string& kind, const Json& item) {
    if (kind == "set") return item.dump();
    std::string text;
    for (const Json& key : *find(schema, {"x-kubernetes-list-map-keys"})) {
      const Json* value = find(item, {key.get<std::string>()});
      if (value == nullptr) continue;
      text += fmt::format("{}{}:{}", text.empty() ? "" : ", ", key.dump(), value->dump());
    }
    return "map[string]interface {}{" + text + "}";
  }

  static bool same(const Json& schema, const std::string& kind, const Json& a, const Json& b) {
    if (kind == "set") return a == b;
    const Json* keys = find(schema, {"x-kubernetes-list-map-keys"});
    if (keys == nullptr || !keys->is_array() || keys->empty()) return false;
    for (const Json& key : *keys) {
      if (!key.is_string()) return false;
      const Json* left = find(a, {key.get<std::string>()});
      const Json* right = find(b, {key.get<std::string>()});
      if ((left == nullptr) != (right == nullptr) || (left != nullptr && *left != *right))
        return false;
    }
    return true;
  }

  void check_text(const Json& schema, const Json& value, const std::string& path) {
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t characters = 0;
    for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    const auto most = int_at(schema, {"maxLength"}, -1);
    if (most >= 0 && characters > most) {
      causes.push_back({"FieldValueTooLong",
                        fmt::format("Too long: may not be more than {} bytes", most), path});
    }
    // One complaint about a text is enough, as go-openapi's validator has it.
    const auto least = int_at(schema, {"minLength"}, 0);
    const std::string pattern = text_at(schema, {"pattern"});
    if (most >= 0 && characters > most) {
      // told above
    } else if (characters < least) {
      add(path, value, fmt::format("{} in body should be at least {} chars long", path, least));
    } else if (!pattern.empty() && !pattern_of(pattern).matches(text)) {
      add(path, value, fmt::format("{} in body should match '{}'", path, pattern));
    }
    const std::string format = text_at(schema, {"format"});
    if (!format.empty() && !fits_format(format, text)) {
      causes.push_back({"FieldValueTypeInvalid",
                        fmt::format("Invalid value: {0}: {1} in body must be of type {2}: {0}",
                                    value.dump(), path, format),
                        path});
    }
  }

  void check_number(const Json& schema, const Json& value, const std::string& path) {
    const double number = value.get<double>();
    if (const Json* step = find(schema, {"multipleOf"}); step != nullptr && step->is_number()) {
      const double parts = step->get<double>() != 0 ? number / step->get<double>() : 0;
      if (std::nearbyint(parts) != parts)
        add(path, value, fmt::format("{} in body should be a multiple of {}", path, step->dump()));
    }
    if (const Json* least = find(schema, {"minimum"}); least != nullptr && least->is_number()) {
      const bool open = bool_at(schema, {"exclusiveMinimum"});
      const double bound = least->get<double>();
      if (open ? number <= bound : number < bound) {
        add(path, value,
            fmt::format("{} in body should be greater than {}{}", path, open ? "" : "or equal to ",
                        least->dump()));
      }
    }
    if (const Json* most = find(schema, {"maximum"}); most != nullptr && most->is_number()) {
      const bool open = bool_at(schema, {"exclusiveMaximum"});
      const double bound = most->get<double>();
      if (open ? number >= bound : number > bound) {
        add(path, value,
            fmt::format("{} in body should be less than {}{}", path, open ? "" : "or equal to ",
                        most->dump()));
      }
    }
  }

  void check_enum(const Json& schema, const Json& value, const std::string& path) {
    const Json* allowed = find(schema, {"enum"});
    if (allowed == nullptr || !allowed->is_array()) return;
    std::vector<std::string> names;
    for (const Json& one : *allowed) {
      if (one == value) return;
      names.push_back(one.is_string() ? one.get<std::string>() : one.dump());
    }
    causes.push_back(kube::not_supported(path, value, std::move(names)));
  }

  void logic_error(const std::string& path, std::string_view what) {
    causes.push_back({"FieldValueInvalid",
                      fmt::format("Invalid value: \"\": \"{}\" must validate {}", path, what),
                      "<nil>"});
  }

  bool fits(const Json& schema, const Json& value, const std::string& path) const {
    Checker inner;
    inner.check(schema, value, path);
    return inner.causes.empty();
  }

  void check_logic(const Json& schema, const Json& value, const std::string& path) {
    if (const Json* all = find(schema, {"allOf"}); all != nullptr && all->is_array()) {
      for (const Json& one : *all) check(one, value, path);
    }
    for (const char* word : {"anyOf", "oneOf"}) {
      const Json* list = find(schema, {word});
      if (list == nullptr || !list->is_array()) continue;
      int matching = 0;
      for (const Json& one : *list) matching += fits(one, value, path);
      const bool only = word[0] == 'o';
      if (matching > 0 && (!only || matching == 1)) continue;
      logic_error(
          path,
          only ? fmt::format("one and only one schema (oneOf). {}",
                             matching == 0 ? std::string("Found none valid")
                                           : fmt::format("Found {} valid alternatives", matching))
               : std::string("at least one schema (anyOf)"));
      // What is wrong with the first of them tells what it might have been.
      if (matching == 0 && !list->empty()) check((*list)[0], value, path);
    }
    if (const Json* no = find(schema, {"not"}); no != nullptr && fits(*no, value, path))
      causes.push_back(
          {"FieldValueInvalid",
           fmt::format("Invalid value: \"\": \"{}\" must not validate the schema (not)", path),
           "<nil>"});
  }
};

}  // namespace

void prune_by_structure(const Json& schema, Json& object, std::vector<std::string>& dropped) {
  prune(schema, object, "", true, dropped);
}

void prune_value_by_structure(const Json& schema, Json& value, std::vector<std::string>& dropped) {
  prune(schema, value, "", false, dropped);
}

void default_by_structure(const Json& schema, Json& object) {
  if (object.is_array()) {
    const Json* items = find(schema, {"items"});
    if (items == nullptr) return;
    for (Json& item : object) default_by_structure(*items, item);
    return;
  }
  if (!object.is_object()) return;
  if (const Json* properties = find(schema, {"properties"});
      properties && properties->is_object()) {
    for (const auto& [key, property] : properties->items()) {
      const Json* fallback = find(property, {"default"});
      auto have = object.find(key);
      if (have != object.end() && have->is_null() && fallback == nullptr &&
          !bool_at(property, {"nullable"})) {
        object.erase(have);  // as if it had not been written
        continue;
      }
      const bool absent =
          have == object.end() || (have->is_null() && !bool_at(property, {"nullable"}));
      if (fallback != nullptr && absent) object[key] = *fallback;
      const auto now = object.find(key);
      if (now != object.end()) default_by_structure(property, *now);
    }
  }
  const Json* rest = find(schema, {"additionalProperties"});
  if (rest == nullptr || !rest->is_object()) return;
  for (auto& [key, child] : object.items()) default_by_structure(*rest, child);
}

std::vector<kube::StatusCause> validate_by_structure(const Json& schema, const Json& object) {
  Checker checker;
  checker.check(schema, object, "");
  return std::move(checker.causes);
}

namespace {

std::size_t count_rules(const Json& schema) {
  if (!schema.is_object()) return 0;
  const Json* rules = find(schema, {"x-kubernetes-validations"});
  std::size_t count = rules != nullptr && rules->is_array() ? rules->size() : 0;
  for (const char* word : {"properties", "allOf", "anyOf", "oneOf"}) {
    if (const Json* parts = find(schema, {word}); parts != nullptr && parts->is_structured()) {
      for (const Json& part : *parts) count += count_rules(part);
    }
  }
  for (const char* below : {"items", "additionalProperties", "not"}) {
    if (const Json* one = find(schema, {below})) count += count_rules(*one);
  }
  return count;
}

}  // namespace

std::vector<std::string> ignored_rules(const Json& definition) {
  std::vector<std::string> told;
  const Json* versions = find(definition, {"spec", "versions"});
  if (versions == nullptr || !versions->is_array()) return told;
  for (std::size_t i = 0; i < versions->size(); ++i) {
    const Json* schema = find((*versions)[i], {"schema", "openAPIV3Schema"});
    const std::size_t count = schema != nullptr ? count_rules(*schema) : 0;
    if (count == 0) continue;
    told.push_back(
        fmt::format("spec.versions[{}].schema.openAPIV3Schema: {} CEL rule{} "
                    "(x-kubernetes-validations) kept, but not evaluated",
                    i, count, count == 1 ? "" : "s"));
  }
  return told;
}

}  // namespace spokelab::fakeapi
