// Rendering a chart: values, objects, templates, manifests.
#include "hub/helm/render.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/gotemplate/runtime.h"
#include "hub/gotemplate/semver.h"
#include "hub/helm/chart_parts.h"
#include "hub/helm/coalesce.h"
#include "hub/helm/functions.h"
#include "hub/helm/manifests.h"
#include "hub/helm/objects.h"

namespace spokelab::hub::helm {

namespace {

using gotemplate::Kind;
using gotemplate::Map;
using gotemplate::Value;

constexpr std::string_view kNotes = "NOTES.txt";
constexpr std::string_view kNoValue = "<no value>";

/// One template file with the data of its chart.
struct Job {
  const TemplateFile* file;
  std::shared_ptr<Map> data;
  const std::string* base;
};

std::string without_no_value(std::string text) {
  std::size_t hit = text.find(kNoValue);
  if (hit == std::string::npos) return text;
  std::string out;
  std::size_t at = 0;
  for (; hit != std::string::npos; hit = text.find(kNoValue, at)) {
    out.append(text, at, hit - at);
    at = hit + kNoValue.size();
  }
  return out.append(text, at, std::string::npos);
}

/// The words that Helm puts around text/template's errors.
Error parse_error(const Error& error) {
  const std::string& text = error.message();
  const std::size_t first = text.find(": ");
  const std::size_t second = text.find(": ", first + 2);
  const std::size_t last = text.rfind(": ");
  if (first == std::string::npos || second == std::string::npos) return error;
  return Error(error.code(),
               fmt::format("parse error at ({}): {}", text.substr(first + 2, second - first - 2),
                           text.substr(last + 2)));
}

Error execution_error(const Error& error) {
  const std::string& text = error.message();
  const std::size_t from = text.find(kMessageStart);
  const std::size_t to = text.rfind(kMessageEnd);
  const std::size_t first = text.find(": ");
  const std::size_t second = text.find(": ", first + 2);
  if (from == std::string::npos || to == std::string::npos || second == std::string::npos ||
      from < second)
    return error;
  const std::size_t start = from + std::string_view(kMessageStart).size();
  return Error(error.code(), fmt::format("execution error at ({}): {}",
                                         text.substr(first + 2, second - first - 2),
                                         text.substr(start, to - start)));
}

/// Deepest first, and backwards in each depth: so that parents' definitions win.
bool renders_before(const Job& left, const Job& right) {
  const auto depth = [](const std::string& path) {
    return std::count(path.begin(), path.end(), '/');
  };
  const auto a = depth(left.file->path), b = depth(right.file->path);
  return a != b ? a > b : left.file->path > right.file->path;
}

class Renderer {
 public:
  Renderer(const Chart& chart, const RenderOptions& options) : chart_(chart), options_(options) {}

  Result<std::vector<std::pair<std::string, std::string>>> files() {
    if (auto done = check(); !done) return done.error();
    const Json user =
        options_.values && options_.values->is_object() ? *options_.values : Json::object();
    auto instance = enable_dependencies(chart_, user);
    if (!instance) return instance.error();
    instance_ = std::move(*instance);
    auto values = coalesce(instance_, user);
    if (!values) return values.error();
    release_ = gotemplate::make_map({{"Name", Value(options_.release_name)},
                                     {"Namespace", Value(options_.ns)},
                                     {"IsUpgrade", Value(options_.is_upgrade)},
                                     {"IsInstall", Value(!options_.is_upgrade)},
                                     {"Revision", Value::integer(1)},
                                     {"Service", Value("Helm")}});
    capabilities_ = capabilities_object(options_.capabilities);
    bases_.reserve(64);
    add_chart(instance_, tagged(gotemplate::from_json(*values)), true);
    std::sort(jobs_.begin(), jobs_.end(), renders_before);
    return run();
  }
  const Instance& instance() const { return instance_; }

 private:
  Result<void> check() {
    const Chart::Parts& parts = chart_.parts();
    if (parts.library) return Error(Errc::bad_input, "library charts are not installable");
    const std::string range = text_at(parts.metadata, {"kubeVersion"});
    if (range.empty()) return {};
    const std::string version = normal_kube_version(options_.capabilities.kube_version);
    const auto wanted = gotemplate::Constraint::parse(range);
    const auto have = gotemplate::parse_version(version);
    if (wanted && have && wanted->allows(*have)) return {};
    return Error(
        Errc::bad_input,
        fmt::format("chart requires kubeVersion: {} which is incompatible with Kubernetes {}",
                    range, version));
  }

  static Value tagged(const Value& values) {
    if (!values.is(Kind::map)) return gotemplate::make_map({}, Map::Of::values);
    return gotemplate::make_map(values.map().entries, Map::Of::values);
  }

  Value add_chart(const Instance& chart, const Value& values, bool root) {
    auto data = std::make_shared<Map>();
    Map::Entries subcharts;
    for (const Instance& sub : chart.subcharts) {
      const Value* slice = values.map().find(sub.parts->name);
      subcharts[sub.parts->name] =
          add_chart(sub, tagged(slice == nullptr ? Value() : *slice), false);
    }
    data->entries = {{"Chart", chart_object(*chart.parts, root)},
                     {"Files", files_object(chart.parts->files)},
                     {"Release", release_},
                     {"Capabilities", capabilities_},
                     {"Values", values},
                     {"Subcharts", gotemplate::make_map(std::move(subcharts))}};
    bases_.push_back(std::make_unique<std::string>(chart.parts->full_path + "/templates"));
    for (const TemplateFile& file : chart.parts->templates)
      jobs_.push_back(Job{&file, data, bases_.back().get()});
    return Value(data);
  }

  Result<std::vector<std::pair<std::string, std::string>>> run() {
    gotemplate::TemplateSet set;
    for (const Job& job : jobs_) {
      if (job.file->error) return parse_error(*job.file->error);
      for (const auto& tree : job.file->trees) set.add(tree);
    }
    gotemplate::RuntimeOptions limits;
    limits.rng = options_.rng;
    limits.now = options_.now;
    limits.steps_max = options_.steps_max;
    gotemplate::Runtime runtime(set, limits);
    std::vector<std::pair<std::string, std::string>> out;
    for (const Job& job : jobs_) {
      if (job.file->partial) continue;
      job.data->entries["Template"] = gotemplate::make_map(
          {{"Name", Value(job.file->path)}, {"BasePath", Value(*job.base)}}, Map::Of::values);
      auto text = runtime.execute(job.file->path, Value(job.data));
      if (!text) return execution_error(text.error());
      out.emplace_back(job.file->path, without_no_value(std::move(*text)));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  const Chart& chart_;
  const RenderOptions& options_;
  Instance instance_;
  Value release_;
  Value capabilities_;
  std::vector<Job> jobs_;
  std::vector<std::unique_ptr<std::string>> bases_;
};

Result<void> check_release_name(const std::string& name) {
  const auto edge = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  bool good = !name.empty() && name.size() <= 53;
  for (std::size_t i = 0; good && i < name.size(); ++i) {
    const bool border = i == 0 || i + 1 == name.size() || name[i - 1] == '.' || name[i + 1] == '.';
    good =
        edge(name[i]) || (!border && (name[i] == '-' || name[i] == '.')) ||
        (i > 0 && i + 1 < name.size() && name[i] == '.' && edge(name[i - 1]) && edge(name[i + 1]));
  }
  if (good) return {};
  return Error(
      Errc::bad_input,
      fmt::format(
          "release name check failed: release name \"{}\": invalid release name, must match regex "
          "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must "
          "not be longer than 53",
          name));
}

Result<void> add_crds(const Instance& chart, std::vector<Manifest>& out) {
  for (const auto& [path, text] : chart.parts->crds) {
    const auto documents = parse_yaml_documents(*text, YamlDuplicates::last_wins);
    if (!documents) return documents.error().within(fmt::format("YAML parse error on {}", path));
    for (const Json& document : *documents) out.push_back(Manifest{path, freeze(document)});
  }
  for (const Instance& sub : chart.subcharts) {
    if (auto done = add_crds(sub, out); !done) return done;
  }
  return {};
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> render_files(
    const Chart& chart, const RenderOptions& options) {
  return Renderer(chart, options).files();
}

Result<std::vector<Manifest>> render(const Chart& chart, const RenderOptions& options) {
  if (auto good = check_release_name(options.release_name); !good) return good.error();
  Renderer renderer(chart, options);
  auto files = renderer.files();
  if (!files) return files.error();
  std::erase_if(*files, [](const auto& file) { return file.first.ends_with(kNotes); });
  std::vector<Manifest> out;
  if (options.include_crds) {
    if (auto done = add_crds(renderer.instance(), out); !done) return done.error();
  }
  auto manifests = split_manifests(*files);
  if (!manifests) return manifests.error();
  std::move(manifests->begin(), manifests->end(), std::back_inserter(out));
  return out;
}

}  // namespace spokelab::hub::helm
