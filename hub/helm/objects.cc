// .Chart, .Capabilities and .Files.
#include "hub/helm/objects.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/base64.h"
#include "base/yaml.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/text.h"
#include "hub/helm/kube_version.h"

namespace spokelab::hub::helm {

namespace {

using namespace gotemplate;

std::shared_ptr<const Object> shared(std::shared_ptr<const Object> object) { return object; }

/// A Go struct: fixed fields.
class StructObject final : public Object {
 public:
  StructObject(std::string type, Map::Entries fields, Value as_json)
      : type_(std::move(type)), fields_(std::move(fields)), json_(std::move(as_json)) {}
  std::string type_name() const override { return type_; }
  std::optional<Value> get(std::string_view name) const override {
    const auto hit = fields_.find(name);
    return hit == fields_.end() ? std::nullopt : std::optional(hit->second);
  }
  std::string print() const override {
    std::string out = "{";
    for (const auto& [name, value] : fields_)
      out += (out.size() > 1 ? " " : "") + gotemplate::print(value);
    return out + "}";
  }
  Value underlying() const override { return json_; }

 private:
  std::string type_;
  Map::Entries fields_;
  Value json_;
};

/// What the Kubernetes client in Helm 3.19 knows, in its order.
constexpr std::string_view kBuiltinVersions[] = {"v1",
                                                 "admissionregistration.k8s.io/v1",
                                                 "admissionregistration.k8s.io/v1alpha1",
                                                 "admissionregistration.k8s.io/v1beta1",
                                                 "internal.apiserver.k8s.io/v1alpha1",
                                                 "apps/v1",
                                                 "apps/v1beta1",
                                                 "apps/v1beta2",
                                                 "authentication.k8s.io/v1",
                                                 "authentication.k8s.io/v1alpha1",
                                                 "authentication.k8s.io/v1beta1",
                                                 "authorization.k8s.io/v1",
                                                 "authorization.k8s.io/v1beta1",
                                                 "autoscaling/v1",
                                                 "autoscaling/v2",
                                                 "autoscaling/v2beta1",
                                                 "autoscaling/v2beta2",
                                                 "batch/v1",
                                                 "batch/v1beta1",
                                                 "certificates.k8s.io/v1",
                                                 "certificates.k8s.io/v1beta1",
                                                 "certificates.k8s.io/v1alpha1",
                                                 "coordination.k8s.io/v1alpha2",
                                                 "coordination.k8s.io/v1beta1",
                                                 "coordination.k8s.io/v1",
                                                 "discovery.k8s.io/v1",
                                                 "discovery.k8s.io/v1beta1",
                                                 "events.k8s.io/v1",
                                                 "events.k8s.io/v1beta1",
                                                 "extensions/v1beta1",
                                                 "flowcontrol.apiserver.k8s.io/v1",
                                                 "flowcontrol.apiserver.k8s.io/v1beta1",
                                                 "flowcontrol.apiserver.k8s.io/v1beta2",
                                                 "flowcontrol.apiserver.k8s.io/v1beta3",
                                                 "networking.k8s.io/v1",
                                                 "networking.k8s.io/v1beta1",
                                                 "node.k8s.io/v1",
                                                 "node.k8s.io/v1alpha1",
                                                 "node.k8s.io/v1beta1",
                                                 "policy/v1",
                                                 "policy/v1beta1",
                                                 "rbac.authorization.k8s.io/v1",
                                                 "rbac.authorization.k8s.io/v1beta1",
                                                 "rbac.authorization.k8s.io/v1alpha1",
                                                 "resource.k8s.io/v1",
                                                 "resource.k8s.io/v1beta2",
                                                 "resource.k8s.io/v1beta1",
                                                 "resource.k8s.io/v1alpha3",
                                                 "scheduling.k8s.io/v1alpha1",
                                                 "scheduling.k8s.io/v1beta1",
                                                 "scheduling.k8s.io/v1",
                                                 "storage.k8s.io/v1beta1",
                                                 "storage.k8s.io/v1",
                                                 "storage.k8s.io/v1alpha1",
                                                 "storagemigration.k8s.io/v1alpha1",
                                                 "apiextensions.k8s.io/v1beta1",
                                                 "apiextensions.k8s.io/v1"};

class VersionSet final : public Object {
 public:
  explicit VersionSet(const std::vector<std::string>& more) {
    for (const std::string_view version : kBuiltinVersions) all_.emplace_back(version);
    all_.insert(all_.end(), more.begin(), more.end());
  }
  std::string type_name() const override { return "chartutil.VersionSet"; }
  std::string_view kind_name() const override { return "slice"; }
  std::optional<Value> get(std::string_view) const override { return std::nullopt; }
  int method_arity(std::string_view name) const override { return name == "Has" ? 1 : -1; }
  Value call(Runtime&, std::string_view, std::vector<Value> args) const override {
    return std::find(all_.begin(), all_.end(), args[0].text()) != all_.end();
  }
  std::string print() const override { return gotemplate::print(underlying()); }
  Value underlying() const override { return make_strings(all_); }

 private:
  std::vector<std::string> all_;
};

class KubeVersionObject final : public Object {
 public:
  explicit KubeVersionObject(KubeVersion version) : version_(std::move(version)) {}
  std::string type_name() const override { return "chartutil.KubeVersion"; }
  std::optional<Value> get(std::string_view name) const override {
    if (name == "Version") return Value(version_.version);
    if (name == "Major") return Value(version_.major);
    if (name == "Minor") return Value(version_.minor);
    return std::nullopt;
  }
  int method_arity(std::string_view name) const override {
    return name == "GitVersion" || name == "String" ? 0 : -1;
  }
  Value call(Runtime&, std::string_view, std::vector<Value>) const override {
    return version_.version;
  }
  std::string print() const override { return version_.version; }
  Value underlying() const override {
    return make_map({{"Version", Value(version_.version)},
                     {"Major", Value(version_.major)},
                     {"Minor", Value(version_.minor)}});
  }

 private:
  KubeVersion version_;
};

/// gobwas/glob with "/" as the separator, as a regular expression.
std::string glob_to_regex(std::string_view glob) {
  std::string out;
  int braces = 0;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    if (c == '*') {
      const bool twice = i + 1 < glob.size() && glob[i + 1] == '*';
      out += twice ? ".*" : "[^/]*";
      if (twice) ++i;
    } else if (c == '?') {
      out += "[^/]";
    } else if (c == '[' || c == ']') {
      out += c;
      if (c == '[' && i + 1 < glob.size() && glob[i + 1] == '!') {
        out += '^';
        ++i;
      }
    } else if (c == '{') {
      ++braces;
      out += "(?:";
    } else if (c == '}' && braces > 0) {
      --braces;
      out += ')';
    } else if (c == ',' && braces > 0) {
      out += '|';
    } else if (c == '\\' && i + 1 < glob.size()) {
      out += re2::RE2::QuoteMeta(re2::StringPiece(&glob[++i], 1));
    } else if (c == '-') {
      out += c;
    } else {
      out += re2::RE2::QuoteMeta(re2::StringPiece(&glob[i], 1));
    }
  }
  return out;
}

class Files final : public Object {
 public:
  explicit Files(std::map<std::string, FileRef> files) : files_(std::move(files)) {}
  std::string type_name() const override { return "engine.files"; }
  std::string_view kind_name() const override { return "map"; }
  std::optional<Value> get(std::string_view name) const override {
    const auto hit = files_.find(std::string(name));
    return hit == files_.end() ? Value::bytes("") : Value::bytes(*hit->second);
  }
  int method_arity(std::string_view name) const override {
    if (name == "Get" || name == "GetBytes" || name == "Glob" || name == "Lines") return 1;
    return name == "AsConfig" || name == "AsSecrets" ? 0 : -1;
  }
  Value call(Runtime&, std::string_view name, std::vector<Value> args) const override {
    if (name == "AsConfig" || name == "AsSecrets") return Value(as_text(name == "AsSecrets"));
    const std::string& path = args[0].text();
    if (name == "Glob") return Value(shared(std::make_shared<Files>(glob(path))));
    const auto hit = files_.find(path);
    const std::string text = hit == files_.end() ? "" : *hit->second;
    if (name == "Get") return text;
    if (name == "GetBytes") return Value::bytes(text);
    return lines(text);
  }
  std::string print() const override { return gotemplate::print(underlying()); }
  Value underlying() const override {
    Map::Entries out;
    for (const auto& [path, text] : files_) out.emplace_hint(out.end(), path, Value::bytes(*text));
    return make_map(std::move(out));
  }
  bool truth() const override { return !files_.empty(); }

 private:
  std::map<std::string, FileRef> glob(const std::string& pattern) const {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    const re2::RE2 re(glob_to_regex(pattern), options);
    if (!re.ok()) return files_;
    std::map<std::string, FileRef> out;
    for (const auto& [path, text] : files_) {
      if (re2::RE2::FullMatch(path, re)) out.emplace(path, text);
    }
    return out;
  }
  std::string as_text(bool secret) const {
    Json out = Json::object();
    for (const auto& [path, text] : files_)
      out[path.substr(path.rfind('/') + 1)] = secret ? base64(*text) : *text;
    std::string yaml = to_yaml(out);
    if (yaml.ends_with('\n')) yaml.pop_back();
    return yaml;
  }
  static Value lines(std::string_view text) {
    std::vector<std::string> out;
    if (text.empty()) return make_strings(out);
    if (text.ends_with('\n')) text.remove_suffix(1);
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      out.emplace_back(text.substr(at, end - at));
      at = end + 1;
    }
    return make_strings(out);
  }

  std::map<std::string, FileRef> files_;
};

/// A struct by its fields' names in Go, and in JSON where they are not empty.
class StructMaker {
 public:
  void text(const char* name, const char* key, const std::string& value) {
    fields_[name] = Value(value);
    if (!value.empty()) json_[key] = Value(value);
  }
  void texts(const char* name, const char* key, const std::vector<std::string>& values) {
    put(name, key, make_strings(values), !values.empty());
  }
  void truth(const char* name, const char* key, bool value) { put(name, key, value, value); }
  void put(const char* name, const char* key, Value value, bool in_json) {
    if (in_json) json_[key] = value;
    fields_[name] = std::move(value);
  }
  Value made(std::string type) {
    return Value(shared(std::make_shared<StructObject>(std::move(type), std::move(fields_),
                                                       make_map(std::move(json_)))));
  }

 private:
  Map::Entries fields_, json_;
};

Value maintainer_object(const Maintainer& one) {
  StructMaker maker;
  maker.text("Name", "name", one.name);
  maker.text("Email", "email", one.email);
  maker.text("URL", "url", one.url);
  return maker.made("*chart.Maintainer");
}

/// What import-values has become once Helm has worked it off.
Value imports_of(const Dependency& entry) {
  std::vector<Value> out;
  for (const Json& import : entry.import_values) {
    if (!import.is_string()) {
      out.push_back(from_json(import));
      continue;
    }
    out.push_back(make_map(
        {{"child", Value("exports." + import.get<std::string>())}, {"parent", Value(".")}}));
  }
  return make_list(std::move(out));
}

Value dependency_object(const Dependency& entry) {
  StructMaker maker;
  maker.put("Name", "name", Value(entry.key()), true);
  maker.text("Version", "version", entry.version);
  maker.put("Repository", "repository", Value(entry.repository), true);
  maker.text("Condition", "condition", entry.condition);
  maker.texts("Tags", "tags", entry.tags);
  maker.truth("Enabled", "enabled", true);
  maker.put("ImportValues", "import-values", imports_of(entry), !entry.import_values.empty());
  maker.text("Alias", "alias", entry.alias);
  return maker.made("*chart.Dependency");
}

}  // namespace

Value chart_object(const Instance& chart, bool root) {
  const Metadata& data = chart.parts->metadata;
  StructMaker maker;
  maker.text("Name", "name", data.name);
  maker.text("Home", "home", data.home);
  maker.texts("Sources", "sources", data.sources);
  maker.text("Version", "version", data.version);
  maker.text("Description", "description", data.description);
  maker.texts("Keywords", "keywords", data.keywords);
  maker.text("Icon", "icon", data.icon);
  maker.text("APIVersion", "apiVersion", data.api_version);
  maker.text("Condition", "condition", data.condition);
  maker.text("Tags", "tags", data.tags);
  maker.text("AppVersion", "appVersion", data.app_version);
  maker.truth("Deprecated", "deprecated", data.deprecated);
  maker.text("KubeVersion", "kubeVersion", data.kube_version);
  maker.text("Type", "type", data.type);
  Map::Entries annotations;
  for (const auto& [key, value] : data.annotations) annotations[key] = Value(value);
  maker.put("Annotations", "annotations", make_map(annotations, Map::Of::string),
            !annotations.empty());
  std::vector<Value> maintainers, dependencies;
  for (const Maintainer& one : data.maintainers) maintainers.push_back(maintainer_object(one));
  for (const Dependency* entry : chart.entries) dependencies.push_back(dependency_object(*entry));
  const bool some = !maintainers.empty(), any = !dependencies.empty();
  maker.put("Maintainers", "maintainers", make_list(std::move(maintainers)), some);
  maker.put("Dependencies", "dependencies", make_list(std::move(dependencies)), any);
  maker.put("IsRoot", "IsRoot", Value(root), true);
  return maker.made("struct { chart.Metadata; IsRoot bool }");
}

Value capabilities_object(const Capabilities& capabilities) {
  const Value versions(shared(std::make_shared<VersionSet>(capabilities.api_versions)));
  auto version = parse_kube_version(capabilities.kube_version);
  if (!version) version = KubeVersion{capabilities.kube_version, "", ""};
  const Value kube(shared(std::make_shared<KubeVersionObject>(std::move(*version))));
  Map::Entries helm = {{"Version", Value("v3.19.4")},
                       {"GitCommit", Value("")},
                       {"GitTreeState", Value("clean")},
                       {"GoVersion", Value("go1.24.11")}};
  const Value helm_version(
      shared(std::make_shared<StructObject>("version.BuildInfo", helm, make_map(helm))));
  Map::Entries fields = {
      {"APIVersions", versions}, {"KubeVersion", kube}, {"HelmVersion", helm_version}};
  return Value(
      shared(std::make_shared<StructObject>("*chartutil.Capabilities", fields, make_map(fields))));
}

Value files_object(const std::map<std::string, FileRef>& files) {
  return Value(shared(std::make_shared<Files>(files)));
}

}  // namespace spokelab::hub::helm
