// Loading a chart from a file tree.
#include "hub/helm/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/gotemplate/semver.h"
#include "hub/helm/chart_parts.h"
#include "hub/helm/functions.h"
#include "hub/helm/ignore.h"
#include "hub/helm/values.h"

namespace spokelab::hub::helm {

namespace {

constexpr std::size_t kFileBytesMax = 5 * 1024 * 1024;
constexpr int kNestingMax = 20;

using Files = std::map<std::string, FileRef>;

Error wrong(std::string message) { return Error(Errc::bad_input, std::move(message)); }

bool good_alias(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

Result<void> check_metadata(const Chart::Parts& parts) {
  if (parts.name.empty()) return wrong("validation: chart.metadata.name is required");
  if (parts.name.find('/') != std::string::npos || parts.name == "." || parts.name == "..") {
    return wrong(fmt::format("validation: chart.metadata.name \"{}\" is invalid", parts.name));
  }
  if (parts.version.empty()) return wrong("validation: chart.metadata.version is required");
  if (!gotemplate::parse_version(parts.version)) {
    return wrong(
        fmt::format("validation: chart.metadata.version \"{}\" is invalid", parts.version));
  }
  const std::string type = text_at(parts.metadata, {"type"});
  if (!type.empty() && type != "application" && type != "library") {
    return wrong("validation: chart.metadata.type must be application or library");
  }
  std::set<std::string> names;
  for (const Dependency& dependency : parts.dependencies) {
    if (!good_alias(dependency.alias)) {
      return wrong(fmt::format(
          "validation: dependency \"{}\" has disallowed characters in the alias", dependency.name));
    }
    if (!names.insert(dependency.key()).second) {
      return wrong(fmt::format("validation: more than one dependency with name or alias \"{}\"",
                               dependency.key()));
    }
  }
  return {};
}

std::vector<Dependency> dependencies_of(const Json& document) {
  std::vector<Dependency> out;
  const Json* list = find(document, {"dependencies"});
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& item : *list) {
    if (!item.is_object()) continue;
    Dependency entry;
    entry.name = text_at(item, {"name"});
    entry.version = text_at(item, {"version"});
    entry.condition = text_at(item, {"condition"});
    entry.alias = text_at(item, {"alias"});
    if (const Json* tags = find(item, {"tags"}); tags != nullptr && tags->is_array()) {
      for (const Json& tag : *tags) {
        if (tag.is_string()) entry.tags.push_back(tag.get<std::string>());
      }
    }
    if (const Json* imports = find(item, {"import-values"});
        imports != nullptr && imports->is_array())
      entry.import_values = *imports;
    out.push_back(std::move(entry));
  }
  return out;
}

Result<Json> read_map(const Files& files, const std::string& name, std::string_view what) {
  const auto hit = files.find(name);
  if (hit == files.end()) return Json();
  std::string_view text = *hit->second;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto document = parse_yaml(text, YamlDuplicates::last_wins);
  if (!document)
    return document.error().within(
        fmt::format("cannot load {}: error converting YAML to JSON: yaml", what));
  if (!document->is_object()) return wrong(fmt::format("cannot load {}: it is no mapping", what));
  return document;
}

/// Loads one chart, then its subcharts.
class Loader {
 public:
  Loader(const Files& files, std::string parent_path, int depth)
      : files_(files), parent_path_(std::move(parent_path)), depth_(depth) {}

  /// `alias` replaces the name, for subcharts listed under another one.
  Result<std::shared_ptr<const Chart>> run(const std::string& alias) {
    if (depth_ > kNestingMax)
      return Error(Errc::limit, fmt::format("charts nested deeper than {}", kNestingMax));
    parts_ = std::make_unique<Chart::Parts>();
    if (auto done = metadata(); !done) return done.error();
    if (!alias.empty()) parts_->name = alias;
    parts_->full_path =
        parent_path_.empty() ? parts_->name : parent_path_ + "/charts/" + parts_->name;
    if (const auto hit = files_.find("values.yaml"); hit != files_.end()) {
      auto values = read_values(*hit->second);
      if (!values)
        return values.error().within(
            "cannot load values.yaml: error converting YAML to JSON: yaml");
      parts_->values = std::move(*values);
    }
    sort_files();
    if (auto done = subcharts(); !done) return done.error();
    return std::make_shared<const Chart>(std::move(parts_));
  }

 private:
  Result<void> metadata() {
    if (!files_.contains("Chart.yaml")) return wrong("Chart.yaml file is missing");
    auto document = read_map(files_, "Chart.yaml", "Chart.yaml");
    if (!document) return document.error();
    parts_->metadata = std::move(*document);
    parts_->name = text_at(parts_->metadata, {"name"});
    parts_->version = text_at(parts_->metadata, {"version"});
    parts_->library = text_at(parts_->metadata, {"type"}) == "library";
    if (text_at(parts_->metadata, {"apiVersion"}).empty()) parts_->metadata["apiVersion"] = "v1";
    parts_->dependencies = dependencies_of(parts_->metadata);
    if (parts_->dependencies.empty()) {
      auto legacy = read_map(files_, "requirements.yaml", "requirements.yaml");
      if (!legacy) return legacy.error();
      parts_->dependencies = dependencies_of(*legacy);
      if (const Json* list = find(*legacy, {"dependencies"}))
        parts_->metadata["dependencies"] = *list;
    }
    return check_metadata(*parts_);
  }

  void sort_files() {
    for (const auto& [name, text] : files_) {
      if (name == "Chart.yaml" || name == "Chart.lock" || name == "values.yaml" ||
          name == "values.schema.json" || name == "requirements.yaml" ||
          name == "requirements.lock") {
        continue;
      }
      if (name.starts_with("charts/")) {
        const std::size_t end = name.find('/', 7);
        const std::string folder = name.substr(7, end == std::string::npos ? end : end - 7);
        if (folder.empty() || folder[0] == '_' || folder[0] == '.') continue;
        if (end == std::string::npos)
          packed_.push_back(folder);
        else
          folders_[folder][name.substr(end + 1)] = text;
      } else if (name.starts_with("templates/")) {
        add_template(name, text);
      } else {
        const bool yaml =
            name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
        if (name.starts_with("crds/") && yaml)
          parts_->crds.emplace_back(parts_->full_path + "/" + name, text);
        parts_->files[name] = text;
      }
    }
  }
  void add_template(const std::string& name, const FileRef& text) {
    TemplateFile file;
    file.path = parts_->full_path + "/" + name;
    file.partial = name.substr(name.rfind('/') + 1).starts_with('_');
    if (parts_->library && !file.partial) return;
    auto trees = gotemplate::parse(file.path, text, functions());
    if (trees)
      file.trees = std::move(*trees);
    else
      file.error = trees.error();
    parts_->templates.push_back(std::move(file));
  }

  Result<std::shared_ptr<const Chart>> subchart(const Files& files, const std::string& alias) {
    return Loader(files, parts_->full_path, depth_ + 1).run(alias);
  }
  Result<void> subcharts() {
    for (const std::string& file : packed_) {
      if (file.ends_with(".tgz"))
        return Error(Errc::unsupported,
                     fmt::format("chart {}: packed subchart charts/{}", parts_->name, file));
    }
    std::map<std::string, std::shared_ptr<const Chart>> loaded;
    for (const auto& [folder, files] : folders_) {
      if (!files.contains("Chart.yaml")) continue;
      auto made = subchart(files, "");
      if (!made)
        return made.error().within(
            fmt::format("error unpacking subchart {} in {}", folder, parts_->name));
      loaded[folder] = std::move(*made);
    }
    const auto fits = [](const Chart& chart, const Dependency& entry) {
      if (chart.name() != entry.name) return false;
      const auto range = gotemplate::Constraint::parse(entry.version);
      const auto version = gotemplate::parse_version(chart.version());
      return range && version && range->allows(*version);
    };
    for (const auto& entry_of_folder : loaded) {
      const auto& chart =
          entry_of_folder.second;  // clang 14: lambdas cannot capture structured bindings
      const bool listed = std::any_of(parts_->dependencies.begin(), parts_->dependencies.end(),
                                      [&](const Dependency& entry) { return fits(*chart, entry); });
      if (listed) continue;
      parts_->subcharts.push_back(chart);
      parts_->subchart_entries.push_back(nullptr);
    }
    std::string missing;
    for (const Dependency& entry : parts_->dependencies) {
      const auto hit = std::find_if(loaded.begin(), loaded.end(),
                                    [&](const auto& item) { return fits(*item.second, entry); });
      if (hit == loaded.end()) {
        const bool named = std::any_of(loaded.begin(), loaded.end(), [&](const auto& item) {
          return item.second->name() == entry.name;
        });
        if (!named) missing += (missing.empty() ? "" : ", ") + entry.name;
        continue;
      }
      std::shared_ptr<const Chart> chart = hit->second;
      if (!entry.alias.empty()) {
        auto made = subchart(folders_[hit->first], entry.alias);
        if (!made) return made.error();
        chart = std::move(*made);
      }
      parts_->subcharts.push_back(std::move(chart));
      parts_->subchart_entries.push_back(&entry);
    }
    if (!missing.empty() && depth_ == 0) {
      return wrong(fmt::format(
          "An error occurred while checking for chart dependencies. You may need to run `helm "
          "dependency build` to "
          "fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
          missing));
    }
    return {};
  }

  const Files& files_;
  std::string parent_path_;
  int depth_;
  std::unique_ptr<Chart::Parts> parts_;
  std::map<std::string, Files> folders_;
  std::vector<std::string> packed_;
};

}  // namespace

Chart::Chart(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Chart::~Chart() = default;
const std::string& Chart::name() const { return parts_->name; }
const std::string& Chart::version() const { return parts_->version; }

Result<std::shared_ptr<const Chart>> load_chart(const FileTree& files, std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  while (path.starts_with("./")) path.remove_prefix(2);
  const std::string prefix = path.empty() || path == "." ? "" : std::string(path) + "/";
  const auto ignore_file = files.find(prefix + ".helmignore");
  const auto ignore =
      Ignore::parse(ignore_file == files.end() ? "" : std::string_view(*ignore_file->second));
  if (!ignore) return ignore.error();
  Files own;
  for (auto at = files.lower_bound(prefix); at != files.end() && at->first.starts_with(prefix);
       ++at) {
    const std::string name = at->first.substr(prefix.size());
    if (ignore->matches(name)) continue;
    if (at->second->size() > kFileBytesMax) {
      return Error(Errc::limit,
                   fmt::format("chart file \"{}\" is larger than the maximum file size {}", name,
                               kFileBytesMax));
    }
    own.emplace(name, at->second);
  }
  return Loader(own, "", 0).run("");
}

}  // namespace spokelab::hub::helm
