// goTemplate: true.
#include <gtest/gtest.h>

#include "base/json.h"
#include "hub/appset/rendering/template.h"

namespace spokelab::hub {
namespace {

std::string go(const char* text, const std::vector<std::string>& options = {}) {
  const Json params =
      Json::parse(R"({"name": "prod", "n": 1000000, "path": {"segments": ["a", "b"]},
      "metadata": {"labels": {"a/b": "c"}, "annotations": {}}})");
  const auto rendered = render_text(text, params, TemplateDialect{true, options});
  return rendered ? *rendered : "error: " + rendered.error().message();
}

TEST(GoTemplate, RendersNestedParametersWithSprigAndArgoFunctions) {
  const std::pair<const char*, const char*> cases[] = {
      {"agent-{{.name}}", "agent-prod"},
      {"{{ index .metadata.labels \"a/b\" }}", "c"},
      {"{{ index .path.segments 1 | upper }}", "B"},
      {"{{.n}}", "1e+06"},
      {"{{.missing}}", "<no value>"},
      {"{{ normalize \"A_b\" }}", "a-b"},
      {"{{ slugify 10 \"feature/one_two-three\" }}", "feature"},
      {"{{ slugify 9 false \"feature/one\" }}", "feature-o"},
      {"{{ toYaml .path }}", "segments:\n- a\n- b"},
      {"{{ (fromYaml \"a: {b: 1}\").a.b }}", "1"},
      {"{{ index (fromYamlArray \"[x]\") 0 }}", "x"},
      {"{{ default \"d\" .missing }}", "d"},
      {"plain", "plain"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(go(text), expected) << text;
}

TEST(GoTemplate, OptionsDecideWhatAMissingKeyIs) {
  EXPECT_EQ(go("{{.metadata.labels.x}}"), "<no value>");
  EXPECT_EQ(go("{{.metadata.labels.x}}", {"missingkey=zero"}), "");
  EXPECT_EQ(
      go("{{.x}}", {"missingkey=error"}),
      "error: failed to execute go template {{.x}}: template: base:1:2: executing \"base\" at "
      "<.x>: map has no entry for key \"x\"");
}

TEST(GoTemplate, ErrorsCarryTheTemplate) {
  EXPECT_EQ(go("{{f}}"),
            "error: failed to parse template {{f}}: template: base:1: function \"f\" not defined");
  EXPECT_TRUE(go("{{env \"HOME\"}}").ends_with("function \"env\" not defined"));
}

}  // namespace
}  // namespace spokelab::hub
