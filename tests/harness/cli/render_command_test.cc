// spokelab render, as scripts meet it.
#include <gmock/gmock.h>

#include <filesystem>

#include "base/json.h"
#include "harness/repo/chart_files.h"
#include "tests/harness/cli/program.h"
#include "tests/support/places.h"
#include "tests/support/temp_dir.h"

namespace spokelab::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Render : public ::testing::Test {
 protected:
  Render() {
    dir_.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
    dir_.write("web/values.yaml", "replicas: 1\nname: a\n");
    dir_.write("web/values.schema.json", R"({"properties":{"replicas":{"type":"integer"}}})");
    dir_.write("web/crds/c.yaml", "kind: CustomResourceDefinition\nmetadata: {name: c}\n");
    dir_.write(
        "web/templates/a.yaml",
        "kind: Deployment\nmetadata: {name: {{ .Release.Name }}-{{ .Values.name }}, namespace: "
        "{{ .Release.Namespace }}}\nreplicas: {{ .Values.replicas }}\n"
        "kube: {{ .Capabilities.KubeVersion.Version }}\n"
        "foo: {{ .Capabilities.APIVersions.Has \"foo/v1\" }}\n");
    dir_.write("web/templates/t.yaml",
               "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n");
    chart_ = dir_.at("web");
  }
  TempDir dir_;
  std::string chart_;
};

TEST_F(Render, PrintsAChartAsHelmTemplateDoes) {
  const auto ended = spokelab("render " + chart_);
  EXPECT_EQ(ended.code, 0) << ended.text;
  EXPECT_EQ(ended.text,
            "---\n# Source: web/templates/a.yaml\nkind: Deployment\nmetadata: {name: "
            "release-name-a, namespace: default}\nreplicas: 1\nkube: v1.34.0\nfoo: false\n"
            "---\n# Source: web/templates/t.yaml\nkind: Pod\nmetadata: {name: t, annotations: "
            "{helm.sh/hook: test}}\n");
}

TEST_F(Render, TakesHelmsOptions) {
  dir_.write("v.yaml", "replicas: 5\nname: file\n");
  dir_.write("text", "from,file");
  const std::pair<std::string, const char*> cases[] = {
      {"-f " + dir_.at("v.yaml"), "replicas: 5\n"},
      {"-f " + dir_.at("v.yaml") + " --set replicas=7", "name: release-name-file"},
      {"--set replicas=7 --set name=b", "name: release-name-b"},
      {"--set-string name=5", "name: release-name-5"},
      {"--set-json 'replicas=8'", "replicas: 8\n"},
      {"--set-literal 'name=x,y'", "name: release-name-x,y"},
      {"--set-file name=" + dir_.at("text"), "name: release-name-from,file"},
      {"--release-name r -n space", "{name: r-a, namespace: space}"},
      {"--kube-version 1.29.1+x", "kube: v1.29.1\n"},
      {"--api-versions bar/v1,foo/v1", "foo: true\n"},
      {"--include-crds", "# Source: web/crds/c.yaml\nkind: CustomResourceDefinition"},
      {"--show-only templates/t.yaml", "---\n# Source: web/templates/t.yaml\nkind: Pod"}};
  for (const auto& [options, expected] : cases) {
    const auto ended = spokelab("render " + chart_ + " " + options);
    EXPECT_EQ(ended.code, 0) << ended.text;
    EXPECT_THAT(ended.text, HasSubstr(expected)) << options;
  }
  EXPECT_THAT(spokelab("render " + chart_ + " --skip-tests").text, Not(HasSubstr("kind: Pod")));
  EXPECT_THAT(spokelab("render " + chart_ + " --no-hooks").text, Not(HasSubstr("kind: Pod")));
}

TEST_F(Render, PrintsAListAsJson) {
  const auto ended = spokelab("render " + chart_ + " -o json");
  ASSERT_EQ(ended.code, 0) << ended.text;
  const auto list = Json::parse(ended.text);
  EXPECT_EQ(list["kind"], "List");
  EXPECT_EQ(list["items"][0]["metadata"]["name"], "release-name-a");
}

TEST_F(Render, TakesPackedCharts) {
  const std::string made = dir_.at("web-0.1.0.tgz");
  ASSERT_EQ(std::system(("tar -C " + dir_.at("") + " -czf " + made + " web").c_str()), 0);
  EXPECT_EQ(spokelab("render " + made).text, spokelab("render " + chart_).text);
}

TEST_F(Render, Returns1WhenRenderingFails) {
  const auto refused = spokelab("render " + chart_ + " --set replicas=x");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.text, AllOf(StartsWith("Error: values don't meet the specifications"),
                                  HasSubstr("- at '/replicas': got string, want integer")));
  EXPECT_EQ(spokelab("render " + chart_ + " --set replicas=x --skip-schema-validation").code, 0);
  dir_.write("web/templates/f.yaml", "a: b\n  c: {{ required \"say who\" .Values.who }}\n");
  EXPECT_THAT(spokelab("render " + chart_).text,
              StartsWith("Error: execution error at (web/templates/f.yaml:2:8): say who"));
  const auto broken = spokelab("render " + chart_ + " --set who=me --debug");
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.text, AllOf(HasSubstr("Error: YAML parse error on web/templates/f.yaml"),
                                 HasSubstr("# Source: web/templates/f.yaml\na: b\n  c: me")));
}

TEST_F(Render, Returns3ForAChartOrValuesThatCannotBeRead) {
  for (const std::string& wrong :
       {dir_.at("none"), dir_.at("web/templates"), dir_.at("web/values.schema.json"),
        chart_ + " -f none.yaml", chart_ + " -f http://x/y.yaml", chart_ + " --set a"}) {
    const auto ended = spokelab("render " + wrong);
    EXPECT_EQ(ended.code, 3) << wrong << ended.text;
    EXPECT_THAT(ended.text, StartsWith("Error: "));
  }
}

TEST_F(Render, Returns4ForOptionsThatDoNotFit) {
  for (const std::string& wrong :
       {std::string(""), chart_ + " --app x", chart_ + " -o xml", chart_ + " --kube-version one"}) {
    EXPECT_EQ(spokelab("render " + wrong).code, 4) << wrong;
  }
}

TEST_F(Render, ChanceComesFromTheSeedAndIsTold) {
  dir_.write("web/templates/r.yaml", "kind: R\nx: {{ randAlphaNum 8 }}\n");
  const auto with = [&](const std::string& seed) {
    return spokelab("render " + chart_ + " --seed " + seed, "2>/dev/null").text;
  };
  EXPECT_EQ(with("1"), with("1"));
  EXPECT_NE(with("1"), with("2"));
  EXPECT_THAT(spokelab("render " + chart_).text,
              HasSubstr("WARNING: templates use random functions"));
}

TEST_F(Render, AScenariosApplicationsAreExpandedAndRendered) {
  const std::string scenario = test::source_dir() + "/scenarios/prod-outage.yaml";
  const auto all = spokelab("render " + scenario + " -o json");
  ASSERT_EQ(all.code, 0) << all.text;
  const auto apps = Json::parse(all.text);
  ASSERT_EQ(apps.size(), 3u);
  for (const auto& app : apps) {
    EXPECT_EQ(app["application"], "agent-" + app["cluster"].get<std::string>());
    EXPECT_FALSE(app["objects"].empty());
  }
  const auto one = spokelab("render " + scenario + " --cluster dr");
  EXPECT_EQ(one.code, 0);
  EXPECT_THAT(one.text, AllOf(HasSubstr("# Application: agent-dr, cluster: dr\n"),
                              Not(HasSubstr("agent-prod")), HasSubstr("kind: Deployment\n")));
  const auto none = spokelab("render " + scenario + " --app none");
  EXPECT_EQ(none.code, 4);
  EXPECT_THAT(none.text, HasSubstr("has no Application none; it has: agent-dr (cluster dr), "));
  EXPECT_EQ(spokelab("render " + scenario + " --set a=b").code, 4);
}

TEST_F(Render, LinksStayInTheChart) {
  namespace fs = std::filesystem;
  dir_.write("secret", "s");
  dir_.write("kid/Chart.yaml", "apiVersion: v2\nname: kid\nversion: 1.0.0\n");
  fs::create_directories(chart_ + "/charts");
  fs::create_symlink("values.yaml", chart_ + "/inside");
  fs::create_directory_symlink("../../kid", chart_ + "/charts/kid");
  const auto files = read_chart_directory(chart_);
  ASSERT_TRUE(files) << files.error().message();
  EXPECT_TRUE(files->contains("inside"));
  EXPECT_TRUE(files->contains("charts/kid/Chart.yaml"));
  fs::create_symlink("../secret", chart_ + "/outside");
  EXPECT_THAT(read_chart_directory(chart_).error().message(),
              HasSubstr("outside: this link leads out of the chart"));
  fs::remove(chart_ + "/outside");
  fs::create_directory_symlink(".", chart_ + "/loop");
  EXPECT_THAT(read_chart_directory(chart_).error().message(), HasSubstr("links lead in a circle"));
}

}  // namespace
}  // namespace spokelab::harness
