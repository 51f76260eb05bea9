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

/// What stands after a "$": its name, and how many characters belong to it.
struct Variable {
  std::string_view name;
  std::size_t length = 0;
};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool special(char c) {
  return digit(c) || std::string_view("*#$@!?-").find(c) != std::string::npos;
}

Variable variable_at(std::string_view text) {
  if (text[0] == '{') {
    if (text.size() > 2 && special(text[1]) && text[2] == '}') return {text.substr(1, 1), 3};
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) return {"", 1};
    return {text.substr(1, end - 1), end + 1};
  }
  if (special(text[0])) return {text.substr(0, 1), 1};
  std::size_t end = 0;
  while (end < text.size() &&
         (digit(text[end]) || text[end] == '_' || (text[end] >= 'a' && text[end] <= 'z') ||
          (text[end] >= 'A' && text[end] <= 'Z')))
    ++end;
  return {text.substr(0, end), end};
}

/// "v1.32.3+k3s1" -> "1.32.3". Source: k8s.io/apimachinery ParseGeneric.
Result<std::string> plain_version(const std::string& version) {
  const std::size_t from = version.starts_with('v') ? 1 : 0;
  std::size_t end = from;
  while (end < version.size() &&
         (digit(version[end]) || (version[end] == '.' && end > from && end + 1 < version.size() &&
                                  digit(version[end + 1]))))
    ++end;
  const std::string found = version.substr(from, end - from);
  if (!version.empty() && found.find('.') == std::string::npos) {
    const std::string what = found.empty()
                                 ? fmt::format("could not parse \"{}\" as version", version)
                                 : fmt::format("illegal version string \"{}\"", version);
    return Error(Errc::bad_input,
                 fmt::format("could not parse kubernetes version {}: {}", version, what));
  }
  return found;
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
    if (place_.multi_source && written.starts_with('$')) return unknown_ref(first);
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

/// As Argo CD puts it, except of references to sources: those are checked before it starts.
Error unresolved(const Error& why, std::string_view what) {
  if (why.message().starts_with("source referenced")) return why;
  return why.within(fmt::format("error resolving helm {}", what));
}

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

/// Every file is taken once, at its first place; one that is also listed by name keeps the place of
/// its name.
Result<void> add_value_files(HelmCall& call, const ValueFiles& files, const HelmOptions& options) {
  std::vector<Located> entries;
  std::set<std::pair<const FileTree*, std::string>> taken, listed;
  for (const std::string& written : options.value_files) {
    auto file = files.locate(written);
    if (!file) return unresolved(file.error(), "value files: error resolving value file path");
    if (!is_glob(*file)) taken.emplace(file->tree, file->path);
    entries.push_back(std::move(*file));
  }
  for (std::size_t at = 0; at < entries.size(); ++at) {
    if (!is_glob(entries[at])) {
      if (!listed.emplace(entries[at].tree, entries[at].path).second) continue;
      auto added = add_value_file(call, entries[at], options.ignore_missing_value_files);
      if (!added) return added;
      continue;
    }
    const auto found = ValueFiles::matches(entries[at]);
    if (!found) return found.error();
    if (found->empty() && !options.ignore_missing_value_files) {
      return unresolved(
          Error(Errc::not_found,
                fmt::format("values file glob \"{}\" matched no files", options.value_files[at])),
          "value files");
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
    if (!file) return unresolved(file.error(), "value file path");
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

/// As os.Expand: a name, or one of the shell's special characters, with or without braces; what is
/// no variable is empty, and broken braces vanish.
std::string substitute_env(const std::string& text, const std::map<std::string, std::string>& env) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$' || at + 1 == text.size()) {
      out += text[at];
      continue;
    }
    const Variable found = variable_at(std::string_view(text).substr(at + 1));
    const auto hit = env.find(std::string(found.name));
    if (found.length == 0 || found.name == "$")
      out += '$';
    else if (hit != env.end())
      out += hit->second;
    at += found.length;
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
  auto kube_version =
      plain_version(options.kube_version.empty() ? context.kube_version : options.kube_version);
  if (!kube_version) return kube_version.error();
  call.kube_version = std::move(*kube_version);
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
