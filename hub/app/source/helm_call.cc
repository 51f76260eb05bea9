// HelmCall: value files, parameters and flags, resolved as Argo CD's repo-server resolves them.
#include "hub/app/source/helm_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "hub/app/source/detect.h"
#include "hub/glob.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kRoot = "<path to cached source>";

/// Without the namespace before it: "team-a_web" -> "web".
std::string plain_name(const std::string& instance) {
  const auto line = instance.find('_');
  return line == std::string::npos ? instance : instance.substr(line + 1);
}

bool name_start(char symbol) {
  return (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z') || symbol == '_';
}

/// "v1.32.3+k3s1" -> "1.32.3".
std::string plain_version(std::string version) {
  if (version.starts_with('v')) version.erase(0, 1);
  return version.substr(0, version.find_first_of("+-"));
}

/// Commas split --set lists; Argo CD escapes those that are not meant so.
std::string escape_set_value(const std::string& value) {
  if (value.starts_with('{') && value.ends_with('}')) return value;
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == ',' && (at == 0 || value[at - 1] != '\\')) out += '\\';
    out += value[at];
  }
  return out;
}

struct Located {
  const FileTree* tree = nullptr;
  std::string path;
  std::string shown;
};

class ValueFiles {
 public:
  ValueFiles(const SourcePlace& place, const std::map<std::string, std::string>& env)
      : place_(place), env_(env) {}

  /// One entry of valueFiles or a fileParameter's path.
  Result<Located> locate(const std::string& written) const {
    const auto slash = written.find('/');
    const std::string first = written.substr(0, slash);
    const auto ref = written.starts_with('$') ? place_.refs.find(first) : place_.refs.end();
    if (ref != place_.refs.end()) {
      const std::string rest = slash == std::string::npos ? "" : written.substr(slash + 1);
      return within(*ref->second.tree, "", substitute_env(rest, env_), written);
    }
    if (place_.multi_source && written.starts_with('$') && !env_.contains(first.substr(1))) {
      return unknown_ref(first);
    }
    const std::string name = substitute_env(written, env_);
    if (const auto scheme = name.find("://"); scheme != std::string::npos)
      return by_url(name, scheme);
    const bool from_root = name.starts_with('/');
    return within(place_.tree, from_root ? "" : place_.path, name, name);
  }

  /// The files that a located glob matches.
  static Result<std::vector<Located>> matches(const Located& pattern) {
    const auto glob = Glob::compile(pattern.path, GlobDialect::doublestar);
    if (!glob) return glob.error().within(fmt::format("values file glob \"{}\"", pattern.path));
    std::vector<Located> all;
    for (const auto& [path, content] : *pattern.tree) {
      if (glob->matches(path)) all.push_back(Located{pattern.tree, path, shown(path)});
    }
    std::stable_sort(all.begin(), all.end(), [](const Located& left, const Located& right) {
      return globs_before(left.path, right.path);
    });
    return all;
  }

 private:
  static std::string shown(const std::string& path) { return fmt::format("{}/{}", kRoot, path); }

  /// A folder's own files come before those of its subfolders.
  static bool globs_before(std::string_view left, std::string_view right) {
    while (true) {
      const std::size_t l = left.find('/'), r = right.find('/');
      if (l == std::string_view::npos || r == std::string_view::npos) {
        if (l != r) return l == std::string_view::npos;
        return left < right;
      }
      if (left.substr(0, l) != right.substr(0, r)) return left.substr(0, l) < right.substr(0, r);
      left.remove_prefix(l + 1);
      right.remove_prefix(r + 1);
    }
  }

  static Result<Located> within(const FileTree& tree, const std::string& folder,
                                const std::string& name, const std::string& written) {
    auto path = clean_path(join_path(folder, name));
    if (!path) {
      return Error(Errc::bad_input,
                   fmt::format("file '{}' resolved to outside repository root", written));
    }
    return Located{&tree, *path, shown(*path)};
  }

  Result<Located> unknown_ref(const std::string& first) const {
    if (place_.refs.empty()) {
      return Error(
          Errc::bad_input,
          fmt::format("source referenced \"{}\", but no source has a 'ref' field defined", first));
    }
    std::vector<std::string> names;
    for (const auto& [name, source] : place_.refs) names.push_back(name);
    return Error(
        Errc::bad_input,
        fmt::format("source referenced \"{}\", which is not one of the available sources ({})",
                    first, fmt::join(names, ", ")));
  }

  static Result<Located> by_url(const std::string& name, std::size_t scheme) {
    const std::string word = name.substr(0, scheme);
    if (word != "http" && word != "https") {
      return Error(Errc::bad_input, fmt::format("the URL scheme '{}' is not allowed", word));
    }
    return Error(
        Errc::unsupported,
        fmt::format("values file {}: files by URL are not available, there is no network", name));
  }

  const SourcePlace& place_;
  const std::map<std::string, std::string>& env_;
};

bool is_glob(const Located& file) { return file.path.find_first_of("*?[") != std::string::npos; }

Result<void> add_value_file(HelmCall& call, const Located& file, bool may_be_missing) {
  const auto hit = file.tree->find(file.path);
  if (hit != file.tree->end()) {
    call.values.push_back(ValuesLayer{file.shown, *hit->second, nullptr});
  } else if (!may_be_missing) {
    call.values.push_back(ValuesLayer{file.shown, "", nullptr});
    return helm_failure(call, fmt::format("open {}: no such file or directory", file.shown));
  }
  return {};
}

/// Files found by globs are taken once; one that is also listed by name keeps the place of its
/// name.
Result<void> add_value_files(HelmCall& call, const ValueFiles& files, const HelmOptions& options) {
  std::vector<Located> entries;
  std::set<std::pair<const FileTree*, std::string>> taken;
  for (const std::string& written : options.value_files) {
    auto file = files.locate(written);
    if (!file) return file.error();
    if (!is_glob(*file)) taken.emplace(file->tree, file->path);
    entries.push_back(std::move(*file));
  }
  for (std::size_t at = 0; at < entries.size(); ++at) {
    if (!is_glob(entries[at])) {
      auto added = add_value_file(call, entries[at], options.ignore_missing_value_files);
      if (!added) return added;
      continue;
    }
    const auto found = ValueFiles::matches(entries[at]);
    if (!found) return found.error();
    if (found->empty() && !options.ignore_missing_value_files) {
      return Error(Errc::not_found, fmt::format("values file glob \"{}\" matched no files",
                                                options.value_files[at]));
    }
    for (const Located& file : *found) {
      if (!taken.emplace(file.tree, file.path).second) continue;
      auto added = add_value_file(call, file, true);
      if (!added) return added;
    }
  }
  return {};
}

Result<void> add_parameters(HelmCall& call, const ValueFiles& files, const HelmOptions& options,
                            const std::map<std::string, std::string>& env) {
  for (const HelmParameter& parameter : options.parameters) {
    const std::string value = escape_set_value(substitute_env(parameter.value, env));
    (parameter.force_string ? call.set_string : call.set)[parameter.name] = value;
  }
  for (const auto& [name, written] : options.file_parameters) {
    const auto file = files.locate(written);
    if (!file) return file.error();
    const auto hit = file->tree->find(file->path);
    if (hit == file->tree->end()) {
      return helm_failure(call, fmt::format("failed parsing --set-file data: open {}: no such file "
                                            "or directory",
                                            file->shown));
    }
    call.set_file[name] = {file->shown, *hit->second};
  }
  return {};
}

}  // namespace

std::string substitute_env(const std::string& text, const std::map<std::string, std::string>& env) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$' || at + 1 >= text.size()) {
      out += text[at];
      continue;
    }
    if (text[at + 1] == '$') {
      out += '$';
      ++at;
      continue;
    }
    const bool braced = text[at + 1] == '{';
    const std::size_t from = at + (braced ? 2 : 1);
    std::size_t end = from;
    while (end < text.size() &&
           (name_start(text[end]) || (end > from && text[end] >= '0' && text[end] <= '9'))) {
      ++end;
    }
    const bool closed = !braced || (end < text.size() && text[end] == '}');
    if (end == from || !closed) {
      out += text[at];
      continue;
    }
    const auto hit = env.find(text.substr(from, end - from));
    if (hit != env.end()) out += hit->second;
    at = braced ? end : end - 1;
  }
  return out;
}

std::map<std::string, std::string> build_environment(const SourcePlace& place,
                                                     const RenderContext& context) {
  return {{"ARGOCD_APP_NAME", context.app_name},
          {"ARGOCD_APP_NAMESPACE", context.destination_namespace},
          {"ARGOCD_APP_PROJECT_NAME", context.project},
          {"ARGOCD_APP_REVISION", place.commit},
          {"ARGOCD_APP_REVISION_SHORT", place.commit.substr(0, 7)},
          {"ARGOCD_APP_REVISION_SHORT_8", place.commit.substr(0, 8)},
          {"ARGOCD_APP_SOURCE_REPO_URL", place.source.repo_url},
          {"ARGOCD_APP_SOURCE_PATH", place.source.path},
          {"ARGOCD_APP_SOURCE_TARGET_REVISION", place.source.target_revision}};
}

std::string HelmCall::command_line() const {
  std::string line = fmt::format("helm template . --name-template {}", release_name);
  if (!ns.empty()) line += " --namespace " + ns;
  if (!kube_version.empty()) line += " --kube-version " + kube_version;
  for (const auto& [name, value] : set) line += fmt::format(" --set {}={}", name, value);
  for (const auto& [name, value] : set_string) {
    line += fmt::format(" --set-string {}={}", name, value);
  }
  for (const auto& [name, file] : set_file)
    line += fmt::format(" --set-file {}={}", name, file.first);
  for (const ValuesLayer& layer : values) line += " --values " + layer.shown;
  if (!api_versions.empty()) line += " <api versions removed>";
  if (include_crds) line += " --include-crds";
  if (skip_schema) line += " --skip-schema-validation";
  if (skip_tests) line += " --skip-tests";
  return line;
}

Error helm_failure(const HelmCall& call, const std::string& message) {
  return Error(
      Errc::bad_input,
      fmt::format("failed to execute helm template command: failed running helm: `{}` failed "
                  "exit status 1: Error: {}",
                  call.command_line(), message));
}

Result<HelmCall> make_helm_call(const SourcePlace& place, const RenderContext& context) {
  const HelmOptions options = place.source.helm.value_or(HelmOptions{});
  const auto& version = options.version;
  if (!version.empty() && version != "v3" && version != "v4") {
    return Error(Errc::bad_input, fmt::format("helm version '{}' is not supported", version));
  }
  HelmCall call;
  call.release_name =
      options.release_name.empty() ? plain_name(context.app_name) : options.release_name;
  call.ns = options.ns.empty() ? context.destination_namespace : options.ns;
  call.kube_version =
      plain_version(options.kube_version.empty() ? context.kube_version : options.kube_version);
  call.api_versions = options.api_versions.empty() ? context.api_versions : options.api_versions;
  std::sort(call.api_versions.begin(), call.api_versions.end());
  call.include_crds = !options.skip_crds;
  call.skip_tests = options.skip_tests;
  call.skip_schema = options.skip_schema_validation;

  const auto env = build_environment(place, context);
  const ValueFiles files(place, env);
  auto added = add_value_files(call, files, options);
  if (!added) return added.error();
  if (options.values_object != nullptr) {
    call.values.push_back(ValuesLayer{"/tmp/values", "", options.values_object});
  } else if (!options.values.empty()) {
    call.values.push_back(ValuesLayer{"/tmp/values", options.values, nullptr});
  }
  added = add_parameters(call, files, options, env);
  if (!added) return added.error();
  return call;
}

}  // namespace spokelab::hub
