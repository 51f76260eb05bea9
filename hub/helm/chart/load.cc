// Loading a chart from a file tree.
#include <fmt/format.h>

#include <algorithm>

#include "base/yaml_floats.h"
#include "hub/gotemplate/semver.h"
#include "hub/helm/chart.h"
#include "hub/helm/chart/archive.h"
#include "hub/helm/chart/local_dependencies.h"
#include "hub/helm/chart/parts.h"
#include "hub/helm/functions.h"
#include "hub/helm/values.h"

namespace spokelab::hub::helm {

namespace {

constexpr int kNestingMax = 20;
constexpr std::size_t kChartsMax = 5'000;

Error wrong(std::string message) { return Error(Errc::bad_input, std::move(message)); }

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// As filepath.Ext: "" or from the last dot of the base name on.
std::string_view extension(std::string_view path) {
  const std::string_view base = base_name(path);
  const std::size_t dot = base.rfind('.');
  return dot == std::string_view::npos ? "" : base.substr(dot);
}

bool is_manifest(std::string_view path) {
  std::string ending(extension(path));
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return ending == ".yaml" || ending == ".yml" || ending == ".json";
}

/// Folder by folder, each by name: "a/x" before "a-b", as a walk of a disk finds files.
bool walks_before(std::string_view a, std::string_view b) {
  const auto rank = [](char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

bool fits(const Chart& chart, const Dependency& entry) {
  if (chart.name() != entry.name) return false;
  const auto range = gotemplate::Constraint::parse(entry.version);
  const auto version = gotemplate::parse_version(chart.version());
  return range && version && range->allows(*version);
}

/// What may still be unpacked and loaded: a chart that stands under several aliases counts for
/// each, and so do those below it.
struct Budget {
  std::size_t bytes = kChartBytesMax;
  std::size_t charts = kChartsMax;
};

/// Loads one chart, then its subcharts.
class Loader {
 public:
  /// `built`: subcharts that do not lie in charts/, by name.
  Loader(const FileTree& files, Budget& left, std::map<std::string, FileTree> built = {})
      : files_(files), left_(left), built_(std::move(built)) {}

  /// `alias` replaces the name, for subcharts listed under another one.
  Result<std::shared_ptr<const Chart>> run(const std::string& alias) {
    if (depth_ > kNestingMax)
      return Error(Errc::limit, fmt::format("charts nested deeper than {}", kNestingMax));
    if (left_.charts == 0)
      return Error(Errc::limit, fmt::format("more than {} charts in one", kChartsMax));
    --left_.charts;
    if (auto done = read_files(); !done) return done.error();
    parts_->own_name = parts_->metadata.name;
    if (!alias.empty()) parts_->metadata.name = alias;
    const std::string& name = parts_->metadata.name;
    parts_->full_path = parent_path_.empty() ? name : parent_path_ + "/charts/" + name;
    sort_files();
    if (auto done = subcharts(); !done) return done.error();
    return std::make_shared<const Chart>(std::move(parts_));
  }

 private:
  Result<void> read_files() {
    if (!files_.contains("Chart.yaml")) return wrong("Chart.yaml file is missing");
    if (auto done = metadata_file("Chart.yaml"); !done) return done;
    if (parts_->metadata.api_version.empty()) parts_->metadata.api_version = "v1";
    if (auto done = metadata_file("requirements.yaml"); !done) return done;
    if (const auto hit = files_.find("values.yaml"); hit != files_.end()) {
      auto values = read_values(*hit->second);
      if (!values) return values.error().within("cannot load values.yaml");
      parts_->values = std::move(*values);
    }
    if (const auto hit = files_.find("values.schema.json"); hit != files_.end())
      parts_->schema = Schema::compile(*hit->second);
    return check_metadata(parts_->metadata);
  }
  Result<void> metadata_file(const std::string& name) {
    const auto hit = files_.find(name);
    if (hit == files_.end()) return {};
    auto document = parse_yaml_with_floats(*hit->second);
    if (!document) {
      return document.error().within(
          fmt::format("cannot load {}: error converting YAML to JSON: yaml", name));
    }
    auto read = read_metadata(*document, parts_->metadata);
    if (read || read.error().message().starts_with("validation: ")) return read;
    return read.error().within(fmt::format("cannot load {}", name));
  }

  void sort_files() {
    const bool v1 = parts_->metadata.api_version == "v1";
    for (const auto& [name, text] : files_) {
      if (name == "Chart.yaml" || name == "Chart.lock" || name == "values.yaml" ||
          name == "values.schema.json") {
        continue;
      }
      if ((name == "requirements.yaml" || name == "requirements.lock") && !v1) continue;
      if (name.starts_with("charts/") && extension(name) != ".prov") {
        add_to_subchart(name.substr(7), text);
      } else if (name.starts_with("templates/")) {
        add_template(name, text);
      } else {
        if (name.starts_with("crds/") && is_manifest(name)) parts_->crds.emplace_back(name, text);
        parts_->files[name] = text;
      }
    }
    std::sort(parts_->crds.begin(), parts_->crds.end(), [](const auto& left, const auto& right) {
      return walks_before(left.first, right.first);
    });
  }
  void add_to_subchart(const std::string& name, const FileRef& text) {
    if (name.starts_with('_') || name.starts_with('.')) return;
    const std::size_t slash = name.find('/');
    FileTree& files = subfolders_[name.substr(0, slash)];
    if (slash == std::string::npos)
      files[""] = text;  // a file right in charts/
    else
      files[name.substr(slash + 1)] = text;
  }
  void add_template(const std::string& name, const FileRef& text) {
    TemplateFile file;
    file.path = parts_->full_path + "/" + name;
    file.text = text;
    file.partial = base_name(name).starts_with('_');
    if (parts_->metadata.library() && !file.partial) return;
    auto trees = gotemplate::parse(file.path, text, functions());
    if (trees)
      file.trees = std::move(*trees);
    else
      file.error = trees.error();
    parts_->templates.push_back(std::move(file));
  }

  /// What lies in charts/ under one name, as the files of a chart.
  Result<FileTree> files_of(const std::string& name, FileTree files) {
    const auto loose = files.find("");
    if (extension(name) != ".tgz") {
      if (loose != files.end()) files.erase(loose);
      return files;
    }
    if (loose == files.end()) {
      return wrong(fmt::format("error unpacking subchart tar in {}: expected {}, got {}/{}",
                               parts_->metadata.name, name, name, files.begin()->first));
    }
    return unpack_chart(*loose->second, left_.bytes);
  }
  Result<std::shared_ptr<const Chart>> subchart(const std::string& folder, const FileTree& files,
                                                const std::string& alias) {
    Loader loader(files, left_);
    loader.parts_->source = parts_->source + "/" + folder;
    loader.parent_path_ = parts_->full_path;
    loader.depth_ = depth_ + 1;
    loader.by_list_ = by_list_ && parts_->metadata.has_dependencies;
    return loader.run(alias);
  }
  Result<void> subcharts() {
    struct Loaded {
      std::string folder;
      FileTree files;
      std::shared_ptr<const Chart> chart;
    };
    std::vector<Loaded> loaded;
    for (auto& [name, given] : subfolders_) {
      auto files = files_of(name, std::move(given));
      auto made =
          files ? subchart(name, *files, "") : Result<std::shared_ptr<const Chart>>(files.error());
      if (!made) {
        return made.error().within(
            fmt::format("error unpacking subchart {} in {}", name, parts_->metadata.name));
      }
      loaded.push_back({name, std::move(*files), std::move(*made)});
    }
    for (auto& [name, files] : built_) {
      auto made = subchart(name, files, "");
      if (!made) return made.error();
      loaded.push_back({name, std::move(files), std::move(*made)});
    }
    const std::vector<Dependency>& entries = parts_->metadata.dependencies;
    if (!by_list_) {
      for (Loaded& one : loaded) parts_->subcharts.push_back(std::move(one.chart));
      return {};
    }
    for (const Loaded& one : loaded) {
      const bool listed = std::any_of(entries.begin(), entries.end(), [&](const Dependency& entry) {
        return fits(*one.chart, entry);
      });
      if (!listed) parts_->subcharts.push_back(one.chart);
    }
    for (const Dependency& entry : entries) {
      const auto hit = std::find_if(loaded.begin(), loaded.end(),
                                    [&](const Loaded& one) { return fits(*one.chart, entry); });
      if (hit == loaded.end()) {
        const bool named = std::any_of(loaded.begin(), loaded.end(), [&](const Loaded& one) {
          return one.chart->name() == entry.name;
        });
        if (!named) parts_->missing.push_back(entry.name);
        continue;
      }
      std::shared_ptr<const Chart> chart = hit->chart;
      if (!entry.alias.empty()) {
        auto made = subchart(hit->folder, hit->files, entry.alias);
        if (!made) return made.error();
        chart = std::move(*made);
      }
      parts_->subcharts.push_back(std::move(chart));
    }
    return {};
  }

  const FileTree& files_;
  Budget& left_;
  std::map<std::string, FileTree> built_;
  std::string parent_path_;
  int depth_ = 0;
  /// Helm looks at the list of dependencies only while every chart above has one.
  bool by_list_ = true;
  std::unique_ptr<Chart::Parts> parts_ = std::make_unique<Chart::Parts>();
  std::map<std::string, FileTree> subfolders_;
};

}  // namespace

Chart::Chart(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Chart::~Chart() = default;
const std::string& Chart::name() const { return parts_->metadata.name; }
const std::string& Chart::version() const { return parts_->metadata.version; }

Result<std::shared_ptr<const Chart>> load_chart(const FileTree& files, std::string_view path) {
  const auto own = chart_files(files, path);
  if (!own) return own.error();
  Budget left;
  return Loader(*own, left).run("");
}

Result<std::shared_ptr<const Chart>> load_chart_built(const FileTree& files,
                                                      const std::string& path) {
  const auto own = chart_files(files, path);
  if (!own) return own.error();
  Budget left;
  auto chart = Loader(*own, left).run("");
  if (!chart || (*chart)->parts().missing.empty()) return chart;
  auto built = local_dependencies(files, path, (*chart)->parts());
  if (!built) {
    return built.error().within(
        "error building helm chart dependencies: failed to build dependencies: failed running "
        "helm: `helm dependency build` failed exit status 1: Error");
  }
  if (built->empty()) return chart;
  left = Budget{};
  return Loader(*own, left, std::move(*built)).run("");
}

Result<std::shared_ptr<const Chart>> load_chart_archive(std::string_view bytes) {
  Budget left;
  const auto files = unpack_chart(bytes, left.bytes);
  if (!files) return files.error();
  return Loader(*files, left).run("");
}

}  // namespace spokelab::hub::helm
