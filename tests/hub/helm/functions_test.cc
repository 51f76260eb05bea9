// Helm's own functions against Helm.
#include "hub/helm/functions.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "hub/helm/render.h"
#include "tests/hub/gotemplate/answers.h"

namespace spokelab::hub::helm {
namespace {

using gotemplate::Case;

/// Asked of Helm 3.19.4's engine, in a template file of a chart named c.
constexpr Case kHelm[] = {
    {R"(toYaml (dict "b" (list 1 "x" nil (dict "k" true)) "a" (dict) "c" (list)))",
     "a: {}\nb:\n- 1\n- x\n- null\n- k: true\nc: []"},
    {R"(toYaml "yes")", R"("yes")"},
    {R"(toYaml (dict "a" (concat (list) (list)) "b" (rest (list 1))))", "a: null\nb: []"},
    {R"(list (fromJson "null") (fromJsonArray "null") (fromYaml "null") | toJson)",
     "[null,null,{}]"},
    {"toYaml (list \"null\" \"1\" \"0x1f\" \"1e3\" \"~\" \"on\" \"2020-01-01\" \"12:30\" \"a: b\" "
     "\"# c\" \"- x\" \"\" \" a\" \"it's\" \"é\" \"*a\" \"{x\" \"@a\" \"%b\")",
     "- \"null\"\n- \"1\"\n- \"0x1f\"\n- \"1e3\"\n- \"~\"\n- \"on\"\n- \"2020-01-01\"\n- "
     "\"12:30\"\n- 'a: b'\n- '# c'\n- '- x'\n- \"\"\n- ' a'\n- it's\n- é\n- '*a'\n- '{x'\n- "
     "'@a'\n- '%b'"},
    {"toYaml (dict \"t\" \"line one\\nline two\\n\" \"u\" \"no newline\\nat end\" \"v\" "
     "\"two\\n\\n\" \"w\" \" leading\\nx\\n\" \"x\" \"trail \\nx\")",
     "t: |\n  line one\n  line two\nu: |-\n  no newline\n  at end\nv: |+\n  two\n\nw: |2\n   "
     "leading\n  x\nx: \"trail \\nx\""},
    {R"(toYaml (dict "a10" 1 "a2" 2 "B" 3 "_c" 4 "é" 5))", "_c: 4\nB: 3\na2: 2\na10: 1\né: 5"},
    {"toYaml 1000000.0", "1000000"},
    {"toYaml 12345678901234567890.0", "12345678901234567000"},
    {"toYaml (list 1.5 1e21 0.00001 1234567.5 -0.0 3.0)",
     "- 1.5\n- 1e+21\n- 1e-05\n- 1.2345675e+06\n- 0\n- 3"},
    {"toYaml nil", "null"},
    {R"(toYaml (list (list 1 (list 2)) (dict "a" (list (dict "b" 1)))))",
     "- - 1\n  - - 2\n- a:\n  - b: 1"},
    {R"(toYaml (dict "k" (repeat 20 "word ")))",
     "k: 'word word word word word word word word word word word word word word word word\n  word "
     "word word word '"},
    {R"(toYamlPretty (dict "a" (list 1 (dict "b" (list "x"))) "c" (repeat 20 "word ")))",
     "a:\n  - 1\n  - b:\n      - x\nc: 'word word word word word word word word word word word "
     "word word word word word word word word word '"},
    {R"(toYamlPretty (list 1000000.0 "yes" "<<" "a: b"))", "- 1e+06\n- \"yes\"\n- <<\n- 'a: b'"},
    {R"(fromYaml "a: yes\nb: 0o14\nc: 1e3\nd: [1, ~]\ne: 2020-01-01\n1: x\n")",
     "map[1:x a:true b:12 c:1000 d:[1 <nil>] e:2020-01-01]"},
    {R"(fromYaml "a: b: c")",
     "map[Error:error converting YAML to JSON: yaml: mapping values are not allowed in this "
     "context]"},
    {R"(fromYaml "- 1")",
     "map[Error:error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go "
     "value of type map[string]interface {}]"},
    {R"(fromYaml "a: [1,\nb: 2")",
     "map[Error:error converting YAML to JSON: yaml: line 2: did not find expected ',' or ']']"},
    {R"(fromYaml "\ta: 1")",
     "map[Error:error converting YAML to JSON: yaml: found character that cannot start any token]"},
    {R"(fromYaml "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n")", "map[a:map[b:1] c:map[b:1 d:2]]"},
    {R"(fromYaml "a: *nope")",
     "map[Error:error converting YAML to JSON: yaml: unknown anchor 'nope' referenced]"},
    {R"(fromYaml "")", "map[]"},
    {R"(fromYamlArray "- 1\n- {a: b}")", "[1 map[a:b]]"},
    {R"(fromYamlArray "a: 1")",
     "[error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go value "
     "of type []interface {}]"},
    {R"(fromJson "{\"a\": 1}")", "map[a:1]"},
    {R"(fromJson "[1]")",
     "map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}]"},
    {R"(fromJson "{bad")",
     "map[Error:invalid character 'b' looking for beginning of object key string]"},
    {R"(fromJson "")", "map[Error:unexpected end of JSON input]"},
    {R"(fromJsonArray "[1, {\"a\": null}]")", "[1 map[a:<nil>]]"},
    {R"(fromJsonArray "3")",
     "[json: cannot unmarshal number into Go value of type []interface {}]"},
    {R"(toJson (dict "a" (list 1 nil) "b" "<x>"))", R"({"a":[1,null],"b":"\u003cx\u003e"})"},
    {"toToml (dict \"a\" 1 \"b\" (dict \"c\" \"x\\ty\" \"d\" (dict \"e\" 1.5)) \"l\" (list 1 2.0 "
     "\"z\") \"t\" (list (dict \"k\" 1) (dict \"k\" 2)) \"n\" nil \"q q\" true)",
     "a = 1\nl = [1, 2.0, \"z\"]\n\"q q\" = true\n\n[b]\n  c = \"x\\ty\"\n  [b.d]\n    e = "
     "1.5\n\n[[t]]\n  k = 1\n\n[[t]]\n  k = 2\n"},
    {"toToml (list 1 nil)", "toml: cannot encode array with nil element"},
    {R"(fromToml "a = 1\n[b]\nc = [1.5, \"x\"]\n[[t]]\nk = true\n")",
     "map[a:1 b:map[c:[1.5 x]] t:[map[k:true]]]"},
    {R"(required "need it" "")", "error: execution error at (c/templates/t.yaml:1:3): need it"},
    {R"(required "need it" 0)", "0"},
    {R"(fail "no way")", "error: execution error at (c/templates/t.yaml:1:3): no way"},
    {R"(include "n" .Values.nil)", "N:"},
    {R"(tpl "{{ .a }}{{ include \"n\" 1 }}" (dict "a" 5))", "5N:1"},
    {R"(tpl "{{ .x.y }}" nil)", ""},
    {R"(tpl "{{ .a.b" .)",
     "error: template: c/templates/t.yaml:1:3: executing \"c/templates/t.yaml\" at <tpl \"{{ "
     ".a.b\" .>: error calling tpl: cannot parse template \"{{ .a.b\": template: gotpl:1: unclosed "
     "action"},
    {R"(tpl "{{ nosuch }}" .)",
     "error: template: c/templates/t.yaml:1:3: executing \"c/templates/t.yaml\" at <tpl \"{{ "
     "nosuch }}\" .>: error calling tpl: cannot parse template \"{{ nosuch }}\": template: "
     "gotpl:1: function \"nosuch\" not defined"},
    {R"(tpl "{{ .x.y }}" (dict))",
     "error: template: c/templates/t.yaml:1:3: executing \"c/templates/t.yaml\" at <tpl \"{{ .x.y "
     "}}\" (dict)>: error calling tpl: error during tpl function execution for \"{{ .x.y }}\": "
     "template: gotpl:1:5: executing \"gotpl\" at <.x.y>: nil pointer evaluating interface {}.y"},
    {R"(lookup "v1" "Pod" "ns" "x")", "map[]"},
    {R"((lookup "v1" "Pod" "ns" "").items)", ""},
    {R"(.Capabilities.APIVersions.Has "apps/v1")", "true"},
    {".Capabilities.KubeVersion.Minor", "33"},
    {R"(.Files.Get "nope")", ""},
    {".Chart.Name", "c"},
    {".Release.Revision", "1"},
    {R"(getHostByName "localhost")", ""},
    {R"(env "HOME")",
     R"(error: parse error at (c/templates/t.yaml:1): function "env" not defined)"},
};

std::string rendered(const std::string& text) {
  FileTree files;
  const auto put = [&files](std::string path, std::string content) {
    files[std::move(path)] = std::make_shared<const std::string>(std::move(content));
  };
  put("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
  put("templates/_h.tpl", "{{ define \"n\" }}N:{{ . }}{{ end }}");
  put("templates/t.yaml", text);
  const auto chart = load_chart(files, "");
  if (!chart) return "error: " + chart.error().message();
  RenderOptions options;
  options.release_name = "rel";
  options.capabilities.kube_version = "1.33.4";
  const auto out = render_files(**chart, options);
  if (!out) return "error: " + out.error().message();
  for (const auto& [path, content] : *out) {
    if (path == "c/templates/t.yaml") return content;
  }
  return "absent";
}

TEST(HelmFunctions, AnswerAsHelmDoes) {
  for (const Case& item : kHelm)
    EXPECT_EQ(rendered("{{ " + std::string(item.text) + " }}"), item.expected) << item.text;
}

}  // namespace
}  // namespace spokelab::hub::helm
