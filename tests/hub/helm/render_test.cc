// Charts rendered, against what `helm template` prints.
#include "hub/helm/render.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/helm/values.h"
#include "tests/hub/helm/chart_files.h"
#include "tests/hub/helm/expression_cases.h"

namespace spokelab::hub::helm {
namespace {

FileTree tree(std::initializer_list<std::pair<std::string, std::string>> files) {
  return chart_files(files);
}

RenderOptions options(std::string_view values = "{}") {
  RenderOptions out;
  out.release_name = "rel";
  out.values = freeze(*read_values(values));
  return out;
}

/// The text of one template, or "error: " and the message.
std::string text_of(const FileTree& files, const RenderOptions& with, const std::string& path) {
  const auto chart = load_chart(files, "");
  if (!chart) return "error: " + chart.error().message();
  const auto rendered = render_files(**chart, with);
  if (!rendered) return "error: " + rendered.error().message();
  for (const auto& [name, text] : *rendered) {
    if (name == path) return text;
  }
  return "absent";
}

/// "Kind/name" of each object, or the error.
std::string names_of(const FileTree& files, const RenderOptions& with) {
  const auto chart = load_chart(files, "");
  if (!chart) return "error: " + chart.error().message();
  const auto rendered = render(**chart, with);
  if (!rendered) return "error: " + rendered.error().message();
  std::string out;
  for (const Manifest& item : rendered->manifests) {
    for (const JsonRef& object : item.objects) {
      out += (out.empty() ? "" : " ") + text_at(*object, {"kind"}) + "/" +
             text_at(*object, {"metadata", "name"});
    }
  }
  return out;
}

std::string object(std::string_view kind, std::string_view name, std::string_view more = "") {
  return "apiVersion: v1\nkind: " + std::string(kind) +
         "\nmetadata:\n  name: " + std::string(name) + "\n" + std::string(more);
}

constexpr const char* kChart = "apiVersion: v2\nname: t\nversion: 0.1.0\n";

TEST(HelmRender, ExpressionsGiveWhatHelmGives) {
  FileTree files =
      tree({{"Chart.yaml",
             "apiVersion: v2\nname: t\nversion: 0.1.0\nappVersion: \"1.2\"\nkeywords: [a, b]\n"
             "maintainers: [{name: me, email: x@y}]\n"},
            {"values.yaml",
             "s: hello\nn: 3\nf: 1.5\nbig: 1234567\nb: true\nz: null\ne: \"\"\nl: [1, 2, a, null]\n"
             "m: {a: 1, b: {c: x}, \"k-d\": [1.5]}\nms: |\n  line 1\n  line 2\nem: {}\nel: []\n"
             "t: \"{{ .Release.Name }}-{{ .Values.s }}\"\n"},
            {"cfg.txt", "one\ntwo\n"},
            {"conf/a.ini", "x=1\n"},
            {"conf/b.ini", "y=2\n"},
            {"templates/_h.tpl",
             "{{- define \"n\" -}}N:{{ . }}{{- end -}}{{ define \"rec\" }}{{ include \"rec\" . "
             "}}{{ end }}"
             "{{ define \"lbl\" }}\na: {{ .x }}\nb: {{ .y | quote }}\n{{ end }}"}});
  for (const ExpressionCase& one : expression_cases()) {
    files["templates/x.yaml"] =
        std::make_shared<const std::string>("x: |-\n  [" + std::string(one.expression) + "]\n");
    std::string got = text_of(files, options(), "t/templates/x.yaml");
    if (!got.starts_with("error: ")) {
      got = got.substr(std::min(got.find('['), got.size()));
      got = got.substr(1, got.rfind(']') - 1);
    }
    EXPECT_EQ(got, one.expected) << one.expression;
  }
}

TEST(HelmRender, ObjectsComeInInstallOrderWithHooksLast) {
  const FileTree files = tree(
      {{"Chart.yaml", kChart},
       {"templates/a.yaml",
        object("Widget", "w") + "---\n" + object("Deployment", "d") + "---\n\n---\n# none\n"},
       {"templates/b.yaml",
        object("Job", "hook", "  annotations:\n    helm.sh/hook: pre-install, post-install\n")},
       {"templates/c.yaml",
        object("Secret", "odd", "  annotations:\n    helm.sh/hook: nonsense\n")},
       {"templates/d.yaml", object("ServiceAccount", "sa") + "---\n" + object("Namespace", "ns") +
                                "---\n" + object("Anvil", "x")},
       {"templates/NOTES.txt", "{{ .Release.Name }} is not YAML: {"}});
  EXPECT_EQ(names_of(files, options()),
            "Namespace/ns ServiceAccount/sa Deployment/d Anvil/x Widget/w Job/hook");
}

TEST(HelmRender, CrdsComeFirstWhenAskedFor) {
  const FileTree files = tree({{"Chart.yaml", kChart},
                               {"crds/w.yaml", object("CustomResourceDefinition", "{{ raw }}")},
                               {"templates/a.yaml", object("Namespace", "space")}});
  EXPECT_EQ(names_of(files, options()), "Namespace/space");
  RenderOptions with = options();
  with.include_crds = true;
  EXPECT_EQ(names_of(tree({{"Chart.yaml", kChart},
                           {"crds/w.yaml", object("CustomResourceDefinition", "w")},
                           {"templates/a.yaml", object("Namespace", "space")}}),
                     with),
            "CustomResourceDefinition/w Namespace/space");
}

const char* const kParent =
    "apiVersion: v2\nname: p\nversion: 1.0.0\ndependencies:\n"
    "- {name: sub, version: 1.x, condition: sub.enabled}\n"
    "- {name: sub, version: ^1, alias: other, tags: [extra]}\n"
    "- {name: lib, version: '*', import-values: [data, {child: deep, parent: here}]}\n";

FileTree family() {
  return tree({{"Chart.yaml", kParent},
               {"values.yaml", "sub: {port: 1}\nglobal: {zone: a}\nmine: 1\n"},
               {"templates/p.yaml", object("ConfigMap", "p", "data: {{ .Values | toJson }}\n")},
               {"charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.2.3\n"},
               {"charts/sub/values.yaml", "port: 9\nname: s\nglobal: {zone: b, rack: r}\n"},
               {"charts/sub/templates/s.yaml",
                object("ConfigMap", "{{ .Chart.Name }}", "data: {{ .Values | toJson }}\n")},
               {"charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 0.1.0\n"},
               {"charts/lib/values.yaml", "exports: {data: {mine: 2, yours: 3}}\ndeep: {q: 1}\n"}});
}

TEST(HelmRender, SubchartsSeeTheirSliceAndGlobals) {
  EXPECT_EQ(names_of(family(), options()), "ConfigMap/other ConfigMap/sub ConfigMap/p");
  const std::string sub = text_of(family(), options(), "p/charts/sub/templates/s.yaml");
  EXPECT_NE(sub.find(R"({"global":{"rack":"r","zone":"a"},"name":"s","port":1})"),
            std::string::npos)
      << sub;
  const std::string other = text_of(family(), options(), "p/charts/other/templates/s.yaml");
  EXPECT_NE(other.find(R"({"global":{"rack":"r","zone":"a"},"name":"s","port":9})"),
            std::string::npos)
      << other;
}

TEST(HelmRender, ASubchartsValuesAreItsParentsTableAndNoCopy) {
  const auto files = tree(
      {{"Chart.yaml", "apiVersion: v2\nname: top\nversion: 1.0.0\n"},
       {"values.yaml", "sub: {a: 1}\n"},
       {"charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"},
       {"charts/sub/values.yaml", "deep: {x: 1}\n"},
       {"charts/sub/templates/mid.yaml",
        "{{- $_ := set .Values \"late\" \"sub\" }}\n{{ .Values | toJson }}"},
       // Deeper than the subchart's, so it runs first.
       {"templates/a/b/c/first.yaml",
        "{{- $_ := set .Values.sub \"early\" \"top\" }}{{ $_ := set .Values.sub.deep \"y\" 2 }}\n"
        "{{ typeOf .Values }} {{ typeOf .Values.sub }} {{ typeOf (set .Values \"k\" 1) }} "
        "{{ typeOf .Subcharts.sub.Values }} {{ typeOf (deepCopy .Values) }} {{ typeOf .Template "
        "}}"},
       {"templates/last.yaml",
        "{{ .Values.sub | toJson }}\n{{ .Subcharts.sub.Values | toJson }}"}});
  const std::string all = R"({"a":1,"deep":{"x":1,"y":2},"early":"top","global":{},"late":"sub"})";
  EXPECT_EQ(text_of(files, options(), "top/charts/sub/templates/mid.yaml"), "\n" + all);
  EXPECT_EQ(text_of(files, options(), "top/templates/last.yaml"), all + "\n" + all);
  EXPECT_EQ(text_of(files, options(), "top/templates/a/b/c/first.yaml"),
            "\nchartutil.Values map[string]interface {} map[string]interface {} chartutil.Values "
            "chartutil.Values chartutil.Values");
}

TEST(HelmRender, StructsShowTheirFieldsInGosOrder) {
  const auto files =
      tree({{"Chart.yaml",
             "apiVersion: v2\nname: top\nversion: 1.0.0\ndescription: d\nannotations: {z: \"1\"}\n"
             "appVersion: \"2\"\nkeywords: [k]\nmaintainers: [{url: u, name: me}]\n"
             "dependencies: [{name: sub, version: \"1\", repository: r}]\n"},
            {"charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"},
            {"charts/sub/templates/x.yaml",
             "{{ .Chart }} {{ .Chart.Metadata.Name }} "
             "{{ typeOf .Chart.Metadata }}"},
            {"templates/x.yaml",
             "{{ toJson .Chart }}\n{{ toJson .Capabilities.KubeVersion }} "
             "{{ toJson .Capabilities.HelmVersion }}\n{{ toYaml .Chart.Maintainers }}"}});
  EXPECT_EQ(text_of(files, options(), "top/charts/sub/templates/x.yaml"),
            "{{sub  [] 1.0.0  [] []  v2    false map[]  [] } false} sub chart.Metadata");
  EXPECT_EQ(
      text_of(files, options(), "top/templates/x.yaml"),
      R"({"name":"top","version":"1.0.0","description":"d","keywords":["k"],"maintainers":[{"name":"me","url":"u"}],)"
      R"("apiVersion":"v2","appVersion":"2","annotations":{"z":"1"},"dependencies":[{"name":"sub","version":"1",)"
      R"("repository":"r","enabled":true}],"IsRoot":true})"
      "\n"
      R"({"Version":"v1.34.0","Major":"1","Minor":"34"} )"
      R"({"version":"v3.19.4","git_tree_state":"clean","go_version":"go1.24.11"})"
      "\n- name: me\n  url: u");
}

TEST(HelmRender, ConditionsAndTagsSwitchSubchartsOff) {
  EXPECT_EQ(names_of(family(), options("sub: {enabled: false}")), "ConfigMap/other ConfigMap/p");
  EXPECT_EQ(names_of(family(), options("tags: {extra: false}")), "ConfigMap/sub ConfigMap/p");
}

TEST(HelmRender, ImportedValuesStandBelowTheParentsOwn) {
  const std::string text = text_of(family(), options(), "p/templates/p.yaml");
  EXPECT_NE(text.find(R"("mine":1)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("yours":3)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("here":{"q":1})"), std::string::npos) << text;
}

TEST(HelmRender, NullFromTheUserDeletesADefault) {
  const FileTree files = tree({{"Chart.yaml", kChart},
                               {"values.yaml", "a: {b: 1, c: 2}\nd: 3\n"},
                               {"templates/x.yaml", "{{ .Values | toJson }}"}});
  EXPECT_EQ(text_of(files, options("a: {b: null}\nd: null\n"), "t/templates/x.yaml"),
            R"({"a":{"c":2}})");
}

TEST(HelmRender, ParentDefinitionsWinOverSubcharts) {
  const FileTree files =
      tree({{"Chart.yaml", "apiVersion: v2\nname: p\nversion: 1.0.0\n"},
            {"templates/_h.tpl", "{{ define \"who\" }}parent{{ end }}"},
            {"charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.2.3\n"},
            {"charts/sub/templates/_h.tpl", "{{ define \"who\" }}child{{ end }}"},
            {"charts/sub/templates/x.yaml", "a: {{ include \"who\" . }}"}});
  EXPECT_EQ(text_of(files, options(), "p/charts/sub/templates/x.yaml"), "a: parent");
}

TEST(HelmRender, MistakesInChartsAreNamedInHelmsWords) {
  EXPECT_EQ(names_of(tree({{"values.yaml", ""}}), options()), "error: Chart.yaml file is missing");
  EXPECT_EQ(names_of(tree({{"Chart.yaml", "name: x\n"}}), options()),
            "error: validation: chart.metadata.version is required");
  EXPECT_EQ(names_of(tree({{"Chart.yaml", "name: x\nversion: 1.0.0\ntype: library\n"}}), options()),
            "error: library charts are not installable");
  EXPECT_EQ(
      names_of(tree({{"Chart.yaml", std::string(kChart) + "kubeVersion: '>=9.0'\n"}}), options()),
      "error: chart requires kubeVersion: >=9.0 which is incompatible with Kubernetes v1.34.0" +
          std::string(kDebugHint));
  const std::string broken =
      names_of(tree({{"Chart.yaml", kChart}, {"templates/a.yaml", "a: b: c\n"}}), options());
  EXPECT_TRUE(broken.starts_with("error: YAML parse error on t/templates/a.yaml: ")) << broken;
}

TEST(HelmRender, EndlessTemplatesHitALimit) {
  for (const char* text :
       {"{{ range until 900000 }}{{ range until 900000 }}x{{ end }}{{ end }}",
        "{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}",
        "{{ $x := \"aaaaaaaaaaaaaaaa\" }}{{ range until 100 }}{{ $x = print $x $x }}{{ end }}",
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ toYaml (merge $d $d) }}{{ deepCopy $d }}",
        "{{ repeat 1000000000 \"abc\" }}", "{{ printf \"%1000000000d\" 1 }}{{ until 2000000000 }}",
        "{{ $l := list 1 }}{{ range until 40 }}{{ $l = list $l $l }}{{ end }}{{ toJson $l }}{{ "
        "deepCopy $l }}"}) {
    const auto chart = load_chart(tree({{"Chart.yaml", kChart}, {"templates/a.yaml", text}}), "");
    ASSERT_TRUE(chart);
    auto few_steps = options();
    few_steps.steps_max = 50'000;
    const auto got = render_files(**chart, few_steps);
    ASSERT_FALSE(got) << text;
  }
}

TEST(HelmRender, RandomTemplateTextNeitherCrashesNorHangs) {
  const char* const words[] = {
      "{{",    "}}",       "{{-",   "-}}",    " ",     ".",       "$x",     ":=",     "=",
      "|",     "(",        ")",     "if",     "range", "with",    "end",    "else",   "define",
      "\"a\"", "`b`",      "1",     "1.5",    "nil",   ".Values", ".a",     "toYaml", "list",
      "dict",  "include",  "tpl",   "printf", "index", "set",     "/*",     "*/",     "break",
      "\n",    "template", "block", "'c'",    ",",     "true",    "until 3"};
  Rng rng(7);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    const auto length = rng.below(30);
    for (std::uint64_t i = 0; i < length; ++i) {
      text += words[rng.below(std::size(words))];
      if (rng.chance(500'000)) text += ' ';
    }
    const auto chart = load_chart(tree({{"Chart.yaml", kChart}, {"templates/a.yaml", text}}), "");
    if (chart) (void)render(**chart, options("a: {b: [1, 2]}"));
  }
}

}  // namespace
}  // namespace spokelab::hub::helm
