// The git generator: one parameter set for each matching directory, or for each object in matching
// files.
#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/appset/generators/generator.h"
#include "hub/appset/rendering/params.h"
#include "hub/glob.h"

namespace spokelab::hub {

namespace {

struct Pattern {
  Glob glob;
  bool exclude = false;
};

Result<std::vector<Pattern>> patterns(const Json& items, GlobDialect dialect) {
  std::vector<Pattern> compiled;
  for (const Json& item : items) {
    auto glob = Glob::compile(text_at(item, {"path"}), dialect);
    if (!glob) return glob.error();
    compiled.push_back(Pattern{std::move(*glob), bool_at(item, {"exclude"})});
  }
  return compiled;
}

bool takes(const std::vector<Pattern>& all, const std::string& path) {
  bool included = false;
  for (const Pattern& pattern : all) {
    if (!pattern.glob.matches(path)) continue;
    if (pattern.exclude) return false;
    included = true;
  }
  return included;
}

/// As Go's strings.Split(path, "/").
std::vector<std::string> segments(const std::string& path) {
  std::vector<std::string> parts(1);
  for (const char symbol : path) {
    if (symbol == '/') {
      parts.emplace_back();
    } else {
      parts.back() += symbol;
    }
  }
  return parts;
}

/// All directories, without the root and without what lies in or under one whose name starts with
/// ".".
std::set<std::string> directories(const FileTree& tree) {
  std::set<std::string> all;
  for (const auto& [file, content] : tree) {
    std::string path;
    const auto parts = segments(file);
    for (std::size_t at = 0; at + 1 < parts.size(); ++at) {
      if (parts[at].starts_with('.')) break;
      path += (path.empty() ? "" : "/") + parts[at];
      all.insert(path);
    }
  }
  return all;
}

/// Adds what is known of a path, "." for the root. `file`: the file's name, or empty for a
/// directory.
void add_path(Json& params, const std::string& path, const std::string& file, const Json& generator,
              bool nested) {
  const auto parts = segments(path);
  const std::string& base = parts.back();
  const std::string prefix = text_at(generator, {"pathParamPrefix"});
  if (nested) {
    Json about = {{"path", path},
                  {"basename", base},
                  {"basenameNormalized", normalize_name(base)},
                  {"segments", parts}};
    if (!file.empty()) {
      about["filename"] = file;
      about["filenameNormalized"] = normalize_name(file);
    }
    if (prefix.empty()) {
      params["path"] = std::move(about);
    } else {
      params[prefix] = Json{{"path", std::move(about)}};
    }
    return;
  }
  const std::string key = prefix.empty() ? "path" : prefix + ".path";
  params[key] = path;
  params[key + ".basename"] = base;
  params[key + ".basenameNormalized"] = normalize_name(base);
  if (!file.empty()) {
    params[key + ".filename"] = file;
    params[key + ".filenameNormalized"] = normalize_name(file);
  }
  for (std::size_t at = 0; at < parts.size(); ++at) {
    if (!parts[at].empty()) params[fmt::format("{}[{}]", key, at)] = parts[at];
  }
}

Result<std::vector<Json>> parse_objects(const std::string& text) {
  auto parsed = parse_yaml(text);
  if (!parsed) return parsed.error().within("unable to parse file");
  if (parsed->is_null()) return std::vector<Json>{Json::object()};
  if (parsed->is_object()) return std::vector<Json>{std::move(*parsed)};
  std::vector<Json> objects;
  if (parsed->is_array()) {
    for (Json& item : *parsed) {
      if (!item.is_object()) break;
      objects.push_back(std::move(item));
    }
    if (objects.size() == parsed->size()) return objects;
  }
  return Error(Errc::bad_input, "unable to parse file: an object or a list of objects is expected");
}

Result<ParamSets> file_params(const Json& generator, const FileTree& tree, const std::string& url,
                              const GeneratorScope& scope) {
  const auto dialect =
      scope.settings.new_git_globbing ? GlobDialect::doublestar : GlobDialect::pathspec;
  const auto wanted = patterns(generator.at("files"), dialect);
  if (!wanted) return wanted.error();
  ParamSets sets;
  for (const auto& [path, content] : tree) {
    if (!takes(*wanted, path)) continue;
    const auto at_file = [&, file = path](const Error& cause) {
      return cause.within(
          fmt::format("unable to process file '{}' from repository '{}'", file, url));
    };
    auto objects = parse_objects(*content);
    if (!objects) return at_file(objects.error());
    const auto slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash);
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    for (Json& object : *objects) {
      Json params = Json::object();
      if (scope.dialect.go) {
        params = std::move(object);
      } else {
        for (const auto& [key, value] : flatten(object)) params[key] = go_text(value);
      }
      add_path(params, directory, name, generator, scope.dialect.go);
      const auto appended = append_values(params, generator, scope.dialect);
      if (!appended) {
        return at_file(appended.error().within("failed to append templated values"));
      }
      sets.push_back(std::move(params));
    }
  }
  return sets;
}

Result<ParamSets> directory_params(const Json& generator, const FileTree& tree,
                                   const GeneratorScope& scope) {
  const auto wanted = patterns(generator.at("directories"), GlobDialect::go_path);
  if (!wanted) return wanted.error();
  ParamSets sets;
  for (const std::string& path : directories(tree)) {
    if (!takes(*wanted, path)) continue;
    Json params = Json::object();
    add_path(params, path, "", generator, scope.dialect.go);
    const auto appended = append_values(params, generator, scope.dialect);
    if (!appended) {
      return appended.error().within(
          "error generating params from apps: failed to append templated values");
    }
    sets.push_back(std::move(params));
  }
  return sets;
}

bool has_items(const Json& generator, std::string_view key) {
  const Json* items = find(generator, {key});
  return items != nullptr && items->is_array() && !items->empty();
}

/// The AppProject that the template names must exist, unless only rendering will tell its name.
Result<void> check_project(const GeneratorScope& scope) {
  if (scope.project.find("{{") != std::string::npos || scope.project == "default") return {};
  const ObjectKey key{"argoproj.io", "v1alpha1", "appprojects", scope.ns, scope.project};
  const auto context = fmt::format("error getting project {}", scope.project);
  const Error absent(Errc::not_found,
                     fmt::format("AppProject.argoproj.io \"{}\" not found", scope.project));
  if (scope.project.empty()) return absent.within(context);
  const auto project = scope.facts.objects.get(key);
  if (project) return {};
  const bool gone = project.error().code() == Errc::not_found;
  return (gone ? absent : project.error()).within(context);
}

}  // namespace

Result<ParamSets> git_params(const Json& generator, const GeneratorScope& scope) {
  const auto project = check_project(scope);
  const bool by_directory = has_items(generator, "directories");
  if (!by_directory && !has_items(generator, "files")) {
    if (!project) return project.error();
    return Error(Errc::bad_input, "ApplicationSet is empty");
  }
  const std::string url = text_at(generator, {"repoURL"});
  // Asked for even where the project is not known yet: both are found out at once.
  const auto tree = scope.facts.trees.get(TreeKey{url, text_at(generator, {"revision"})});
  if (!project) return project.error();
  if (!tree) {
    const char* what = by_directory ? "error getting directories from repo: error retrieving Git "
                                      "Directories"
                                    : "error retrieving Git files";
    return tree.error().within(what).within("error generating params from git");
  }
  auto sets = by_directory ? directory_params(generator, **tree, scope)
                           : file_params(generator, **tree, url, scope);
  if (!sets) return sets.error().within("error generating params from git");
  return sets;
}

}  // namespace spokelab::hub
