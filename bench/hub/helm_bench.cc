// How fast charts load and render: work per second, and its growth with the number of templates.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

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

void load(benchmark::State& state) {
  const FileTree files = chart_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(hub::helm::load_chart(files, ""));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(load)->Arg(6)->Arg(60)->Arg(600);

void render_text(benchmark::State& state) {
  const auto chart = hub::helm::load_chart(chart_of(state.range(0)), "").value();
  hub::helm::RenderOptions options;
  options.release_name = "rel";
  for (auto _ : state) benchmark::DoNotOptimize(hub::helm::render_files(*chart, options));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(render_text)->Arg(6)->Arg(60)->Arg(600);

void render_objects(benchmark::State& state) {
  const auto chart = hub::helm::load_chart(chart_of(state.range(0)), "").value();
  hub::helm::RenderOptions options;
  options.release_name = "rel";
  for (auto _ : state) benchmark::DoNotOptimize(hub::helm::render(*chart, options));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(render_objects)->Arg(6)->Arg(60)->Arg(600);

}  // namespace
