// Reading and checking Chart.yaml.
#include "hub/helm/chart/metadata.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <set>

#include "hub/gotemplate/semver.h"
#include "hub/gotemplate/text.h"
#include "hub/helm/values/go_json.h"

namespace spokelab::hub::helm {

namespace {

Error wrong(std::string message) {
  return Error(Errc::bad_input, "validation: " + std::move(message));
}

/// Reads the fields of one struct, and keeps the first mismatch.
class Fields {
 public:
  Fields(const Json& document, std::string type) : document_(document), type_(std::move(type)) {}

  void text(const char* name, std::string& into) {
    if (const Json* value = at(name)) take(*value, name, "string", into);
  }
  void truth(const char* name, bool& into) {
    const Json* value = at(name);
    if (value == nullptr) return;
    if (value->is_boolean())
      into = value->get<bool>();
    else
      mismatch(*value, name, "bool");
  }
  void texts(const char* name, std::vector<std::string>& into) {
    const Json* value = list(name, "[]string");
    if (value == nullptr) return;
    into.assign(value->size(), "");
    for (std::size_t i = 0; i < value->size(); ++i) take((*value)[i], name, "string", into[i]);
  }
  void text_map(const char* name, std::map<std::string, std::string>& into) {
    const Json* value = at(name);
    if (value == nullptr) return;
    if (!value->is_object()) return mismatch(*value, name, "map[string]string");
    for (const auto& [key, item] : value->items()) take(item, name, "string", into[key]);
  }
  /// The value when it is a list, else nullptr.
  const Json* list(const char* name, const char* type) {
    const Json* value = at(name);
    if (value == nullptr || value->is_array()) return value;
    mismatch(*value, name, type);
    return nullptr;
  }
  void mismatch(const Json& value, std::string_view name, std::string_view type) {
    if (!error_) error_ = unmarshal_error(value, fmt::format("{}.{}", type_, name), type);
  }
  void fail(const Error& error) {
    if (!error_) error_ = error;
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  /// Names match without case where none matches exactly, as Go's decoder has it.
  const Json* at(const char* name) const {
    if (!document_.is_object()) return nullptr;
    auto hit = document_.find(name);
    for (auto each = document_.begin(); hit == document_.end() && each != document_.end(); ++each) {
      if (strcasecmp(each.key().c_str(), name) == 0) hit = each;
    }
    return hit == document_.end() || hit->is_null() ? nullptr : &*hit;
  }
  void take(const Json& value, std::string_view name, std::string_view type, std::string& into) {
    if (value.is_null()) return;
    if (auto text = scalar_text(value))
      into = std::move(*text);
    else
      mismatch(value, name, type);
  }

  const Json& document_;
  std::string type_;
  std::optional<Error> error_;
};

Result<Dependency> read_dependency(const Json& document) {
  Dependency out;
  if (!document.is_object())
    return unmarshal_error(document, "Metadata.dependencies", "chart.Dependency");
  Fields fields(document, "Dependency");
  fields.text("name", out.name);
  fields.text("version", out.version);
  fields.text("repository", out.repository);
  fields.text("condition", out.condition);
  fields.text("alias", out.alias);
  fields.texts("tags", out.tags);
  fields.truth("enabled", out.enabled);
  if (const Json* imports = fields.list("import-values", "[]interface {}"))
    out.import_values = *imports;
  if (fields.error()) return *fields.error();
  return out;
}

Result<Maintainer> read_maintainer(const Json& document) {
  Maintainer out;
  if (!document.is_object())
    return unmarshal_error(document, "Metadata.maintainers", "chart.Maintainer");
  Fields fields(document, "Maintainer");
  fields.text("name", out.name);
  fields.text("email", out.email);
  fields.text("url", out.url);
  if (fields.error()) return *fields.error();
  return out;
}

/// Blanks become spaces, what cannot be printed goes.
void clean(std::string& text) {
  std::u32string out;
  for (const char32_t rune : gotemplate::to_runes(text)) {
    if (gotemplate::is_space(rune))
      out += U' ';
    else if (gotemplate::is_go_printable(rune))
      out += rune;
  }
  text = gotemplate::from_runes(out);
}

bool good_alias(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

Result<void> check_dependencies(std::vector<Dependency>& dependencies) {
  std::set<std::string> names;
  for (Dependency& entry : dependencies) {
    for (std::string* text : {&entry.name, &entry.version, &entry.repository, &entry.condition})
      clean(*text);
    for (std::string& tag : entry.tags) clean(tag);
    if (!good_alias(entry.alias)) {
      return wrong(
          fmt::format("dependency \"{}\" has disallowed characters in the alias", entry.name));
    }
    if (!names.insert(entry.key()).second)
      return wrong(fmt::format("more than one dependency with name or alias \"{}\"", entry.key()));
  }
  return {};
}

}  // namespace

bool Metadata::library() const { return strcasecmp(type.c_str(), "library") == 0; }

Result<void> read_metadata(const Json& document, Metadata& into) {
  if (document.is_null()) return {};
  if (!document.is_object()) return unmarshal_error(document, "", "chart.Metadata");
  Fields fields(document, "Metadata");
  const std::pair<const char*, std::string*> texts[] = {{"name", &into.name},
                                                        {"home", &into.home},
                                                        {"version", &into.version},
                                                        {"description", &into.description},
                                                        {"icon", &into.icon},
                                                        {"apiVersion", &into.api_version},
                                                        {"condition", &into.condition},
                                                        {"tags", &into.tags},
                                                        {"appVersion", &into.app_version},
                                                        {"kubeVersion", &into.kube_version},
                                                        {"type", &into.type}};
  for (const auto& [name, text] : texts) fields.text(name, *text);
  fields.texts("sources", into.sources);
  fields.texts("keywords", into.keywords);
  fields.text_map("annotations", into.annotations);
  fields.truth("deprecated", into.deprecated);
  if (const Json* list = fields.list("maintainers", "[]*chart.Maintainer")) {
    into.maintainers.clear();
    for (const Json& item : *list) {
      if (item.is_null()) return wrong("maintainers must not contain empty or null nodes");
      auto read = read_maintainer(item);
      if (!read) return read.error();
      into.maintainers.push_back(std::move(*read));
    }
  }
  if (const Json* list = fields.list("dependencies", "[]*chart.Dependency")) {
    into.dependencies.clear();
    into.has_dependencies = true;
    for (const Json& item : *list) {
      if (item.is_null()) return wrong("dependencies must not contain empty or null nodes");
      auto read = read_dependency(item);
      if (!read) return read.error();
      into.dependencies.push_back(std::move(*read));
    }
  }
  if (fields.error()) return *fields.error();
  return {};
}

Result<void> check_metadata(Metadata& metadata) {
  for (std::string* text :
       {&metadata.name, &metadata.description, &metadata.home, &metadata.icon, &metadata.condition,
        &metadata.tags, &metadata.app_version, &metadata.kube_version}) {
    clean(*text);
  }
  for (auto* list : {&metadata.sources, &metadata.keywords}) {
    for (std::string& text : *list) clean(text);
  }
  for (Maintainer& one : metadata.maintainers) {
    for (std::string* text : {&one.name, &one.email, &one.url}) clean(*text);
  }
  if (metadata.api_version.empty()) return wrong("chart.metadata.apiVersion is required");
  if (metadata.name.empty()) return wrong("chart.metadata.name is required");
  if (metadata.name != "/" && metadata.name.find('/') != std::string::npos)
    return wrong(fmt::format("chart.metadata.name \"{}\" is invalid", metadata.name));
  if (metadata.version.empty()) return wrong("chart.metadata.version is required");
  if (!gotemplate::parse_version(metadata.version))
    return wrong(fmt::format("chart.metadata.version \"{}\" is invalid", metadata.version));
  const std::string& type = metadata.type;
  if (!type.empty() && type != "application" && type != "library")
    return wrong("chart.metadata.type must be application or library");
  return check_dependencies(metadata.dependencies);
}

}  // namespace spokelab::hub::helm
