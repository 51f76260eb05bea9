// What `kustomize edit` makes of a kustomization.
#include "hub/app/source/kustomize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/app/field_reader.h"
#include "hub/app/source/detect.h"
#include "hub/app/source/directory.h"

namespace spokelab::hub {

namespace {

constexpr std::array<const char*, 3> kNames = {"kustomization.yaml", "kustomization.yml",
                                               "Kustomization"};
constexpr std::string_view kAsBefore = "*";

std::optional<std::string> kustomization_in(const FileTree& tree, const std::string& folder) {
  for (const char* name : kNames) {
    std::string path = join_path(folder, name);
    if (tree.contains(path)) return path;
  }
  return std::nullopt;
}

/// An edit that kustomize refuses.
Error refused(const std::string& edit, const std::string& why) {
  return Error(Errc::bad_input,
               fmt::format("`kustomize edit {}` failed exit status 1: Error: {}", edit, why));
}

bool is_tag(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char symbol) {
    return (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z') ||
           (symbol >= '0' && symbol <= '9') || symbol == '.' || symbol == '_' || symbol == '-';
  });
}

struct ImageParts {
  std::string name;
  std::string tag;
  std::string digest;
};

/// "name:tag", "name@digest" or "name"; the colon of a registry's port is none of a tag.
ImageParts image_parts(const std::string& text) {
  if (const auto at = text.find('@'); at != std::string::npos)
    return {text.substr(0, at), "", text.substr(at + 1)};
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return {text, "", ""};
  const std::string tag = text.substr(colon + 1);
  if (tag != kAsBefore && !is_tag(tag)) return {text, "", ""};
  return {text.substr(0, colon), tag, ""};
}

/// One argument of `kustomize edit set image` as an entry of `images`.
Result<Json> image_entry(const std::string& argument) {
  const auto equals = argument.find('=');
  const bool renamed = equals != std::string::npos;
  const ImageParts parts = image_parts(renamed ? argument.substr(equals + 1) : argument);
  if (parts.name.empty() || (!renamed && parts.tag.empty() && parts.digest.empty())) {
    return refused("set image " + argument,
                   "invalid format of image, use one of the following options:\n- "
                   "<image>=<newimage>:<newtag>\n- <image>=<newimage>@<digest>\n- "
                   "<image>=<newimage>\n- <image>:<newtag>\n- <image>@<digest>");
  }
  Json entry = {{"name", renamed ? argument.substr(0, equals) : parts.name}};
  if (renamed) entry["newName"] = parts.name;
  if (!parts.tag.empty()) entry["newTag"] = parts.tag;
  if (!parts.digest.empty()) entry["digest"] = parts.digest;
  return entry;
}

/// The list at `key`, made where it is not there. Errors: bad_input for something else than a list.
Result<Json*> list_at(Json& file, const char* key) {
  Json& list = file[key];
  if (list.is_null()) list = Json::array();
  if (!list.is_array()) {
    return Error(Errc::bad_input, fmt::format("expected '{}' field in kustomization.yaml to be a "
                                              "list, but got {}",
                                              key, list.type_name()));
  }
  return &list;
}

/// Puts entries into a list where each `name` stands once; the list is sorted by it.
void put_by_name(Json& list, const std::map<std::string, Json>& entries) {
  std::map<std::string, Json> all;
  for (const Json& old : list) all.insert_or_assign(text_at(old, {"name"}), old);
  for (const auto& [name, entry] : entries) all.insert_or_assign(name, entry);
  list = Json::array();
  for (auto& [name, entry] : all) list.push_back(std::move(entry));
}

class Editor {
 public:
  Editor(const SourcePlace& place, Json file, std::map<std::string, std::string> env)
      : place_(place), file_(std::move(file)), env_(std::move(env)) {}

  Result<Json> edited(const Json& block) {
    std::optional<Error> fault;
    FieldReader options(block, "spec.source.kustomize", fault);
    for (const auto& [key, field] :
         {std::pair("namePrefix", "namePrefix"), std::pair("nameSuffix", "nameSuffix"),
          std::pair("namespace", "namespace")}) {
      const std::string text = options.text(key);
      if (!text.empty()) file_[field] = text;
    }
    for (const auto step : {&Editor::images, &Editor::replicas, &Editor::labels,
                            &Editor::annotations, &Editor::patches, &Editor::components}) {
      const auto done = (this->*step)(options);
      if (!done) return done.error();
      if (fault) return *fault;
    }
    return std::move(file_);
  }

 private:
  Result<void> images(FieldReader& options) {
    std::map<std::string, Json> wanted;
    for (const std::string& written : options.texts("images")) {
      auto entry = image_entry(substitute_env(written, env_));
      if (!entry) return entry.error();
      wanted.insert_or_assign(text_at(*entry, {"name"}), std::move(*entry));
    }
    if (wanted.empty()) return {};
    auto list = list_at(file_, "images");
    if (!list) return list.error();
    for (const Json& old : **list) {
      const auto hit = wanted.find(text_at(old, {"name"}));
      if (hit == wanted.end()) continue;
      for (const char* key : {"newName", "newTag", "digest"}) {
        if (text_at(hit->second, {key}) != kAsBefore) continue;
        hit->second[key] = text_at(old, {key});
      }
    }
    put_by_name(**list, wanted);
    return {};
  }

  Result<void> replicas(FieldReader& options) {
    std::map<std::string, Json> wanted;
    std::optional<Error> wrong;
    options.each("replicas", [&](FieldReader& one) {
      const std::string name = one.text("name");
      const Json* count = find(one.json(), {"count"});
      std::int64_t number = 0;
      if (count != nullptr && count->is_number_integer()) {
        number = count->get<std::int64_t>();
      } else if (count != nullptr && count->is_string()) {
        const auto text = count->get<std::string>();
        const bool digits =
            !text.empty() && text.size() < 10 &&
            std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!digits && !wrong) {
          wrong = Error(Errc::bad_input,
                        fmt::format("expected integer value for count. Received: {}", text));
        }
        if (digits) number = std::stoll(text);
      }
      wanted[name] = {{"name", name}, {"count", number}};
    });
    if (wrong) return *wrong;
    if (wanted.empty()) return {};
    auto list = list_at(file_, "replicas");
    if (!list) return list.error();
    put_by_name(**list, wanted);
    return {};
  }

  /// Adds pairs to a map of the kustomization. Errors: a key that is there already, without
  /// `force`.
  Result<void> add_pairs(Json& map, const std::map<std::string, std::string>& pairs, bool force,
                         const char* what) {
    if (!map.is_object()) map = Json::object();
    for (const auto& [key, value] : pairs) {
      if (map.contains(key) && !force) {
        return refused(fmt::format("add {} {}:{}", what, key, value),
                       fmt::format("{} {} already in kustomization file", what, key));
      }
      map[key] = value;
    }
    return {};
  }

  Result<void> labels(FieldReader& options) {
    auto pairs = options.text_map("commonLabels");
    const bool force = options.truth("forceCommonLabels");
    const bool plain = options.truth("labelWithoutSelector");
    const bool templates = options.truth("labelIncludeTemplates");
    if (pairs.empty()) return {};
    for (auto& [key, value] : pairs) value = substitute_env(value, env_);
    if (!plain) {
      if (templates) {
        return refused("add label --include-templates",
                       "--without-selector flag must be specified for --include-templates to work");
      }
      return add_pairs(file_["commonLabels"], pairs, force, "label");
    }
    auto list = list_at(file_, "labels");
    if (!list) return list.error();
    for (Json& entry : **list) {
      if (bool_at(entry, {"includeSelectors"}) || bool_at(entry, {"includeTemplates"}) != templates)
        continue;
      return add_pairs(entry["pairs"], pairs, force, "label");
    }
    Json entry = {{"includeTemplates", templates}, {"pairs", Json::object()}};
    for (const auto& [key, value] : pairs) entry["pairs"][key] = value;
    (*list)->push_back(std::move(entry));
    return {};
  }

  Result<void> annotations(FieldReader& options) {
    auto pairs = options.text_map("commonAnnotations");
    const bool force = options.truth("forceCommonAnnotations");
    if (options.truth("commonAnnotationsEnvsubst"))
      for (auto& [key, value] : pairs) value = substitute_env(value, env_);
    if (pairs.empty()) return {};
    return add_pairs(file_["commonAnnotations"], pairs, force, "annotation");
  }

  Result<void> patches(FieldReader& options) {
    const Json* wanted = options.list("patches");
    if (wanted == nullptr || wanted->empty()) return {};
    auto list = list_at(file_, "patches");
    if (!list) return list.error();
    for (const Json& patch : *wanted) (*list)->push_back(patch);
    return {};
  }

  Result<void> components(FieldReader& options) {
    const bool may_lack = options.truth("ignoreMissingComponents");
    const auto wanted = options.texts("components");
    if (wanted.empty()) return {};
    auto list = list_at(file_, "components");
    if (!list) return list.error();
    for (const std::string& component : wanted) {
      if (may_lack && !has_component(component)) continue;
      if (std::find((*list)->begin(), (*list)->end(), component) == (*list)->end())
        (*list)->push_back(component);
    }
    return {};
  }

  bool has_component(const std::string& component) const {
    const auto path = clean_path(join_path(place_.path, component));
    if (!path) return false;
    const auto hit = place_.tree.lower_bound(*path + "/");
    return hit != place_.tree.end() && hit->first.starts_with(*path + "/");
  }

  const SourcePlace& place_;
  Json file_;
  std::map<std::string, std::string> env_;
};

}  // namespace

Result<FileTree> with_kustomize_options(const SourcePlace& place, const RenderContext& context) {
  const Json* block = find(*place.source.raw, {"kustomize"});
  if (block == nullptr || !block->is_object() || block->empty()) return place.tree;
  if (const std::string version = text_at(*block, {"version"}); !version.empty()) {
    return Error(Errc::bad_input, fmt::format("kustomize version {} is not registered", version));
  }
  const auto path = kustomization_in(place.tree, place.path);
  if (!path) return Error(Errc::bad_input, "kustomization file not found in the path");
  auto file = parse_yaml(*place.tree.at(*path));
  if (!file) return file.error().within("failed to unmarshal kustomization.yaml");
  if (file->is_null()) *file = Json::object();
  if (!file->is_object()) {
    return Error(Errc::bad_input, fmt::format("expected kustomization.yaml to be a map, but got {}",
                                              file->type_name()));
  }
  const Json before = *file;
  auto edited = Editor(place, std::move(*file), build_environment(place, context)).edited(*block);
  if (!edited) return edited.error();
  if (*edited == before) return place.tree;
  FileTree files = place.tree;
  files[*path] = std::make_shared<const std::string>(edited->dump());  // JSON is YAML
  return files;
}

Result<std::vector<JsonRef>> kustomize_objects(const SourcePlace& place,
                                               const RenderContext& context, KustomizeTool* tool) {
  if (tool == nullptr) {
    return Error(Errc::unsupported,
                 fmt::format("{}: Kustomize sources are not available", place.source.path));
  }
  const auto files = with_kustomize_options(place, context);
  if (!files) return files.error();
  const auto printed = tool->build(*files, place.path, context.kustomize_options);
  if (!printed) return printed.error();
  return manifest_objects(*printed);
}

KustomizeBuildOptions kustomize_build_options(const std::string& text) {
  constexpr std::string_view kTaken[] = {"--load-restrictor", "--load_restrictor", "--reorder",
                                         "--enable-managedby-label"};
  KustomizeBuildOptions options;
  std::istringstream words(text);
  bool taking = true;  // a value that stands by itself goes where its option went
  for (std::string word; words >> word;) {
    if (word.starts_with('-')) {
      const auto name = word.substr(0, word.find('='));
      taking = std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken);
    }
    (taking ? options.taken : options.refused).push_back(word);
  }
  return options;
}

}  // namespace spokelab::hub
