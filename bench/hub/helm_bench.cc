// How fast charts load and render: work per second, and its growth with the number of templates.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "hub/helm/render.h"
#include "hub/helm/values.h"

namespace {

using namespace spokelab;

FileTree chart_of(std::int64_t templates) {
  FileTree out;
  const auto put = [&out](std::string path, std::string text) {
    out[path] = std::make_shared<const std::string>(std::move(text));
  };
  put("Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: 1.16.0\n");
  put("values.yaml",
      "replicas: 2\nimage: {repository: nginx, tag: ''}\nresources:\n  limits: {cpu: 100m, memory: "
      "128Mi}\nports: [80, 443]\n");
  put("templates/_helpers.tpl",
      "{{- define \"web.name\" -}}\n{{- default .Chart.Name .Values.nameOverride | trunc 63 | "
      "trimSuffix \"-\" }}\n{{- end }}\n"
      "{{- define \"web.labels\" -}}\nhelm.sh/chart: {{ printf \"%s-%s\" .Chart.Name "
      ".Chart.Version | replace \"+\" \"_\" }}\n"
      "app.kubernetes.io/name: {{ include \"web.name\" . }}\napp.kubernetes.io/instance: {{ "
      ".Release.Name }}\n{{- end }}\n");
  for (std::int64_t i = 0; i < templates; ++i) {
    put(fmt::format("templates/deployment-{:03}.yaml", i),
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}-{{ include "
        "\"web.name\" . }}\n  labels:\n"
        "    {{- include \"web.labels\" . | nindent 4 }}\nspec:\n  replicas: {{ .Values.replicas "
        "}}\n  selector:\n    matchLabels:\n"
        "      {{- include \"web.labels\" . | nindent 6 }}\n  template:\n    metadata:\n      "
        "labels:\n"
        "        {{- include \"web.labels\" . | nindent 8 }}\n    spec:\n      containers:\n       "
        " - name: {{ .Chart.Name }}\n"
        "          image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default "
        ".Chart.AppVersion }}\"\n          ports:\n"
        "            {{- range .Values.ports }}\n            - containerPort: {{ . }}\n            "
        "{{- end }}\n          resources:\n"
        "            {{- toYaml .Values.resources | nindent 12 }}\n");
  }
  return out;
}

/// The chart that the scenarios deploy.
FileTree agent() {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(SPOKELAB_SOURCE_DIR) / "scenarios/repos/agent/charts/agent";
  FileTree out;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    out[entry.path().lexically_relative(root).generic_string()] =
        std::make_shared<const std::string>(std::istreambuf_iterator<char>(in),
                                            std::istreambuf_iterator<char>());
  }
  return out;
}

hub::helm::RenderOptions release() {
  hub::helm::RenderOptions options;
  options.release_name = "rel";
  return options;
}

void load_files(benchmark::State& state, const FileTree& files) {
  for (auto _ : state) benchmark::DoNotOptimize(hub::helm::load_chart(files, ""));
  state.SetItemsProcessed(state.iterations());
}
void render_parsed(benchmark::State& state, const FileTree& files,
                   const hub::helm::RenderOptions& options) {
  const auto chart = hub::helm::load_chart(files, "").value();
  for (auto _ : state) benchmark::DoNotOptimize(hub::helm::render(*chart, options));
  state.SetItemsProcessed(state.iterations());
}
void render_cold(benchmark::State& state, const FileTree& files) {
  for (auto _ : state) {
    const auto chart = hub::helm::load_chart(files, "").value();
    benchmark::DoNotOptimize(hub::helm::render(*chart, release()));
  }
  state.SetItemsProcessed(state.iterations());
}

void agent_load(benchmark::State& state) { load_files(state, agent()); }
void agent_render(benchmark::State& state) { render_parsed(state, agent(), release()); }
void agent_cold(benchmark::State& state) { render_cold(state, agent()); }
BENCHMARK(agent_load);
BENCHMARK(agent_render);
BENCHMARK(agent_cold);

void load(benchmark::State& state) { load_files(state, chart_of(state.range(0))); }
void render(benchmark::State& state) { render_parsed(state, chart_of(state.range(0)), release()); }
void cold(benchmark::State& state) { render_cold(state, chart_of(state.range(0))); }
BENCHMARK(load)->Arg(2)->Arg(20)->Arg(200);
BENCHMARK(render)->Arg(2)->Arg(20)->Arg(200);
BENCHMARK(cold)->Arg(2)->Arg(20)->Arg(200);

/// Templates alone, before their text is read as YAML.
void render_text(benchmark::State& state) {
  const auto chart = hub::helm::load_chart(chart_of(state.range(0)), "").value();
  for (auto _ : state) benchmark::DoNotOptimize(hub::helm::render_files(*chart, release()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(render_text)->Arg(2)->Arg(20)->Arg(200);

/// How it grows with values that the user gives: 20 templates, n tables of ten.
void render_values(benchmark::State& state) {
  Json values = Json::object();
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    for (int k = 0; k < 10; ++k)
      values[fmt::format("table{}", i)][fmt::format("key{}", k)] = static_cast<double>(k);
  }
  auto options = release();
  options.values = freeze(std::move(values));
  render_parsed(state, chart_of(20), options);
}
BENCHMARK(render_values)->Arg(10)->Arg(100)->Arg(1000);

}  // namespace
