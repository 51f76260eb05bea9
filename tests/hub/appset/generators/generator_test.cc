// Generators: entries in, parameter sets out.
#include "hub/appset/generators/generator.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/hub/appset/generators/fixture.h"

namespace spokelab::hub {
namespace {

using namespace std::chrono_literals;

using Names = std::vector<std::string>;

TEST_F(Generators, AnEmptySelectorTakesAllAndTheHubLast) {
  EXPECT_EQ(names(R"({"clusters": {}})"), (Names{"dr", "prod", "staging", "in-cluster"}));
  EXPECT_EQ(names(R"({"clusters": {"selector": {}}})"),
            (Names{"dr", "prod", "staging", "in-cluster"}));
}

TEST_F(Generators, ASelectorLeavesTheImplicitHubOut) {
  EXPECT_EQ(names(R"({"clusters": {"selector": {"matchLabels": {"deploy": "true"}}}})"),
            (Names{"prod", "staging"}));
  EXPECT_EQ(
      names(
          R"({"clusters": {"selector": {"matchLabels": {"argocd.argoproj.io/secret-type": "cluster"}}}})"),
      (Names{"dr", "prod", "staging"}));
  EXPECT_EQ(names(R"({"clusters": {"selector": {"matchExpressions": [
      {"key": "deploy", "operator": "DoesNotExist"}]}}})"),
            (Names{"dr"}));
  EXPECT_EQ(names(R"({"clusters": {"selector": {"matchExpressions": [
      {"key": "env", "operator": "NotIn", "values": ["prod", "dr"]}]}}})"),
            (Names{"staging"}));
}

TEST_F(Generators, ClusterParametersAreFlatOrNested) {
  const char* entry = R"({"clusters": {"selector": {"matchLabels": {"env": "prod"}},
                          "values": {"replicas": "3", "host": "{{name}}.example"}}})";
  const auto flat = run(entry);
  ASSERT_TRUE(flat);
  EXPECT_EQ(flat->at(0), Json::parse(R"({"name": "prod", "nameNormalized": "prod", "project": "",
      "server": "https://prod:6443", "metadata.labels.env": "prod", "metadata.labels.deploy": "true",
      "metadata.labels.argocd.argoproj.io/secret-type": "cluster", "values.replicas": "3",
      "values.host": "prod.example"})"));
  const auto nested = run(R"({"clusters": {"selector": {"matchLabels": {"env": "prod"}}}})", true);
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->at(0)["metadata"]["labels"]["env"], "prod");
  EXPECT_FALSE(nested->at(0)["metadata"].contains("annotations"));
}

TEST_F(Generators, FlatListIsOneSet) {
  const auto sets =
      run(R"({"clusters": {"flatList": true, "selector": {"matchLabels": {"env": "none"}}}})");
  ASSERT_TRUE(sets);
  EXPECT_EQ(*sets, ParamSets{Json::parse(R"({"clusters": []})")});
}

TEST_F(Generators, ListElementsAreTextsUnlessGoTemplates) {
  const auto sets = run(R"({"list": {"elements": [{"a": "1", "values": {"b": "2"}}]}})");
  ASSERT_TRUE(sets);
  EXPECT_EQ(sets->at(0), Json::parse(R"({"a": "1", "values.b": "2"})"));
  EXPECT_EQ(error(R"({"list": {"elements": [{"a": 1}]}})"),
            "error parsing value as string %!w(<nil>)");
  EXPECT_EQ(error(R"({"list": {"elements": [{"values": "x"}]}})"), "error parsing values map");
  const auto any = run(R"({"list": {"elements": [{"a": {"b": [1]}}]}})", true);
  ASSERT_TRUE(any);
  EXPECT_EQ(any->at(0)["a"]["b"][0], 1);
}

TEST_F(Generators, ListReadsElementsYaml) {
  const auto sets = run(R"({"list": {"elementsYaml": "- {a: x, size: 1}\n- {a: y}\n"}})");
  ASSERT_TRUE(sets) << sets.error().message();
  EXPECT_EQ(sets->size(), 2u);
  EXPECT_EQ(sets->at(0)["size"], 1);
}

TEST_F(Generators, PostSelectorFilters) {
  EXPECT_EQ(names(R"({"list": {"elements": [{"name": "a"}, {"name": "b"}]},
                      "selector": {"matchLabels": {"name": "b"}}})"),
            (Names{"b"}));
}

TEST_F(Generators, GitWantsATreeFirst) {
  const char* entry =
      R"({"git": {"repoURL": "repo", "revision": "HEAD", "directories": [{"path": "apps/*"}]}})";
  EXPECT_FALSE(run(entry));
  EXPECT_EQ(facts_.trees.wanted(), (std::set<TreeKey>{{"repo", "HEAD"}}));
  EXPECT_TRUE(facts_.wanting());
}

TEST_F(Generators, GitDirectories) {
  tree({{"apps/a/x.yaml", ""},
        {"apps/b_c/y/z.yaml", ""},
        {"apps/.hidden/x", ""},
        {"apps/no/x", ""},
        {"top", ""}});
  const auto sets = run(R"({"git": {"repoURL": "repo", "revision": "HEAD",
      "directories": [{"path": "apps/*"}, {"path": "apps/no", "exclude": true}]}})");
  ASSERT_TRUE(sets) << sets.error().message();
  ASSERT_EQ(sets->size(), 2u);
  EXPECT_EQ(sets->at(1), Json::parse(R"({"path": "apps/b_c", "path.basename": "b_c",
      "path.basenameNormalized": "b-c", "path[0]": "apps", "path[1]": "b_c"})"));
  const auto nested = run(R"({"git": {"repoURL": "repo", "revision": "HEAD", "pathParamPrefix": "p",
      "directories": [{"path": "apps/a"}]}})",
                          true);
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->at(0)["p"]["path"]["segments"], Json::parse(R"(["apps", "a"])"));
}

TEST_F(Generators, GitFiles) {
  tree({{"env/prod/config.json", R"({"a": {"b": 1000000}, "l": ["x"]})"},
        {"env/staging/config.json", R"([{"n": "1"}, {"n": "2"}])"},
        {"env/skip/config.json", "{}"}});
  const auto sets = run(R"({"git": {"repoURL": "repo", "revision": "HEAD",
      "files": [{"path": "env/*config.json"}, {"path": "env/skip", "exclude": true}]}})");
  ASSERT_TRUE(sets) << sets.error().message();
  ASSERT_EQ(sets->size(), 3u);
  EXPECT_EQ(sets->at(0)["a.b"], "1e+06");
  EXPECT_EQ(sets->at(0)["l.0"], "x");
  EXPECT_EQ(sets->at(0)["path"], "env/prod");
  EXPECT_EQ(sets->at(0)["path.filename"], "config.json");
  EXPECT_EQ(sets->at(2)["n"], "2");
  tree({{"bad.json", "{"}});
  EXPECT_TRUE(
      error(R"({"git": {"repoURL": "repo", "revision": "HEAD", "files": [{"path": "*.json"}]}})")
          .starts_with(
              "error generating params from git: unable to process file 'bad.json' from repository "
              "'repo': unable to parse file: "));
  EXPECT_EQ(error(R"({"git": {"repoURL": "repo", "revision": "HEAD"}})"),
            "ApplicationSet is empty");
}

TEST_F(Generators, MatrixPutsTheFirstChildIntoTheSecond) {
  const auto sets = run(R"({"matrix": {"generators": [
      {"clusters": {"selector": {"matchLabels": {"deploy": "true"}}}},
      {"list": {"elements": [{"app": "web-{{name}}"}, {"app": "db"}]}}]}})");
  ASSERT_TRUE(sets) << sets.error().message();
  ASSERT_EQ(sets->size(), 4u);
  EXPECT_EQ(sets->at(0)["app"], "web-prod");
  EXPECT_EQ(sets->at(3)["app"], "db");
  EXPECT_EQ(sets->at(3)["name"], "staging");
}

TEST_F(Generators, MatrixErrors) {
  EXPECT_EQ(error(R"({"matrix": {"generators": [{"list": {}}]}})"),
            "found less than two generators, Matrix support only two");
  EXPECT_EQ(error(R"({"matrix": {"generators": [{"list": {}}, {"list": {}}, {"list": {}}]}})"),
            "found more than two generators, Matrix support only two");
  EXPECT_EQ(error(R"({"matrix": {"generators": [{}, {"list": {}}]}})"),
            "error failed to get params for first generator in matrix generator: child generator "
            "generated no parameters");
  EXPECT_NE(error(R"({"matrix": {"generators": [{"list": {"elements": [{"a": "1"}]}},
                                                {"list": {"elements": [{"a": "2"}]}}]}})")
                .find("found duplicate key a with different value, a: 1 ,b: 2"),
            std::string::npos);
}

TEST_F(Generators, MatricesNestOnce) {
  const char* twice = R"({"matrix": {"generators": [{"list": {"elements": [{"a": "1"}]}},
      {"matrix": {"generators": [{"list": {"elements": [{"b": "1"}]}}, {"list": {"elements": [{"c": "1"}]}}]}}]}})";
  const auto sets = run(twice);
  ASSERT_TRUE(sets) << sets.error().message();
  EXPECT_EQ(*sets, ParamSets{Json::parse(R"({"a": "1", "b": "1", "c": "1"})")});
  EXPECT_NE(error(R"({"matrix": {"generators": [{"list": {"elements": [{"a": "1"}]}},
      {"matrix": {"generators": [{"list": {"elements": [{"b": "1"}]}}, {"matrix": {"generators": []}}]}}]}})")
                .find("child generator generated no parameters"),
            std::string::npos);
}

TEST_F(Generators, MergeOverlaysTheFirstChild) {
  const auto sets = run(R"({"merge": {"mergeKeys": ["server"], "generators": [
      {"clusters": {"selector": {"matchLabels": {"deploy": "true"}}, "values": {"replicas": "1"}}},
      {"list": {"elements": [{"server": "https://prod:6443", "values.replicas": "5"}, {"server": "other"}]}}]}})");
  ASSERT_TRUE(sets) << sets.error().message();
  ASSERT_EQ(sets->size(), 2u);
  EXPECT_EQ(sets->at(0)["values.replicas"], "5");
  EXPECT_EQ(sets->at(1)["values.replicas"], "1");
}

TEST_F(Generators, MergeErrors) {
  EXPECT_EQ(error(R"({"merge": {"mergeKeys": ["a"], "generators": [{"list": {}}]}})"),
            "found less than two generators, Merge requires two or more");
  EXPECT_EQ(
      error(R"({"merge": {"generators": [{"list": {}}, {"list": {}}]}})"),
      "error getting param sets by merge key: no merge keys were specified, Merge requires at "
      "least one");
  EXPECT_EQ(
      error(R"({"merge": {"mergeKeys": ["k"], "generators": [
      {"list": {"elements": [{"k": "v"}, {"k": "v"}]}}, {"list": {}}]}})"),
      R"(error getting param sets by merge key: the parameters from a generator were not unique by the given mergeKeys, Merge requires all param sets to be unique. Duplicate key was {"k":"v"})");
}

TEST_F(Generators, TimersAreTheShortestOfAll) {
  const auto after = [](const char* entry) { return requeue_after(Json::parse(entry), 3min); };
  EXPECT_EQ(after(R"({"clusters": {}})"), Nanos(0));
  EXPECT_EQ(after(R"({"git": {}})"), Nanos(3min));
  EXPECT_EQ(
      after(
          R"({"matrix": {"generators": [{"git": {"requeueAfterSeconds": 30}}, {"clusters": {}}]}})"),
      Nanos(30s));
  EXPECT_TRUE(uses_clusters(
      Json::parse(R"([{"matrix": {"generators": [{"list": {}}, {"clusters": {}}]}}])")));
  EXPECT_FALSE(uses_clusters(Json::parse(R"([{"list": {}}])")));
}

TEST_F(Generators, ATimerCanBeSwitchedOff) {
  const auto after = [](const char* entry) { return requeue_after(Json::parse(entry), 5min); };
  EXPECT_EQ(after(R"({"git": {"requeueAfterSeconds": 0}})"), Nanos(0));
  EXPECT_EQ(after(R"({"git": {"requeueAfterSeconds": null}})"), Nanos(5min));
  EXPECT_EQ(after(R"({"clusterDecisionResource": {}})"), Nanos(5min));
  EXPECT_EQ(after(R"({"plugin": {}})"), Nanos(30min));
  EXPECT_EQ(after(R"({"scmProvider": {"requeueAfterSeconds": 90}})"), Nanos(90s));
  EXPECT_EQ(after(R"({"list": {"requeueAfterSeconds": 5}})"), Nanos(0));
  EXPECT_EQ(after(R"({"merge": {"generators": [{"plugin": {"requeueAfterSeconds": 0}},
      {"matrix": {"generators": [{"pullRequest": {}}, {"git": {"requeueAfterSeconds": 40}}]}}]}})"),
            Nanos(40s));
}

TEST_F(Generators, ASelectorThatIsNoneIsAnErrorEvenWithoutSets) {
  EXPECT_EQ(error(R"({"list": {"elements": []},
                      "selector": {"matchExpressions": [{"key": "a", "operator": "Near"}]}})"),
            "error parsing label selector: \"Near\" is not a valid pod selector operator");
}

TEST_F(Generators, SelectorsFilterOnEveryLevel) {
  EXPECT_EQ(names(R"({"matrix": {"generators": [
      {"list": {"elements": [{"name": "a"}, {"name": "b"}]},
       "selector": {"matchLabels": {"name": "b"}}},
      {"matrix": {"generators": [
        {"list": {"elements": [{"x": "1"}, {"x": "2"}]}, "selector": {"matchLabels": {"x": "2"}}},
        {"list": {"elements": [{"y": "1"}]}}]}}]}})"),
            (Names{"b"}));
}

TEST_F(Generators, TheSecondChildsOwnSelectorIsTakenAsItIsWritten) {
  EXPECT_EQ(names(R"({"matrix": {"generators": [
      {"list": {"elements": [{"want": "dr"}]}},
      {"clusters": {"selector": {"matchLabels": {"env": "{{want}}"}}}}]}})"),
            (Names{"dr"}));
  EXPECT_EQ(names(R"({"matrix": {"generators": [
      {"list": {"elements": [{"want": "dr"}]}},
      {"clusters": {}, "selector": {"matchLabels": {"name": "{{want}}"}}}]}})"),
            Names{});
}

TEST_F(Generators, AMatrixAsksForAllItNeedsAtOnce) {
  EXPECT_FALSE(run(R"({"matrix": {"generators": [
      {"list": {"elements": [{"repo": "one"}, {"repo": "two"}]}},
      {"git": {"repoURL": "{{repo}}", "revision": "HEAD", "files": [{"path": "x"}]}}]}})"));
  EXPECT_EQ(facts_.trees.wanted(), (std::set<TreeKey>{{"one", "HEAD"}, {"two", "HEAD"}}));
}

TEST_F(Generators, MatrixValuesAreResolvedInTwoSteps) {
  const char* entry = R"({"matrix": {"generators": [
      {"list": {"elements": [{"team": "a"}]}},
      {"clusters": {"selector": {"matchLabels": {"env": "prod"}},
                    "values": {"both": "VALUE"}}}]}})";
  const auto with = [&](const char* value) {
    std::string text = entry;
    text.replace(text.find("VALUE"), 5, value);
    return text;
  };
  const auto early = run(with("{{.team}}").c_str(), true);
  ASSERT_TRUE(early) << early.error().message();
  EXPECT_EQ(early->at(0)["values"]["both"], "a");
  const auto late = run(with("{{.name}}").c_str(), true);
  ASSERT_TRUE(late) << late.error().message();
  EXPECT_EQ(late->at(0)["values"]["both"], "prod");
  EXPECT_NE(error(with("{{ fail \\\"no\\\" }}").c_str(), true)
                .find("failed to pre-resolve Values key \"both\": "),
            std::string::npos)
      << error(with("{{ fail \\\"no\\\" }}").c_str(), true);
}

TEST_F(Generators, GitNeedsTheProjectOfTheTemplate) {
  tree({{"a/x", ""}});
  project_ = "ghost";
  const char* entry =
      R"({"git": {"repoURL": "repo", "revision": "HEAD", "directories": [{"path": "*"}]}})";
  EXPECT_FALSE(run(entry));
  const ObjectKey key{"argoproj.io", "v1alpha1", "appprojects", "argocd", "ghost"};
  EXPECT_EQ(facts_.objects.wanted(), (std::set<ObjectKey>{key}));
  facts_.objects.put(key, Error(Errc::not_found, "appprojects.argoproj.io \"ghost\" not found"));
  EXPECT_EQ(error(entry),
            "error getting project ghost: AppProject.argoproj.io \"ghost\" not found");
  project_ = "{{path.basename}}";
  EXPECT_TRUE(run(entry));
}

TEST_F(Generators, GitFilesCanBeMatchedAsDoublestarDoes) {
  tree({{"a/x.json", "{}"}, {"a/b/x.json", "{}"}});
  const char* entry =
      R"({"git": {"repoURL": "repo", "revision": "HEAD", "files": [{"path": "*/x.json"}]}})";
  EXPECT_EQ(run(entry)->size(), 2u);
  settings_.new_git_globbing = true;
  EXPECT_EQ(run(entry)->size(), 1u);
}

TEST_F(Generators, AnEntryWithTwoGeneratorsHasBoth) {
  EXPECT_EQ(names(R"({"list": {"elements": [{"name": "x"}]},
                      "clusters": {"selector": {"matchLabels": {"env": "dr"}}}})"),
            (Names{"x", "dr"}));
  EXPECT_EQ(error(R"({"matrix": {"generators": [
      {"list": {"elements": [{"a": "1"}]}, "clusters": {}}, {"list": {"elements": []}}]}})"),
            "error failed to get params for first generator in matrix generator: found more than "
            "one generator in matrix.Generators");
}

TEST_F(Generators, UnknownOnesAreNamed) {
  EXPECT_EQ(unrecognized_generators(Json::parse(
                R"([{"clustres": {}}, {"list": {}, "x": 1}, {"selector": {}, "gitt": {}}, 3])")),
            (Names{"clustres", "gitt"}));
}

TEST_F(Generators, HostileEntriesAreErrorsOrNothing) {
  for (const char* entry :
       {"null", "3", "{}", R"({"clusters": 3})", R"({"list": {"elements": 3}})",
        R"({"matrix": {"generators": 1}})", R"({"git": []})",
        R"({"clusters": {"selector": 1, "values": 2}})", R"({"plugin": {}})", R"({"plugin": []})",
        R"({"clusterDecisionResource": 1})", R"({"scmProvider": []})",
        R"({"merge": {"generators": [1, 2]}})", R"({"git": {"files": [1], "directories": {}}})"}) {
    (void)run(entry);
  }
}

}  // namespace
}  // namespace spokelab::hub
