// Running the templates of a chart and its subcharts.
#include "hub/helm/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "hub/gotemplate/runtime.h"
#include "hub/helm/functions.h"
#include "hub/helm/objects.h"

namespace spokelab::hub::helm {

namespace {

using gotemplate::Kind;
using gotemplate::Map;
using gotemplate::Value;

constexpr std::string_view kNoValue = "<no value>";

/// One template file with the data of its chart.
struct Job {
  const TemplateFile* file;
  std::string path;
  std::shared_ptr<Map> data;
  std::shared_ptr<const std::string> base;
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
  const auto a = depth(left.path), b = depth(right.path);
  return a != b ? a > b : left.path > right.path;
}

class Engine {
 public:
  Engine(const RenderOptions& options, std::vector<std::string>& warnings)
      : options_(options), warnings_(warnings) {}

  Result<RenderedFiles> run(const Instance& chart, const Json& values) {
    release_ = gotemplate::make_map({{"Name", Value(options_.release_name)},
                                     {"Namespace", Value(options_.ns)},
                                     {"IsUpgrade", Value(options_.is_upgrade)},
                                     {"IsInstall", Value(!options_.is_upgrade)},
                                     {"Revision", Value::integer(1)},
                                     {"Service", Value("Helm")}});
    capabilities_ = capabilities_object(options_.capabilities);
    add_chart(chart, gotemplate::from_json(values).as_helm_values(), true);
    for (auto& [path, job] : by_path_) jobs_.push_back(std::move(job));
    std::sort(jobs_.begin(), jobs_.end(), renders_before);
    return execute();
  }

 private:
  /// What a subchart sees: its table in its parent's values, itself and not a copy.
  static Value values_of(const Instance& sub, const Value& parent) {
    const Value* slice = parent.map().find(sub.name());
    const bool table = slice != nullptr && slice->is(Kind::map);
    return (table ? *slice : gotemplate::make_map({})).as_helm_values();
  }

  Value add_chart(const Instance& chart, const Value& values, bool root) {
    auto data = std::make_shared<Map>();
    Map::Entries subcharts;
    for (const auto& sub : chart.subcharts) {
      subcharts[sub->name()] = add_chart(*sub, values_of(*sub, values), false);
    }
    data->entries = {{"Chart", chart_object(chart, root)},
                     {"Files", files_object(chart.parts->files)},
                     {"Release", release_},
                     {"Capabilities", capabilities_},
                     {"Values", values},
                     {"Subcharts", gotemplate::make_map(std::move(subcharts))}};
    const std::string path = chart.full_path();
    const std::size_t known = chart.parts->full_path.size();
    const auto base = std::make_shared<const std::string>(path + "/templates");
    for (const TemplateFile& file : chart.parts->templates) {
      std::string name = path + file.path.substr(known);
      // One that several copies of a chart share counts for the last of them.
      by_path_[name] = Job{&file, name, data, base};
    }
    return Value(data);
  }

  Result<RenderedFiles> execute() {
    gotemplate::TemplateSet set;
    for (const Job& job : jobs_) {
      if (auto done = add_trees(job, set); !done) return done.error();
    }
    gotemplate::RuntimeOptions limits;
    limits.rng = options_.rng;
    limits.now = options_.now;
    limits.steps_max = options_.steps_max;
    gotemplate::Runtime runtime(set, limits);
    RenderedFiles out;
    for (const Job& job : jobs_) {
      if (job.file->partial) continue;
      job.data->entries["Template"] =
          gotemplate::make_map({{"Name", Value(job.path)}, {"BasePath", Value(job.base)}})
              .as_helm_values();
      auto text = runtime.execute(job.path, Value(job.data).as_helm_values());
      if (!text) return execution_error(text.error());
      out.emplace_back(job.path, without_no_value(std::move(*text)));
    }
    std::sort(out.begin(), out.end());
    tell_variance(runtime);
    return out;
  }

  /// Files are parsed when the chart is loaded, under the path that they nearly always have.
  static Result<void> add_trees(const Job& job, gotemplate::TemplateSet& set) {
    const TemplateFile& file = *job.file;
    if (job.path != file.path) {
      const auto trees = gotemplate::parse(job.path, file.text, functions());
      if (!trees) return parse_error(trees.error());
      for (const auto& tree : *trees) set.add(tree);
      return {};
    }
    if (file.error) return parse_error(*file.error);
    for (const auto& tree : file.trees) set.add(tree);
    return {};
  }

  /// Argo CD renders again at every refresh, and would find a difference each time.
  void tell_variance(const gotemplate::Runtime& runtime) {
    const auto tell = [this](const char* what) {
      warnings_.push_back(
          fmt::format("templates use {}: each rendering by Helm differs, which Argo "
                      "CD shows as OutOfSync",
                      what));
    };
    if (runtime.drew_random()) tell("random functions");
    if (runtime.read_clock()) tell("the time of day");
  }

  const RenderOptions& options_;
  std::vector<std::string>& warnings_;
  Value release_;
  Value capabilities_;
  std::map<std::string, Job> by_path_;
  std::vector<Job> jobs_;
};

}  // namespace

Result<RenderedFiles> run_templates(const Instance& chart, const Json& values,
                                    const RenderOptions& options,
                                    std::vector<std::string>& warnings) {
  return Engine(options, warnings).run(chart, values);
}

}  // namespace spokelab::hub::helm
