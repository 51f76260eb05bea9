// The fasttemplate dialect, case by case.
#include "hub/appset/rendering/template.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace spokelab::hub {
namespace {

const TemplateDialect kFast{};

TEST(FastTemplate, PutsParametersIntoTexts) {
  const Json params = {
      {"name", "prod"}, {"metadata.labels.env", "p"},    {"empty", ""}, {"n", 3}, {"a", "{{name}}"},
      {"path[0]", "x"}, {"metadata.labels.a/b", "slash"}};
  const std::pair<const char*, const char*> cases[] = {
      {"agent-{{name}}", "agent-prod"},
      {"values-{{metadata.labels.env}}.yaml", "values-p.yaml"},
      {"{{ name }}|{{\tname}}", "prod|prod"},
      {"{{unknown}}", "{{unknown}}"},
      {"{{  unknown }}", "{{  unknown }}"},
      {"{{Name}}", "{{Name}}"},
      {"{{}}{{ }}", "{{}}{{ }}"},
      {"[{{empty}}]", "[]"},
      {"{{n}}", "{{n}}"},
      {"{{a}}", "{{name}}"},
      {"{{path[0]}} {{metadata.labels.a/b}}", "x slash"},
      {"{{ .Values.x }} {{name}}", "{{ .Values.x }} prod"},
      {"}} {{", "}} {{"},
      {"{{\nname}}", "{{\nname}}"},
      {"x: {{name}}\ny: {{ name\n}}", "x: prod\ny: prod"},
      {"{{{name}}}", "{{{name}}}"},
      {"", ""},
      {"plain", "plain"},
  };
  for (const auto& [text, expected] : cases) {
    const auto rendered = render_text(text, params, kFast);
    ASSERT_TRUE(rendered) << text;
    EXPECT_EQ(*rendered, expected) << text;
  }
}

TEST(FastTemplate, AnUnclosedTagBesideAClosedOneIsAnError) {
  const auto rendered = render_text("{{name}} {{x", Json{{"name", "a"}}, kFast);
  ASSERT_FALSE(rendered);
  EXPECT_EQ(
      rendered.error().message(),
      "invalid template: Cannot find end tag=\"}}\" in the template=\"{{name}} {{x\" starting "
      "from \"x\"");
}

TEST(FastTemplate, DocumentsAreRenderedKeysIncluded) {
  const Json document = {{"{{name}}", {"{{name}}", 1, true, nullptr}}, {"gone", nullptr}};
  const auto rendered = render_document(document, Json{{"name", "a"}}, kFast);
  ASSERT_TRUE(rendered);
  EXPECT_EQ(*rendered, Json::parse(R"({"a": ["a", 1, true, null]})"));
}

TEST(MergeTemplate, TheGeneratorsTemplateWinsWhereItSaysSomething) {
  const Json merged = merge_template(
      Json::parse(
          R"({"metadata": {"labels": {"a": "1"}}, "spec": {"project": "", "l": ["x"], "f": false}})"),
      Json::parse(
          R"({"metadata": {"name": "n", "labels": {"b": "2"}}, "spec": {"project": "p", "l": ["y", "z"], "f": true}})"));
  EXPECT_EQ(merged, Json::parse(R"({"metadata": {"name": "n", "labels": {"a": "1", "b": "2"}},
      "spec": {"project": "p", "l": ["x"], "f": true}})"));
}

TEST(NormalizeName, MakesObjectNames) {
  EXPECT_EQ(normalize_name("My_Cluster.One"), "my-cluster.one");
  EXPECT_EQ(normalize_name("--a.b.-"), "a.b");
  EXPECT_EQ(normalize_name("https://x:6443"), "https---x-6443");
  EXPECT_EQ(normalize_name(std::string(300, 'a')).size(), 253u);
  EXPECT_EQ(normalize_name("___"), "");
}

}  // namespace
}  // namespace spokelab::hub
