// Conditions, tags, aliases and import-values, against which charts Helm renders with which values.
#include "hub/helm/values/instance.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "hub/helm/values.h"
#include "hub/helm/values/coalesce.h"
#include "hub/helm/values/set.h"
#include "tests/hub/helm/chart_files.h"

namespace spokelab::hub::helm {
namespace {

std::string metadata(const std::string& name, const std::string& version,
                     const std::string& dependencies = "") {
  return "apiVersion: v2\nname: " + name + "\nversion: " + version + "\n" +
         (dependencies.empty() ? "" : "dependencies:\n" + dependencies);
}

const FileTree& umbrella() {
  static const FileTree files = chart_files(
      {{"Chart.yaml",
        metadata("umbrella", "1.0.0",
                 "- {name: back, version: \"*\", alias: orders, tags: [shop, backend], "
                 "condition: \"orders.enabled,global.orders.enabled\"}\n"
                 "- {name: back, version: 1.x, alias: users, tags: [shop]}\n"
                 "- name: front\n  version: ^0.2.0\n  tags: [ui]\n  import-values:\n  - data\n"
                 "  - {child: conf.theme, parent: theming.front}\n"
                 "  - {child: nothing, parent: nowhere}\n"
                 "- {name: gone, version: 0.1.0, condition: gone.enabled}\n"
                 "- {name: old, version: ^2.0.0, condition: old.enabled}\n")},
       {"values.yaml",
        "tags: {shop: true, ui: true, backend: false}\ngone: {enabled: false}\n"
        "theming: {front: {color: parent}}\n"},
       {"charts/back/Chart.yaml", metadata("back", "1.2.3",
                                           "- {name: db, version: 0.x, condition: db.enabled}\n"
                                           "- {name: cache, version: 0.1.0, tags: [backend]}\n")},
       {"charts/back/values.yaml", "db: {enabled: true}\n"},
       {"charts/back/charts/db/Chart.yaml", metadata("db", "0.9.1")},
       {"charts/back/charts/cache/Chart.yaml", metadata("cache", "0.1.0")},
       {"charts/front/Chart.yaml", metadata("front", "0.2.7")},
       {"charts/front/values.yaml",
        "exports: {data: {imported: true, theming: {front: {color: child, size: 3}}}}\n"
        "conf: {theme: {color: blue, font: x}}\n"},
       {"charts/gone/Chart.yaml", metadata("gone", "0.1.0")},
       {"charts/old/Chart.yaml", metadata("old", "1.0.0")},
       {"charts/loose/Chart.yaml", metadata("loose", "0.3.0")}});
  return files;
}

void names_of(const Instance& chart, const std::string& prefix, std::string& out) {
  for (const auto& sub : chart.subcharts) {
    out += (out.empty() ? "" : " ") + prefix + sub->name();
    names_of(*sub, prefix + sub->name() + ".", out);
  }
}

Result<InstanceTree> enabled(const Chart& chart, const char* set,
                             std::vector<std::string>& warnings) {
  Json values = Json::object();
  if (auto done = set_value(values, set); !done) return done.error();
  return enable_dependencies(chart, values, warnings);
}

TEST(HelmDependencies, ConditionsWinOverTagsAndReachEveryDepth) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "loose old orders orders.db users users.db front"},
      {"tags.shop=false", "loose old front"},
      {"tags.backend=true",
       "loose old orders orders.db orders.cache users users.db users.cache front"},
      {"orders.enabled=false", "loose old users users.db front"},
      {"global.orders.enabled=false", "loose old users users.db front"},
      {"orders.enabled=true,global.orders.enabled=false",
       "loose old orders orders.db users users.db front"},
      {"orders.enabled=maybe,global.orders.enabled=false", "loose old users users.db front"},
      {"tags.ui=false", "loose old orders orders.db users users.db"},
      {"orders.db.enabled=false", "loose old orders users users.db front"},
      {"gone.enabled=true", "loose old orders orders.db users users.db front gone"},
      {"old.enabled=false", "loose orders orders.db users users.db front"}};
  const auto chart = load_chart(umbrella(), "").value();
  for (const auto& [set, expected] : cases) {
    std::vector<std::string> warnings;
    const auto instance = enabled(*chart, set, warnings);
    ASSERT_TRUE(instance) << set;
    std::string names;
    names_of(*instance->root, "", names);
    EXPECT_EQ(names, expected) << set;
  }
}

TEST(HelmDependencies, ImportedValuesYieldToTheParentsOwn) {
  const auto chart = load_chart(umbrella(), "").value();
  std::vector<std::string> warnings;
  const auto instance = enabled(*chart, "", warnings);
  ASSERT_TRUE(instance);
  EXPECT_EQ(instance->root->defaults().at("imported"), true);
  EXPECT_EQ(instance->root->defaults().at("theming"),
            Json::parse(R"({"front":{"color":"parent","font":"x","size":3.0}})"));
  EXPECT_FALSE(instance->root->defaults().contains("nowhere"));
  EXPECT_EQ(warnings.size(), 1u) << "the table that is not there";
}

TEST(HelmDependencies, AListHoldsOnlyWhereEveryChartAboveHasOne) {
  const auto chart =
      load_chart(chart_files({{"Chart.yaml", metadata("a", "1.0.0")},
                              {"charts/b/Chart.yaml",
                               metadata("b", "1.0.0", "- {name: c, version: 1.0.0, alias: sea}\n")},
                              {"charts/b/charts/c/Chart.yaml", metadata("c", "1.0.0")}}),
                 "")
          .value();
  std::vector<std::string> warnings;
  std::string names;
  const auto instance = enabled(*chart, "", warnings).value();
  names_of(*instance.root, "", names);
  EXPECT_EQ(names, "b b.c");
}

TEST(HelmDependencies, CopiesOfOneChartImportItsSubchartsValuesOnce) {
  const auto chart =
      load_chart(
          chart_files(
              {{"Chart.yaml", metadata("a", "1.0.0",
                                       "- {name: b, version: 1.0.0}\n"
                                       "- {name: b, version: 1.0.0, alias: again}\n")},
               {"charts/b/Chart.yaml",
                metadata("b", "1.0.0", "- {name: c, version: 1.0.0, import-values: [data]}\n")},
               {"charts/b/charts/c/Chart.yaml", metadata("c", "1.0.0")},
               {"charts/b/charts/c/values.yaml", "exports: {data: {imported: yes}}\n"}}),
          "")
          .value();
  std::vector<std::string> warnings;
  const auto instance = enabled(*chart, "", warnings);
  ASSERT_TRUE(instance);
  EXPECT_TRUE(instance->root->subcharts[0]->defaults().contains("imported"));
  EXPECT_FALSE(instance->root->subcharts[1]->defaults().contains("imported"));
}

TEST(HelmDependencies, CopiesShareWhatNoListNames) {
  const auto below = [](const std::string& list) {
    return load_chart(
               chart_files({{"Chart.yaml", metadata("a", "1.0.0",
                                                    "- {name: b, version: 1.0.0, alias: one}\n"
                                                    "- {name: b, version: 1.0.0, alias: two, "
                                                    "condition: two.on}\n")},
                            {"charts/b/Chart.yaml", metadata("b", "1.0.0", list)},
                            {"charts/b/charts/c/Chart.yaml", metadata("c", "1.0.0")},
                            {"charts/b/charts/d/Chart.yaml", metadata("d", "1.0.0")}}),
               "")
        .value();
  };
  const auto paths = [](const Chart& chart, const char* set) {
    std::vector<std::string> warnings;
    const auto made = enabled(chart, set, warnings).value();
    std::string out;
    for (const auto& sub : made.root->subcharts) {
      for (const auto& one : sub->subcharts) out += one->full_path() + " ";
    }
    return out;
  };
  // Without a list, they stand below the chart as it lies on disk.
  const auto loose = below("");
  EXPECT_EQ(paths(*loose, ""),
            "a/charts/b/charts/c a/charts/b/charts/d "
            "a/charts/b/charts/c a/charts/b/charts/d ");
  // With one, listed charts are copied, and the others stand below the copy worked off last.
  const auto listed = below("- {name: d, version: 1.0.0}\n");
  EXPECT_EQ(paths(*listed, ""),
            "a/charts/two/charts/c a/charts/one/charts/d "
            "a/charts/two/charts/c a/charts/two/charts/d ");
  EXPECT_EQ(paths(*listed, "two.on=false"), "a/charts/one/charts/c a/charts/one/charts/d ");
}

TEST(HelmDependencies, AnAliasWithinACopyHoldsForTheFirstCopyOnly) {
  const auto chart =
      load_chart(chart_files({{"Chart.yaml", metadata("a", "1.0.0",
                                                      "- {name: b, version: 1.0.0, alias: one}\n"
                                                      "- {name: b, version: 1.0.0, alias: two}\n")},
                              {"charts/b/Chart.yaml",
                               metadata("b", "1.0.0", "- {name: c, version: 1.0.0, alias: sea}\n")},
                              {"charts/b/charts/c/Chart.yaml", metadata("c", "1.0.0")}}),
                 "")
          .value();
  std::vector<std::string> warnings;
  std::string names;
  const auto made = enabled(*chart, "", warnings).value();
  names_of(*made.root, "", names);
  EXPECT_EQ(names, "one one.sea two two.c");
}

TEST(HelmDependencies, AliasesOfAliasesMeetALimit) {
  FileTree files;
  std::string folder;
  for (int depth = 0; depth < 8; ++depth) {
    std::string list;
    for (int alias = 0; alias < 10; ++alias) {
      list += "- {name: c" + std::to_string(depth + 1) + ", version: 1.0.0, alias: x" +
              std::to_string(alias) + "}\n";
    }
    files[folder + "Chart.yaml"] = std::make_shared<const std::string>(
        metadata("c" + std::to_string(depth), "1.0.0", depth < 7 ? list : ""));
    folder += "charts/c" + std::to_string(depth + 1) + "/";
  }
  const auto chart = load_chart(files, "");
  ASSERT_FALSE(chart);
  EXPECT_EQ(chart.error().code(), Errc::limit);
  EXPECT_EQ(chart.error().message(),
            "error unpacking subchart c1 in c0: error unpacking subchart c2 in c1: error unpacking "
            "subchart c3 in c2: more than 5000 charts in one");
}

TEST(HelmDependencies, ASubchartsValuesMustBeATable) {
  const auto chart = load_chart(umbrella(), "").value();
  std::vector<std::string> warnings;
  EXPECT_EQ(enabled(*chart, "orders=text", warnings).error().message(),
            "type mismatch on orders: %!t(string=text)");
}

}  // namespace
}  // namespace spokelab::hub::helm
