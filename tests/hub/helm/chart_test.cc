// Loading charts: metadata, files, subcharts, and Helm's words for what is wrong.
#include "hub/helm/chart.h"

#include <gtest/gtest.h>

#include "hub/helm/chart/parts.h"
#include "hub/helm/render.h"
#include "tests/hub/helm/chart_files.h"
#include "tests/hub/helm/tgz.h"

namespace spokelab::hub::helm {
namespace {

constexpr const char* kWeb = "apiVersion: v2\nname: web\nversion: 0.1.0\n";

/// "name|version|appVersion", or the message.
std::string loaded(const std::string& metadata) {
  const auto chart = load_chart(chart_files({{"Chart.yaml", metadata}}), "");
  if (!chart) return chart.error().message();
  const Metadata& found = (*chart)->parts().metadata;
  return found.name + "|" + found.version + "|" + found.app_version;
}

TEST(HelmChart, MetadataIsReadAndCheckedAsHelmDoes) {
  struct Case {
    std::string_view before;
    std::string_view metadata;
    std::string_view expected;
  };
  constexpr Case cases[] = {
      {"", "apiVersion: v2\nname: a\nversion: 1.10\nappVersion: 2.50\n", "a|1.1|2.5"},
      {"", "name: a\nversion: 1\nappVersion: true\n", "a|1|true"},
      {"", "name: a\nversion: 2.0\nappVersion: 72225e2\n", "a|2|7.2225e+06"},
      {"", "name: a\nversion: 72445e2\n",
       "validation: chart.metadata.version \"7.2445e+06\" is invalid"},
      {"", "name: a\nversion: 1\nappVersion: 20260101\n", "a|1|20260101"},
      {"", "apiVersion: v2\nname: a\nversion: 3.14159265358979\nappVersion: 20231015.1\n",
       "a|3.1415927|2.0231016e+07"},
      {"", "apiVersion: v2\nNAME: Big\nVersion: 1.0.0\n", "Big|1.0.0|"},
      {"", "apiVersion: v2\nname: \"a\\tb\\u0007\"\nversion: v1.2.3-rc.1+b5\n",
       "a b|v1.2.3-rc.1+b5|"},
      {"", "apiVersion: v2\nversion: 1.0.0\n", "validation: chart.metadata.name is required"},
      {"", "apiVersion: v2\nname: a\n", "validation: chart.metadata.version is required"},
      {"", "apiVersion: v2\nname: a\nversion: one\n",
       "validation: chart.metadata.version \"one\" is invalid"},
      {"", "apiVersion: v2\nname: a/b\nversion: 1.0.0\n",
       "validation: chart.metadata.name \"a/b\" is invalid"},
      {kWeb, "type: other\n", "validation: chart.metadata.type must be application or library"},
      {"", "apiVersion: v2\nname: [a]\nversion: 1.0.0\n",
       "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot "
       "unmarshal "
       "array into Go struct field Metadata.name of type string"},
      {kWeb, "keywords: {a: b}\n",
       "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot "
       "unmarshal "
       "object into Go struct field Metadata.keywords of type []string"},
      {kWeb, "dependencies: [{name: b, version: 1}, {name: b, version: 2}]\n",
       "validation: more than one dependency with name or alias \"b\""},
      {kWeb, "dependencies: [{name: b, version: 1, alias: x.y}]\n",
       "validation: dependency \"b\" has disallowed characters in the alias"},
      {kWeb, "dependencies: [null]\n",
       "validation: dependencies must not contain empty or null nodes"},
      {kWeb, "maintainers: [null]\n",
       "validation: maintainers must not contain empty or null nodes"},
      {"", "", "validation: chart.metadata.name is required"}};
  for (const auto& [before, metadata, expected] : cases) {
    std::string text(before);
    text.append(metadata);
    EXPECT_EQ(loaded(text), expected) << text;
  }
  EXPECT_EQ(load_chart({}, "").error().message(), "Chart.yaml file is missing");
}

TEST(HelmChart, RequirementsYamlGivesDependencies) {
  const FileTree files =
      chart_files({{"Chart.yaml", "apiVersion: v1\nname: a\nversion: 0.1.0\n"},
                   {"requirements.yaml", "dependencies: [{name: b, version: 1.x, alias: bee}]\n"},
                   {"charts/b/Chart.yaml", "apiVersion: v1\nname: b\nversion: 1.5.0\n"}});
  const auto chart = load_chart(files, "");
  ASSERT_TRUE(chart) << chart.error().message();
  const auto& parts = (*chart)->parts();
  ASSERT_EQ(parts.subcharts.size(), 1u);
  EXPECT_EQ(parts.subcharts[0]->name(), "bee");
  EXPECT_EQ(parts.subcharts[0]->parts().full_path, "a/charts/bee");
  EXPECT_TRUE(parts.files.contains("requirements.yaml"));
}

/// The paths that .Files has, after loading.
std::string files_of(const FileTree& files) {
  const auto chart = load_chart(files, "");
  if (!chart) return chart.error().message();
  std::string out;
  for (const auto& [path, text] : (*chart)->parts().files) out += (out.empty() ? "" : " ") + path;
  return out;
}

TEST(HelmChart, FilesAreWhatHasNoOtherPlace) {
  EXPECT_EQ(files_of(chart_files({{"Chart.yaml", kWeb},
                                  {"Chart.lock", "digest: x\n"},
                                  {"values.yaml", "a: 1\n"},
                                  {"values.schema.json", "{}"},
                                  {"requirements.yaml", "dependencies: []\n"},
                                  {".helmignore", "*.bak\n"},
                                  {"a.bak", "x"},
                                  {"README.md", "x"},
                                  {"crds/c.yaml", "kind: A\n"},
                                  {"charts/k.tgz.prov", "x"},
                                  {"charts/.gitkeep", ""},
                                  {"charts/_draft/x", "x"},
                                  {"templates/x.yaml", "a: b\n"}})),
            ".helmignore README.md charts/k.tgz.prov crds/c.yaml");
}

TEST(HelmChart, EverythingElseInChartsMustBeAChart) {
  EXPECT_EQ(files_of(chart_files({{"Chart.yaml", kWeb}, {"charts/README.md", "x"}})),
            "error unpacking subchart README.md in web: Chart.yaml file is missing");
  EXPECT_EQ(files_of(chart_files({{"Chart.yaml", kWeb}, {"charts/b/Chart.yaml", "name: b\n"}})),
            "error unpacking subchart b in web: validation: chart.metadata.version is required");
  EXPECT_EQ(files_of(chart_files({{"Chart.yaml", kWeb}, {"charts/b-1.0.0.tgz", "no"}})),
            "error unpacking subchart b-1.0.0.tgz in web: gzip: invalid header");
}

TEST(HelmChart, PackedSubchartsAreLoadedToAnyDepth) {
  const FileTree inner =
      chart_files({{"Chart.yaml", "apiVersion: v2\nname: inner\nversion: 1.0.0\n"},
                   {"templates/i.yaml", "kind: Inner\n"}});
  FileTree middle = chart_files({{"Chart.yaml", "apiVersion: v2\nname: middle\nversion: 2.0.0\n"},
                                 {"templates/m.yaml", "kind: Middle\n"}});
  middle["charts/inner-1.0.0.tgz"] = std::make_shared<const std::string>(packed("inner", inner));
  FileTree outer = chart_files({{"Chart.yaml", kWeb}});
  outer["charts/middle-2.0.0.tgz"] = std::make_shared<const std::string>(packed("middle", middle));
  const auto chart = load_chart_archive(packed("web", outer));
  ASSERT_TRUE(chart) << chart.error().message();
  RenderOptions options;
  options.release_name = "r";
  const auto files = render_files(**chart, options);
  ASSERT_TRUE(files) << files.error().message();
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].first, "web/charts/middle/charts/inner/templates/i.yaml");
}

TEST(HelmChart, ADependencyThatIsNotVendoredIsNamed) {
  const auto chart = load_chart(
      chart_files(
          {{"Chart.yaml", std::string(kWeb) +
                              "dependencies: [{name: db, version: 1}, {name: mq, version: 1}]\n"}}),
      "");
  ASSERT_TRUE(chart);
  RenderOptions options;
  options.release_name = "r";
  EXPECT_EQ(render(**chart, options).error().message(),
            "An error occurred while checking for chart dependencies. You may need to run `helm "
            "dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in "
            "charts/ directory: db, mq");
}

TEST(HelmChart, FilesOverTheLimitAreRefused) {
  const FileTree files =
      chart_files({{"Chart.yaml", kWeb}, {"big.bin", std::string((5u << 20) + 1, 'x')}});
  EXPECT_EQ(load_chart(files, "").error().message(),
            "chart file \"big.bin\" is larger than the maximum file size 5242880");
}

TEST(HelmChart, ChartsThatHoldThemselvesEnd) {
  std::string path;
  FileTree files = chart_files({{"Chart.yaml", kWeb}});
  for (int i = 0; i < 30; ++i) {
    path += "charts/web/";
    files[path + "Chart.yaml"] = files.at("Chart.yaml");
  }
  EXPECT_EQ(load_chart(files, "").error().code(), Errc::limit);
}

}  // namespace
}  // namespace spokelab::hub::helm
