// The template engine by itself: parsing, evaluating, and growth with the size of the data.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/json.h"
#include "hub/gotemplate/runtime.h"
#include "hub/helm/functions.h"
#include "hub/helm/values.h"

namespace {

using namespace spokelab::hub;
using gotemplate::TreeRef;

constexpr std::string_view kDeployment = R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "fullname" . }}
  labels:
    {{- include "labels" . | nindent 4 }}
spec:
  {{- if not .autoscaling }}
  replicas: {{ .replicas | default 1 }}
  {{- end }}
  template:
    spec:
      {{- with .pullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .name | quote }}
          image: "{{ .image.repository }}:{{ .image.tag | default "latest" }}"
          {{- range $key, $value := .env }}
          - name: {{ $key | upper }}
            value: {{ $value | quote }}
          {{- end }}
          resources:
            {{- toYaml .resources | nindent 12 }}
)";

constexpr std::string_view kHelpers = R"({{- define "name" -}}
{{- default "web" .name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "fullname" -}}
{{- printf "%s-%s" "release" (include "name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "labels" -}}
app.kubernetes.io/name: {{ include "name" . }}
app.kubernetes.io/version: {{ .version | quote }}
{{- end }}
)";

std::string values(std::int64_t variables) {
  std::string out =
      "name: web\nversion: '1.2'\nreplicas: 3\nimage: {repository: nginx, tag: '1.27'}\n"
      "pullSecrets: [{name: a}, {name: b}]\n"
      "resources: {limits: {cpu: 500m, memory: 128Mi}, requests: {cpu: 100m, memory: 64Mi}}\n"
      "env:\n";
  for (std::int64_t i = 0; i < variables; ++i) out += fmt::format("  key_{}: value {}\n", i, i);
  return out;
}

std::vector<TreeRef> trees_of(std::string_view name, std::string_view text) {
  return gotemplate::parse(name, std::make_shared<const std::string>(text), helm::functions())
      .value();
}

void parse_template(benchmark::State& state) {
  const auto text = std::make_shared<const std::string>(kDeployment);
  for (auto _ : state)
    benchmark::DoNotOptimize(gotemplate::parse("deployment.yaml", text, helm::functions()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kDeployment.size()));
}
BENCHMARK(parse_template);

void evaluate(benchmark::State& state, std::string_view text, std::int64_t variables) {
  gotemplate::TemplateSet set;
  for (const TreeRef& tree : trees_of("helpers", kHelpers)) set.add(tree);
  const auto trees = trees_of("t", text);
  for (const TreeRef& tree : trees) set.add(tree);
  const gotemplate::Value data =
      gotemplate::from_json(helm::read_values(values(variables)).value());
  for (auto _ : state) {
    gotemplate::Runtime runtime(set, {});
    benchmark::DoNotOptimize(runtime.execute(*trees.front(), data).value());
  }
}

void evaluate_deployment(benchmark::State& state) {
  evaluate(state, kDeployment, state.range(0));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(evaluate_deployment)->RangeMultiplier(4)->Range(4, 1024)->Complexity();

void evaluate_to_yaml(benchmark::State& state) {
  evaluate(state, "{{ toYaml . | nindent 2 }}", 20);
}
BENCHMARK(evaluate_to_yaml);

void evaluate_includes(benchmark::State& state) {
  evaluate(state, "{{ range 20 }}{{ include \"fullname\" $ }}{{ include \"labels\" $ }}{{ end }}",
           4);
}
BENCHMARK(evaluate_includes);

}  // namespace
